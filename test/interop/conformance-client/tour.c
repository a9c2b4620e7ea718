/* The round through an MCP server: everything it offers, once. */
#include "tour.h"

#include "tool.h"

#include <string.h>

#define ROUNDS 3

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static enum mcpauth_code ask_plainly(struct visit *visit, const char *method, cJSON **result)
{
	return visit_ask(visit, &(struct message){.method = method}, result);
}

static cJSON *initialize_params(const char *version)
{
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "protocolVersion", version);
	cJSON_AddObjectToObject(params, "capabilities");
	cJSON *client = cJSON_AddObjectToObject(params, "clientInfo");
	cJSON_AddStringToObject(client, "name", "mcpauth-conformance-client");
	cJSON_AddStringToObject(client, "version", "1");
	return params;
}

static enum mcpauth_code shake_hands(struct visit *visit, const char *version, cJSON **result)
{
	cJSON *nothing = NULL;
	cJSON *params = initialize_params(version);
	struct message hello = {.method = "initialize", .params = params};
	struct message done = {.method = "notifications/initialized", .is_notification = true};
	enum mcpauth_code code = visit_ask(visit, &hello, result);
	const char *agreed = json_string(*result, "protocolVersion");
	cJSON_Delete(params);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (agreed == NULL) {
		return visit_fail(visit, MCPAUTH_E_INVALID_MESSAGE, "no protocolVersion");
	}
	text_join(&visit->rpc.version, agreed, NULL);
	return visit_ask(visit, &done, &nothing);
}

static enum mcpauth_code introduce(struct visit *visit, const char *version, cJSON **result)
{
	visit->rpc.stateless = strcmp(version, MCP_STATELESS) == 0;
	if (!visit->rpc.stateless) {
		return shake_hands(visit, version, result);
	}
	text_join(&visit->rpc.version, version, NULL);
	return ask_plainly(visit, "server/discover", result);
}

/* Say yes to whatever somebody would be asked. */
static cJSON *answers_to(const cJSON *questions)
{
	const cJSON *question = NULL;
	cJSON *answers = cJSON_CreateObject();
	cJSON_ArrayForEach(question, questions)
	{
		const cJSON *schema = member(member(question, "params"), "requestedSchema");
		const cJSON *property = NULL;
		cJSON *answer = cJSON_AddObjectToObject(answers, question->string);
		cJSON_AddStringToObject(answer, "action", "accept");
		cJSON *content = cJSON_AddObjectToObject(answer, "content");
		cJSON_ArrayForEach(property, member(schema, "properties"))
		{
			cJSON_AddTrueToObject(content, property->string);
		}
	}
	return answers;
}

/* A result that asks something (SEP-2322) is answered in the next round. @return NULL if
 * it is the last one */
static cJSON *next_params(const cJSON *params, const cJSON *result)
{
	const char *type = json_string(result, "resultType");
	const char *state = json_string(result, "requestState");
	if (type == NULL || strcmp(type, "input_required") != 0) {
		return NULL;
	}
	cJSON *next = cJSON_Duplicate(params, true);
	cJSON_DeleteItemFromObjectCaseSensitive(next, "inputResponses");
	cJSON_DeleteItemFromObjectCaseSensitive(next, "requestState");
	cJSON_AddItemToObject(next, "inputResponses", answers_to(member(result, "inputRequests")));
	if (state != NULL) {
		cJSON_AddStringToObject(next, "requestState", state);
	}
	return next;
}

static enum mcpauth_code call_tool(struct visit *visit, const cJSON *tool, const cJSON *arguments)
{
	struct tool_lines lines = {0};
	const char *name = json_string(tool, "name");
	enum mcpauth_code code = MCPAUTH_OK;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, "name", name);
	cJSON_AddItemToObject(params, "arguments", cJSON_Duplicate(arguments, true));
	if (visit->rpc.stateless) {
		tool_lines_make(tool, arguments, &lines);
	}
	for (int round = 0; code == MCPAUTH_OK && params != NULL && round < ROUNDS; round++) {
		struct message message = {.method = "tools/call",
			.name = name,
			.params = params,
			.lines = lines.list};
		cJSON *result = NULL;
		code = visit_ask(visit, &message, &result);
		cJSON *next = next_params(params, result);
		cJSON_Delete(result);
		cJSON_Delete(params);
		params = next;
	}
	cJSON_Delete(params);
	tool_lines_finish(&lines);
	/* A tool that fails keeps nobody from calling the next one. */
	return code == MCPAUTH_E_INVALID_MESSAGE ? MCPAUTH_OK : code;
}

static enum mcpauth_code call_as_wanted(struct visit *visit, const cJSON *tool, const cJSON *wanted)
{
	const cJSON *call = NULL;
	const char *name = json_string(tool, "name");
	enum mcpauth_code code = MCPAUTH_OK;
	cJSON_ArrayForEach(call, wanted)
	{
		const char *other = json_string(call, "name");
		if (code == MCPAUTH_OK && other != NULL && strcmp(name, other) == 0) {
			code = call_tool(visit, tool, member(call, "arguments"));
		}
	}
	return code;
}

/* Where an object is wanted, the first tool's schema is one: the suite looks at whether it
 * comes back as it was. */
static enum mcpauth_code try_tool(
	struct visit *visit, const cJSON *tools, const cJSON *tool, const cJSON *wanted)
{
	if (!tool_is_sound(tool)) {
		return MCPAUTH_OK;
	}
	if (wanted != NULL) {
		return call_as_wanted(visit, tool, wanted);
	}
	const cJSON *schema = member(cJSON_GetArrayItem(tools, 0), "inputSchema");
	cJSON *arguments = tool_arguments(tool, schema);
	enum mcpauth_code code = call_tool(visit, tool, arguments);
	cJSON_Delete(arguments);
	return code;
}

static enum mcpauth_code use_tools(struct visit *visit, const cJSON *wanted)
{
	const cJSON *tool = NULL;
	cJSON *result = NULL;
	enum mcpauth_code code = ask_plainly(visit, "tools/list", &result);
	const cJSON *tools = member(result, "tools");
	cJSON_ArrayForEach(tool, tools)
	{
		if (code == MCPAUTH_OK) {
			code = try_tool(visit, tools, tool, wanted);
		}
	}
	cJSON_Delete(result);
	return code;
}

/* What is listed and then asked for by one of its members. */
struct shelf {
	const char *list;
	const char *items;
	const char *key;
	const char *get;
};

static enum mcpauth_code take(struct visit *visit, const struct shelf *shelf, const char *key)
{
	cJSON *result = NULL;
	cJSON *params = cJSON_CreateObject();
	cJSON_AddStringToObject(params, shelf->key, key);
	struct message message = {.method = shelf->get, .name = key, .params = params};
	enum mcpauth_code code = visit_ask(visit, &message, &result);
	cJSON_Delete(result);
	cJSON_Delete(params);
	return code;
}

static enum mcpauth_code look_through(struct visit *visit, const struct shelf *shelf)
{
	const cJSON *item = NULL;
	cJSON *result = NULL;
	enum mcpauth_code code = ask_plainly(visit, shelf->list, &result);
	cJSON_ArrayForEach(item, member(result, shelf->items))
	{
		const char *key = json_string(item, shelf->key);
		if (code == MCPAUTH_OK && key != NULL) {
			code = take(visit, shelf, key);
		}
	}
	cJSON_Delete(result);
	return code;
}

enum mcpauth_code tour(struct visit *visit, const char *version, const cJSON *wanted)
{
	static const struct shelf resources = {
		"resources/list", "resources", "uri", "resources/read"};
	static const struct shelf prompts = {"prompts/list", "prompts", "name", "prompts/get"};
	cJSON *result = NULL;
	enum mcpauth_code code = introduce(visit, version, &result);
	const cJSON *offered = member(result, "capabilities");
	if (code == MCPAUTH_OK && member(offered, "tools") != NULL) {
		code = use_tools(visit, wanted);
	}
	if (code == MCPAUTH_OK && member(offered, "resources") != NULL) {
		code = look_through(visit, &resources);
	}
	if (code == MCPAUTH_OK && member(offered, "prompts") != NULL) {
		code = look_through(visit, &prompts);
	}
	cJSON_Delete(result);
	return code;
}
