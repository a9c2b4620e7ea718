/* One visit to an MCP server: introduce, list its tools, call one. */
#include "session.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

static void print_challenge(const struct challenge *challenge)
{
	const struct {
		const char *name;
		const char *value;
	} parts[] = {
		{"error", challenge->error},
		{"error_description", challenge->error_description},
		{"resource_metadata", challenge->resource_metadata},
		{"scope", challenge->scope},
	};
	note(challenge->found ? "WWW-Authenticate: Bearer" : "without a Bearer challenge");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].value != NULL) {
			note("  %s = %s", parts[i].name, parts[i].value);
		}
	}
}

/* Send, and sort the answer; a refusal is no failure yet. */
static enum outcome send_call(
	struct session *session, const struct call *call, struct answer *answer)
{
	if (!rpc_call(session->rpc, call, answer)) {
		return SESSION_FAILED;
	}
	session->status = answer->status;
	if (answer->status != 401 && answer->status != 403) {
		return SESSION_DONE;
	}
	challenge_read(answer, &session->challenge);
	print_challenge(&session->challenge);
	return SESSION_REFUSED;
}

/* Ask for a result; on SESSION_DONE the caller frees the document. */
static enum outcome ask(
	struct session *session, const struct call *call, cJSON **document, const cJSON **result)
{
	struct answer answer = {0};
	enum outcome outcome = send_call(session, call, &answer);
	*document = NULL;
	if (outcome == SESSION_DONE) {
		*result = rpc_result(session->rpc, &answer, document);
	}
	if (outcome == SESSION_DONE && *result == NULL) {
		cJSON_Delete(*document);
		*document = NULL;
		outcome = SESSION_FAILED;
	}
	if (outcome == SESSION_DONE && !session->rpc->stateless
		&& session->rpc->session.length == 0) {
		answer_header(&answer, "Mcp-Session-Id", 0, &session->rpc->session);
	}
	answer_finish(&answer);
	return outcome;
}

static bool settle_version(struct rpc *rpc, const cJSON *result)
{
	static const char *const known[] = {"2025-03-26", "2025-06-18", MCP_LATEST_LEGACY};
	const char *version = json_string(result, "protocolVersion");
	const cJSON *server = cJSON_GetObjectItemCaseSensitive(result, "serverInfo");
	const char *name = json_string(server, "name");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (version != NULL && strcmp(version, known[i]) == 0) {
			text_join(&rpc->version, version, NULL);
			note("%s, protocol %s", name != NULL ? name : "a server without a name",
				version);
			return true;
		}
	}
	return complain("the server speaks protocol \"%s\", this client does "
			"not",
		version != NULL ? version : "");
}

static cJSON *initialize_params(const char *version)
{
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "protocolVersion", version);
	cJSON_AddObjectToObject(params, "capabilities");
	cJSON *client = cJSON_AddObjectToObject(params, "clientInfo");
	cJSON_AddStringToObject(client, "name", "mcpauth-oauth-client");
	cJSON_AddStringToObject(client, "version", "0.1.0");
	return params;
}

static enum outcome say_initialized(struct session *session)
{
	struct answer answer = {0};
	struct call call = {.method = "notifications/initialized",
		.params = cJSON_CreateObject(),
		.notification = true};
	enum outcome outcome = send_call(session, &call, &answer);
	if (outcome == SESSION_DONE && answer.status / 100 != 2) {
		complain("the notification was answered with %ld", answer.status);
		outcome = SESSION_FAILED;
	}
	cJSON_Delete(call.params);
	answer_finish(&answer);
	return outcome;
}

static enum outcome shake_hands(struct session *session)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "initialize", .params = initialize_params(session->version)};
	enum outcome outcome = ask(session, &call, &document, &result);
	if (outcome == SESSION_DONE && !settle_version(session->rpc, result)) {
		outcome = SESSION_FAILED;
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return outcome == SESSION_DONE ? say_initialized(session) : outcome;
}

static enum outcome discover_server(struct session *session)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "server/discover", .params = cJSON_CreateObject()};
	text_join(&session->rpc->version, session->version, NULL);
	enum outcome outcome = ask(session, &call, &document, &result);
	if (outcome == SESSION_DONE
		&& !json_list_has(cJSON_GetObjectItemCaseSensitive(result, "supportedVersions"),
			session->version)) {
		complain("the server does not list protocol %s", session->version);
		outcome = SESSION_FAILED;
	} else if (outcome == SESSION_DONE) {
		note("protocol %s, no handshake", session->version);
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return outcome;
}

static enum outcome list_tools(struct session *session, char **first)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	const cJSON *tool = NULL;
	struct call call = {.method = "tools/list", .params = cJSON_CreateObject()};
	enum outcome outcome = ask(session, &call, &document, &result);
	if (outcome == SESSION_DONE) {
		const cJSON *tools = cJSON_GetObjectItemCaseSensitive(result, "tools");
		cJSON_ArrayForEach(tool, tools)
		{
			const char *name = json_string(tool, "name");
			const char *what = json_string(tool, "description");
			note("%s: %s", name != NULL ? name : "?",
				what != NULL ? what : "no description");
			if (*first == NULL) {
				*first = copy_string(name);
			}
		}
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return outcome;
}

static enum outcome print_tool_result(const cJSON *result)
{
	const cJSON *item = NULL;
	const cJSON *content = cJSON_GetObjectItemCaseSensitive(result, "content");
	if (!cJSON_IsArray(content)) {
		complain("the tool's answer has no content");
		return SESSION_FAILED;
	}
	cJSON_ArrayForEach(item, content)
	{
		const char *text = json_string(item, "text");
		const char *type = json_string(item, "type");
		note("the tool says: %s",
			text != NULL           ? text
				: type != NULL ? type
					       : "something unnamed");
	}
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "isError"))) {
		complain("the tool reports an error");
		return SESSION_FAILED;
	}
	return SESSION_DONE;
}

static enum outcome call_tool(struct session *session, const char *tool)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "tools/call", .name = tool, .params = cJSON_CreateObject()};
	cJSON_AddStringToObject(call.params, "name", tool);
	cJSON_AddRawToObject(call.params, "arguments", session->arguments);
	enum outcome outcome = ask(session, &call, &document, &result);
	if (outcome == SESSION_DONE) {
		outcome = print_tool_result(result);
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return outcome;
}

enum outcome session_run(struct session *session)
{
	char *first = NULL;
	rpc_restart(session->rpc);
	step(session->rpc->token.length > 0 ? "Talking to %s with the token"
					    : "Talking to %s without a token",
		session->rpc->url);
	enum outcome outcome = session->rpc->stateless ? discover_server(session)
						       : shake_hands(session);
	if (outcome == SESSION_DONE) {
		step("Which tools are there?");
		outcome = list_tools(session, &first);
	}
	const char *tool = session->tool != NULL ? session->tool : first;
	if (outcome == SESSION_DONE && tool == NULL) {
		complain("the server has no tools");
		outcome = SESSION_FAILED;
	} else if (outcome == SESSION_DONE) {
		step("Calling the tool %s", tool);
		outcome = call_tool(session, tool);
	}
	free(first);
	return outcome;
}
