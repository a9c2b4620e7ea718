/* Authorization servers' metadata: every way to get it, changed, given out. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <cjson/cJSON.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TENANT "https://as.example/tenant"
#define TENANT_OAUTH "https://as.example/.well-known/oauth-authorization-server/tenant"
#define TENANT_OIDC_INSERTED "https://as.example/.well-known/openid-configuration/tenant"
#define TENANT_OIDC "https://as.example/tenant/.well-known/openid-configuration"
/* Both documents below the issuer, as some providers have it. */
#define TENANT_BELOW TENANT "/.well-known/oauth-authorization-server"
#define DOCUMENT \
	"{\"issuer\":\"" TENANT "\",\"jwks_uri\":\"" FAKE_KEYS "\"," \
	"\"x_vendor\":{\"quota\":9007199254740993},\"a\":1}"

static const struct fake_token of_tenant = {.issuer = TENANT};

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint wakes;
};

static struct mcpauth_issuer_config tenant(void)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = TENANT;
	return issuer;
}

static void start(struct fixture *fixture, const struct mcpauth_issuer_config *issuer)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, issuer);
	atomic_init(&fixture->wakes, 0);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static struct mcpauth_metadata_request request_of(struct fixture *fixture)
{
	struct mcpauth_metadata_request request = MCPAUTH_METADATA_REQUEST_INIT;
	request.issuer = TENANT;
	request.wake = count_wake;
	request.user = fixture;
	return request;
}

static enum mcpauth_code begin(struct fixture *fixture, char **document,
	struct mcpauth_metadata_wait **pending, struct mcpauth_error *err)
{
	struct mcpauth_metadata_request request = request_of(fixture);
	*document = (void *)err;
	*pending = (void *)err;
	enum mcpauth_code code = mcpauth_metadata_start(
		fixture->auth, &request, document, pending, err);
	assert_true((code == MCPAUTH_OK) == (*document != NULL));
	assert_true((code == MCPAUTH_PENDING) == (*pending != NULL));
	return code;
}

/* Look, where nothing has to be waited for. */
static enum mcpauth_code look(struct fixture *fixture, char **document, struct mcpauth_error *err)
{
	struct mcpauth_metadata_wait *pending;
	enum mcpauth_code code = begin(fixture, document, &pending, err);
	mcpauth_metadata_wait_free(pending);
	return code;
}

static void check_shows(struct fixture *fixture, const char *label, const char *text)
{
	char *document;
	CHECK_ROW_CODE(label, MCPAUTH_OK, look(fixture, &document, &err));
	CHECK_ROW(label, strcmp(document, text) == 0);
	free(document);
}

/** Every way by which an issuer's metadata can come. */
static const struct way {
	const char *label;
	enum mcpauth_discovery discovery;
	const char *metadata_url;
	const char *place; /* where the document is published; NULL: by hand */
	bool as_struct;
} ways[] = {
	{"oauth", MCPAUTH_DISCOVERY_OAUTH, NULL, TENANT_OAUTH, false},
	{"oidc", MCPAUTH_DISCOVERY_OIDC, NULL, TENANT_OIDC, false},
	{"auto, oauth", MCPAUTH_DISCOVERY_AUTO, NULL, TENANT_OAUTH, false},
	{"auto, oidc inserted", MCPAUTH_DISCOVERY_AUTO, NULL, TENANT_OIDC_INSERTED, false},
	{"auto, oidc", MCPAUTH_DISCOVERY_AUTO, NULL, TENANT_OIDC, false},
	{"metadata_url", MCPAUTH_DISCOVERY_AUTO, TENANT_BELOW, TENANT_BELOW, false},
	{"text", MCPAUTH_DISCOVERY_AUTO, NULL, NULL, false},
	{"struct", MCPAUTH_DISCOVERY_AUTO, NULL, NULL, true},
};

#define WAYS (sizeof ways / sizeof *ways)

/* Also what `given` points at, a struct that says the same as DOCUMENT. */
static struct mcpauth_issuer_config go(const struct way *way, struct mcpauth_server_metadata *given)
{
	struct mcpauth_issuer_config issuer = tenant();
	*given = (struct mcpauth_server_metadata)MCPAUTH_SERVER_METADATA_INIT;
	given->jwks_uri = FAKE_KEYS;
	given->more = "{\"x_vendor\":{\"quota\":1},\"a\":1}";
	issuer.discovery = way->discovery;
	issuer.metadata_url = way->metadata_url;
	issuer.metadata = way->place == NULL && !way->as_struct ? DOCUMENT : NULL;
	issuer.server_metadata = way->as_struct ? given : NULL;
	return issuer;
}

static void start_way(
	struct fixture *fixture, const struct way *way, mcpauth_transpile_fn transpile, void *user)
{
	struct mcpauth_server_metadata given;
	struct mcpauth_issuer_config issuer = go(way, &given);
	issuer.transpile = transpile;
	issuer.transpile_user = user;
	start(fixture, &issuer);
	if (way->place != NULL) {
		fake_issuer_publish(fixture->fake, way->place, 200, DOCUMENT);
	}
}

static void is_given_out_whole_in_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct fixture fixture;
		start_way(&fixture, &ways[i], NULL, NULL);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK,
			fake_issuer_try(fixture.fake, fixture.auth, &of_tenant, &err));
		check_shows(&fixture, ways[i].label,
			ways[i].as_struct ? "{\"issuer\":\"" TENANT "\",\"jwks_uri\":\"" FAKE_KEYS
					    "\",\"x_vendor\":{\"quota\":1},\"a\":1}"
					  : DOCUMENT);
		stop(&fixture);
	}
}

static void is_fetched_at_first_need_or_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct fixture fixture;
		char *document;
		start_way(&fixture, &ways[i], NULL, NULL);
		CHECK_ROW(ways[i].label, fake_issuer_fetches(fixture.fake, NULL) == 0);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK, look(&fixture, &document, &err));
		free(document);
		CHECK_ROW(ways[i].label, fake_issuer_fetches(fixture.fake, FAKE_KEYS) == 0);
		stop(&fixture);
		start_way(&fixture, &ways[i], NULL, NULL);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK, mcpauth_prefetch(fixture.auth, &err));
		unsigned fetches = fake_issuer_fetches(fixture.fake, NULL);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK, look(&fixture, &document, &err));
		free(document);
		CHECK_ROW(ways[i].label, fake_issuer_fetches(fixture.fake, NULL) == fetches);
		stop(&fixture);
	}
}

#define OTHER_KEYS "https://as.example/other-keys"

/* Adds one member, drops one, changes one. */
static bool rewrite(cJSON *json, void *user)
{
	atomic_uint *calls = user;
	atomic_fetch_add(calls, 1);
	cJSON_AddStringToObject(json, "added", "b");
	cJSON_DeleteItemFromObjectCaseSensitive(json, "a");
	cJSON_ReplaceItemInObjectCaseSensitive(json, "jwks_uri", cJSON_CreateString(OTHER_KEYS));
	return true;
}

static void can_be_transpiled_in_every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct fixture fixture;
		atomic_uint calls = 0;
		char *document;
		start_way(&fixture, &ways[i], rewrite, &calls);
		fake_issuer_rotate(fixture.fake, OTHER_KEYS, "ES256", 0, "k0");
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK,
			fake_issuer_try(fixture.fake, fixture.auth, &of_tenant, &err));
		CHECK_ROW(ways[i].label, fake_issuer_fetches(fixture.fake, OTHER_KEYS) == 1);
		CHECK_ROW(ways[i].label, fake_issuer_fetches(fixture.fake, FAKE_KEYS) == 0);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK, look(&fixture, &document, &err));
		CHECK_ROW(ways[i].label, strstr(document, "\"added\":\"b\"") != NULL);
		CHECK_ROW(ways[i].label, strstr(document, "\"x_vendor\"") != NULL);
		CHECK_ROW(ways[i].label, strstr(document, "\"a\":1") == NULL);
		CHECK_ROW(ways[i].label, calls == 1);
		free(document);
		stop(&fixture);
	}
}

/* Replaces `issuer` by what the test says; refuses if that is nothing. */
static bool rename_issuer(cJSON *json, void *user)
{
	const char *issuer = user;
	cJSON *item = issuer == NULL ? NULL : cJSON_Parse(issuer);
	if (item != NULL) {
		cJSON_ReplaceItemInObjectCaseSensitive(json, "issuer", item);
	}
	return item != NULL;
}

static const struct {
	const char *issuer;
	enum mcpauth_code want;
} renames[] = {
	{NULL, MCPAUTH_E_TRANSPILE},
	{"\"https://evil.example\"", MCPAUTH_E_ISSUER_MISMATCH},
	{"7", MCPAUTH_E_INVALID_METADATA},
	{"\"" TENANT "\"", MCPAUTH_OK},
};

#define RENAMES (sizeof renames / sizeof *renames)

static void fetched_metadata_is_checked_after_the_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < RENAMES; i++) {
		struct fixture fixture;
		start_way(&fixture, &ways[0], rename_issuer, (void *)renames[i].issuer);
		CHECK_ROW_CODE(renames[i].issuer, renames[i].want,
			fake_issuer_try(fixture.fake, fixture.auth, &of_tenant, &err));
		CHECK_ROW(renames[i].issuer,
			fake_issuer_fetches(fixture.fake, FAKE_KEYS)
				== (renames[i].want == MCPAUTH_OK ? 1 : 0));
		stop(&fixture);
	}
}

static void metadata_about_another_issuer_can_be_made_to_fit(void **state)
{
	(void)state;
	struct fixture fixture;
	start_way(&fixture, &ways[0], rename_issuer, "\"" TENANT "\"");
	fake_issuer_publish(fixture.fake, TENANT_OAUTH, 200,
		"{\"issuer\":\"https://as.example/{tenantid}\",\"jwks_uri\":\"" FAKE_KEYS "\"}");
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &of_tenant, &err));
	stop(&fixture);
}

/* With two resources, and no issuer yet. */
static struct mcpauth *make_bare(void)
{
	struct mcpauth *auth;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	resource.resource = FAKE_RESOURCE;
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	resource.resource = FAKE_RESOURCE "/two";
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	return auth;
}

static void metadata_by_hand_is_checked_after_the_change(void **state)
{
	(void)state;
	struct mcpauth *auth = make_bare();
	for (size_t way = 6; way < WAYS; way++) {
		for (size_t i = 0; i + 1 < RENAMES; i++) {
			struct mcpauth_server_metadata given;
			struct mcpauth_issuer_config issuer = go(&ways[way], &given);
			issuer.transpile = rename_issuer;
			issuer.transpile_user = (void *)renames[i].issuer;
			CHECK_ROW_CODE(renames[i].issuer, renames[i].want,
				mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
		}
	}
	mcpauth_free(auth);
}

static void a_struct_is_checked_like_any_metadata(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *jwks_uri;
		const char *more;
		enum mcpauth_code want;
	} rows[] = {
		{"no keys", NULL, NULL, MCPAUTH_E_NO_JWKS_URI},
		{"http", "http://as.example/k", NULL, MCPAUTH_E_INVALID_URL},
		{"not UTF-8", "https://as.example/\xff", NULL, MCPAUTH_E_INVALID_JSON},
		{"twice", FAKE_KEYS, "{\"jwks_uri\":\"x\"}", MCPAUTH_E_INVALID_ARGUMENT},
		{"another issuer", FAKE_KEYS, "{\"issuer\":\"x\"}", MCPAUTH_E_INVALID_ARGUMENT},
		{"more is a list", FAKE_KEYS, "[]", MCPAUTH_E_INVALID_JSON},
		{"good", FAKE_KEYS, "{\"b\":[]}", MCPAUTH_OK},
	};
	struct mcpauth *auth = make_bare();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_issuer_config issuer = tenant();
		struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
		given.jwks_uri = rows[i].jwks_uri;
		given.more = rows[i].more;
		issuer.server_metadata = &given;
		CHECK_ROW_CODE(rows[i].label, rows[i].want,
			mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
	}
	mcpauth_free(auth);
}

static void one_way_to_the_metadata_is_enough(void **state)
{
	(void)state;
	struct mcpauth *auth = make_bare();
	struct mcpauth_server_metadata given = MCPAUTH_SERVER_METADATA_INIT;
	given.jwks_uri = FAKE_KEYS;
	for (int other = 0; other < 4; other++) {
		struct mcpauth_issuer_config issuer = tenant();
		issuer.server_metadata = &given;
		issuer.metadata_url = other == 0 ? TENANT_BELOW : NULL;
		issuer.metadata = other == 1 ? DOCUMENT : NULL;
		issuer.jwks_uri = other == 2 ? FAKE_KEYS : NULL;
		CHECK_CODE(other < 3 ? MCPAUTH_E_INVALID_ARGUMENT : MCPAUTH_OK,
			mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
	}
	mcpauth_free(auth);
}

static bool accept(cJSON *json, void *user)
{
	(void)json;
	(void)user;
	return true;
}

static enum mcpauth_code add_to_two(
	struct mcpauth *auth, const struct mcpauth_issuer_config *issuer, struct mcpauth_error *err)
{
	return mcpauth_add_issuer(auth, FAKE_RESOURCE "/two", issuer, err);
}

static void an_issuer_is_the_same_only_with_the_same_metadata(void **state)
{
	(void)state;
	struct mcpauth *auth = make_bare();
	struct mcpauth_server_metadata given;
	struct mcpauth_issuer_config issuer = go(&ways[7], &given);
	issuer.transpile = accept;
	issuer.transpile_user = &given;
	CHECK_OK(mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
	issuer.transpile = NULL;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add_to_two(auth, &issuer, &err));
	issuer.transpile = accept;
	issuer.transpile_user = NULL;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add_to_two(auth, &issuer, &err));
	issuer.transpile_user = &given;
	issuer.strict_metadata = true;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add_to_two(auth, &issuer, &err));
	issuer.strict_metadata = false;
	given.op_tos_uri = "https://as.example/tos";
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add_to_two(auth, &issuer, &err));
	given.op_tos_uri = NULL;
	issuer.server_metadata = NULL;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add_to_two(auth, &issuer, &err));
	issuer.server_metadata = &given;
	CHECK_OK(add_to_two(auth, &issuer, &err));
	mcpauth_free(auth);
}

static void a_private_host_of_metadata_may_name_itself_alone(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		enum mcpauth_code want;
	} rows[] = {
		{"https://10.1.2.3/keys", MCPAUTH_OK},
		{"https://10.1.2.4/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"http://10.1.2.3/keys", MCPAUTH_E_ADDRESS_REFUSED},
		{"https://keys.example/", MCPAUTH_OK},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct mcpauth_issuer_config issuer = tenant();
		char document[256];
		issuer.metadata_url = "https://10.1.2.3/about";
		snprintf(document, sizeof document, "{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}",
			TENANT, rows[i].uri);
		start(&fixture, &issuer);
		fake_issuer_publish(fixture.fake, issuer.metadata_url, 200, document);
		fake_issuer_rotate(fixture.fake, rows[i].uri, "ES256", 0, "k0");
		CHECK_ROW_CODE(rows[i].uri, rows[i].want,
			fake_issuer_try(fixture.fake, fixture.auth, &of_tenant, &err));
		stop(&fixture);
	}
}

static void metadata_urls_are_https_or_on_this_machine(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		enum mcpauth_code want;
	} rows[] = {
		{"http://as.example/about", MCPAUTH_E_INVALID_URL},
		{"http://10.1.2.3/about", MCPAUTH_E_INVALID_URL},
		{"https://as.example/about#x", MCPAUTH_E_INVALID_URL},
		{"https://me@as.example/about", MCPAUTH_E_INVALID_URL},
		{"/about", MCPAUTH_E_INVALID_URL},
		{"", MCPAUTH_E_INVALID_URL},
		{"http://127.0.0.1:9000/about", MCPAUTH_OK},
		{"https://10.1.2.3/about", MCPAUTH_OK},
		{"https://as.example/about?v=2", MCPAUTH_OK},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth *auth = make_bare();
		struct mcpauth_issuer_config issuer = tenant();
		issuer.metadata_url = rows[i].url;
		CHECK_ROW_CODE(rows[i].url, rows[i].want,
			mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
		mcpauth_free(auth);
	}
}

static void there_is_none_of_issuers_that_have_none(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_metadata_wait *pending;
	struct mcpauth_issuer_config issuer = tenant();
	char *document;
	issuer.jwks_uri = FAKE_KEYS;
	start(&fixture, &issuer);
	CHECK_CODE(MCPAUTH_E_UNSUPPORTED, look(&fixture, &document, &err));
	CHECK_CODE(MCPAUTH_E_UNSUPPORTED, mcpauth_metadata_can_start(fixture.auth, TENANT, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_metadata_can_start(fixture.auth, FAKE_ISSUER, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER, mcpauth_metadata_can_start(fixture.auth, NULL, &err));
	struct mcpauth_metadata_request request = request_of(&fixture);
	request.issuer = FAKE_ISSUER;
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_metadata_start(fixture.auth, &request, &document, &pending, &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
	stop(&fixture);
	for (size_t i = 0; i < WAYS; i++) {
		start_way(&fixture, &ways[i], NULL, NULL);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK,
			mcpauth_metadata_can_start(fixture.auth, TENANT, &err));
		assert_int_equal(fake_issuer_fetches(fixture.fake, NULL), 0);
		stop(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_given_out_whole_in_every_way),
		cmocka_unit_test(is_fetched_at_first_need_or_at_once),
		cmocka_unit_test(can_be_transpiled_in_every_way),
		cmocka_unit_test(fetched_metadata_is_checked_after_the_change),
		cmocka_unit_test(metadata_about_another_issuer_can_be_made_to_fit),
		cmocka_unit_test(metadata_by_hand_is_checked_after_the_change),
		cmocka_unit_test(a_struct_is_checked_like_any_metadata),
		cmocka_unit_test(one_way_to_the_metadata_is_enough),
		cmocka_unit_test(an_issuer_is_the_same_only_with_the_same_metadata),
		cmocka_unit_test(a_private_host_of_metadata_may_name_itself_alone),
		cmocka_unit_test(metadata_urls_are_https_or_on_this_machine),
		cmocka_unit_test(there_is_none_of_issuers_that_have_none),
	};
	return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
