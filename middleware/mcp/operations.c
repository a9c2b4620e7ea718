/* Tables of operations as they are built: entries, and where each is found again. */
#include "mcp/operations_int.h"

#include "base/array.h"
#include "base/config.h"
#include "base/error_int.h"
#include "base/pattern.h"
#include "base/scopes.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

/** The entries of one method that have no star. */
struct mcpauth__operation_method {
	char *name;
	struct mcpauth__operation_entry *any; /* the one for any name; NULL: there is none */
	struct mcpauth__lookup names;         /* the others */
};

enum mcpauth_code mcpauth_operations_new(
	struct mcpauth *auth, struct mcpauth_operations **operations, struct mcpauth_error *err)
{
	struct mcpauth_operations *made = calloc(1, sizeof *made);
	*operations = made;
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	made->auth = mcpauth_ref(auth);
	return MCPAUTH_OK;
}

struct mcpauth_operations *mcpauth_operations_ref(struct mcpauth_operations *operations)
{
	atomic_fetch_add_explicit(&operations->refs, 1, memory_order_relaxed);
	return operations;
}

static void entry_free(struct mcpauth__operation_entry *entry)
{
	if (entry == NULL) {
		return;
	}
	free(entry->method);
	free(entry->name);
	mcpauth_demand_free(entry->demand);
	free(entry);
}

static void method_free(struct mcpauth__operation_method *method)
{
	mcpauth__lookup_finish(&method->names);
	free(method->name);
	free(method);
}

void mcpauth_operations_free(struct mcpauth_operations *operations)
{
	if (operations == NULL || atomic_fetch_sub(&operations->refs, 1) != 1) {
		return;
	}
	for (size_t i = 0; i < operations->count; i++) {
		entry_free(operations->entries[i]);
	}
	for (size_t i = 0; i < operations->method_count; i++) {
		method_free(operations->methods[i]);
	}
	free(operations->entries);
	free(operations->methods);
	free(operations->patterns);
	mcpauth__lookup_finish(&operations->by_method);
	mcpauth_free(operations->auth);
	free(operations);
}

static bool has_star(const struct mcpauth__operation_entry *entry)
{
	return mcpauth__pattern_has_star(entry->method)
		|| (entry->name != NULL && mcpauth__pattern_has_star(entry->name));
}

const struct mcpauth__operation_entry *mcpauth__operations_find(
	const struct mcpauth_operations *operations, const char *method, const char *name)
{
	const struct mcpauth__operation_method *found = mcpauth__lookup_find(
		&operations->by_method, method, strlen(method));
	if (found == NULL || name == NULL) {
		return found == NULL ? NULL : found->any;
	}
	return mcpauth__lookup_find(&found->names, name, strlen(name));
}

static bool is_there(
	const struct mcpauth_operations *operations, const struct mcpauth__operation_entry *entry)
{
	bool found = mcpauth__operations_find(operations, entry->method, entry->name) != NULL;
	for (size_t i = 0; !found && i < operations->pattern_count; i++) {
		found = mcpauth__same_text(operations->patterns[i]->method, entry->method)
			&& mcpauth__same_text(operations->patterns[i]->name, entry->name);
	}
	return found;
}

static enum mcpauth_code check(const struct mcpauth_operation *operation, struct mcpauth_error *err)
{
	if (*operation->method == '\0' || (operation->name != NULL && *operation->name == '\0')) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "an operation's method or name is empty");
	}
	return MCPAUTH_OK;
}

static void warn(struct mcpauth *auth, const struct mcpauth_operation *operation)
{
	const char *warning = mcpauth__scopes_warning(operation->scopes);
	warning = warning != NULL ? warning : mcpauth__scopes_warning(operation->any_scopes);
	if (warning != NULL) {
		mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_E_INVALID_ARGUMENT, NULL, warning);
	}
}

/* @param[out] entry  caller frees with entry_free(), also on failure */
static enum mcpauth_code make(struct mcpauth *auth, const struct mcpauth_operation *operation,
	struct mcpauth__operation_entry **entry, struct mcpauth_error *err)
{
	struct mcpauth_demand_config demand = MCPAUTH_DEMAND_CONFIG_INIT;
	struct mcpauth__operation_entry *made = calloc(1, sizeof *made);
	*entry = made;
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->allow_anonymous = operation->allow_anonymous;
	made->check = operation->check;
	made->check_user = operation->check_user;
	made->method = mcpauth__strdup(operation->method);
	made->name = mcpauth__strdup(operation->name);
	if (made->method == NULL || (operation->name != NULL && made->name == NULL)) {
		return mcpauth__no_memory(err);
	}
	demand.scopes = operation->scopes;
	demand.any_scopes = operation->any_scopes;
	return mcpauth_demand_new(auth, &demand, &made->demand, err);
}

/* The entries of a method, perhaps none yet. NULL without memory. */
static struct mcpauth__operation_method *method_of(
	struct mcpauth_operations *operations, const char *name)
{
	struct mcpauth__operation_method *method = mcpauth__lookup_find(
		&operations->by_method, name, strlen(name));
	if (method != NULL) {
		return method;
	}
	if (!mcpauth__array_grow(&operations->methods, operations->method_count)
		|| !mcpauth__lookup_reserve(&operations->by_method)) {
		return NULL;
	}
	method = calloc(1, sizeof *method);
	char *copy = mcpauth__strdup(name);
	if (method == NULL || copy == NULL) {
		free(method);
		free(copy);
		return NULL;
	}
	method->name = copy;
	operations->methods[operations->method_count++] = method;
	mcpauth__lookup_add(&operations->by_method, copy, strlen(copy), method);
	return method;
}

/* Put it where a walk looks for it. */
static bool enter(struct mcpauth_operations *operations, struct mcpauth__operation_entry *entry)
{
	if (has_star(entry)) {
		if (!mcpauth__array_grow(&operations->patterns, operations->pattern_count)) {
			return false;
		}
		operations->patterns[operations->pattern_count++] = entry;
		return true;
	}
	struct mcpauth__operation_method *method = method_of(operations, entry->method);
	if (method == NULL) {
		return false;
	}
	if (entry->name == NULL) {
		method->any = entry;
		return true;
	}
	return mcpauth__lookup_add(&method->names, entry->name, strlen(entry->name), entry);
}

static enum mcpauth_code keep(struct mcpauth_operations *operations,
	struct mcpauth__operation_entry *entry, struct mcpauth_error *err)
{
	if (is_there(operations, entry)) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE,
			"the operation has an entry already: %.60s %.90s", entry->method,
			entry->name == NULL ? "" : entry->name);
	}
	if (!mcpauth__array_grow(&operations->entries, operations->count)
		|| !enter(operations, entry)) {
		return mcpauth__no_memory(err);
	}
	operations->entries[operations->count++] = entry;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_operations_add(struct mcpauth_operations *operations,
	const struct mcpauth_operation *operation, struct mcpauth_error *err)
{
	struct mcpauth_operation read;
	struct mcpauth__operation_entry *entry = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, operation, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	read.method = read.method == NULL ? "tools/call" : read.method;
	code = check(&read, err);
	if (code == MCPAUTH_OK) {
		code = make(operations->auth, &read, &entry, err);
	}
	if (code == MCPAUTH_OK) {
		code = keep(operations, entry, err);
	}
	if (code != MCPAUTH_OK) {
		entry_free(entry);
		return code;
	}
	warn(operations->auth, &read);
	return MCPAUTH_OK;
}
