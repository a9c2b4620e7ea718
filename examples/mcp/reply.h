/* What goes back: an HTTP status and one JSON-RPC response. */
#ifndef EXAMPLES_MCP_REPLY_H
#define EXAMPLES_MCP_REPLY_H

#include "json.h"

#include <mcpauth/handle.h>

#include <stdbool.h>

/* JSON-RPC 2.0 section 5.1, and one that the MCP specification of 2026-07-28 adds. */
#define REPLY_INVALID_REQUEST (-32600)
#define REPLY_METHOD_NOT_FOUND (-32601)
#define REPLY_INVALID_PARAMS (-32602)
#define REPLY_INTERNAL_ERROR (-32603)
#define REPLY_UNSUPPORTED_VERSION (-32022)

struct reply {
	unsigned status;
	char *body;        /**< caller frees with free(); NULL for none */
	const char *allow; /**< the methods to name with a 405, a constant; or NULL */
	char session[MCPAUTH_HANDLE_SIZE]; /**< the one just opened; or empty */
};

/** An error on its way out. */
struct failure {
	unsigned status;
	int code;
	const char *message; /**< a constant */
	cJSON *data;         /**< or NULL; taken by reply_error() */
};

/**
 * Put an item into an object or, without a name, an array.
 *
 * @param object  borrowed for the call; may be NULL
 * @param item    taken, also on failure; may be NULL
 * @return false if either is missing, or without memory
 */
bool reply_put(cJSON *object, const char *name, cJSON *item);

/** A successful response with HTTP status 200; 500 if `result` is NULL.
 * @param id      as mcpauth_message_id() gives it
 * @param result  taken */
void reply_result(struct reply *reply, struct slice id, cJSON *result);

/** An error response; without an `id` if there is none (the MCP schema knows
 * no null there). What `failure` holds is taken. */
void reply_error(struct reply *reply, struct slice id, struct failure failure);

#endif
