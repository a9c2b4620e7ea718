/* The documents a client reads first: RFC 8414, OpenID Discovery and the keys. */
#define _GNU_SOURCE

#include "server.h"
#include "terms.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_CACHED 300

static void add_url(cJSON *document, const char *name, const char *base, const char *path)
{
	char *url;
	if (asprintf(&url, "%s%s", base, path) < 0) {
		must(NULL);
	}
	must(cJSON_AddStringToObject(document, name, url));
	free(url);
}

/* words: separated by spaces. */
static void add_list(cJSON *document, const char *name, const char *words)
{
	cJSON_AddItemToObject(document, name, scope_array(words));
}

static void add_endpoints(cJSON *document, const char *base)
{
	static const struct {
		const char *name;
		const char *path;
	} endpoints[] = {
		{"authorization_endpoint", "/authorize"},
		{"token_endpoint", "/token"},
		{"registration_endpoint", "/register"},
		{"introspection_endpoint", "/introspect"},
		{"revocation_endpoint", "/revoke"},
		{"userinfo_endpoint", "/userinfo"},
		{"end_session_endpoint", "/end_session"},
		{"jwks_uri", "/jwks"},
	};
	for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
		add_url(document, endpoints[i].name, base, endpoints[i].path);
	}
}

/* Besides the methods a bearer token may stand there by its type (RFC 8414 section 2). */
static void add_introspection(cJSON *document, const struct server *server)
{
	static const char methods[] =
		"client_secret_basic client_secret_post private_key_jwt Bearer";
	size_t bearer = sizeof " Bearer" - 1;
	bool shown = introspectors_have(&server->settings.introspectors, PROOF_BEARER);
	char *list = must(strndup(methods, sizeof methods - 1 - (shown ? 0 : bearer)));
	add_list(document, "introspection_endpoint_auth_methods_supported", list);
	free(list);
	add_list(document, "introspection_endpoint_auth_signing_alg_values_supported",
		PUBLIC_KEY_ALGORITHMS);
	/* Of the answers (RFC 9701 section 7). */
	add_list(document, "introspection_signing_alg_values_supported",
		keys_algorithm(server->keys));
}

void metadata_answer(struct server *server, const struct request *request, struct reply *reply)
{
	static const char methods[] = "none client_secret_basic client_secret_post";
	(void)request;
	cJSON *document = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(document, "issuer", server->issuer));
	add_endpoints(document, server->base);
	add_list(document, "scopes_supported", server->settings.scopes);
	add_list(document, "response_types_supported", "code");
	add_list(document, "response_modes_supported", "query");
	add_list(document, "grant_types_supported",
		"authorization_code refresh_token client_credentials");
	add_list(document, "code_challenge_methods_supported", "S256");
	add_list(document, "token_endpoint_auth_methods_supported", methods);
	add_list(document, "revocation_endpoint_auth_methods_supported", methods);
	add_introspection(document, server);
	must(cJSON_AddTrueToObject(document, "backchannel_logout_supported"));
	must(cJSON_AddTrueToObject(document, "backchannel_logout_session_supported"));
	must(cJSON_AddTrueToObject(document, "authorization_response_iss_parameter_supported"));
	must(cJSON_AddBoolToObject(document, "client_id_metadata_document_supported",
		!server->settings.no_client_documents));
	add_list(document, "subject_types_supported", "public");
	add_list(document, "id_token_signing_alg_values_supported", keys_algorithm(server->keys));
	add_list(document, "claims_supported",
		"iss sub aud exp iat auth_time nonce sid preferred_username");
	must(cJSON_AddFalseToObject(document, "request_parameter_supported"));
	/* Absent would mean true (OpenID Connect Discovery section 3). */
	must(cJSON_AddFalseToObject(document, "request_uri_parameter_supported"));
	reply->max_age = SECONDS_CACHED;
	reply_json(reply, 200, document);
}

void jwks_answer(struct server *server, const struct request *request, struct reply *reply)
{
	(void)request;
	reply->max_age = SECONDS_CACHED;
	reply_json(reply, 200, keys_public(server->keys));
}
