/* One JSON-RPC message as it came, read strictly where it decides something. */
#ifndef EXAMPLES_MCP_ENVELOPE_H
#define EXAMPLES_MCP_ENVELOPE_H

#include "json.h"

/* JSON-RPC 2.0 section 5.1. */
#define ENVELOPE_PARSE_ERROR (-32700)
#define ENVELOPE_INVALID_REQUEST (-32600)
#define ENVELOPE_INVALID_PARAMS (-32602)

/** Slices point into the body, which must outlive it. */
struct envelope {
	struct slice id; /**< as it was sent; none for a notification */
	char *method;
	char *name;             /**< params.name or params.uri, where the method has one */
	struct slice arguments; /**< params.arguments, unread */
	char *asked_version;    /**< params.protocolVersion, as initialize sends it */
	bool has_version;       /**< `_meta` names a protocol version, of any type */
	char *version;          /**< that version, if it is a string */
	bool has_capabilities;  /**< `_meta` has the client's capabilities, an object */
};

/** What is wrong with a message. */
struct envelope_fault {
	int code;
	const char *message; /**< a constant */
};

/**
 * Read one message.
 *
 * No name twice in the message, its `params` and its `_meta`; `id` is a string
 * or a number; `method`, name and version without \u0000. `arguments` is only
 * known to be JSON.
 *
 * @param body           borrowed until envelope_finish()
 * @param[out] envelope  caller frees with envelope_finish(), also on failure;
 *                       on failure at most `id` is to be used
 * @param[out] fault     written only on failure
 */
bool envelope_read(struct slice body, struct envelope *envelope, struct envelope_fault *fault);

/** Release what was copied. */
void envelope_finish(struct envelope *envelope);

/** Does this method's request carry a name or a URI that says whom it is for?
 * @return the member of `params`, or NULL */
const char *envelope_target(const char *method);

#endif
