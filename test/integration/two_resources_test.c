/* Two resources on one server: each has its metadata, its issuer and its scopes,
 * and the tokens of the one never open the other. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include <cjson/cJSON.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALPHA "https://mcp.example.com/alpha"
#define BETA "https://mcp.example.com/beta"
#define ISSUER_OF_ALPHA "https://alpha.issuer.example"
#define ISSUER_OF_BETA "https://beta.issuer.example"
#define WELL_KNOWN "/.well-known/oauth-protected-resource"

/* A resource, and where the server has it. */
struct place {
	const char *resource;
	const char *path; /* NULL: only its metadata is there */
	const char *scopes;
	const char *issuer;
	unsigned key; /* the number of the issuer's key */
};

static const struct place apart[] = {
	{ALPHA, "/alpha", "alpha:read", ISSUER_OF_ALPHA, 0},
	{BETA, "/beta", "beta:read", ISSUER_OF_BETA, 1},
};

/* What separates these two is the audience alone. */
static const struct place sharing[] = {
	{ALPHA, "/alpha", "read", ISSUER_OF_ALPHA, 0},
	{BETA, "/beta", "read", ISSUER_OF_ALPHA, 0},
};

static const struct place tenants[] = {
	{"https://mcp.example.com/mcp?tenant=1", NULL, "one", ISSUER_OF_ALPHA, 0},
	{"https://mcp.example.com/mcp?tenant=2", NULL, "two", ISSUER_OF_BETA, 1},
};

struct fixture {
	char *keys[2];
	struct loopback_page pages[2];
	struct loopback *issuers;
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	struct MHD_Daemon *mhd;
	unsigned port;
	struct http_client *client;
	struct http_response response;
};

static void start_issuers(struct fixture *fixture)
{
	static const char *const paths[] = {"/0", "/1"};
	for (unsigned i = 0; i < 2; i++) {
		fixture->keys[i] = test_key_jwks(test_key("ES256", i), "k");
		fixture->pages[i] = (struct loopback_page){
			.path = paths[i], .status = 200, .body = fixture->keys[i]};
	}
	fixture->issuers = loopback_new(fixture->pages, 2);
}

static void declare(struct fixture *fixture, const struct place *place)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	char uri[64];
	snprintf(uri, sizeof uri, "http://127.0.0.1:%u/%u", loopback_port(fixture->issuers),
		place->key);
	resource.resource = place->resource;
	resource.scopes_supported = place->scopes;
	issuer.issuer = place->issuer;
	issuer.jwks_uri = uri;
	CHECK_OK(mcpauth_add_resource(fixture->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(fixture->auth, place->resource, &issuer, &err));
}

static void protect(struct fixture *fixture, const struct place *place)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.resource = place->resource;
	policy.scopes = place->scopes;
	if (place->path != NULL) {
		CHECK_OK(mcpauth_chain_protect(fixture->chain, place->path, &policy, &err));
	}
}

static void start_mhd(struct fixture *fixture)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	mcpauth_chain_set_handler(fixture->chain, daemon_handler, NULL);
	fixture->mhd = MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_POLL_INTERNAL_THREAD, 0, NULL,
		NULL, mcpauth_mhd_handler, fixture->chain, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&address, MHD_OPTION_ARRAY, mcpauth_mhd_options(fixture->chain),
		MHD_OPTION_END);
	assert_non_null(fixture->mhd);
	fixture->port = MHD_get_daemon_info(fixture->mhd, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static struct fixture *fixture_new(const struct place *places)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	start_issuers(fixture);
	CHECK_OK(mcpauth_new(NULL, &fixture->auth, &err));
	for (int i = 0; i < 2; i++) {
		declare(fixture, &places[i]);
	}
	CHECK_OK(mcpauth_chain_new(fixture->auth, NULL, &fixture->chain, &err));
	for (int i = 0; i < 2; i++) {
		protect(fixture, &places[i]);
	}
	start_mhd(fixture);
	fixture->client = http_client_new(fixture->port);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	http_response_finish(&fixture->response);
	mcpauth_chain_drain(fixture->chain, 5000);
	MHD_stop_daemon(fixture->mhd);
	mcpauth_chain_free(fixture->chain);
	mcpauth_free(fixture->auth);
	loopback_free(fixture->issuers);
	free(fixture->keys[0]);
	free(fixture->keys[1]);
	free(fixture);
}

static unsigned get(struct fixture *fixture, const char *path, const char *token)
{
	assert_true(http_client_get(fixture->client, path, token));
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	return fixture->response.status;
}

/* What a token says, and who signed it. */
struct wanted {
	const char *issuer;
	const char *audience; /* JSON */
	const char *scopes;
	unsigned key;
};

static char *sign(const struct wanted *wanted)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"%s\",\"aud\":%s,\"scope\":\"%s\",\"sub\":\"me\",\"exp\":%lld}",
		wanted->issuer, wanted->audience, wanted->scopes, (long long)time(NULL) + 3600);
	return test_key_sign(test_key("ES256", wanted->key),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}

static unsigned try(struct fixture *fixture, const char *path, const struct wanted *wanted)
{
	char *token = sign(wanted);
	unsigned status = get(fixture, path, token);
	free(token);
	return status;
}

static char *token_of(const struct place *place)
{
	char audience[128];
	struct wanted wanted = {place->issuer, audience, place->scopes, place->key};
	snprintf(audience, sizeof audience, "\"%s\"", place->resource);
	return sign(&wanted);
}

static void check_document(struct fixture *fixture, const char *path, const struct place *place)
{
	CHECK_ROW(path, get(fixture, path, NULL) == 200);
	cJSON *json = cJSON_Parse(fixture->response.body);
	const cJSON *issuers = cJSON_GetObjectItem(json, "authorization_servers");
	const cJSON *scopes = cJSON_GetObjectItem(json, "scopes_supported");
	assert_string_equal(
		cJSON_GetStringValue(cJSON_GetObjectItem(json, "resource")), place->resource);
	assert_int_equal(cJSON_GetArraySize(issuers), 1);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(issuers, 0)), place->issuer);
	assert_int_equal(cJSON_GetArraySize(scopes), 1);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(scopes, 0)), place->scopes);
	cJSON_Delete(json);
}

static void each_has_its_metadata_at_its_own_path(void **state)
{
	(void)state;
	struct fixture *fixture = fixture_new(apart);
	check_document(fixture, WELL_KNOWN "/alpha", &apart[0]);
	check_document(fixture, WELL_KNOWN "/beta", &apart[1]);
	assert_int_equal(get(fixture, WELL_KNOWN, NULL), 404);
	fixture_free(fixture);
}

static void each_challenge_leads_to_its_own_metadata(void **state)
{
	(void)state;
	struct fixture *fixture = fixture_new(apart);
	char value[512];
	assert_int_equal(get(fixture, "/alpha", NULL), 401);
	assert_true(
		http_response_field(&fixture->response, "WWW-Authenticate", value, sizeof value));
	assert_string_equal(value,
		"Bearer resource_metadata=\"https://mcp.example.com" WELL_KNOWN "/alpha\","
		" scope=\"alpha:read\"");
	assert_int_equal(get(fixture, "/beta", NULL), 401);
	assert_true(
		http_response_field(&fixture->response, "WWW-Authenticate", value, sizeof value));
	assert_string_equal(value,
		"Bearer resource_metadata=\"https://mcp.example.com" WELL_KNOWN "/beta\","
		" scope=\"beta:read\"");
	fixture_free(fixture);
}

/* Twice, so that what was remembered of a token at the one is seen at the other. */
static void check_that_tokens_stay(const struct place *places)
{
	struct fixture *fixture = fixture_new(places);
	char *tokens[] = {token_of(&places[0]), token_of(&places[1])};
	for (int i = 0; i < 8; i++) {
		int token = i & 1;
		int place = i >> 1 & 1;
		assert_int_equal(get(fixture, places[place].path, tokens[token]),
			token == place ? 200 : 401);
	}
	free(tokens[0]);
	free(tokens[1]);
	fixture_free(fixture);
}

static void a_token_opens_its_own_resource_and_never_the_other(void **state)
{
	(void)state;
	check_that_tokens_stay(apart);
}

static void a_token_of_a_shared_issuer_opens_its_audience_only(void **state)
{
	(void)state;
	check_that_tokens_stay(sharing);
}

static const struct {
	const char *label;
	const char *path;
	struct wanted wanted;
	unsigned status;
} rows[] = {
	{"alpha: all is right", "/alpha", {ISSUER_OF_ALPHA, "\"" ALPHA "\"", "alpha:read", 0}, 200},
	{"alpha: wrong issuer", "/alpha", {ISSUER_OF_BETA, "\"" ALPHA "\"", "alpha:read", 1}, 401},
	{"alpha: wrong audience", "/alpha", {ISSUER_OF_ALPHA, "\"" BETA "\"", "alpha:read", 0},
		401},
	{"alpha: wrong key", "/alpha", {ISSUER_OF_ALPHA, "\"" ALPHA "\"", "alpha:read", 1}, 401},
	{"alpha: wrong scope", "/alpha", {ISSUER_OF_ALPHA, "\"" ALPHA "\"", "beta:read", 0}, 403},
	{"beta: all is right", "/beta", {ISSUER_OF_BETA, "\"" BETA "\"", "beta:read", 1}, 200},
	{"beta: wrong issuer", "/beta", {ISSUER_OF_ALPHA, "\"" BETA "\"", "beta:read", 0}, 401},
	{"beta: wrong audience", "/beta", {ISSUER_OF_BETA, "\"" ALPHA "\"", "beta:read", 1}, 401},
	{"beta: wrong key", "/beta", {ISSUER_OF_BETA, "\"" BETA "\"", "beta:read", 0}, 401},
	{"beta: wrong scope", "/beta", {ISSUER_OF_BETA, "\"" BETA "\"", "alpha:read", 1}, 403},
	/* An issuer may name whom it likes; it is believed by its own resource alone. */
	{"alpha: both audiences", "/alpha",
		{ISSUER_OF_ALPHA, "[\"" ALPHA "\",\"" BETA "\"]", "alpha:read beta:read", 0}, 200},
	{"beta: both audiences", "/beta",
		{ISSUER_OF_ALPHA, "[\"" ALPHA "\",\"" BETA "\"]", "alpha:read beta:read", 0}, 401},
};

static void issuer_audience_key_and_scope_each_count(void **state)
{
	(void)state;
	struct fixture *fixture = fixture_new(apart);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].label,
			try(fixture, rows[i].path, &rows[i].wanted) == rows[i].status);
	}
	fixture_free(fixture);
}

/* RFC 9728 section 3.1: the query belongs to the metadata's URL. */
static void resources_that_differ_in_their_query_have_two_documents(void **state)
{
	(void)state;
	struct fixture *fixture = fixture_new(tenants);
	check_document(fixture, WELL_KNOWN "/mcp?tenant=1", &tenants[0]);
	check_document(fixture, WELL_KNOWN "/mcp?tenant=2", &tenants[1]);
	check_document(fixture, WELL_KNOWN "/mcp?tenant=1", &tenants[0]);
	assert_int_equal(get(fixture, WELL_KNOWN "/mcp?tenant=3", NULL), 404);
	assert_int_equal(get(fixture, WELL_KNOWN "/mcp", NULL), 404);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_metadata_at_its_own_path),
		cmocka_unit_test(each_challenge_leads_to_its_own_metadata),
		cmocka_unit_test(a_token_opens_its_own_resource_and_never_the_other),
		cmocka_unit_test(a_token_of_a_shared_issuer_opens_its_audience_only),
		cmocka_unit_test(issuer_audience_key_and_scope_each_count),
		cmocka_unit_test(resources_that_differ_in_their_query_have_two_documents),
	};
	return cmocka_run_group_tests_name("two_resources", tests, NULL, NULL);
}
