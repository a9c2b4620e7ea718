/* What a table of operations comes to, the slow way. */
#include "operation_model.h"

#include "fuzz.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/** An entry, and who may call what it speaks of. */
static const struct entry {
	const char *method;
	const char *name;
	const char *scopes;
	const char *any_scopes;
	enum operation_caller least;
	bool asks; /* the callback, too */
} entries[] = {
	{"tools/call", "get-*", NULL, NULL, OPERATION_NOBODY, false},
	{"tools/call", "get-notes", NULL, NULL, OPERATION_READER, false},
	{"tools/call", "create", "write", NULL, OPERATION_WRITER, false},
	{"tools/call", "note", "notes:new", NULL, OPERATION_WRITER, false},
	{"tools/call", "either", NULL, "admin read", OPERATION_READER, false},
	{"tools/call", "check", NULL, NULL, OPERATION_READER, true},
	{"prompts/get", NULL, NULL, NULL, OPERATION_READER, false},
	{"resources/read", "file:///*", NULL, NULL, OPERATION_NOBODY, false},
	{"resources/*", "*secret*", "write", NULL, OPERATION_WRITER, false},
	{"logging/*", NULL, "write", NULL, OPERATION_WRITER, false},
	{"completion/complete", "*", NULL, NULL, OPERATION_READER, false},
};
#define ENTRIES (sizeof entries / sizeof *entries)

/* Whoever sends anything as "all" must be able to write. */
static enum mcpauth_code check(const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, const char **scopes, void *user)
{
	size_t length;
	const char *all = mcpauth_message_param(message, "all", &length);
	(void)user;
	MUST(who != NULL && *scopes == NULL);
	*scopes = all != NULL ? "write" : NULL;
	return MCPAUTH_OK;
}

struct mcpauth_operations *operation_model_table(struct mcpauth *auth)
{
	struct mcpauth_operations *operations;
	MUST(mcpauth_operations_new(auth, &operations, NULL) == MCPAUTH_OK);
	for (size_t i = 0; i < ENTRIES; i++) {
		struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
		operation.method = entries[i].method;
		operation.name = entries[i].name;
		operation.scopes = entries[i].scopes;
		operation.any_scopes = entries[i].any_scopes;
		operation.allow_anonymous = entries[i].least == OPERATION_NOBODY;
		operation.check = entries[i].asks ? check : NULL;
		MUST(mcpauth_operations_add(operations, &operation, NULL) == MCPAUTH_OK);
	}
	return operations;
}

/* Whom a method's parameters name. NULL: it has none. */
static const char *name_in(const char *method, const cJSON *params)
{
	static const char *const members[][2] = {{"tools/call", "name"}, {"prompts/get", "name"},
		{"resources/read", "uri"}, {"resources/subscribe", "uri"},
		{"resources/unsubscribe", "uri"}};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (strcmp(method, members[i][0]) == 0) {
			return fuzz_member(params, members[i][1]);
		}
	}
	if (strcmp(method, "completion/complete") == 0) {
		const cJSON *ref = cJSON_GetObjectItemCaseSensitive(params, "ref");
		const char *name = fuzz_member(ref, "name");
		return name != NULL ? name : fuzz_member(ref, "uri");
	}
	return NULL;
}

static bool speaks_of(const struct entry *entry, const char *method, const char *name)
{
	if (fnmatch(entry->method, method, 0) != 0) {
		return false;
	}
	return entry->name == NULL || (name != NULL && fnmatch(entry->name, name, 0) == 0);
}

static bool allows(const cJSON *message, enum operation_caller caller)
{
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(message, "params");
	const bool takes_all = cJSON_GetObjectItemCaseSensitive(params, "all") != NULL;
	const char *method = fuzz_member(message, "method");
	method = method == NULL ? "" : method; /* a response */
	const char *name = name_in(method, params);
	bool is_listed = name == NULL;
	enum operation_caller least = OPERATION_NOBODY;
	for (size_t i = 0; i < ENTRIES; i++) {
		if (speaks_of(&entries[i], method, name)) {
			bool all = entries[i].asks && takes_all;
			enum operation_caller wanted = all ? OPERATION_WRITER : entries[i].least;
			least = wanted > least ? wanted : least;
			is_listed = true;
		}
	}
	return is_listed && caller >= least;
}

bool operation_model_allows(const char *text, enum operation_caller caller)
{
	cJSON *message = cJSON_Parse(text);
	bool good = cJSON_IsObject(message) && allows(message, caller);
	cJSON_Delete(message);
	return good;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool operation_model_is_same(const struct mcpauth_message *message, const char *text)
{
	cJSON *json = cJSON_Parse(text);
	const char *method = fuzz_member(json, "method");
	const cJSON *params = cJSON_GetObjectItemCaseSensitive(json, "params");
	const char *name = method == NULL ? NULL : name_in(method, params);
	bool same = message != NULL && is_same_text(mcpauth_message_method(message), method)
		&& is_same_text(mcpauth_message_name(message), name);
	cJSON_Delete(json);
	return same;
}
