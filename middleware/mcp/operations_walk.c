/* What the entries of a table that speak of one operation need together. */
#include "base/pattern.h"
#include "base/scopes.h"
#include "mcp/operations_int.h"

/** Over those entries. Borrows. */
struct walk {
	const struct mcpauth_operations *operations;
	const char *method; /* empty: of a response */
	const char *name;   /* NULL: it has none */
	/* Those without a star that are still to come. */
	const struct mcpauth__operation_entry *exact[2];
	size_t pattern; /* the next to be looked at */
};

static struct walk walk_of(
	const struct mcpauth_operations *operations, const char *method, const char *name)
{
	struct walk walk = {
		.operations = operations,
		.method = method == NULL ? "" : method,
		.name = name,
	};
	walk.exact[0] = mcpauth__operations_find(operations, walk.method, NULL);
	walk.exact[1] = name == NULL ? NULL
				     : mcpauth__operations_find(operations, walk.method, name);
	return walk;
}

/* What is for any name is for none, too; a pattern wants a name that it fits. */
static bool fits(const struct mcpauth__operation_entry *entry, const char *method, const char *name)
{
	return mcpauth__pattern_fits(entry->method, method)
		&& (entry->name == NULL
			|| (name != NULL && mcpauth__pattern_fits(entry->name, name)));
}

static const struct mcpauth__operation_entry *next(struct walk *walk)
{
	const struct mcpauth_operations *operations = walk->operations;
	const struct mcpauth__operation_entry *entry;
	for (size_t i = 0; i < sizeof walk->exact / sizeof walk->exact[0]; i++) {
		entry = walk->exact[i];
		walk->exact[i] = NULL;
		if (entry != NULL) {
			return entry;
		}
	}
	while (walk->pattern < operations->pattern_count) {
		entry = operations->patterns[walk->pattern++];
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

enum mcpauth_code mcpauth__operations_judge(const struct mcpauth_operations *operations,
	const char *method, const char *name, const struct mcpauth_auth_info *who,
	const char **missing)
{
	struct walk walk = walk_of(operations, method, name);
	const struct mcpauth__operation_entry *entry = next(&walk);
	enum mcpauth_code code = MCPAUTH_OK;
	if (entry == NULL && name != NULL) {
		return MCPAUTH_E_NOT_LISTED;
	}
	for (; code == MCPAUTH_OK && entry != NULL; entry = next(&walk)) {
		code = judge_entry(entry, who, missing);
	}
	return code;
}

bool mcpauth_operations_allow(const struct mcpauth_operations *operations,
	const struct mcpauth_auth_info *who, const char *method, const char *name)
{
	const char *missing;
	return operations == NULL
		|| mcpauth__operations_judge(operations, method, name, who, &missing) == MCPAUTH_OK;
}

void mcpauth__operations_put_scopes(const struct mcpauth_operations *operations, const char *method,
	const char *name, const struct mcpauth_auth_info *holder, struct mcpauth__scope_list *list)
{
	struct walk walk = walk_of(operations, method, name);
	const struct mcpauth__operation_entry *entry;
	while ((entry = next(&walk)) != NULL) {
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

enum mcpauth_code mcpauth__operations_ask(const struct mcpauth_operations *operations,
	const struct mcpauth_message *message, const struct mcpauth_auth_info *who,
	struct mcpauth__scope_list *scopes)
{
	struct walk walk = walk_of(
		operations, mcpauth_message_method(message), mcpauth_message_name(message));
	const struct mcpauth__operation_entry *entry;
	enum mcpauth_code lacking = MCPAUTH_OK;
	/* All are asked for scopes, so that one challenge names them all. */
	while ((entry = next(&walk)) != NULL) {
		enum mcpauth_code code = ask(entry, message, who, scopes);
		if (code != MCPAUTH_OK && code != MCPAUTH_E_INSUFFICIENT_SCOPE) {
			return code;
		}
		lacking = code == MCPAUTH_OK ? lacking : code;
	}
	return lacking;
}
