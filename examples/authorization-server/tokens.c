/* Making tokens: access tokens (RFC 9068), ID tokens, refresh tokens. */
#include "tokens.h"
#include "terms.h"

#include <stdlib.h>
#include <string.h>

#define REFRESH_SECONDS (30L * 24 * 3600)

/* A string for one, an array for several (RFC 7519 section 4.1.3). */
static cJSON *audience_of(const struct server *server, const cJSON *resources)
{
	switch (cJSON_GetArraySize(resources)) {
	case 0:
		return must(cJSON_CreateString(server->issuer));
	case 1:
		return must(cJSON_CreateString(resources->child->valuestring));
	default:
		return must(cJSON_Duplicate(resources, true));
	}
}

static cJSON *base_claims(const struct server *server, const struct grant *grant, time_t now)
{
	cJSON *claims = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(claims, "iss", server->issuer));
	must(cJSON_AddStringToObject(claims, "sub", grant->user));
	must(cJSON_AddNumberToObject(claims, "iat", (double)now));
	must(cJSON_AddNumberToObject(
		claims, "exp", (double)(now + server->settings.access_token_lifetime)));
	return claims;
}

/* By which an OpenID logout names what ends: absent for who never logged in. */
static void add_session(cJSON *claims, const struct grant *grant)
{
	if (grant->session[0] != '\0') {
		must(cJSON_AddStringToObject(claims, "sid", grant->session));
	}
}

static char *access_jwt(
	const struct server *server, const struct issue *issue, const char *identifier)
{
	cJSON *claims = base_claims(server, issue->grant, time(NULL));
	cJSON_AddItemToObject(claims, "aud", audience_of(server, issue->resources));
	must(cJSON_AddStringToObject(claims, "client_id", issue->grant->authorization.client_id));
	must(cJSON_AddStringToObject(claims, "scope", issue->scope));
	must(cJSON_AddStringToObject(claims, "jti", identifier));
	add_session(claims, issue->grant);
	char *token = keys_sign(server->keys, "at+jwt", claims);
	cJSON_Delete(claims);
	return token;
}

static char *id_token(const struct server *server, const struct issue *issue)
{
	const struct authorization *authorization = &issue->grant->authorization;
	cJSON *claims = base_claims(server, issue->grant, time(NULL));
	must(cJSON_AddStringToObject(claims, "aud", authorization->client_id));
	must(cJSON_AddNumberToObject(claims, "auth_time", (double)issue->grant->agreed));
	must(cJSON_AddStringToObject(claims, "preferred_username", issue->grant->user));
	add_session(claims, issue->grant);
	if (issue->first && authorization->nonce != NULL) {
		must(cJSON_AddStringToObject(claims, "nonce", authorization->nonce));
	}
	char *token = keys_sign(server->keys, "JWT", claims);
	cJSON_Delete(claims);
	return token;
}

static bool add_access_token(struct server *server, const struct issue *issue, cJSON *body)
{
	char identifier[SECRET_SIZE];
	char opaque[SECRET_SIZE];
	text_secret(identifier);
	text_secret(opaque);
	char *token = server->settings.opaque ? text_copy(opaque)
					      : access_jwt(server, issue, identifier);
	if (token == NULL) {
		return false;
	}
	struct credential *credential = store_add_credential(server->store, token,
		CREDENTIAL_ACCESS, issue->grant->serial, server->settings.access_token_lifetime);
	credential->scope = text_copy(issue->scope);
	credential->identifier = text_copy(identifier);
	credential->audience = audience_of(server, issue->resources);
	must(cJSON_AddStringToObject(body, "access_token", token));
	free(token);
	return true;
}

static void add_refresh_token(struct server *server, const struct issue *issue, cJSON *body)
{
	char token[SECRET_SIZE];
	text_secret(token);
	store_add_credential(
		server->store, token, CREDENTIAL_REFRESH, issue->grant->serial, REFRESH_SECONDS);
	must(cJSON_AddStringToObject(body, "refresh_token", token));
}

static bool add_id_token(struct server *server, const struct issue *issue, cJSON *body)
{
	char *token = id_token(server, issue);
	if (token == NULL) {
		return false;
	}
	store_add_credential(server->store, token, CREDENTIAL_IDENTITY, issue->grant->serial,
		server->settings.access_token_lifetime);
	must(cJSON_AddStringToObject(body, "id_token", token));
	free(token);
	return true;
}

cJSON *tokens_issue(struct server *server, const struct issue *issue)
{
	bool about_user = issue->grant->authorization.redirect_uri != NULL;
	cJSON *body = must(cJSON_CreateObject());
	if (!add_access_token(server, issue, body)
		|| (about_user && scope_has(issue->scope, "openid")
			&& !add_id_token(server, issue, body))) {
		cJSON_Delete(body);
		return NULL;
	}
	must(cJSON_AddStringToObject(body, "token_type", "Bearer"));
	must(cJSON_AddNumberToObject(
		body, "expires_in", (double)server->settings.access_token_lifetime));
	must(cJSON_AddStringToObject(body, "scope", issue->scope));
	if (issue->refresh) {
		add_refresh_token(server, issue, body);
	}
	return body;
}
