/* The revisions up to 2025-11-25: an initialize handshake, here without sessions. */
#include "era.h"

#include <string.h>

static cJSON *initialized(const struct mcp_server *server, const char *asked)
{
	cJSON *result = cJSON_CreateObject();
	/* basic/lifecycle: the version asked for, else the latest one that is known. */
	const char *version = era_is_legacy(asked, strlen(asked)) ? asked : ERA_LATEST_LEGACY;
	if (!reply_put(result, "protocolVersion", cJSON_CreateString(version))
	    || !reply_put(result, "capabilities", tools_capabilities())
	    || !reply_put(result, "serverInfo", tools_server_info(server))) {
		cJSON_Delete(result);
		return NULL;
	}
	return result;
}

static cJSON *dispatch(const struct mcp_server *server, const struct era_message *message,
	struct failure *failure)
{
	const struct envelope *envelope = &message->envelope;
	*failure = (struct failure){500, REPLY_INTERNAL_ERROR, "internal error", NULL};
	if (strcmp(envelope->method, "tools/call") == 0) {
		return tools_call(server, envelope, message->who, failure);
	}
	if (strcmp(envelope->method, "tools/list") == 0) {
		return tools_list(server);
	}
	if (strcmp(envelope->method, "ping") == 0) {
		return cJSON_CreateObject();
	}
	if (strcmp(envelope->method, "initialize") != 0) {
		*failure = (struct failure){200, REPLY_METHOD_NOT_FOUND, "Method not found", NULL};
		return NULL;
	}
	if (envelope->asked_version == NULL) {
		*failure = (struct failure){200, ENVELOPE_INVALID_PARAMS,
			"params.protocolVersion must be a string", NULL};
		return NULL;
	}
	return initialized(server, envelope->asked_version);
}

void era_legacy_answer(const struct mcp_server *server, const struct era_message *message,
	struct reply *reply)
{
	struct slice version = message->headers.version;
	struct slice id = message->envelope.id;
	struct failure failure;
	if (version.at != NULL && !era_is_legacy(version.at, version.length)) {
		reply_error(reply, id, era_unsupported(version));
		return;
	}
	if (id.at == NULL) {
		reply->status = 202;
		return;
	}
	cJSON *result = dispatch(server, message, &failure);
	if (result == NULL) {
		reply_error(reply, id, failure);
	} else {
		reply_result(reply, id, result);
	}
}
