/* An MCP message read from a body: what mcpauth/message.h promises. */
#ifndef MCPAUTH_MCP_MESSAGE_H
#define MCPAUTH_MCP_MESSAGE_H

#include <mcpauth/error.h>
#include <mcpauth/message.h>

/** Why a body is no message, or not the one that its headers say. */
struct mcpauth__message_fault {
	enum mcpauth_code reason; /* MCPAUTH_E_INVALID_MESSAGE or MCPAUTH_E_HEADER_MISMATCH */
	int rpc_code;             /* JSON-RPC's */
	const char *text;         /* a constant, for the client */
	/* The id to answer with, as it was sent, borrowed from the body; NULL: none could
	 * be read. */
	const char *id;
	size_t id_length;
};

/** What the headers say; NULL: nothing. Values without blanks at their ends. */
struct mcpauth__message_headers {
	const char *method;   /* Mcp-Method */
	const char *name;     /* Mcp-Name */
	const char *revision; /* MCP-Protocol-Version */
	bool are_repeated;    /* one of the three came more than once */
};

/**
 * Read a body.
 *
 * Takes time in proportion to its length, and to that of names some ten times, if they
 * are many and begin alike. A usual message is one allocation of about a KiB; none
 * takes more than 600 KB and three times the bytes of its text.
 *
 * @param text          borrowed until the message is freed
 * @param[out] message  caller frees with mcpauth__message_free(); NULL on failure
 * @param[out] fault    written with the first two of its reasons only
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_MESSAGE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__message_read(const char *text, size_t length,
	struct mcpauth_message **message, struct mcpauth__message_fault *fault);

/**
 * Do the headers say what the body says?
 *
 * A name that does not fit into a header is sent as "=?base64?...?=" (MCP 2026-07-28,
 * Streamable HTTP, "Value Encoding").
 *
 * @param[out] fault  written if not: MCPAUTH_E_HEADER_MISMATCH
 */
bool mcpauth__message_fits_headers(const struct mcpauth_message *message,
	const struct mcpauth__message_headers *headers, struct mcpauth__message_fault *fault);

/** NULL is accepted. */
void mcpauth__message_free(struct mcpauth_message *message);

#endif
