/* What each tool may do for whom, and what it answers. */
#define _GNU_SOURCE

#include "tools.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A caller who may use the tool, while it runs. */
struct call {
	const struct tool *tool;
	struct todo_store *store;
	struct todo_owner caller;
	bool everybody; /* reaches the todos of everybody, not only the caller's */
	const cJSON *arguments;
	struct mcp_result *result;
};

struct tool {
	const char *name;
	const char *description;
	const char *input_schema;
	const char *argument; /* the one it takes, a string; or NULL for none */
	const char *needs;    /* the chain lets nobody without this scope call it; or NULL */
	const char *widens;   /* with this one it reaches everybody's todos; or NULL */
	bool (*run)(const struct call *call);
};

static bool create_todo(const struct call *call);
static bool list_todos(const struct call *call);
static bool delete_todo(const struct call *call);

/* Who may do what, all of it. */
static const struct tool table[] = {
	{
		.name = "create-todo",
		.description = "Creates a todo of your own.",
		.input_schema = "{\"type\":\"object\",\"properties\":{\"content\":{"
				"\"type\":\"string\",\"minLength\":1,\"maxLength\":4096,"
				"\"description\":\"What is to be done, at most 4096 bytes.\"}},"
				"\"required\":[\"content\"],\"additionalProperties\":false}",
		.argument = "content",
		.needs = SCOPE_CREATE,
		.run = create_todo,
	},
	{
		.name = "get-todos",
		.description = "Lists your own todos, or those of everybody if your access "
			       "token has the scope read:todos.",
		.input_schema = "{\"type\":\"object\",\"properties\":{},"
				"\"additionalProperties\":false}",
		.widens = SCOPE_READ,
		.run = list_todos,
	},
	{
		.name = "delete-todo",
		.description = "Deletes a todo of your own, or anybody's if your access "
			       "token has the scope delete:todos.",
		.input_schema = "{\"type\":\"object\",\"properties\":{\"id\":{"
				"\"type\":\"string\",\"description\":\"As create-todo and "
				"get-todos show it.\"}},"
				"\"required\":[\"id\"],\"additionalProperties\":false}",
		.argument = "id",
		.widens = SCOPE_DELETE,
		.run = delete_todo,
	},
};

struct todo_tools {
	struct todo_store *store;
	bool no_auth;
	struct bound {
		const struct todo_tools *all;
		const struct tool *tool;
	} bound[COUNT(table)];
};

/* An error for whoever reads it: the model that called, and the person behind. */
static bool __attribute__((format(printf, 2, 3)))
refuse(struct mcp_result *result, const char *format, ...)
{
	char *text;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		return false;
	}
	bool said = mcp_result_error(result, text);
	free(text);
	return said;
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
	return cJSON_AddStringToObject(object, name, text) != NULL;
}

/* NULL without memory. */
static cJSON *describe(const struct todo *todo)
{
	cJSON *item = cJSON_CreateObject();
	if (add_text(item, "id", todo->id) && add_text(item, "content", todo->content)
		&& add_text(item, "ownerId", todo->owner.subject)
		&& add_text(item, "createdAt", todo->created)) {
		return item;
	}
	cJSON_Delete(item);
	return NULL;
}

/* @param json  taken; may be NULL */
static bool answer(const struct call *call, cJSON *json)
{
	char *text = json != NULL ? cJSON_PrintUnformatted(json) : NULL;
	bool said = text != NULL && mcp_result_text(call->result, text);
	cJSON_free(text);
	cJSON_Delete(json);
	return said;
}

static const char *argument(const struct call *call)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(call->arguments, call->tool->argument));
}

static bool create_todo(const struct call *call)
{
	struct todo made;
	switch (todo_store_create(call->store, &call->caller, argument(call), &made)) {
	case TODO_DONE:
		return answer(call, describe(&made));
	case TODO_BAD_CONTENT:
		return refuse(call->result,
			"invalid_arguments: content is a text of 1 to %d bytes in UTF-8",
			TODO_CONTENT_MAX);
	case TODO_OWNER_FULL:
		return refuse(call->result,
			"limit_reached: you have %d todos, and may not have more. "
			"Delete one with delete-todo first",
			TODOS_PER_OWNER);
	case TODO_STORE_FULL:
		return refuse(call->result,
			"limit_reached: this server has %d todos, and no room for more "
			"until somebody deletes one",
			TODOS_MAX);
	default:
		return false;
	}
}

static bool add_to(const struct todo *todo, void *array)
{
	cJSON *item = describe(todo);
	if (item == NULL) {
		return false;
	}
	cJSON_AddItemToArray(array, item);
	return true;
}

static bool list_todos(const struct call *call)
{
	cJSON *array = cJSON_CreateArray();
	if (array == NULL
		|| !todo_store_walk(
			call->store, call->everybody ? NULL : &call->caller, add_to, array)) {
		cJSON_Delete(array);
		return false;
	}
	return answer(call, array);
}

static bool delete_todo(const struct call *call)
{
	const char *id = argument(call);
	const struct todo_owner *owner = call->everybody ? NULL : &call->caller;
	if (todo_store_delete(call->store, owner, id) == TODO_DONE) {
		cJSON *done = cJSON_CreateObject();
		bool whole = add_text(done, "id", id)
			&& cJSON_AddTrueToObject(done, "deleted") != NULL;
		return answer(call, done) && whole;
	}
	/* The same words whether there is none or it is somebody else's: they must
	 * not tell which ids exist. */
	return call->everybody
		? refuse(call->result, "not_found: no todo has this id; get-todos lists them")
		: refuse(call->result,
			"not_found: no todo of yours has this id; get-todos lists them. "
			"Deleting somebody else's needs the scope %s",
			call->tool->widens);
}

static bool arguments_fit(const struct call *call)
{
	int wanted = call->tool->argument != NULL ? 1 : 0;
	return cJSON_GetArraySize(call->arguments) == wanted
		&& (wanted == 0 || argument(call) != NULL);
}

static bool refuse_arguments(const struct call *call)
{
	const struct tool *tool = call->tool;
	return tool->argument == NULL
		? refuse(call->result, "invalid_arguments: %s takes no arguments", tool->name)
		: refuse(call->result,
			"invalid_arguments: %s takes one argument, %s, which is a string",
			tool->name, tool->argument);
}

/* Nobody at all is the one caller of a server that asks nobody. */
static bool find_caller(const struct todo_tools *all, const struct mcpauth_auth_info *who,
	struct todo_owner *caller)
{
	if (all->no_auth) {
		*caller = (struct todo_owner){"", "anybody"};
		return true;
	}
	caller->issuer = mcpauth_auth_info_issuer(who);
	caller->subject = mcpauth_auth_info_subject(who);
	return caller->issuer != NULL && caller->subject != NULL;
}

static bool may(
	const struct todo_tools *all, const struct mcpauth_auth_info *who, const char *scope)
{
	return scope != NULL && (all->no_auth || mcpauth_auth_info_has_scopes(who, scope));
}

/* Every tool begins here, so that none forgets to ask whose todos it may touch. */
static bool on_call(const cJSON *arguments, const struct mcpauth_auth_info *who,
	struct mcp_result *result, void *user)
{
	const struct bound *bound = user;
	const struct todo_tools *all = bound->all;
	struct call call = {
		.tool = bound->tool,
		.store = all->store,
		.everybody = may(all, who, bound->tool->widens),
		.arguments = arguments,
		.result = result,
	};
	if (!find_caller(all, who, &call.caller)) {
		return refuse(result,
			"invalid_token: your access token does not say who you are (sub), "
			"and todos need an owner");
	}
	return arguments_fit(&call) ? call.tool->run(&call) : refuse_arguments(&call);
}

struct todo_tools *todo_tools_new(struct todo_store *store, bool no_auth)
{
	struct todo_tools *tools = calloc(1, sizeof *tools);
	if (tools == NULL) {
		return NULL;
	}
	tools->store = store;
	tools->no_auth = no_auth;
	for (size_t i = 0; i < COUNT(table); i++) {
		tools->bound[i] = (struct bound){tools, &table[i]};
	}
	return tools;
}

void todo_tools_free(struct todo_tools *tools)
{
	free(tools);
}

bool todo_tools_add(struct todo_tools *tools, struct mcp_server *server)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct mcp_tool tool = {
			.name = table[i].name,
			.description = table[i].description,
			.input_schema = table[i].input_schema,
			.call = on_call,
			.user = &tools->bound[i],
		};
		if (!mcp_server_add_tool(server, &tool)) {
			return false;
		}
	}
	return true;
}

enum mcpauth_code todo_tools_add_operations(
	struct mcpauth_operations *operations, struct mcpauth_error *err)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; code == MCPAUTH_OK && i < COUNT(table); i++) {
		operation.name = table[i].name;
		operation.scopes = table[i].needs;
		code = mcpauth_operations_add(operations, &operation, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	/* What is not there is for the MCP server to say, in the words that clients expect
	 * (-32602 for a tool, -32601 for a method). No tool slips through by it: all that
	 * there are come from the table above. */
	struct mcpauth_operation rest = MCPAUTH_OPERATION_INIT;
	rest.method = "*";
	return mcpauth_operations_add(operations, &rest, err);
}
