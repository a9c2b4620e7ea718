/* One MCP message after the other, each let in by the library. */
#ifndef CONFORMANCE_VISIT_H
#define CONFORMANCE_VISIT_H

#include "rpc.h"

#include <mcpauth/client_request.h>

/** What is visited, and why it went wrong. */
struct visit {
	struct mcpauth_client *client; /* borrowed */
	struct http http;
	struct rpc rpc;
	struct mcpauth_error err;
};

/** What is asked. Borrowed. */
struct message {
	const char *method;
	const cJSON *params;      /* NULL: none */
	const char *name;         /* what Mcp-Name repeats, or NULL */
	const char *const *lines; /* further headers up to a NULL, or NULL */
	bool is_notification;
};

/**
 * Ask.
 *
 * @param[out] result  its caller frees; NULL on failure, and for a notification
 * @return MCPAUTH_OK, or what visit->err says
 */
enum mcpauth_code visit_ask(struct visit *visit, const struct message *message, cJSON **result);

/** Note down why it cannot go on. @return code */
enum mcpauth_code visit_fail(struct visit *visit, enum mcpauth_code code, const char *why);

#endif
