/* Revision 2026-07-28: no handshake, each request says all that is needed. */
#include "era.h"

#include <stdlib.h>
#include <string.h>

/* How long a client may keep the list of tools. It is made when the program
 * starts, so this bounds how long a client misses a new program's tools. */
#define LIST_TTL_MS 60000

#define PREFIX "=?base64?"
#define SUFFIX "?="

static bool mismatch(struct failure *failure, const char *message)
{
	*failure = (struct failure){400, REPLY_HEADER_MISMATCH, message, NULL};
	return false;
}

static int sextet(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c != '\0' ? strchr(alphabet, c) : NULL;
	return found != NULL ? (int)(found - alphabet) : -1;
}

/* RFC 4648 section 4, compared while it is decoded: with padding, without
 * blanks, and bits that encode nothing must be zero. */
static bool base64_is(struct slice code, const char *text)
{
	size_t length = strlen(text);
	if (code.length != (length + 2) / 3 * 4) {
		return false;
	}
	for (size_t i = 0; i < code.length; i++) {
		/* The bits of this digit lie in one byte or two of the text. */
		size_t bit = i * 6;
		size_t byte = bit / 8;
		unsigned high = byte < length ? (unsigned char)text[byte] : 0;
		unsigned low = byte + 1 < length ? (unsigned char)text[byte + 1] : 0;
		int wanted = (int)((high << 8 | low) >> (10 - bit % 8) & 0x3f);
		bool padding = bit >= length * 8;
		if (padding ? code.at[i] != '=' : sextet(code.at[i]) != wanted) {
			return false;
		}
	}
	return true;
}

static bool is_encoded(struct slice value)
{
	size_t before = strlen(PREFIX);
	size_t after = strlen(SUFFIX);
	return value.length >= before + after && memcmp(value.at, PREFIX, before) == 0
		&& memcmp(value.at + value.length - after, SUFFIX, after) == 0;
}

/* basic/transports/streamable-http, "Value Encoding". */
static bool names(struct slice value, const char *text)
{
	if (value.at == NULL || !is_encoded(value)) {
		return era_value_is(value, text);
	}
	struct slice code = {
		value.at + strlen(PREFIX), value.length - strlen(PREFIX) - strlen(SUFFIX)};
	return base64_is(code, text);
}

/* Proxies decide by the headers and this server by the body, so both must say
 * the same ("Server Validation"). */
static bool headers_match(const struct era_message *message, struct failure *failure)
{
	const struct envelope *envelope = &message->envelope;
	if (!era_value_is(message->headers.method, envelope->method)) {
		return mismatch(failure,
			"Header mismatch: Mcp-Method is missing or is not the body's method");
	}
	if (envelope_target(envelope->method) == NULL) {
		return true;
	}
	bool both_missing = envelope->name == NULL && message->headers.name.at == NULL;
	if (!both_missing
		&& (envelope->name == NULL || !names(message->headers.name, envelope->name))) {
		return mismatch(failure,
			"Header mismatch: Mcp-Name is missing or is not the body's name or uri");
	}
	return true;
}

static bool version_fits(const struct era_message *message, struct failure *failure)
{
	const char *version = message->envelope.version;
	if (version == NULL) {
		*failure = (struct failure){400, ENVELOPE_INVALID_PARAMS,
			"params._meta must have io.modelcontextprotocol/protocolVersion, a string",
			NULL};
		return false;
	}
	if (!era_value_is(message->headers.version, version)) {
		return mismatch(failure,
			"Header mismatch: MCP-Protocol-Version is missing or "
			"is not the version in params._meta");
	}
	if (strcmp(version, ERA_MODERN) != 0) {
		*failure = era_unsupported(message->headers.version);
		return false;
	}
	return true;
}

static bool is_well_formed(const struct era_message *message, struct failure *failure)
{
	if (!version_fits(message, failure) || !headers_match(message, failure)) {
		return false;
	}
	if (!message->envelope.has_capabilities) {
		*failure = (struct failure){400, ENVELOPE_INVALID_PARAMS,
			"params._meta must have io.modelcontextprotocol/clientCapabilities, "
			"an object",
			NULL};
		return false;
	}
	return true;
}

/* What a client may keep, it keeps for one user alone: a list may depend on
 * who asks. */
static cJSON *cacheable(cJSON *result)
{
	if (!reply_put(result, "ttlMs", cJSON_CreateNumber(LIST_TTL_MS))
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
	return cacheable(result);
}

static cJSON *dispatch(
	const struct mcp_server *server, const struct era_message *message, struct failure *failure)
{
	const char *method = message->envelope.method;
	*failure = (struct failure){500, REPLY_INTERNAL_ERROR, "internal error", NULL};
	if (strcmp(method, "tools/call") == 0) {
		return tools_call(server, &message->envelope, message->who, failure);
	}
	if (strcmp(method, "tools/list") == 0) {
		return cacheable(tools_list(server));
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
	const struct mcp_server *server, const struct era_message *message, struct reply *reply)
{
	struct slice id = message->envelope.id;
	struct failure failure;
	if (id.at == NULL) {
		/* The revision defines no notification that a client would POST, nor
		 * what its headers had to be: taken, and nothing comes of it. */
		reply->status = 202;
		return;
	}
	cJSON *result = NULL;
	if (is_well_formed(message, &failure)) {
		result = dispatch(server, message, &failure);
	}
	if (result == NULL) {
		reply_error(reply, id, failure);
	} else {
		reply_result(reply, id, complete(server, result));
	}
}
