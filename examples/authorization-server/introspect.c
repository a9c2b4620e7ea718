/* Looking tokens up: introspection (RFC 7662, RFC 9701), revocation (RFC 7009),
 * userinfo. */
#define _GNU_SOURCE

#include "clients.h"
#include "terms.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* An access token that is good right now, and whose it is. */
static const struct credential *find_active(
	struct server *server, const char *token, const struct grant **grant)
{
	const struct credential *found = store_find_credential(
		server->store, token, CREDENTIAL_ACCESS);
	if (found == NULL || found->spent || found->expires <= time(NULL)) {
		return NULL;
	}
	*grant = store_find_grant(server->store, found->grant);
	return *grant == NULL ? NULL : found;
}

static void describe(const struct server *server, const struct credential *token,
	const struct grant *grant, cJSON *body)
{
	must(cJSON_AddStringToObject(body, "iss", server->issuer));
	must(cJSON_AddStringToObject(body, "sub", grant->user));
	must(cJSON_AddStringToObject(body, "client_id", grant->authorization.client_id));
	if (grant->authorization.redirect_uri != NULL) {
		must(cJSON_AddStringToObject(body, "username", grant->user));
	}
	must(cJSON_AddStringToObject(body, "scope", token->scope));
	must(cJSON_AddStringToObject(body, "token_type", "Bearer"));
	must(cJSON_AddNumberToObject(body, "iat", (double)token->issued));
	must(cJSON_AddNumberToObject(body, "exp", (double)token->expires));
	must(cJSON_AddStringToObject(body, "jti", token->identifier));
	if (grant->session[0] != '\0') {
		must(cJSON_AddStringToObject(body, "sid", grant->session));
	}
	cJSON_AddItemToObject(body, "aud", must(cJSON_Duplicate(token->audience, true)));
}

#define SIGNED_TYPE "application/token-introspection+jwt"

/* Asked for by name only: who takes anything takes JSON. */
static bool wants_signature(const struct request *request)
{
	return request->accept != NULL && strcasestr(request->accept, SIGNED_TYPE) != NULL;
}

/* RFC 9701 section 5: for nobody but who asked. @param body  deleted */
static void reply_signed(
	const struct server *server, const char *audience, cJSON *body, struct reply *reply)
{
	cJSON *claims = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(claims, "iss", server->issuer));
	must(cJSON_AddStringToObject(claims, "aud", audience));
	must(cJSON_AddNumberToObject(claims, "iat", (double)time(NULL)));
	cJSON_AddItemToObject(claims, "token_introspection", body);
	char *answer = keys_sign(server->keys, "token-introspection+jwt", claims);
	cJSON_Delete(claims);
	if (answer == NULL) {
		reply_error(reply, 500, "server_error", "signing failed");
	} else {
		reply_text(reply, 200, SIGNED_TYPE, answer);
	}
}

/* Refresh tokens count as inactive: a protected resource that was handed one must
 * not take it for an access token. */
static cJSON *answer_about(struct server *server, const char *text)
{
	const struct grant *grant = NULL;
	const struct credential *token = find_active(server, text, &grant);
	cJSON *body = must(cJSON_CreateObject());
	must(cJSON_AddBoolToObject(body, "active", token != NULL));
	if (token != NULL) {
		describe(server, token, grant, body);
	}
	return body;
}

void introspect_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct form form;
	const char *problem = request_form(request, &form);
	const char *asker = NULL;
	if (problem != NULL) {
		reply_error(reply, 400, "invalid_request", problem);
	} else {
		asker = introspector_authenticate(server, request, &form, reply);
	}
	const char *token = asker == NULL ? NULL : form_get(&form, "token");
	if (asker != NULL && token == NULL) {
		reply_error(reply, 400, "invalid_request", "token is missing");
	} else if (token != NULL && wants_signature(request)) {
		reply_signed(server, asker, answer_about(server, token), reply);
	} else if (token != NULL) {
		reply_json(reply, 200, answer_about(server, token));
	}
	form_finish(&form);
}

/* A refresh token takes its whole family along, an access token goes alone. An
 * unknown one is as good as revoked (RFC 7009 section 2.2). */
static void revoke(
	struct server *server, const struct client *client, const char *text, struct reply *reply)
{
	struct credential *access = store_find_credential(server->store, text, CREDENTIAL_ACCESS);
	struct credential *found = access != NULL
		? access
		: store_find_credential(server->store, text, CREDENTIAL_REFRESH);
	const struct grant *grant = found == NULL ? NULL
						  : store_find_grant(server->store, found->grant);
	if (grant != NULL && strcmp(grant->authorization.client_id, client->id) != 0) {
		reply_error(reply, 400, "invalid_grant", "the token is another client's");
		return;
	}
	if (grant != NULL && access == NULL) {
		store_revoke_grant(server->store, grant->serial);
	} else if (grant != NULL) {
		access->spent = true;
	}
	reply->status = 200;
}

void revoke_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct form form;
	const char *problem = request_form(request, &form);
	const char *token = problem == NULL ? form_get(&form, "token") : NULL;
	if (problem != NULL || token == NULL) {
		reply_error(reply, 400, "invalid_request",
			problem != NULL ? problem : "token is missing");
	} else {
		const struct client *client = client_authenticate(server, request, &form, reply);
		if (client != NULL) {
			revoke(server, client, token, reply);
		}
	}
	form_finish(&form);
}

void userinfo_answer(struct server *server, const struct request *request, struct reply *reply)
{
	const char *header = request->authorization;
	const struct grant *grant = NULL;
	const struct credential *token = NULL;
	if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0) {
		reply_header(reply, "WWW-Authenticate", "Bearer");
		reply_error(reply, 401, "invalid_request", "an access token is missing");
		return;
	}
	token = find_active(server, header + 7, &grant);
	if (token == NULL) {
		reply_header(reply, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
		reply_error(reply, 401, "invalid_token", "the token is not active");
	} else if (!scope_has(token->scope, "openid")) {
		reply_header(reply, "WWW-Authenticate",
			"Bearer error=\"insufficient_scope\", scope=\"openid\"");
		reply_error(reply, 403, "insufficient_scope", "the scope openid is missing");
	} else {
		cJSON *body = must(cJSON_CreateObject());
		must(cJSON_AddStringToObject(body, "sub", grant->user));
		must(cJSON_AddStringToObject(body, "preferred_username", grant->user));
		reply_json(reply, 200, body);
	}
}
