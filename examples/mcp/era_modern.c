/* Revision 2026-07-28: no handshake, each request says all that is needed. That its
 * headers say the same as its body was seen to before. */
#include "era.h"

#include <string.h>

#define CAPABILITIES_MEMBER "io.modelcontextprotocol/clientCapabilities"

/* How long a client may keep what is the same until another program starts. */
#define TTL_MS 60000

static bool version_fits(const struct era_post *post, struct failure *failure)
{
	const char *version = mcpauth_message_revision(post->message);
	if (version == NULL) {
		*failure = (struct failure){400, REPLY_INVALID_PARAMS,
			"params._meta must have io.modelcontextprotocol/protocolVersion, a string",
			NULL};
		return false;
	}
	if (strcmp(version, ERA_MODERN) != 0) {
		*failure = era_unsupported((struct slice){version, strlen(version)});
		return false;
	}
	return true;
}

static bool is_well_formed(const struct era_post *post, struct failure *failure)
{
	size_t length;
	if (!version_fits(post, failure)) {
		return false;
	}
	const char *able = mcpauth_message_meta(post->message, CAPABILITIES_MEMBER, &length);
	if (able == NULL || *able != '{') {
		*failure = (struct failure){400, REPLY_INVALID_PARAMS,
			"params._meta must have io.modelcontextprotocol/clientCapabilities, "
			"an object",
			NULL};
		return false;
	}
	return true;
}

/* What a client may keep, it keeps for one user alone. */
static cJSON *cacheable(cJSON *result, int ttl_ms)
{
	if (!reply_put(result, "ttlMs", cJSON_CreateNumber(ttl_ms))
		|| !reply_put(result, "cacheScope", cJSON_CreateString("private"))) {
		cJSON_Delete(result);
		return NULL;
	}
	return result;
}

static cJSON *discovered(void)
{
	cJSON *result = cJSON_CreateObject();
	if (!reply_put(result, "supportedVersions", era_versions())
		|| !reply_put(result, "capabilities", tools_capabilities())) {
		cJSON_Delete(result);
		return NULL;
	}
	return cacheable(result, TTL_MS);
}

static cJSON *dispatch(
	const struct mcp_server *server, const struct era_post *post, struct failure *failure)
{
	const char *method = mcpauth_message_method(post->message);
	*failure = (struct failure){500, REPLY_INTERNAL_ERROR, "internal error", NULL};
	if (strcmp(method, "tools/call") == 0) {
		return tools_call(server, post->message, post->who, failure);
	}
	if (strcmp(method, "tools/list") == 0) {
		/* What depends on scopes changes with the next token of the same user. */
		return cacheable(
			tools_list(server, post->who), server->operations != NULL ? 0 : TTL_MS);
	}
	if (strcmp(method, "server/discover") == 0) {
		return discovered();
	}
	*failure = (struct failure){404, REPLY_METHOD_NOT_FOUND, "Method not found", NULL};
	return NULL;
}

static cJSON *complete(const struct mcp_server *server, cJSON *result)
{
	cJSON *meta = cJSON_CreateObject();
	bool done = reply_put(
		meta, "io.modelcontextprotocol/serverInfo", tools_server_info(server));
	done = reply_put(done ? result : NULL, "_meta", meta)
		&& reply_put(result, "resultType", cJSON_CreateString("complete"));
	if (!done) {
		cJSON_Delete(result);
		return NULL;
	}
	return result;
}

void era_modern_answer(
	const struct mcp_server *server, const struct era_post *post, struct reply *reply)
{
	struct slice id = era_id(post->message);
	struct failure failure;
	if (mcpauth_message_kind(post->message) == MCPAUTH_MESSAGE_NOTIFICATION) {
		/* The revision defines no notification that a client would POST: taken,
		 * and nothing comes of it. */
		reply->status = 202;
		return;
	}
	cJSON *result = NULL;
	if (is_well_formed(post, &failure)) {
		result = dispatch(server, post, &failure);
	}
	if (result == NULL) {
		reply_error(reply, id, failure);
	} else {
		reply_result(reply, id, complete(server, result));
	}
}
