/* An authorization server's document, found and read for a client that will go by it. */
#include "client/discovery/authorization_server.h"

#include "base/error_int.h"
#include "base/json.h"
#include "client/discovery/members.h"
#include "client/discovery/search.h"
#include "metadata/server_discovery.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define PLACE(member) offsetof(struct mcpauth__authorization_server, member)
#define DEFAULT_METHOD "client_secret_basic"

/* Where the browser, codes and secrets go. */
static const struct mcpauth__member endpoints[] = {
	{"authorization_endpoint", MCPAUTH__MEMBER_TEXT, PLACE(authorization_endpoint), NULL},
	{"token_endpoint", MCPAUTH__MEMBER_TEXT, PLACE(token_endpoint), NULL},
	{"registration_endpoint", MCPAUTH__MEMBER_TEXT, PLACE(registration_endpoint), NULL},
	{"revocation_endpoint", MCPAUTH__MEMBER_TEXT, PLACE(revocation_endpoint), NULL},
};

static const struct mcpauth__member members[] = {
	{"token_endpoint_auth_methods_supported", MCPAUTH__MEMBER_LIST,
		PLACE(authentication_methods), NULL},
	{"token_endpoint_auth_signing_alg_values_supported", MCPAUTH__MEMBER_LIST,
		PLACE(assertion_algorithms), NULL},
	{"scopes_supported", MCPAUTH__MEMBER_LIST, PLACE(scopes_supported), NULL},
	{"code_challenge_methods_supported", MCPAUTH__MEMBER_HAS, PLACE(has_pkce), "S256"},
	{"client_id_metadata_document_supported", MCPAUTH__MEMBER_FLAG,
		PLACE(reads_client_documents), NULL},
	{"authorization_response_iss_parameter_supported", MCPAUTH__MEMBER_FLAG,
		PLACE(names_issuer), NULL},
	{"dpop_signing_alg_values_supported", MCPAUTH__MEMBER_HAS, PLACE(takes_dpop), "ES256"},
};

/* RFC 8414 section 3.3: the same bytes. Without this a server could speak in another
 * one's name, and be brought codes and secrets that are for that one. */
static enum mcpauth_code check_issuer(
	const cJSON *json, const char *issuer, struct mcpauth_error *err)
{
	const char *named = mcpauth__json_string(json, "issuer");
	if (named == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "no issuer in it");
	}
	if (strcmp(named, issuer) != 0) {
		return mcpauth__fail(err, MCPAUTH_E_ISSUER_MISMATCH,
			"it is about the issuer \"%.60s\", not \"%.60s\"", named, issuer);
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check_endpoints(const struct mcpauth__asker *asker,
	const struct mcpauth__authorization_server *server, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < COUNT(endpoints) && code == MCPAUTH_OK; i++) {
		const char *url;
		memcpy(&url, (const char *)server + endpoints[i].offset, sizeof url);
		if (url != NULL) {
			code = mcpauth__ask_check_url(asker, url, endpoints[i].name, err);
		}
	}
	if (code == MCPAUTH_OK && server->token_endpoint == NULL) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "no token_endpoint in it");
	}
	return code;
}

/* A browser asks without a look at addresses, and what listens on this machine may do what
 * it is asked: only servers on it may send a person there. */
static enum mcpauth_code check_page(const struct mcpauth__asker *asker, const char *page,
	const char *source, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	struct mcpauth__url from = {0};
	if (page == NULL || mcpauth__worker_allows_http(asker->worker)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__url_parse(page, &url, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__url_parse(source, &from, err);
	}
	if (code == MCPAUTH_OK && mcpauth__url_may_be_this_machine(&url)
		&& !mcpauth__url_is_loopback(&from)) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA,
			"authorization_endpoint: it is on this machine, and the issuer is not");
	}
	mcpauth__url_finish(&url);
	mcpauth__url_finish(&from);
	return code;
}

/* RFC 8414 section 2: what is meant where nothing is said. */
static bool add_default_method(struct mcpauth__authorization_server *server)
{
	return server->authentication_methods.count > 0
		|| mcpauth__words_add(
			&server->authentication_methods, DEFAULT_METHOD, sizeof DEFAULT_METHOD - 1);
}

static enum mcpauth_code read_members(const struct mcpauth__asker *asker, const cJSON *json,
	struct mcpauth__authorization_server *server, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__members_read(
		json, endpoints, COUNT(endpoints), server, err);
	if (code == MCPAUTH_OK) {
		code = check_endpoints(asker, server, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__members_read(json, members, COUNT(members), server, err);
	}
	return code == MCPAUTH_OK && !add_default_method(server) ? mcpauth__no_memory(err) : code;
}

enum mcpauth_code mcpauth__authorization_server_read(const struct mcpauth__asker *asker,
	const struct mcpauth__server_document *document,
	struct mcpauth__authorization_server *server, struct mcpauth_error *err)
{
	cJSON *json = NULL;
	enum mcpauth_code code = mcpauth__members_parse(document->text, &json, err);
	if (code == MCPAUTH_OK) {
		code = check_issuer(json, document->issuer, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_members(asker, json, server, err);
	}
	if (code == MCPAUTH_OK) {
		code = check_page(asker, server->authorization_endpoint, document->source, err);
	}
	cJSON_Delete(json);
	if (code != MCPAUTH_OK) {
		return code;
	}
	server->issuer = mcpauth__strdup(document->issuer);
	server->source = mcpauth__strdup(document->source);
	/* Strict JSON has no NUL in it. */
	server->text = mcpauth__strdup(document->text->data);
	return server->issuer != NULL && server->source != NULL && server->text != NULL
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

/* RFC 8414 section 2: no query, no fragment. */
static enum mcpauth_code check_form(
	const struct mcpauth__asker *asker, const char *issuer, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__ask_check_url(asker, issuer, "the issuer", err);
	if (code == MCPAUTH_OK && strchr(issuer, '?') != NULL) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_METADATA, "the issuer has a query");
	}
	return code;
}

static enum mcpauth_code add_places(
	const char *issuer, struct mcpauth__search *search, struct mcpauth_error *err)
{
	enum mcpauth_code code;
	char *place;
	unsigned attempt = 0;
	do {
		code = mcpauth__discovery_url(
			issuer, MCPAUTH_DISCOVERY_AUTO, attempt++, &place, err);
		if (place != NULL && !mcpauth__search_add(search, place)) {
			code = mcpauth__no_memory(err);
		}
	} while (code == MCPAUTH_OK && place != NULL);
	return code;
}

enum mcpauth_code mcpauth__authorization_server_find(const struct mcpauth__asker *asker,
	const char *issuer, const char *learnt_from, struct mcpauth__authorization_server *server,
	struct mcpauth_error *err)
{
	struct mcpauth__search search = {.learnt_from = learnt_from};
	enum mcpauth_code code = check_form(asker, issuer, err);
	if (code == MCPAUTH_OK) {
		code = add_places(issuer, &search, err);
	}
	if (code != MCPAUTH_OK) {
		goto out;
	}
	code = mcpauth__search_ask(asker, &search, err);
	server->is_missing = code == MCPAUTH_E_HTTP_STATUS && search.source == NULL;
	if (code != MCPAUTH_OK) {
		goto out;
	}
	const struct mcpauth__server_document document = {issuer, search.source, &search.text};
	code = mcpauth__authorization_server_read(asker, &document, server, err);
	if (code != MCPAUTH_OK) {
		mcpauth__search_blame(&search, err);
	}
out:
	mcpauth__search_finish(&search);
	return code;
}

static bool assume_at(const char *origin, const char *path, char **endpoint)
{
	struct mcpauth__buf url = {0};
	mcpauth__buf_printf(&url, "%s%s", origin, path);
	*endpoint = mcpauth__buf_take(&url);
	return *endpoint != NULL;
}

enum mcpauth_code mcpauth__authorization_server_assume(
	const char *origin, struct mcpauth__authorization_server *server, struct mcpauth_error *err)
{
	server->is_assumed = true;
	server->has_pkce = true;
	server->issuer = mcpauth__strdup(origin);
	server->source = mcpauth__strdup(origin);
	return server->issuer != NULL && server->source != NULL && add_default_method(server)
			&& assume_at(origin, "/authorize", &server->authorization_endpoint)
			&& assume_at(origin, "/token", &server->token_endpoint)
			&& assume_at(origin, "/register", &server->registration_endpoint)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

void mcpauth__authorization_server_finish(struct mcpauth__authorization_server *server)
{
	free(server->issuer);
	free(server->source);
	free(server->text);
	free(server->authorization_endpoint);
	free(server->token_endpoint);
	free(server->registration_endpoint);
	free(server->revocation_endpoint);
	mcpauth__words_finish(&server->authentication_methods);
	mcpauth__words_finish(&server->assertion_algorithms);
	mcpauth__words_finish(&server->scopes_supported);
	*server = (struct mcpauth__authorization_server){0};
}
