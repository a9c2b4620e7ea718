/* The token endpoint: codes, refresh tokens and client credentials for tokens. */
#include "clients.h"
#include "log.h"
#include "terms.h"
#include "tokens.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VERIFIER_LEAST 43
#define VERIFIER_MOST 128

struct exchange {
	struct server *server;
	const struct form *form;
	const struct client *client;
	struct reply *reply;
};

static void refuse(const struct exchange *exchange, const char *error, const char *description)
{
	log_line(LOG_INFO, "no token for client %s: %s", exchange->client->id, description);
	reply_error(exchange->reply, 400, error, description);
}

static bool verifier_fits(const char *verifier, const char *challenge)
{
	uint8_t digest[DIGEST_SIZE];
	uint8_t given[DIGEST_SIZE];
	uint8_t right[DIGEST_SIZE];
	size_t length = strlen(verifier);
	if (length < VERIFIER_LEAST || length > VERIFIER_MOST) {
		return false;
	}
	text_digest(verifier, length, digest);
	char *encoded = text_base64url(digest, sizeof digest);
	text_digest(encoded, strlen(encoded), given);
	text_digest(challenge, strlen(challenge), right);
	free(encoded);
	return text_digest_equal(given, right);
}

/* NULL, or why the code is no good to whom brings it. */
static const char *check_code(const struct form *form, const struct credential *code,
	const struct authorization *authorization)
{
	const char *verifier = form_get(form, "code_verifier");
	const char *uri = form_get(form, "redirect_uri");
	if (code->expires <= time(NULL)) {
		return "the code has expired";
	}
	if (uri == NULL ? authorization->redirect_uri_given
			: strcmp(uri, authorization->redirect_uri) != 0) {
		return "redirect_uri is not the one the code was sent to";
	}
	if (verifier == NULL || !verifier_fits(verifier, authorization->challenge)) {
		return "code_verifier does not match code_challenge";
	}
	return NULL;
}

/* The grant behind a code or refresh token, once it is sure that this client may
 * use it. One that is spent was copied: all that came from it ends (OAuth 2.1
 * sections 4.1.3 and 4.3.1). */
static struct grant *grant_behind(
	const struct exchange *exchange, const struct credential *credential)
{
	struct grant *grant = credential == NULL
		? NULL
		: store_find_grant(exchange->server->store, credential->grant);
	if (grant == NULL || strcmp(grant->authorization.client_id, exchange->client->id) != 0) {
		refuse(exchange, "invalid_grant", "it is unknown, revoked, or another client's");
		return NULL;
	}
	if (credential->spent) {
		log_line(LOG_WARNING, "a spent code or refresh token came back: revoking all");
		store_revoke_grant(exchange->server->store, grant->serial);
		refuse(exchange, "invalid_grant", "it was used before");
		return NULL;
	}
	return grant;
}

static void issue(const struct exchange *exchange, const struct issue *what)
{
	cJSON *body = tokens_issue(exchange->server, what);
	if (body == NULL) {
		log_line(LOG_ERROR, "signing failed");
		reply_error(exchange->reply, 500, "server_error", "signing failed");
	} else {
		reply_json(exchange->reply, 200, body);
	}
}

/* Scope and resources of this token, within the grant's (RFC 6749 section 6,
 * RFC 8707 section 2.2). */
struct terms {
	char *scope;
	cJSON *resources;
};

static void terms_finish(struct terms *terms)
{
	free(terms->scope);
	cJSON_Delete(terms->resources);
}

static bool narrow(const struct exchange *exchange, const struct authorization *authorization,
	struct terms *terms)
{
	const char *asked = form_get(exchange->form, "scope");
	terms->scope = asked == NULL ? text_copy(authorization->scope) : scope_normalise(asked);
	terms->resources = resources_read(exchange->form);
	if (terms->scope == NULL || terms->scope[0] == '\0'
		|| !scope_covers(authorization->scope, terms->scope)) {
		refuse(exchange, "invalid_scope", "scope goes beyond what was granted");
		return false;
	}
	if (terms->resources == NULL
		|| !resources_cover(authorization->resources, terms->resources)) {
		refuse(exchange, "invalid_target", "resource is not one that was granted");
		return false;
	}
	if (cJSON_GetArraySize(terms->resources) == 0) {
		cJSON_Delete(terms->resources);
		terms->resources = must(cJSON_Duplicate(authorization->resources, true));
	}
	return true;
}

static void issue_within(
	const struct exchange *exchange, const struct grant *grant, struct credential *from)
{
	struct terms terms = {0};
	if (narrow(exchange, &grant->authorization, &terms)) {
		from->spent = true;
		const struct issue what = {
			.grant = grant,
			.scope = terms.scope,
			.resources = terms.resources,
			.refresh = (exchange->client->grant_types & GRANT_REFRESH) != 0,
			.first = from->kind == CREDENTIAL_CODE,
		};
		issue(exchange, &what);
	}
	terms_finish(&terms);
}

static void by_code(const struct exchange *exchange)
{
	const char *text = form_get(exchange->form, "code");
	if (text == NULL) {
		refuse(exchange, "invalid_request", "code is missing");
		return;
	}
	struct credential *code = store_find_credential(
		exchange->server->store, text, CREDENTIAL_CODE);
	const struct grant *grant = grant_behind(exchange, code);
	if (grant == NULL) {
		return;
	}
	const char *problem = check_code(exchange->form, code, &grant->authorization);
	if (problem != NULL) {
		/* One try only: whoever stole a code shall not guess on. */
		code->spent = true;
		refuse(exchange, "invalid_grant", problem);
		return;
	}
	issue_within(exchange, grant, code);
}

static void by_refresh_token(const struct exchange *exchange)
{
	const char *text = form_get(exchange->form, "refresh_token");
	if (text == NULL) {
		refuse(exchange, "invalid_request", "refresh_token is missing");
		return;
	}
	struct credential *token = store_find_credential(
		exchange->server->store, text, CREDENTIAL_REFRESH);
	const struct grant *grant = grant_behind(exchange, token);
	if (grant == NULL) {
		return;
	}
	if (token->expires <= time(NULL)) {
		refuse(exchange, "invalid_grant", "the refresh token has expired");
		return;
	}
	issue_within(exchange, grant, token);
}

/* What a client is given that acts for itself: nothing that is kept for users.
 * NULL if what it asks for is malformed. */
static char *own_scope(const struct exchange *exchange)
{
	const struct settings *settings = &exchange->server->settings;
	const char *asked = form_get(exchange->form, "scope");
	char *scope = scope_normalise(asked == NULL ? settings->scopes : asked);
	char *left = scope == NULL ? NULL : settings_scopes_for(settings, NULL, scope);
	free(scope);
	if (asked == NULL) {
		scope = scope_first(left);
		free(left);
		return scope;
	}
	return left;
}

static void by_client(const struct exchange *exchange)
{
	const struct server *server = exchange->server;
	struct authorization authorization = {
		.client_id = text_copy(exchange->client->id),
		.scope = own_scope(exchange),
		.resources = resources_read(exchange->form),
	};
	if (authorization.scope == NULL || authorization.scope[0] == '\0'
		|| (server->settings.only_these_scopes
			&& !scope_covers(server->settings.scopes, authorization.scope))) {
		refuse(exchange, "invalid_scope",
			"a scope is unknown, malformed or not for clients");
	} else if (authorization.resources == NULL) {
		refuse(exchange, "invalid_target",
			"resource must be an absolute URI without a fragment");
	} else {
		const struct grant *grant = store_add_grant(
			server->store, &authorization, exchange->client->id, NULL);
		const struct issue what = {
			.grant = grant,
			.scope = grant->authorization.scope,
			.resources = grant->authorization.resources,
		};
		issue(exchange, &what);
	}
	authorization_finish(&authorization);
}

static void dispatch(const struct exchange *exchange)
{
	static const struct {
		const char *name;
		unsigned type;
		void (*run)(const struct exchange *exchange);
	} grants[] = {
		{"authorization_code", GRANT_CODE, by_code},
		{"refresh_token", GRANT_REFRESH, by_refresh_token},
		{"client_credentials", GRANT_CLIENT, by_client},
	};
	const char *name = form_get(exchange->form, "grant_type");
	for (size_t i = 0; name != NULL && i < sizeof grants / sizeof grants[0]; i++) {
		if (strcmp(grants[i].name, name) != 0) {
			continue;
		}
		if ((exchange->client->grant_types & grants[i].type) == 0) {
			refuse(exchange, "unauthorized_client",
				"the client did not register for this grant_type");
		} else {
			grants[i].run(exchange);
		}
		return;
	}
	refuse(exchange, name == NULL ? "invalid_request" : "unsupported_grant_type",
		name == NULL ? "grant_type is missing" : "grant_type is not supported");
}

void token_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct form form;
	const char *problem = request_form(request, &form);
	if (problem != NULL) {
		reply_error(reply, 400, "invalid_request", problem);
	} else {
		struct exchange exchange = {.server = server, .form = &form, .reply = reply};
		exchange.client = client_authenticate(server, request, &form, reply);
		if (exchange.client != NULL) {
			dispatch(&exchange);
		}
	}
	form_finish(&form);
}
