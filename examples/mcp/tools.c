/* Keeps the tools of a server, lists them and runs them. */
#define _POSIX_C_SOURCE 200809L

#include "tools.h"

#include <stdlib.h>
#include <string.h>

struct mcp_result {
	cJSON *content;
	bool is_error;
};

struct mcp_server *mcp_server_new(const struct mcp_server_config *config)
{
	struct mcp_server *server = calloc(1, sizeof *server);
	if (server == NULL) {
		return NULL;
	}
	server->name = strdup(config->name);
	server->version = strdup(config->version);
	server->path = strdup(config->path);
	server->auth = config->auth;
	server->operations = config->operations;
	server->list = config->list;
	server->sessions = sessions_new(config->auth, NULL);
	if (server->name == NULL || server->version == NULL || server->path == NULL
		|| server->sessions == NULL) {
		mcp_server_free(server);
		return NULL;
	}
	return server;
}

static void finish_tool(struct tool *tool)
{
	free(tool->name);
	free(tool->description);
	cJSON_Delete(tool->schema);
}

void mcp_server_free(struct mcp_server *server)
{
	if (server == NULL) {
		return;
	}
	for (size_t i = 0; i < server->count; i++) {
		finish_tool(&server->tools[i]);
	}
	free(server->tools);
	sessions_free(server->sessions);
	free(server->name);
	free(server->version);
	free(server->path);
	free(server);
}

static const struct tool *find(const struct mcp_server *server, const char *name)
{
	for (size_t i = 0; i < server->count; i++) {
		if (strcmp(server->tools[i].name, name) == 0) {
			return &server->tools[i];
		}
	}
	return NULL;
}

static cJSON *read_schema(const char *text)
{
	cJSON *schema = cJSON_Parse(text != NULL ? text : "{\"type\":\"object\"}");
	const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(schema, "type"));
	if (type == NULL || strcmp(type, "object") != 0) {
		cJSON_Delete(schema);
		return NULL;
	}
	return schema;
}

bool mcp_server_add_tool(struct mcp_server *server, const struct mcp_tool *tool)
{
	if (find(server, tool->name) != NULL) {
		return false;
	}
	struct tool *grown = realloc(server->tools, (server->count + 1) * sizeof *grown);
	if (grown == NULL) {
		return false;
	}
	server->tools = grown;
	struct tool *added = &grown[server->count];
	*added = (struct tool){
		.name = strdup(tool->name),
		.description = strdup(tool->description),
		.schema = read_schema(tool->input_schema),
		.call = tool->call,
		.user = tool->user,
	};
	if (added->name == NULL || added->description == NULL || added->schema == NULL) {
		finish_tool(added);
		return false;
	}
	server->count++;
	return true;
}

bool mcp_result_text(struct mcp_result *result, const char *text)
{
	cJSON *block = cJSON_CreateObject();
	if (!reply_put(block, "type", cJSON_CreateString("text"))
		|| !reply_put(block, "text", cJSON_CreateString(text))) {
		cJSON_Delete(block);
		return false;
	}
	return reply_put(result->content, NULL, block);
}

bool mcp_result_error(struct mcp_result *result, const char *text)
{
	result->is_error = true;
	return mcp_result_text(result, text);
}

cJSON *tools_server_info(const struct mcp_server *server)
{
	cJSON *info = cJSON_CreateObject();
	if (!reply_put(info, "name", cJSON_CreateString(server->name))
		|| !reply_put(info, "version", cJSON_CreateString(server->version))) {
		cJSON_Delete(info);
		return NULL;
	}
	return info;
}

cJSON *tools_capabilities(void)
{
	cJSON *able = cJSON_CreateObject();
	if (!reply_put(able, "tools", cJSON_CreateObject())) {
		cJSON_Delete(able);
		return NULL;
	}
	return able;
}

static cJSON *describe(const struct tool *tool)
{
	cJSON *item = cJSON_CreateObject();
	if (!reply_put(item, "name", cJSON_CreateString(tool->name))
		|| !reply_put(item, "description", cJSON_CreateString(tool->description))
		|| !reply_put(item, "inputSchema", cJSON_Duplicate(tool->schema, true))) {
		cJSON_Delete(item);
		return NULL;
	}
	return item;
}

cJSON *tools_list(const struct mcp_server *server, const struct mcpauth_auth_info *who)
{
	cJSON *list = cJSON_CreateObject();
	cJSON *tools = cJSON_CreateArray();
	bool done = true;
	for (size_t i = 0; done && i < server->count; i++) {
		done = reply_put(tools, NULL, describe(&server->tools[i]));
	}
	if (!reply_put(done ? list : NULL, "tools", tools)
		|| mcpauth_operations_filter(server->operations, who, server->list, list)
			!= MCPAUTH_OK) {
		cJSON_Delete(list);
		return NULL;
	}
	return list;
}

static cJSON *read_arguments(const struct mcpauth_message *message)
{
	struct slice text;
	text.at = mcpauth_message_param(message, "arguments", &text.length);
	if (text.at == NULL) {
		return cJSON_CreateObject();
	}
	return *text.at == '{' ? json_build(text) : NULL;
}

static cJSON *run(
	const struct tool *tool, const cJSON *arguments, const struct mcpauth_auth_info *who)
{
	cJSON *answer = cJSON_CreateObject();
	struct mcp_result result = {.content = cJSON_CreateArray()};
	bool done = result.content != NULL && tool->call(arguments, who, &result, tool->user);
	done = reply_put(done ? answer : NULL, "content", result.content)
		&& (!result.is_error || reply_put(answer, "isError", cJSON_CreateTrue()));
	if (!done) {
		cJSON_Delete(answer);
		return NULL;
	}
	return answer;
}

cJSON *tools_call(const struct mcp_server *server, const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, struct failure *failure)
{
	const struct tool *tool = find(server, mcpauth_message_name(message));
	if (tool == NULL) {
		*failure = (struct failure){200, REPLY_INVALID_PARAMS, "unknown tool", NULL};
		return NULL;
	}
	cJSON *arguments = read_arguments(message);
	if (arguments == NULL) {
		*failure = (struct failure){200, REPLY_INVALID_PARAMS,
			"arguments must be an object whose strings are Unicode without NUL", NULL};
		return NULL;
	}
	cJSON *answer = run(tool, arguments, who);
	cJSON_Delete(arguments);
	if (answer == NULL) {
		*failure = (struct failure){200, REPLY_INTERNAL_ERROR, "internal error", NULL};
	}
	return answer;
}
