/* Lists of scopes to be asked for, of routes and of operations. */
#include "scope_list.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

void mcpauth__scope_list_put(struct mcpauth__scope_list *list, const char *scope, size_t length)
{
	if (!mcpauth__words_contain(&list->words, scope, length)
		&& !mcpauth__words_add(&list->words, scope, length)) {
		list->are_incomplete = true;
	}
}

void mcpauth__scope_list_put_text(struct mcpauth__scope_list *list, const char *text)
{
	const char *scope;
	size_t length;
	while ((scope = mcpauth__word_next(&text, &length)) != NULL) {
		mcpauth__scope_list_put(list, scope, length);
	}
}

void mcpauth__scope_list_put_all(
	struct mcpauth__scope_list *list, const struct mcpauth__scope_list *other)
{
	for (size_t i = 0; i < other->words.count; i++) {
		mcpauth__scope_list_put(list, other->words.items[i], strlen(other->words.items[i]));
	}
	list->are_incomplete = list->are_incomplete || other->are_incomplete;
}

static bool was_granted(const struct mcpauth_auth_info *info, const char *scope)
{
	const char *granted;
	size_t i = 0;
	while ((granted = mcpauth_auth_info_scope_at(info, i)) != NULL
		&& strcmp(granted, scope) != 0) {
		i++;
	}
	return granted != NULL;
}

/* The scope of a list that was granted, which a client must not lose when it asks
 * for others; else one that follows from those; else the first. NULL: there is no such
 * list. */
static const char *one_of(
	const struct mcpauth_demand *demand, size_t number, const struct mcpauth_auth_info *holder)
{
	const char *scope;
	const char *follows = NULL;
	for (size_t i = 0;
		holder != NULL && (scope = mcpauth_demand_any_at(demand, number, i)) != NULL; i++) {
		if (was_granted(holder, scope)) {
			return scope;
		}
		if (follows == NULL && mcpauth_auth_info_has_scopes(holder, scope)) {
			follows = scope;
		}
	}
	return follows != NULL ? follows : mcpauth_demand_any_at(demand, number, 0);
}

void mcpauth__scope_list_put_demand(struct mcpauth__scope_list *list,
	const struct mcpauth_demand *demand, const struct mcpauth_auth_info *holder)
{
	const char *scope;
	for (size_t i = 0; (scope = mcpauth_demand_scope_at(demand, i)) != NULL; i++) {
		mcpauth__scope_list_put(list, scope, strlen(scope));
	}
	for (size_t i = 0; (scope = one_of(demand, i, holder)) != NULL; i++) {
		mcpauth__scope_list_put(list, scope, strlen(scope));
	}
}

char *mcpauth__scope_list_take(struct mcpauth__scope_list *list)
{
	struct mcpauth__buf buf = {0};
	bool are_incomplete = list->are_incomplete;
	for (size_t i = 0; i < list->words.count; i++) {
		mcpauth__buf_puts(&buf, i == 0 ? "" : " ");
		mcpauth__buf_puts(&buf, list->words.items[i]);
	}
	mcpauth__scope_list_finish(list);
	char *text = mcpauth__buf_take(&buf);
	if (are_incomplete) {
		free(text);
		return NULL;
	}
	return text;
}

void mcpauth__scope_list_finish(struct mcpauth__scope_list *list)
{
	mcpauth__words_finish(&list->words);
	list->are_incomplete = false;
}
