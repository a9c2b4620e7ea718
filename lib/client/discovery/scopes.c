/* Choosing scopes: what is needed now, what was asked for before, and nothing else. */
#include "client/discovery/scopes.h"

#include "base/buf.h"
#include "base/error_int.h"
#include "base/scopes.h"

#include <string.h>

#define OFFLINE "offline_access"

/* What is no scope would make the issuer refuse all of them. */
static bool add(struct mcpauth__words *chosen, const char *scope, size_t length)
{
	if (chosen->count == MCPAUTH__SCOPE_LIMIT || !mcpauth__is_scope(scope, length)
		|| mcpauth__words_contain(chosen, scope, length)) {
		return true;
	}
	return mcpauth__words_add(chosen, scope, length);
}

static bool add_all(struct mcpauth__words *chosen, const char *scopes)
{
	const char *scope;
	size_t length;
	while ((scope = mcpauth__word_next(&scopes, &length)) != NULL) {
		if (!add(chosen, scope, length)) {
			return false;
		}
	}
	return true;
}

static bool add_listed(
	struct mcpauth__words *chosen, const struct mcpauth__resource_metadata *metadata)
{
	for (size_t i = 0; metadata != NULL && i < metadata->scopes_supported.count; i++) {
		const char *scope = metadata->scopes_supported.items[i];
		if (!add(chosen, scope, strlen(scope))) {
			return false;
		}
	}
	return true;
}

static bool add_offline(struct mcpauth__words *chosen, const struct mcpauth__scope_choice *choice)
{
	if (chosen->count == 0 || !choice->wants_offline
		|| !mcpauth__words_contain(
			&choice->server->scopes_supported, OFFLINE, sizeof OFFLINE - 1)) {
		return true;
	}
	return add(chosen, OFFLINE, sizeof OFFLINE - 1);
}

static bool gather(struct mcpauth__words *chosen, const struct mcpauth__scope_choice *choice)
{
	/* A challenge that names none, as `scope=""`, has not said what it needs. */
	return add_all(chosen, choice->challenge)
		&& (chosen->count > 0 || add_listed(chosen, choice->metadata))
		&& add_all(chosen, choice->configured) && add_all(chosen, choice->requested)
		&& add_offline(chosen, choice);
}

static bool join(const struct mcpauth__words *chosen, char **scope)
{
	struct mcpauth__buf text = {0};
	if (chosen->count == 0) {
		return true;
	}
	for (size_t i = 0; i < chosen->count; i++) {
		mcpauth__buf_printf(&text, "%s%s", i > 0 ? " " : "", chosen->items[i]);
	}
	*scope = mcpauth__buf_take(&text);
	return *scope != NULL;
}

enum mcpauth_code mcpauth__scopes_choose(
	const struct mcpauth__scope_choice *choice, char **scope, struct mcpauth_error *err)
{
	struct mcpauth__words chosen = {0};
	*scope = NULL;
	bool good = gather(&chosen, choice) && join(&chosen, scope);
	mcpauth__words_finish(&chosen);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

/* Quick, as the issuer decides how many a token has. */
static bool has(const char *scopes, const char *wanted, size_t length)
{
	const char *at = scopes;
	while (at != NULL) {
		if (strncmp(at, wanted, length) == 0 && (at[length] == ' ' || at[length] == '\0')) {
			return true;
		}
		const char *blank = strchr(at, ' ');
		at = blank != NULL ? blank + 1 : NULL;
	}
	return false;
}

bool mcpauth__scopes_have(const char *scopes, const char *wanted)
{
	const char *scope;
	size_t length;
	unsigned count = 0;
	while (count++ < MCPAUTH__SCOPE_LIMIT
		&& (scope = mcpauth__word_next(&wanted, &length)) != NULL) {
		if (!has(scopes, scope, length)) {
			return false;
		}
	}
	return true;
}
