/* Makes challenges of codes (RFC 6750 section 3), where there is something to challenge. */
#include "challenge.h"

#include "base/scopes.h"
#include "chain_int.h"
#include "scope_list.h"

#include <stdlib.h>
#include <string.h>

/* Of what a client was granted already, a challenge names the first so many. */
#define GRANTED_LIMIT 128
#define GRANTED_BYTES 4096

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

/* What a request adds to what its route says anyway; {0} adds nothing. Whatever is
 * written reads this and the route, not the exchange: so what {0} makes has nothing
 * of anybody in it and may be shown to all. */
struct addition {
	const char *details; /* or NULL */
	const char *scopes;  /* that a stage needs besides, or NULL */
	/* Who perhaps holds one of several scopes of which one is enough, or NULL. */
	const struct mcpauth_auth_info *holder;
	/* Whose client loses those that it does not ask for again, or NULL. */
	const struct mcpauth_auth_info *keeper;
};

/* The revisions whose clients ask for what the challenge names and nothing else. */
static bool forgets_scopes(const struct mcpauth_exchange *exchange)
{
	static const char *const revisions[] = {"2025-03-26", "2025-06-18", "2025-11-25"};
	const char *said = mcpauth_message_revision(exchange->message);
	if (said == NULL) {
		said = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_MCP_PROTOCOL_VERSION);
	}
	for (size_t i = 0; said != NULL && i < sizeof revisions / sizeof revisions[0]; i++) {
		if (strcmp(said, revisions[i]) == 0) {
			return !exchange->route->omit_granted_scopes;
		}
	}
	return false;
}

static struct addition addition_of(const struct mcpauth_exchange *exchange, enum kind kind,
	const struct mcpauth__refusal *refusal)
{
	const struct mcpauth__route *route = exchange->route;
	const struct mcpauth_auth_info *info = exchange->info;
	struct addition addition = {.scopes = refusal->scopes};
	if (route->allow_error_details && kind != INVITATION) {
		addition.details = refusal->details;
	}
	if (kind != INSUFFICIENT_SCOPE || info == NULL
		|| mcpauth_auth_info_scope_at(info, 0) == NULL) {
		return addition;
	}
	if (mcpauth_demand_any_at(route->demand, 0, 0) != NULL) {
		addition.holder = info;
	}
	if (forgets_scopes(exchange)) {
		addition.keeper = info;
	}
	return addition;
}

static bool adds_nothing(const struct addition *addition)
{
	return addition->details == NULL && addition->scopes == NULL && addition->holder == NULL
		&& addition->keeper == NULL;
}

/* Some that were granted may not be named; and no more than fit into a header, since an
 * issuer may grant thousands, each of which is compared with all before it. */
static void put_granted(const struct mcpauth_auth_info *info, struct mcpauth__scope_list *list)
{
	const char *scope;
	size_t room = GRANTED_BYTES;
	for (size_t i = 0; info != NULL && i < GRANTED_LIMIT
		&& (scope = mcpauth_auth_info_scope_at(info, i)) != NULL;
		i++) {
		size_t length = strlen(scope);
		if (length >= room) {
			break;
		}
		room -= length + 1;
		if (mcpauth__scope_is_valid(scope) && strcmp(scope, "offline_access") != 0) {
			mcpauth__scope_list_put(list, scope, length);
		}
	}
}

/* All that the route and the operation need, in one list. NULL without memory. */
static char *list_scopes(const struct mcpauth__route *route, const struct addition *addition)
{
	struct mcpauth__scope_list list = {.are_incomplete = false};
	mcpauth__scope_list_put_demand(&list, route->demand, addition->holder);
	mcpauth__scope_list_put_text(&list, addition->scopes);
	put_granted(addition->keeper, &list);
	return mcpauth__scope_list_take(&list);
}

/* RFC 6750 section 3 allows neither quotes nor backslashes in a description. */
static char *describe(enum kind kind, const char *details)
{
	struct mcpauth__buf buf = {0};
	mcpauth__buf_puts(&buf, table[kind].description);
	if (details != NULL) {
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

static char *write_challenge(const struct mcpauth__route *route, enum kind kind,
	const char *description, const char *scopes)
{
	struct mcpauth__buf buf = {0};
	const char *metadata_url = route->metadata_url;
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

static enum mcpauth_code answer_with_challenge(const struct mcpauth__route *route, enum kind kind,
	const struct addition *addition, struct mcpauth_answer *answer)
{
	enum mcpauth_code code = MCPAUTH_E_NO_MEMORY;
	char *challenge = NULL;
	char *description = describe(kind, addition->details);
	char *scopes = list_scopes(route, addition);
	if (description == NULL || scopes == NULL) {
		goto out;
	}
	challenge = write_challenge(route, kind, description, scopes);
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

static enum mcpauth_code answer_as_always(
	const struct mcpauth__route *route, enum kind kind, struct mcpauth_answer *answer)
{
	static const struct addition nothing = {0};
	struct mcpauth__shared_answer *shared = &route->refusals[kind];
	if (mcpauth__shared_answer_show(shared, answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = answer_with_challenge(route, kind, &nothing, answer);
	if (code == MCPAUTH_OK) {
		mcpauth__shared_answer_keep(shared, answer);
	}
	return code;
}

static enum mcpauth_code answer_without_challenge(struct mcpauth_exchange *exchange, enum kind kind)
{
	if (kind == UNAVAILABLE) {
		const char *resource = exchange->route == NULL ? NULL : exchange->route->resource;
		mcpauth__exchange_unavailable(
			exchange, mcpauth_retry_after(exchange->rules->auth, resource));
		return MCPAUTH_OK;
	}
	return mcpauth__standard_answers_show(
		&exchange->rules->standard_answers, MCPAUTH__STANDARD_BROKEN, &exchange->answer);
}

/* Most refusals say what their route always says, and need not be looked at closely. */
static bool is_plain(
	const struct mcpauth__route *route, enum kind kind, const struct mcpauth__refusal *refusal)
{
	return kind < INSUFFICIENT_SCOPE && refusal->scopes == NULL && !route->allow_error_details;
}

static enum mcpauth_code answer_in_detail(
	struct mcpauth_exchange *exchange, enum kind kind, const struct mcpauth__refusal *refusal)
{
	struct addition addition = addition_of(exchange, kind, refusal);
	return adds_nothing(&addition)
		? answer_as_always(exchange->route, kind, &exchange->answer)
		: answer_with_challenge(exchange->route, kind, &addition, &exchange->answer);
}

enum mcpauth_code mcpauth__challenge(
	struct mcpauth_exchange *exchange, const struct mcpauth__refusal *refusal)
{
	enum kind kind = kind_of(refusal->code);
	const struct mcpauth__route *route = exchange->route;
	exchange->reason = refusal->code;
	/* Without a resource there is nothing to point at, so nothing to ask for. */
	if (kind == BROKEN || kind == UNAVAILABLE || route == NULL || route->metadata_url == NULL) {
		return answer_without_challenge(exchange, kind);
	}
	return is_plain(route, kind, refusal) ? answer_as_always(route, kind, &exchange->answer)
					      : answer_in_detail(exchange, kind, refusal);
}

enum mcpauth_code mcpauth_exchange_refuse(struct mcpauth_exchange *exchange, enum mcpauth_code code,
	const char *scopes, const char *details)
{
	struct mcpauth__refusal refusal = {code, scopes, details};
	if (code == MCPAUTH_E_NOT_LISTED || code == MCPAUTH_E_UNKNOWN_HANDLE) {
		mcpauth__exchange_answer_standard(exchange,
			code == MCPAUTH_E_NOT_LISTED ? MCPAUTH__STANDARD_NOT_LISTED
						     : MCPAUTH__STANDARD_NO_HANDLE);
		return MCPAUTH_OK;
	}
	return mcpauth__challenge(exchange, &refusal);
}
