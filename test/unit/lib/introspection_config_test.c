/* Letting an issuer be asked: which configurations can work, and which secrets are read. */
#include "auth_int.h"

#include "support/check.h"
#include "support/introspected.h"
#include "token/issuer_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BY_HAND "https://byhand.example"
#define KEYS_ONLY "https://keys.example"
#define NAMELESS "https://nameless.example"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char path[128];
};

static void add(struct fixture *fixture, const struct mcpauth_issuer_config *issuer)
{
	CHECK_OK(mcpauth_add_issuer(fixture->auth, FAKE_RESOURCE, issuer, &err));
}

static void add_others(struct fixture *fixture)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = BY_HAND;
	issuer.metadata = "{\"issuer\":\"" BY_HAND "\",\"jwks_uri\":\"" BY_HAND
			  "/keys\",\"introspection_endpoint\":\"http://byhand.example/i\"}";
	add(fixture, &issuer);
	issuer.issuer = NAMELESS;
	issuer.metadata = "{\"issuer\":\"" NAMELESS "\",\"jwks_uri\":\"" NAMELESS "/keys\"}";
	add(fixture, &issuer);
	issuer.issuer = KEYS_ONLY;
	issuer.metadata = NULL;
	issuer.jwks_uri = KEYS_ONLY "/keys";
	add(fixture, &issuer);
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	add_others(fixture);
	const char *folder = getenv("TMPDIR");
	snprintf(fixture->path, sizeof fixture->path, "%.100s/secret-XXXXXX",
		folder == NULL ? "/tmp" : folder);
	int file = mkstemp(fixture->path);
	assert_true(file >= 0);
	close(file);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
	unlink(fixture->path);
	free(fixture);
	return 0;
}

#define CONFIG(...) \
	{ \
		.size = sizeof(struct mcpauth_introspection_config), __VA_ARGS__ \
	}
#define KNOWN(...) CONFIG(.client_id = "me", .client_secret = "x", __VA_ARGS__)
#define ASKED(...) KNOWN(.endpoint = INTROSPECTED_ENDPOINT, __VA_ARGS__)
#define BEARER(...) \
	CONFIG(.endpoint = INTROSPECTED_ENDPOINT, .authentication = MCPAUTH_CLIENT_BEARER_TOKEN, \
		__VA_ARGS__)

static const struct {
	const char *label;
	const char *issuer; /* NULL: FAKE_ISSUER */
	struct mcpauth_introspection_config config;
	enum mcpauth_code code;
	const char *reason;
} configs[] = {
	{"endpoint", NULL, KNOWN(.endpoint = INTROSPECTED_ENDPOINT), MCPAUTH_OK, NULL},
	{"found", NULL, KNOWN(.endpoint = NULL), MCPAUTH_OK, NULL},
	{"keys only", KEYS_ONLY, KNOWN(.endpoint = NULL), MCPAUTH_E_INVALID_ARGUMENT, "endpoint"},
	{"keys only, endpoint", KEYS_ONLY, KNOWN(.endpoint = INTROSPECTED_ENDPOINT), MCPAUTH_OK,
		NULL},
	{"by hand, none named", NAMELESS, KNOWN(.endpoint = NULL), MCPAUTH_E_INVALID_ARGUMENT,
		"endpoint"},
	{"by hand, a bad one", BY_HAND, KNOWN(.endpoint = NULL), MCPAUTH_E_INVALID_URL,
		"introspection_endpoint in metadata"},
	{"by hand, endpoint", BY_HAND, KNOWN(.endpoint = INTROSPECTED_ENDPOINT), MCPAUTH_OK, NULL},
	{"http", NULL, KNOWN(.endpoint = "http://as.example/i"), MCPAUTH_E_INVALID_URL,
		"endpoint: "},
	{"http on loopback", NULL, KNOWN(.endpoint = "http://127.0.0.1:1/i"), MCPAUTH_OK, NULL},
	{"fragment", NULL, KNOWN(.endpoint = INTROSPECTED_ENDPOINT "#x"), MCPAUTH_E_INVALID_URL,
		"endpoint: "},
	{"unknown issuer", "https://nobody.example", KNOWN(.endpoint = NULL),
		MCPAUTH_E_UNKNOWN_ISSUER, "issuer"},
	{"no client", NULL, CONFIG(.endpoint = INTROSPECTED_ENDPOINT, .client_secret = "x"),
		MCPAUTH_E_INVALID_ARGUMENT, "client_id"},
	{"no secret", NULL, CONFIG(.endpoint = INTROSPECTED_ENDPOINT, .client_id = "me"),
		MCPAUTH_E_INVALID_ARGUMENT, "client_secret"},
	{"a secret for nothing", NULL, ASKED(.authentication = MCPAUTH_CLIENT_SECRET_NONE),
		MCPAUTH_E_INVALID_ARGUMENT, "client_secret"},
	{"secret twice", NULL, ASKED(.client_secret_file = "/dev/null"), MCPAUTH_E_INVALID_ARGUMENT,
		"client_secret and client_secret_file exclude"},
	{"key twice", NULL, ASKED(.private_key = "x", .private_key_file = "/dev/null"),
		MCPAUTH_E_INVALID_ARGUMENT, "private_key and private_key_file exclude"},
	{"bearer", NULL, BEARER(.bearer_token = "x"), MCPAUTH_OK, NULL},
	{"bearer twice", NULL, BEARER(.bearer_token = "x", .bearer_token_file = "/dev/null"),
		MCPAUTH_E_INVALID_ARGUMENT, "bearer_token and bearer_token_file exclude"},
	{"bearer for nobody", NULL, BEARER(.bearer_token = "x", .require_signed_answers = true),
		MCPAUTH_E_INVALID_ARGUMENT, "client_id"},
	{"bearer for somebody", NULL,
		BEARER(.bearer_token = "x", .require_signed_answers = true, .client_id = "me"),
		MCPAUTH_OK, NULL},
	{"no such file", NULL,
		CONFIG(.endpoint = INTROSPECTED_ENDPOINT, .client_id = "me",
			.client_secret_file = "/nowhere/secret"),
		MCPAUTH_E_FILE, "client_secret_file: "},
	{"key of no use", NULL,
		CONFIG(.endpoint = INTROSPECTED_ENDPOINT, .client_id = "me", .private_key = "x",
			.authentication = MCPAUTH_PRIVATE_KEY_JWT),
		MCPAUTH_E_INVALID_ARGUMENT, "key"},
	{"unknown way", NULL, ASKED(.authentication = 9), MCPAUTH_E_INVALID_ARGUMENT, "way"},
	{"an hour", NULL, ASKED(.cache_seconds = 3600), MCPAUTH_OK, NULL},
	{"more than an hour", NULL, ASKED(.cache_seconds = 3601), MCPAUTH_E_INVALID_ARGUMENT,
		"cache_seconds"},
	{"no time", NULL, ASKED(.cache_seconds = MCPAUTH_NONE, .inactive_seconds = MCPAUTH_NONE),
		MCPAUTH_OK, NULL},
	{"a minute", NULL, ASKED(.inactive_seconds = 60), MCPAUTH_OK, NULL},
	{"more than a minute", NULL, ASKED(.inactive_seconds = 61), MCPAUTH_E_INVALID_ARGUMENT,
		"inactive_seconds"},
	{"one entry", NULL, ASKED(.cache_entries = 1), MCPAUTH_OK, NULL},
	{"no entries", NULL, ASKED(.cache_entries = MCPAUTH_NONE), MCPAUTH_E_INVALID_ARGUMENT,
		"cache_entries"},
	{"64 at once", NULL, ASKED(.concurrency = 64), MCPAUTH_OK, NULL},
	{"65 at once", NULL, ASKED(.concurrency = 65), MCPAUTH_E_INVALID_ARGUMENT, "concurrency"},
	{"none at once", NULL, ASKED(.concurrency = MCPAUTH_NONE), MCPAUTH_E_INVALID_ARGUMENT,
		"concurrency"},
	{"no size", NULL, {.endpoint = INTROSPECTED_ENDPOINT}, MCPAUTH_E_INVALID_ARGUMENT, "size"},
};

static void takes_only_configurations_that_can_work(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(configs); i++) {
		struct mcpauth_error err = {0};
		const char *issuer = configs[i].issuer != NULL ? configs[i].issuer : FAKE_ISSUER;
		stop(state);
		start(state);
		fixture = *state;
		enum mcpauth_code code = mcpauth_set_introspection(
			fixture->auth, issuer, &configs[i].config, &err);
		struct mcpauth__issuer *found = mcpauth__find_issuer(fixture->auth, issuer);
		CHECK_ROW(configs[i].label, code == configs[i].code && err.code == code);
		CHECK_ROW(configs[i].label,
			configs[i].reason == NULL
				|| strstr(err.message, configs[i].reason) != NULL);
		CHECK_ROW(configs[i].label,
			(found != NULL && mcpauth__issuer_introspector(found) != NULL)
				== (code == MCPAUTH_OK));
		assert_int_equal(fake_issuer_fetches(fixture->fake, NULL), 0);
	}
}

static const struct mcpauth_introspection_config good = ASKED(.cache_seconds = 0);

static void an_issuer_has_one_at_most(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &good, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &good, &err));
	CHECK_OK(mcpauth_set_introspection(fixture->auth, KEYS_ONLY, &good, &err));
}

static void it_is_too_late_once_a_token_was_verified(void **state)
{
	struct fixture *fixture = *state;
	const struct fake_token token = {0};
	CHECK_OK(fake_issuer_try(fixture->fake, fixture->auth, &token, &err));
	CHECK_CODE(MCPAUTH_E_IN_USE,
		mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &good, &err));
	fake_issuer_reopen(fixture->auth);
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &good, &err));
}

static void fills_in_the_defaults(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &good, &err));
	const struct mcpauth_introspection_config *config = mcpauth__introspector_config(
		mcpauth__issuer_introspector(mcpauth__find_issuer(fixture->auth, FAKE_ISSUER)));
	assert_int_equal(config->cache_seconds, 60);
	assert_int_equal(config->inactive_seconds, 5);
	assert_int_equal(config->cache_entries, 4096);
	assert_int_equal(config->concurrency, 48);
	assert_string_equal(config->client_id, "me");
	assert_ptr_not_equal(config->client_id, good.client_id);
	assert_null(config->client_secret);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0 && fclose(file) == 0, true);
}

static void a_secret_may_be_in_a_file(void **state)
{
	void *asked;
	struct fixture *fixture = *state;
	write_file(fixture->path, "hush-hush\n");
	introspected_start(&asked);
	struct introspected *it = asked;
	it->config.client_secret = NULL;
	it->config.client_secret_file = fixture->path;
	introspected_make(it, NULL);
	write_file(fixture->path, "another-one");
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_string_equal(it->posts[0].authorization, "Basic bWU6aHVzaC1odXNo");
	it->config.client_secret_file = NULL;
	it->config.bearer_token_file = fixture->path;
	it->config.authentication = MCPAUTH_CLIENT_BEARER_TOKEN;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_string_equal(it->posts[1].authorization, "Bearer another-one");
	introspected_stop(&asked);
}

static void an_empty_file_is_no_secret(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_introspection_config config = good;
	config.client_secret = NULL;
	config.client_secret_file = fixture->path;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &config, &err));
	write_file(fixture->path, "x");
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &config, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_only_configurations_that_can_work),
		TEST(an_issuer_has_one_at_most),
		TEST(it_is_too_late_once_a_token_was_verified),
		TEST(fills_in_the_defaults),
		TEST(a_secret_may_be_in_a_file),
		TEST(an_empty_file_is_no_secret),
	};
	return cmocka_run_group_tests_name("introspection_config", tests, NULL, NULL);
}
