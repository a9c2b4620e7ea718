/**
 * @file
 * One MCP message as a client posted it: read once, strictly where it decides
 * something, and handed on to whoever comes after.
 *
 * A request has one on routes with operations (operations.h), if its method is POST.
 * No message is made of what is not one: the client gets 400 with a JSON-RPC error,
 * and the application is not called (JSON-RPC 2.0 section 5.1; MCP, Streamable HTTP).
 * Refused are: what is not one JSON value in UTF-8, at most 128 deep (-32700); a batch,
 * a message without `jsonrpc`, `method` or outcome, with both of the latter, a result
 * without `id`, an `id` that is neither a string nor a number (-32600); a method, an `id`,
 * a name, a uri or a protocol version of more than 8192 bytes as sent, quotes and all, so
 * that no pattern takes long (-32600, -32602); `params` or `params._meta` that is no
 * object, no name where the method has one (but from the revision 2026-07-28 on, which has
 * no resources/subscribe and resources/unsubscribe, they may come without, for the
 * application to say so), a `ref` that does not have exactly the name of its type (-32602). In the
 * message, in its `params`, in its `_meta` and in its `ref` no name may occur twice, however
 * it is escaped and whatever the case of its letters, none may hold a NUL, and none may be
 * one of those read here but for the case of its letters: a parser that is careless with
 * them would see another message; nor may one of them have more than 1,000 members
 * (-32600, -32602). Names and methods are compared byte for byte.
 *
 * A header that proxies decide by (Mcp-Method, Mcp-Name, MCP-Protocol-Version) must
 * say what the body says if it is there, in printable ASCII, and must be there if
 * `_meta` of a request names a protocol version (Mcp-Name for tools/call, prompts/get
 * and resources/read); none may come twice: else 400 with -32020. A name may be there
 * as "=?base64?...?=" (MCP 2026-07-28, "Value Encoding"). With a method that
 * has no name here, Mcp-Name must be its `params.name`, `params.uri` or
 * `params.taskId`, the first of them that is a string, as extensions send it
 * (tasks/get); if there is none, it must not come. A header MCP-Protocol-Version alone,
 * as revisions up to 2025-11-25 send it, is compared with nothing.
 */
#ifndef MCPAUTH_MESSAGE_H
#define MCPAUTH_MESSAGE_H

#include <mcpauth/api.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Immutable; lives as long as the request it came with. What an accessor returns is
 * borrowed from it. NULL, no message, is accepted by all of them: NULL, 0 or false. */
struct mcpauth_message;

/** What kind of message it is. */
enum mcpauth_message_kind {
	MCPAUTH_MESSAGE_REQUEST = 0,      /**< wants an answer */
	MCPAUTH_MESSAGE_NOTIFICATION = 1, /**< has no `id` */
	MCPAUTH_MESSAGE_RESPONSE = 2      /**< `result` or `error`: answers one of the server's */
};

/** Its kind. MCPAUTH_MESSAGE_REQUEST for no message. */
MCPAUTH_API enum mcpauth_message_kind mcpauth_message_kind(const struct mcpauth_message *message);

/** `method`, decoded: "tools/call". NULL for a response. */
MCPAUTH_API const char *mcpauth_message_method(const struct mcpauth_message *message);

/** Whom the operation is for, decoded: `params.name` of tools/call and prompts/get,
 * `params.uri` of resources/read, resources/subscribe and resources/unsubscribe,
 * `params.ref.name` or `.uri` of completion/complete. NULL for other methods, and where
 * it may be left out. */
MCPAUTH_API const char *mcpauth_message_name(const struct mcpauth_message *message);

/** The protocol version that `_meta` names, decoded; NULL if it names none, which is
 * how the revisions up to 2025-11-25 write. */
MCPAUTH_API const char *mcpauth_message_revision(const struct mcpauth_message *message);

/**
 * `id` as it was sent, to be echoed byte for byte: 9007199254740993, `"a\u0062"`.
 *
 * @param message      or NULL
 * @param[out] length  bytes; no NUL follows. 0 for none
 * @return NULL if there is none
 */
MCPAUTH_API const char *mcpauth_message_id(const struct mcpauth_message *message, size_t *length);

/**
 * A member of `params` as it was sent.
 *
 * @param message      or NULL
 * @param name         "arguments", "cursor", ...; borrowed for the call
 * @param[out] length  bytes of JSON, known to be valid; no NUL follows. 0 for none
 * @return NULL if there is none
 */
MCPAUTH_API const char *mcpauth_message_param(
	const struct mcpauth_message *message, const char *name, size_t *length);

/**
 * A member of `params._meta` as it was sent.
 *
 * @param message      or NULL
 * @param name         "progressToken", ...; borrowed for the call
 * @param[out] length  bytes of JSON, known to be valid; no NUL follows. 0 for none
 * @return NULL if there is none
 */
MCPAUTH_API const char *mcpauth_message_meta(
	const struct mcpauth_message *message, const char *name, size_t *length);

/**
 * The whole message as it was sent.
 *
 * @param message      or NULL
 * @param[out] length  bytes. 0 for none
 * @return NULL if there is none
 */
MCPAUTH_API const char *mcpauth_message_text(const struct mcpauth_message *message, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
