/* Talking to an MCP server: introduce oneself, list its tools, call one. */
#include "session.h"

#include "report.h"
#include "say.h"

#include <string.h>

/* A server that never ends its list is not listened to for ever. */
#define PAGES 100

enum outcome {
	DONE,
	FAILED,
	/** The server knows the session no more: it was restarted, or ended it. */
	LOST,
};

static bool is_lost(const struct session *session, const struct answer *answer)
{
	return session->is_open && answer->status == 404 && session->rpc.session.length > 0;
}

/* Ask for a result; on DONE the caller frees the document. */
static enum outcome ask(
	struct session *session, const struct call *call, cJSON **document, const cJSON **result)
{
	struct answer answer = {0};
	struct rpc *rpc = &session->rpc;
	enum outcome outcome = FAILED;
	*document = NULL;
	*result = NULL;
	if (!access_send(session->access, rpc, call, &answer)) {
		outcome = FAILED;
	} else if (is_lost(session, &answer)) {
		outcome = LOST;
	} else {
		*result = rpc_result(rpc, &answer, document);
		outcome = *result != NULL ? DONE : FAILED;
		session->access->is_refused |= answer.status == 401 || answer.status == 403;
	}
	if (outcome != DONE) {
		cJSON_Delete(*document);
		*document = NULL;
	} else if (!rpc->stateless && rpc->session.length == 0) {
		answer_header(&answer, "Mcp-Session-Id", 0, &rpc->session);
	}
	answer_finish(&answer);
	return outcome;
}

static bool settle_version(struct rpc *rpc, const cJSON *result)
{
	static const char *const known[] = {"2025-03-26", "2025-06-18", MCP_LATEST_LEGACY};
	const char *version = json_string(result, "protocolVersion");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (version != NULL && strcmp(version, known[i]) == 0) {
			text_join(&rpc->version, version, NULL);
			report_server(
				cJSON_GetObjectItemCaseSensitive(result, "serverInfo"), version);
			return true;
		}
	}
	return complain("the server speaks protocol \"%s\", this client does not",
		version != NULL ? version : "");
}

static cJSON *initialize_params(const char *version)
{
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "protocolVersion", version);
	cJSON_AddObjectToObject(params, "capabilities");
	cJSON *client = cJSON_AddObjectToObject(params, "clientInfo");
	cJSON_AddStringToObject(client, "name", "mcpauth-oauth-client");
	cJSON_AddStringToObject(client, "version", MCPAUTH_VERSION);
	return params;
}

static bool say_initialized(struct session *session)
{
	struct answer answer = {0};
	struct call call = {.method = "notifications/initialized",
		.params = cJSON_CreateObject(),
		.notification = true};
	bool ok = access_send(session->access, &session->rpc, &call, &answer);
	if (ok && answer.status / 100 != 2) {
		ok = complain("the notification was answered with %ld", answer.status);
	}
	cJSON_Delete(call.params);
	answer_finish(&answer);
	return ok;
}

static bool shake_hands(struct session *session)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "initialize", .params = initialize_params(session->version)};
	bool ok = ask(session, &call, &document, &result) == DONE
		&& settle_version(&session->rpc, result);
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return ok && say_initialized(session);
}

static bool discover_server(struct session *session)
{
	static const char info[] = "io.modelcontextprotocol/serverInfo";
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "server/discover", .params = cJSON_CreateObject()};
	text_join(&session->rpc.version, session->version, NULL);
	bool ok = ask(session, &call, &document, &result) == DONE;
	if (ok
		&& !json_list_has(cJSON_GetObjectItemCaseSensitive(result, "supportedVersions"),
			session->version)) {
		ok = complain("the server does not list protocol %s", session->version);
	} else if (ok) {
		const cJSON *meta = cJSON_GetObjectItemCaseSensitive(result, "_meta");
		report_server(cJSON_GetObjectItemCaseSensitive(meta, info), session->version);
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return ok;
}

bool session_open(struct session *session)
{
	if (session->is_open) {
		return true;
	}
	rpc_restart(&session->rpc);
	step("Talking to %s", session->rpc.url);
	session->is_open = session->rpc.stateless ? discover_server(session) : shake_hands(session);
	return session->is_open;
}

void session_forget(struct session *session)
{
	session->is_open = false;
	rpc_restart(&session->rpc);
}

/* Ask in an open session, and once more in a new one if that is gone. */
static enum outcome ask_anew(
	struct session *session, const struct call *call, cJSON **document, const cJSON **result)
{
	if (!session_open(session)) {
		return FAILED;
	}
	enum outcome outcome = ask(session, call, document, result);
	if (outcome != LOST) {
		return outcome;
	}
	note("the server has forgotten the session; beginning anew");
	session_forget(session);
	return session_open(session) ? ask(session, call, document, result) : FAILED;
}

/* One page. @return false after complaining */
static bool list_page(struct session *session, struct text *cursor, cJSON *tools)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "tools/list", .params = cJSON_CreateObject()};
	if (cursor->length > 0) {
		cJSON_AddStringToObject(call.params, "cursor", text_string(cursor));
	}
	bool ok = ask_anew(session, &call, &document, &result) == DONE;
	text_finish(cursor);
	if (ok) {
		const cJSON *tool = NULL;
		const char *next = json_string(result, "nextCursor");
		cJSON_ArrayForEach(tool, cJSON_GetObjectItemCaseSensitive(result, "tools"))
		{
			cJSON_AddItemToArray(tools, cJSON_Duplicate(tool, true));
		}
		text_join(cursor, next != NULL ? next : "", NULL);
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return ok;
}

cJSON *session_list(struct session *session)
{
	struct text cursor = {0};
	cJSON *tools = cJSON_CreateArray();
	bool ok = tools != NULL;
	step("Which tools are there?");
	for (int page = 0; ok && (page == 0 || cursor.length > 0); page++) {
		ok = page < PAGES ? list_page(session, &cursor, tools)
				  : complain("the server's list of tools does not end");
	}
	text_finish(&cursor);
	if (!ok) {
		cJSON_Delete(tools);
		tools = NULL;
	}
	return tools;
}

bool session_call(struct session *session, const char *tool, const char *arguments)
{
	cJSON *document = NULL;
	const cJSON *result = NULL;
	struct call call = {.method = "tools/call", .name = tool, .params = cJSON_CreateObject()};
	cJSON_AddStringToObject(call.params, "name", tool);
	cJSON_AddRawToObject(call.params, "arguments", arguments);
	step("Calling the tool %s", tool);
	enum outcome outcome = ask_anew(session, &call, &document, &result);
	bool ok = outcome == DONE && report_result(tool, result);
	if (outcome == LOST) {
		complain("the server forgets each session at once");
	}
	cJSON_Delete(document);
	cJSON_Delete(call.params);
	return ok;
}
