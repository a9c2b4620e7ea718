/* What the suite wants played: the scenario's name and what it tells the client. */
#ifndef CONFORMANCE_SCENARIO_H
#define CONFORMANCE_SCENARIO_H

#include "json.h"

#include <mcpauth/client_grant.h>

/** From the environment. Strings are borrowed from it or from the context. */
struct scenario {
	const char *name;
	const char *version;         /* of MCP */
	cJSON *context;              /* what goes with the scenario alone; may be NULL */
	const char *workload;        /* the context's member with the workload's JWT */
	mcpauth_client_step_fn step; /* told what the client is about */
};

/** Read the environment. @return false after complaining */
bool scenario_read(struct scenario *scenario);

void scenario_finish(struct scenario *scenario);

/**
 * Make the client that it takes.
 *
 * @param scenario     borrowed until the client is released
 * @param[out] client  caller frees with mcpauth_client_free(); NULL on failure
 */
enum mcpauth_code scenario_client(struct scenario *scenario, struct mcpauth *auth,
	const char *server, struct mcpauth_client **client, struct mcpauth_error *err);

#endif
