/* What a table of operations holds, for the two files that look into it. */
#ifndef MCPAUTH_MCP_OPERATIONS_INT_H
#define MCPAUTH_MCP_OPERATIONS_INT_H

#include "base/lookup.h"
#include "mcp/operations.h"

#include <stdatomic.h>

struct mcpauth__operation_method;

/** What the table says of an operation, or of all that fit a pattern. */
struct mcpauth__operation_entry {
	char *method;
	char *name; /* NULL: any, and none */
	struct mcpauth_demand *demand;
	bool allow_anonymous;
	mcpauth_operation_fn check;
	void *check_user;
};

struct mcpauth_operations {
	atomic_uint refs;
	struct mcpauth *auth; /* a reference of its own */
	struct mcpauth__operation_entry **entries;
	size_t count;
	struct mcpauth__operation_method **methods;
	size_t method_count;
	struct mcpauth__lookup by_method;
	const struct mcpauth__operation_entry **patterns; /* those with a star */
	size_t pattern_count;
};

/**
 * Find the entry without a star that says exactly this.
 *
 * @param name  NULL: the one for any name
 * @return borrowed from the table; NULL if there is none
 */
const struct mcpauth__operation_entry *mcpauth__operations_find(
	const struct mcpauth_operations *operations, const char *method, const char *name);

#endif
