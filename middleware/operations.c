/* Tables of operations: which entries speak of one, and what they need together. */
#include "operations.h"

#include "base/array.h"
#include "base/config.h"
#include "base/error_int.h"
#include "base/lookup.h"
#include "base/pattern.h"
#include "base/scopes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth__operation_entry {
	char *method;
	char *name; /* NULL: any, and none */
	struct mcpauth_demand *demand;
	bool allow_anonymous;
	mcpauth_operation_fn check;
	void *check_user;
};

/** The entries of one method that have no star. */
struct method {
	char *name;
	struct mcpauth__operation_entry *any; /* the one for any name; NULL: there is none */
	struct mcpauth__lookup names;         /* the others */
};

struct mcpauth_operations {
	atomic_uint refs;
	struct mcpauth *auth; /* a reference of its own */
	struct mcpauth__operation_entry **entries;
	size_t count;
	struct method **methods;
	size_t method_count;
	struct mcpauth__lookup by_method;
	const struct mcpauth__operation_entry **patterns; /* those with a star */
	size_t pattern_count;
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

static void method_free(struct method *method)
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

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const struct method *find_method(
	const struct mcpauth_operations *operations, const char *name)
{
	return mcpauth__lookup_find(&operations->by_method, name, strlen(name));
}

static const struct mcpauth__operation_entry *find_name(
	const struct method *method, const char *name)
{
	return name == NULL ? method->any
			    : mcpauth__lookup_find(&method->names, name, strlen(name));
}

static bool is_there(
	const struct mcpauth_operations *operations, const struct mcpauth__operation_entry *entry)
{
	const struct method *method = find_method(operations, entry->method);
	bool found = method != NULL && find_name(method, entry->name) != NULL;
	for (size_t i = 0; !found && i < operations->pattern_count; i++) {
		found = is_same(operations->patterns[i]->method, entry->method)
			&& is_same(operations->patterns[i]->name, entry->name);
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
static struct method *method_of(struct mcpauth_operations *operations, const char *name)
{
	struct method *method = mcpauth__lookup_find(&operations->by_method, name, strlen(name));
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

/* Where it is found. */
static bool enter(struct mcpauth_operations *operations, struct mcpauth__operation_entry *entry)
{
	if (has_star(entry)) {
		if (!mcpauth__array_grow(&operations->patterns, operations->pattern_count)) {
			return false;
		}
		operations->patterns[operations->pattern_count++] = entry;
		return true;
	}
	struct method *method = method_of(operations, entry->method);
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

void mcpauth__operation_walk_begin(struct mcpauth__operation_walk *walk,
	const struct mcpauth_operations *operations, const char *method, const char *name)
{
	*walk = (struct mcpauth__operation_walk){
		.operations = operations,
		.method = method == NULL ? "" : method,
		.name = name,
	};
	const struct method *found = find_method(operations, walk->method);
	if (found != NULL) {
		walk->exact[0] = found->any;
		walk->exact[1] = name == NULL ? NULL : find_name(found, name);
	}
}

/* What is for any name is for none, too; a pattern wants a name that it fits. */
static bool fits(const struct mcpauth__operation_entry *entry, const char *method, const char *name)
{
	return mcpauth__pattern_fits(entry->method, method)
		&& (entry->name == NULL
			|| (name != NULL && mcpauth__pattern_fits(entry->name, name)));
}

static const struct mcpauth__operation_entry *next(struct mcpauth__operation_walk *walk)
{
	const struct mcpauth_operations *operations = walk->operations;
	while (walk->at < 2) {
		const struct mcpauth__operation_entry *entry = walk->exact[walk->at++];
		if (entry != NULL) {
			return entry;
		}
	}
	while (walk->at - 2 < operations->pattern_count) {
		const struct mcpauth__operation_entry *entry = operations->patterns[walk->at - 2];
		walk->at++;
		if (fits(entry, walk->method, walk->name)) {
			return entry;
		}
	}
	return NULL;
}

static enum mcpauth_code judge_entry(const struct mcpauth__operation_entry *entry,
	const struct mcpauth_auth_info *who, const char **missing)
{
	*missing = mcpauth_demand_missing(entry->demand, who);
	if (who == NULL) {
		return entry->allow_anonymous && *missing == NULL ? MCPAUTH_OK
								  : MCPAUTH_E_NO_CREDENTIALS;
	}
	return *missing == NULL ? MCPAUTH_OK : MCPAUTH_E_INSUFFICIENT_SCOPE;
}

enum mcpauth_code mcpauth__operation_judge(struct mcpauth__operation_walk *walk,
	const struct mcpauth_auth_info *who, const char **missing)
{
	const struct mcpauth__operation_entry *entry = next(walk);
	enum mcpauth_code code = MCPAUTH_OK;
	if (entry == NULL && walk->name != NULL) {
		return MCPAUTH_E_NOT_LISTED;
	}
	for (; code == MCPAUTH_OK && entry != NULL; entry = next(walk)) {
		code = judge_entry(entry, who, missing);
	}
	return code;
}

bool mcpauth_operations_allow(const struct mcpauth_operations *operations,
	const struct mcpauth_auth_info *who, const char *method, const char *name)
{
	struct mcpauth__operation_walk walk;
	const char *missing;
	if (operations == NULL) {
		return true;
	}
	mcpauth__operation_walk_begin(&walk, operations, method, name);
	return mcpauth__operation_judge(&walk, who, &missing) == MCPAUTH_OK;
}

void mcpauth__operation_put_scopes(struct mcpauth__operation_walk *walk,
	const struct mcpauth_auth_info *holder, struct mcpauth__scope_list *list)
{
	const struct mcpauth__operation_entry *entry;
	while ((entry = next(walk)) != NULL) {
		mcpauth__scope_list_put_demand(list, entry->demand, holder);
	}
}

static bool is_granted(const struct mcpauth_auth_info *who, const char *scopes)
{
	size_t length;
	const char *at = scopes;
	return mcpauth__word_next(&at, &length) == NULL
		|| mcpauth_auth_info_has_scopes(who, scopes);
}

/* What it names is its own to overwrite when it is asked again. */
static enum mcpauth_code ask(const struct mcpauth__operation_entry *entry,
	const struct mcpauth_message *message, const struct mcpauth_auth_info *who,
	struct mcpauth__scope_list *scopes)
{
	const char *named = NULL;
	if (entry->check == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = entry->check(message, who, &named, entry->check_user);
	if (!mcpauth__scopes_are_valid(named)) {
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	mcpauth__scope_list_put_text(scopes, named);
	return code == MCPAUTH_OK && !is_granted(who, named) ? MCPAUTH_E_INSUFFICIENT_SCOPE : code;
}

enum mcpauth_code mcpauth__operation_ask(struct mcpauth__operation_walk *walk,
	const struct mcpauth_message *message, const struct mcpauth_auth_info *who,
	struct mcpauth__scope_list *scopes)
{
	const struct mcpauth__operation_entry *entry;
	enum mcpauth_code lacking = MCPAUTH_OK;
	/* All are asked for scopes, so that one challenge names them all. */
	while ((entry = next(walk)) != NULL) {
		enum mcpauth_code code = ask(entry, message, who, scopes);
		if (code != MCPAUTH_OK && code != MCPAUTH_E_INSUFFICIENT_SCOPE) {
			return code;
		}
		lacking = code == MCPAUTH_OK ? lacking : code;
	}
	return lacking;
}
