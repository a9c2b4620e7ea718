/* What a message says, to whoever asks, while it lasts. */
#include "mcp/message_int.h"

/* What a usual message takes, so that it is one allocation. */
#define USUAL_ROOM 1024

struct mcpauth_message *mcpauth__message_new(const char *text, size_t length)
{
	struct mcpauth__arena arena = {0};
	struct mcpauth_message *message = mcpauth__arena_reserve(&arena, USUAL_ROOM)
		? mcpauth__arena_take(&arena, sizeof *message)
		: NULL;
	if (message != NULL) {
		/* An empty body may come as NULL. */
		*message = (struct mcpauth_message){
			.arena = arena,
			.text = length > 0 ? text : "",
			.length = length,
		};
	}
	return message;
}

void mcpauth__message_free(struct mcpauth_message *message)
{
	if (message != NULL) {
		struct mcpauth__arena arena = message->arena;
		mcpauth__arena_finish(&arena);
	}
}

enum mcpauth_message_kind mcpauth_message_kind(const struct mcpauth_message *message)
{
	return message != NULL ? message->kind : MCPAUTH_MESSAGE_REQUEST;
}

const char *mcpauth_message_method(const struct mcpauth_message *message)
{
	return message != NULL ? message->method : NULL;
}

const char *mcpauth_message_name(const struct mcpauth_message *message)
{
	return message != NULL ? message->name : NULL;
}

const char *mcpauth_message_revision(const struct mcpauth_message *message)
{
	return message != NULL ? message->revision : NULL;
}

const char *mcpauth_message_id(const struct mcpauth_message *message, size_t *length)
{
	*length = message != NULL ? message->id_length : 0;
	return message != NULL ? message->id : NULL;
}

static const char *raw(
	const struct mcpauth__json_members *members, const char *name, size_t *length)
{
	const struct mcpauth__json_member *member = mcpauth__json_members_find(members, name);
	*length = member != NULL ? member->length : 0;
	return member != NULL ? member->value : NULL;
}

const char *mcpauth_message_param(
	const struct mcpauth_message *message, const char *name, size_t *length)
{
	static const struct mcpauth__json_members none;
	return raw(message != NULL ? &message->params : &none, name, length);
}

const char *mcpauth_message_meta(
	const struct mcpauth_message *message, const char *name, size_t *length)
{
	static const struct mcpauth__json_members none;
	return raw(message != NULL ? &message->meta : &none, name, length);
}

const char *mcpauth_message_text(const struct mcpauth_message *message, size_t *length)
{
	*length = message != NULL ? message->length : 0;
	return message != NULL ? message->text : NULL;
}
