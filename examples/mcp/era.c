/* Decides which era a message belongs to and lets that era answer. */
#define _POSIX_C_SOURCE 200809L

#include "era.h"

#include <stdlib.h>
#include <string.h>

/* Newest first. */
static const char *const versions[] = {
	ERA_MODERN,
	ERA_LATEST_LEGACY,
	"2025-06-18",
	"2025-03-26",
};
#define VERSIONS (sizeof versions / sizeof versions[0])

bool era_value_is(struct slice value, const char *text)
{
	return value.at != NULL && value.length == strlen(text)
		&& memcmp(value.at, text, value.length) == 0;
}

bool era_is_legacy(struct slice version)
{
	for (size_t i = 1; i < VERSIONS; i++) {
		if (era_value_is(version, versions[i])) {
			return true;
		}
	}
	return false;
}

cJSON *era_versions(void)
{
	cJSON *list = cJSON_CreateArray();
	for (size_t i = 0; i < VERSIONS; i++) {
		if (!reply_put(list, NULL, cJSON_CreateString(versions[i]))) {
			cJSON_Delete(list);
			return NULL;
		}
	}
	return list;
}

struct failure era_unsupported(struct slice requested)
{
	struct failure failure = {400, REPLY_UNSUPPORTED_VERSION, "Unsupported protocol version",
		cJSON_CreateObject()};
	char *text = strndup(requested.at, requested.length);
	if (text == NULL || !reply_put(failure.data, "supported", era_versions())
		|| !reply_put(failure.data, "requested", cJSON_CreateString(text))) {
		cJSON_Delete(failure.data);
		failure.data = NULL;
	}
	free(text);
	return failure;
}

struct slice era_id(const struct mcpauth_message *message)
{
	struct slice id;
	id.at = mcpauth_message_id(message, &id.length);
	return id;
}

/* Whoever names the modern revision anywhere is held to its rules; a legacy
 * revision in `_meta` is just metadata that older servers never looked at. */
static bool is_modern(const struct era_post *post)
{
	const char *revision = mcpauth_message_revision(post->message);
	return revision != NULL ? !era_is_legacy((struct slice){revision, strlen(revision)})
				: era_value_is(post->headers.version, ERA_MODERN);
}

void era_answer_bare(const struct mcp_server *server, const char *method,
	const struct era_headers *headers, const struct mcpauth_auth_info *who, struct reply *reply)
{
	/* The modern revision has no sessions that could be ended. */
	bool modern = era_value_is(headers->version, ERA_MODERN);
	*reply = (struct reply){.allow = modern ? "POST" : "POST, DELETE"};
	if (!modern && strcmp(method, "DELETE") == 0) {
		era_legacy_end_session(server, headers, who, reply);
		return;
	}
	reply_error(reply, (struct slice){0},
		(struct failure){405, REPLY_INVALID_REQUEST,
			"messages come by POST; there are no event streams", NULL});
}

void era_answer(const struct mcp_server *server, const struct era_post *post, struct reply *reply)
{
	*reply = (struct reply){0};
	if (mcpauth_message_kind(post->message) == MCPAUTH_MESSAGE_RESPONSE) {
		/* Its `id` would be that of a question of ours, so it is not echoed. */
		reply_error(reply, (struct slice){0},
			(struct failure){400, REPLY_INVALID_REQUEST,
				"this server asks nothing, so it takes no responses", NULL});
	} else if (is_modern(post)) {
		era_modern_answer(server, post, reply);
	} else {
		era_legacy_answer(server, post, reply);
	}
}
