/* Telling what every route wants from what one of them wants. */
#define _GNU_SOURCE

#include "demands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *member(const cJSON *route, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(route, name);
}

bool demands_add_scope(char **list, const char *scope)
{
	char *longer = NULL;
	if (asprintf(&longer, "%s%s%s", *list != NULL ? *list : "", *list != NULL ? " " : "", scope)
		< 0) {
		return false;
	}
	free(*list);
	*list = longer;
	return true;
}

/* mcpauth_settings_read() has seen that they are strings. */
static bool has(const cJSON *scopes, const char *wanted)
{
	const cJSON *scope;
	cJSON_ArrayForEach(scope, scopes)
	{
		if (strcmp(scope->valuestring, wanted) == 0) {
			return true;
		}
	}
	return false;
}

/* A route that names no resource is for the only one; a public one wants no token. */
static bool wants_token_for(const cJSON *route, const char *resource)
{
	const char *named = cJSON_GetStringValue(member(route, "resource"));
	return !cJSON_IsTrue(member(route, "public"))
		&& (named == NULL || strcmp(named, resource) == 0);
}

static bool add_copy(cJSON *routes, const cJSON *route)
{
	cJSON *copy = cJSON_Duplicate(route, true);
	if (copy == NULL || !cJSON_AddItemToArray(routes, copy)) {
		cJSON_Delete(copy);
		return false;
	}
	return true;
}

/* All that want a token of the resource; NULL without memory. */
static cJSON *routes_of(const struct mcpauth_settings *settings, const char *resource)
{
	const cJSON *rest = mcpauth_settings_section(settings, "rest");
	const cJSON *route;
	cJSON *routes = cJSON_CreateArray();
	bool good = routes != NULL;
	cJSON_ArrayForEach(route, mcpauth_settings_section(settings, "routes"))
	{
		if (good && wants_token_for(route, resource)) {
			good = add_copy(routes, route);
		}
	}
	if (good && rest != NULL && wants_token_for(rest, resource)) {
		good = add_copy(routes, rest);
	}
	if (!good) {
		cJSON_Delete(routes);
		return NULL;
	}
	return routes;
}

static bool is_wanted_by_all(const cJSON *routes, const char *scope)
{
	const cJSON *route;
	cJSON_ArrayForEach(route, routes)
	{
		if (!has(member(route, "scopes"), scope)) {
			return false;
		}
	}
	return true;
}

static bool wants_more(const cJSON *routes, const cJSON *route)
{
	const cJSON *scope;
	cJSON_ArrayForEach(scope, member(route, "scopes"))
	{
		if (!is_wanted_by_all(routes, scope->valuestring)) {
			return true;
		}
	}
	return member(route, "any_scopes") != NULL || member(route, "operations") != NULL;
}

static bool add_common(const cJSON *routes, char **scopes)
{
	const cJSON *scope;
	cJSON_ArrayForEach(scope, member(routes->child, "scopes"))
	{
		if (is_wanted_by_all(routes, scope->valuestring)
			&& !demands_add_scope(scopes, scope->valuestring)) {
			return false;
		}
	}
	return true;
}

bool demands_read(
	const struct mcpauth_settings *settings, const char *resource, struct demands *demands)
{
	cJSON *routes = routes_of(settings, resource);
	*demands = (struct demands){.rest = cJSON_CreateArray()};
	bool good = routes != NULL && demands->rest != NULL && add_common(routes, &demands->scopes);
	const cJSON *route;
	cJSON_ArrayForEach(route, routes)
	{
		if (good && wants_more(routes, route)) {
			good = add_copy(demands->rest, route);
		}
	}
	cJSON_Delete(routes);
	return good;
}

void demands_finish(struct demands *demands)
{
	free(demands->scopes);
	cJSON_Delete(demands->rest);
}

static void print_words(const char *lead, const cJSON *words)
{
	const cJSON *word;
	cJSON_ArrayForEach(word, words)
	{
		printf("%s%s", word == words->child ? lead : " ", word->valuestring);
	}
}

static void print_route(const cJSON *route)
{
	const char *path = cJSON_GetStringValue(member(route, "path"));
	const char *lead = " wants ";
	print_words("", member(route, "methods"));
	printf("%s%s%s", member(route, "methods") != NULL ? " " : "",
		path != NULL ? path : "any path that no route names",
		cJSON_IsTrue(member(route, "prefix")) ? " and what is below it" : "");
	if (member(route, "scopes") != NULL) {
		print_words(lead, member(route, "scopes"));
		lead = ", ";
	}
	if (member(route, "any_scopes") != NULL) {
		printf("%sone of", lead);
		print_words(" ", member(route, "any_scopes"));
		lead = ", ";
	}
	if (member(route, "operations") != NULL) {
		printf("%swhat its operation needs", lead);
	}
}

void demands_print_rest(const struct demands *demands)
{
	const cJSON *route;
	cJSON_ArrayForEach(route, demands->rest)
	{
		fputs(route == demands->rest->child ? "not asked about: " : "; ", stdout);
		print_route(route);
	}
	if (cJSON_GetArraySize(demands->rest) > 0) {
		puts(" (name what the call needs with --scope)");
	}
}
