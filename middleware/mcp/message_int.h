/* What a message holds, for the files that look into it. */
#ifndef MCPAUTH_MCP_MESSAGE_INT_H
#define MCPAUTH_MCP_MESSAGE_INT_H

#include "base/arena.h"
#include "base/json_members.h"
#include "mcp/message.h"

struct mcpauth_message {
	struct mcpauth__arena arena; /* where all of it lies, itself too */
	enum mcpauth_message_kind kind;
	const char *text;
	size_t length;
	const char *id;
	size_t id_length;
	const char *method;
	const char *name;
	const char *revision;
	const char *header_name; /* what Mcp-Name has to say if it is there */
	bool needs_header_name;  /* on a request that names its revision */
	struct mcpauth__json_members params;
	struct mcpauth__json_members meta;
};

/**
 * One of a body that is not read yet.
 *
 * @param text  borrowed until the message is freed
 * @return caller frees with mcpauth__message_free(); NULL without memory
 */
struct mcpauth_message *mcpauth__message_new(const char *text, size_t length);

#endif
