/* The one place where codes become statuses and challenges (RFC 6750 section 3). */
#include "challenge.h"

#include "chain_int.h"

#include <stdlib.h>
#include <string.h>

/* The first are those of a route. */
enum kind {
	INVITATION = MCPAUTH__ROUTE_INVITES, /* no error (RFC 6750 section 3.1) */
	INVALID_REQUEST = MCPAUTH__ROUTE_INVALID_REQUEST,
	INVALID_TOKEN = MCPAUTH__ROUTE_INVALID_TOKEN,
	INSUFFICIENT_SCOPE = MCPAUTH__ROUTE_INSUFFICIENT_SCOPE,
	BROKEN = MCPAUTH__ROUTE_REFUSALS, /* no row: it says nothing of the route */
	UNAVAILABLE                       /* likewise */
};

static const struct {
	unsigned status;
	const char *error;
	const char *description;
} table[] = {
	[INVITATION] = {401, NULL, "Send an access token in the Authorization header"},
	[INVALID_REQUEST] = {400, "invalid_request",
		"Send one Authorization header with one bearer token, and no other way"},
	[INVALID_TOKEN] = {401, "invalid_token",
		"The access token is malformed, expired, revoked or meant for another resource"},
	[INSUFFICIENT_SCOPE] = {403, "insufficient_scope",
		"The access token lacks a scope that this operation needs"},
};

static enum kind kind_of(enum mcpauth_code code)
{
	switch (code) {
	case MCPAUTH_E_NO_CREDENTIALS:
		return INVITATION;
	case MCPAUTH_E_INVALID_REQUEST:
		return INVALID_REQUEST;
	case MCPAUTH_E_INSUFFICIENT_SCOPE:
		return INSUFFICIENT_SCOPE;
	case MCPAUTH_E_NO_MEMORY:
	case MCPAUTH_E_SYSTEM:
		return UNAVAILABLE;
	default:
		break;
	}
	if (code >= 400 && code < 500) {
		return INVALID_TOKEN;
	}
	return code >= 200 && code < 400 ? UNAVAILABLE : BROKEN;
}

/* RFC 9110 section 5.6.4. */
static void put_parameter(struct mcpauth__buf *buf, const char *name, const char *value)
{
	if (value == NULL || *value == '\0') {
		return;
	}
	mcpauth__buf_puts(buf, buf->length == 0 ? "Bearer " : ", ");
	mcpauth__buf_puts(buf, name);
	mcpauth__buf_puts(buf, "=\"");
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\') {
			mcpauth__buf_puts(buf, "\\");
		}
		mcpauth__buf_append(buf, value, 1);
	}
	mcpauth__buf_puts(buf, "\"");
}

static bool is_scope(const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c <= 0x20 || c > 0x7e || c == '"' || c == '\\') {
			return false;
		}
	}
	return true;
}

static void put_scope(struct mcpauth__words *words, const char *scope, size_t length)
{
	if (!mcpauth__words_contain(words, scope, length)) {
		mcpauth__words_add(words, scope, length);
	}
}

/* The revisions whose clients ask for what the challenge names and nothing else. */
static bool forgets_scopes(const struct mcpauth_exchange *exchange)
{
	static const char *const revisions[] = {"2025-03-26", "2025-06-18", "2025-11-25"};
	const char *said = mcpauth_exchange_header(exchange, "MCP-Protocol-Version", 0);
	for (size_t i = 0; said != NULL && i < sizeof revisions / sizeof revisions[0]; i++) {
		if (strcmp(said, revisions[i]) == 0) {
			return !exchange->route->omit_granted_scopes;
		}
	}
	return false;
}

/* The next of the scopes that were granted and may be named; NULL: no more. */
static const char *next_granted(const struct mcpauth_exchange *exchange, size_t *at)
{
	const char *scope = NULL;
	while (exchange->info != NULL
		&& (scope = mcpauth_auth_info_scope_at(exchange->info, (*at)++)) != NULL
		&& (!is_scope(scope) || strcmp(scope, "offline_access") == 0)) {
	}
	return scope;
}

static void put_granted(const struct mcpauth_exchange *exchange, struct mcpauth__words *words)
{
	const char *scope;
	size_t at = 0;
	while ((scope = next_granted(exchange, &at)) != NULL) {
		put_scope(words, scope, strlen(scope));
	}
}

/* One of each set is enough, so one is named: the one that was granted, which a
 * client must not lose when it asks for the others, else the first. */
static void put_any(
	const struct mcpauth_exchange *exchange, bool is_known, struct mcpauth__words *words)
{
	const struct mcpauth__route *route = exchange->route;
	for (size_t i = 0; i < route->any_count; i++) {
		const char *scope = mcpauth__granted_of(
			&route->any_scopes[i], is_known ? exchange->info : NULL);
		scope = scope != NULL ? scope : route->any_scopes[i].items[0];
		put_scope(words, scope, strlen(scope));
	}
}

/* All that the route and the operation need, in one list. */
static char *list_scopes(
	const struct mcpauth_exchange *exchange, const struct mcpauth__refusal *refusal)
{
	const char *more = refusal->scopes;
	const char *scope;
	size_t length;
	struct mcpauth__words words = {0};
	struct mcpauth__buf buf = {0};
	for (size_t i = 0; i < exchange->route->scopes.count; i++) {
		scope = exchange->route->scopes.items[i];
		put_scope(&words, scope, strlen(scope));
	}
	put_any(exchange, refusal->code == MCPAUTH_E_INSUFFICIENT_SCOPE, &words);
	while ((scope = mcpauth__word_next(&more, &length)) != NULL) {
		put_scope(&words, scope, length);
	}
	if (refusal->code == MCPAUTH_E_INSUFFICIENT_SCOPE && forgets_scopes(exchange)) {
		put_granted(exchange, &words);
	}
	for (size_t i = 0; i < words.count; i++) {
		mcpauth__buf_puts(&buf, i == 0 ? "" : " ");
		mcpauth__buf_puts(&buf, words.items[i]);
	}
	mcpauth__words_finish(&words);
	return mcpauth__buf_take(&buf);
}

static bool tells_details(
	const struct mcpauth_exchange *exchange, enum kind kind, const char *details)
{
	return details != NULL && exchange->route->allow_error_details && kind != INVITATION;
}

/* RFC 6750 section 3 allows neither quotes nor backslashes in a description. */
static char *describe(const struct mcpauth_exchange *exchange, enum kind kind, const char *details)
{
	struct mcpauth__buf buf = {0};
	mcpauth__buf_puts(&buf, table[kind].description);
	if (tells_details(exchange, kind, details)) {
		mcpauth__buf_puts(&buf, ": ");
		mcpauth__buf_puts(&buf, details);
	}
	char *text = mcpauth__buf_take(&buf);
	for (char *at = text; at != NULL && *at != '\0'; at++) {
		if (*at < 0x20 || *at > 0x7e || *at == '"' || *at == '\\') {
			*at = '\'';
		}
	}
	return text;
}

static char *write_challenge(const struct mcpauth_exchange *exchange, enum kind kind,
	const char *description, const char *scopes)
{
	struct mcpauth__buf buf = {0};
	const char *metadata_url = exchange->route->metadata_url;
	if (kind == INVITATION) {
		put_parameter(&buf, "resource_metadata", metadata_url);
		put_parameter(&buf, "scope", scopes);
	} else {
		put_parameter(&buf, "error", table[kind].error);
		put_parameter(&buf, "error_description", description);
		put_parameter(&buf, "scope", scopes);
		put_parameter(&buf, "resource_metadata", metadata_url);
	}
	return mcpauth__buf_take(&buf);
}

static enum mcpauth_code answer_with_challenge(
	struct mcpauth_exchange *exchange, enum kind kind, const struct mcpauth__refusal *refusal)
{
	struct mcpauth_answer *answer = &exchange->answer;
	enum mcpauth_code code = MCPAUTH_E_NO_MEMORY;
	char *challenge = NULL;
	char *description = describe(exchange, kind, refusal->details);
	char *scopes = list_scopes(exchange, refusal);
	if (description == NULL || scopes == NULL) {
		goto out;
	}
	challenge = write_challenge(exchange, kind, description, scopes);
	if (challenge == NULL) {
		goto out;
	}
	code = mcpauth__answer_error(answer, table[kind].status, table[kind].error, description);
	if (code == MCPAUTH_OK) {
		code = mcpauth_answer_set_header(answer, "WWW-Authenticate", challenge);
	}
	if (code == MCPAUTH_OK && kind == INSUFFICIENT_SCOPE && *scopes != '\0') {
		code = mcpauth__answer_add_member(answer, "scope", scopes);
	}
out:
	free(challenge);
	free(scopes);
	free(description);
	return code;
}

/* Would a scope be named, since it was granted, that the route does not name itself? */
static bool names_granted(const struct mcpauth_exchange *exchange)
{
	const struct mcpauth__route *route = exchange->route;
	const char *scope;
	size_t at = 0;
	for (size_t i = 0; i < route->any_count; i++) {
		scope = mcpauth__granted_of(&route->any_scopes[i], exchange->info);
		if (scope != NULL && scope != route->any_scopes[i].items[0]) {
			return true;
		}
	}
	while ((scope = next_granted(exchange, &at)) != NULL) {
		if (!mcpauth__words_contain(&route->scopes, scope, strlen(scope))) {
			return forgets_scopes(exchange);
		}
	}
	return false;
}

/* Does the answer depend on more than the route? */
static bool is_special(const struct mcpauth_exchange *exchange, enum kind kind,
	const struct mcpauth__refusal *refusal)
{
	if (tells_details(exchange, kind, refusal->details) || refusal->scopes != NULL) {
		return true;
	}
	return kind == INSUFFICIENT_SCOPE && names_granted(exchange);
}

/* Everything that a place holds is made by a request whose answer is not special,
 * so all that are not may have it. */
static enum mcpauth_code answer_as_always(
	struct mcpauth_exchange *exchange, enum kind kind, const struct mcpauth__refusal *refusal)
{
	/* Routes are immutable but for this, which is made when it is needed. */
	struct mcpauth__fixed_place *place = (struct mcpauth__fixed_place *)&exchange->route
						     ->refusals[kind];
	if (mcpauth__fixed_show(place, &exchange->answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = answer_with_challenge(exchange, kind, refusal);
	if (code == MCPAUTH_OK) {
		mcpauth__fixed_keep(place, &exchange->answer);
	}
	return code;
}

enum mcpauth_code mcpauth__challenge(
	struct mcpauth_exchange *exchange, const struct mcpauth__refusal *refusal)
{
	enum kind kind = kind_of(refusal->code);
	if (kind == UNAVAILABLE) {
		const char *resource = exchange->route == NULL ? NULL : exchange->route->resource;
		mcpauth__exchange_unavailable(
			exchange, mcpauth_retry_after(exchange->rules->auth, resource));
		return MCPAUTH_OK;
	}
	/* Without a resource there is nothing to point at, so nothing to ask for. */
	bool can_challenge = exchange->route != NULL && exchange->route->metadata_url != NULL;
	if (kind == BROKEN || !can_challenge) {
		return mcpauth__common_answer(
			&exchange->rules->common, MCPAUTH__COMMON_BROKEN, &exchange->answer);
	}
	return is_special(exchange, kind, refusal) ? answer_with_challenge(exchange, kind, refusal)
						   : answer_as_always(exchange, kind, refusal);
}

enum mcpauth_code mcpauth_exchange_refuse(struct mcpauth_exchange *exchange, enum mcpauth_code code,
	const char *scopes, const char *details)
{
	struct mcpauth__refusal refusal = {code, scopes, details};
	return mcpauth__challenge(exchange, &refusal);
}
