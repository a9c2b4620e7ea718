/* The revisions up to 2025-11-25: initialize opens a session, in which the rest happens. */
#include "era.h"

#include <string.h>

static bool fail(struct failure *failure, unsigned status, const char *message)
{
	*failure = (struct failure){status, ENVELOPE_INVALID_REQUEST, message, NULL};
	return false;
}

/* Without a token, with --no-auth, all sessions are nobody's. */
static struct session_owner owner_of(const struct mcpauth_auth_info *who)
{
	if (who == NULL) {
		return (struct session_owner){0};
	}
	return (struct session_owner){
		.issuer = mcpauth_auth_info_issuer(who),
		.subject = mcpauth_auth_info_subject(who),
		.client_id = mcpauth_auth_info_client_id(who),
	};
}

/* Applies one of sessions_use() and sessions_close(). */
static bool with_session(const struct mcp_server *server, const struct era_headers *headers,
	const struct mcpauth_auth_info *who, struct failure *failure,
	bool (*apply)(struct sessions *, struct slice, const struct session_owner *))
{
	struct session_owner owner = owner_of(who);
	if (headers->session.at == NULL) {
		return fail(failure, 400, "Mcp-Session-Id is missing: begin with initialize");
	}
	if (headers->session_repeated) {
		return fail(failure, 400, "Mcp-Session-Id was sent more than once");
	}
	/* 404 makes the client begin anew; it does not tell whose sessions exist. */
	return apply(server->sessions, headers->session, &owner)
		|| fail(failure, 404, "there is no such session: begin with initialize");
}

static bool version_is_spoken(const struct era_headers *headers, struct failure *failure)
{
	struct slice version = headers->version;
	if (version.at == NULL || era_is_legacy(version.at, version.length)) {
		return true;
	}
	*failure = era_unsupported(version);
	return false;
}

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

static cJSON *dispatch(
	const struct mcp_server *server, const struct era_message *message, struct failure *failure)
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
	*failure = (struct failure){200, REPLY_METHOD_NOT_FOUND, "Method not found", NULL};
	return NULL;
}

/* A handshake that succeeds opens a session. */
static cJSON *shake_hands(const struct mcp_server *server, const struct era_message *message,
	struct reply *reply, struct failure *failure)
{
	struct session_owner owner = owner_of(message->who);
	if (message->envelope.asked_version == NULL) {
		*failure = (struct failure){200, ENVELOPE_INVALID_PARAMS,
			"params.protocolVersion must be a string", NULL};
		return NULL;
	}
	*failure = (struct failure){500, REPLY_INTERNAL_ERROR, "internal error", NULL};
	cJSON *result = initialized(server, message->envelope.asked_version);
	if (result != NULL && !sessions_open(server->sessions, &owner, reply->session)) {
		cJSON_Delete(result);
		return NULL;
	}
	return result;
}

void era_legacy_answer(
	const struct mcp_server *server, const struct era_message *message, struct reply *reply)
{
	struct slice id = message->envelope.id;
	bool first = id.at != NULL && strcmp(message->envelope.method, "initialize") == 0;
	struct failure failure;
	cJSON *result = NULL;
	if (version_is_spoken(&message->headers, &failure)
		&& (first
			|| with_session(
				server, &message->headers, message->who, &failure, sessions_use))) {
		if (id.at == NULL) {
			reply->status = 202;
			return;
		}
		result = first ? shake_hands(server, message, reply, &failure)
			       : dispatch(server, message, &failure);
	}
	if (result == NULL) {
		reply_error(reply, id, failure);
	} else {
		reply_result(reply, id, result);
	}
}

void era_legacy_end_session(const struct mcp_server *server, const struct era_headers *headers,
	const struct mcpauth_auth_info *who, struct reply *reply)
{
	struct failure failure;
	if (version_is_spoken(headers, &failure)
		&& with_session(server, headers, who, &failure, sessions_close)) {
		reply->status = 204;
		return;
	}
	reply_error(reply, (struct slice){0}, failure);
}
