/* The object itself: how it is configured, whom it can be told to believe, its log. */
#include "auth_int.h"

#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OTHER "https://other.example"
#define TWO "https://api.example/two"

static int start(void **state)
{
	struct mcpauth *auth;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = FAKE_RESOURCE;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	resource.resource = TWO;
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	*state = auth;
	return 0;
}

static int stop(void **state)
{
	mcpauth_free(*state);
	return 0;
}

static struct mcpauth_issuer_config named(const char *issuer)
{
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = issuer;
	return config;
}

static enum mcpauth_code add(
	struct mcpauth *auth, const struct mcpauth_issuer_config *config, struct mcpauth_error *err)
{
	return mcpauth_add_issuer(auth, FAKE_RESOURCE, config, err);
}

static enum mcpauth_code make(const struct mcpauth_config *config, struct mcpauth_error *err)
{
	struct mcpauth *auth = (void *)err;
	enum mcpauth_code code = mcpauth_new(config, &auth, err);
	assert_true((code == MCPAUTH_OK) == (auth != NULL));
	mcpauth_free(auth);
	return code;
}

static void is_made_with_or_without_a_configuration(void **state)
{
	(void)state;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	CHECK_OK(make(NULL, &err));
	CHECK_OK(make(&config, &err));
	config.size = offsetof(struct mcpauth_config, proxy);
	CHECK_OK(make(&config, &err));
	config.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, make(&config, &err));
	mcpauth_free(NULL);
}

static void what_lies_behind_the_size_is_not_read(void **state)
{
	(void)state;
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config plain = MCPAUTH_RESOURCE_CONFIG_INIT;
	plain.resource = "http://api.example/";
	config.insecure_allow_http = true;
	config.size = offsetof(struct mcpauth_config, insecure_allow_http);
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_URL, mcpauth_add_resource(auth, &plain, &err));
	mcpauth_free(auth);
	config.size = sizeof config;
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &plain, &err));
	mcpauth_free(auth);
}

static void refuses_what_a_newer_header_asks_for(void **state)
{
	struct {
		struct mcpauth_issuer_config known;
		const char *unknown;
	} config = {.known = MCPAUTH_ISSUER_CONFIG_INIT};
	config.known.size = sizeof config;
	config.known.issuer = FAKE_ISSUER;
	config.unknown = "something new";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config.known, &err));
	config.unknown = NULL;
	CHECK_OK(add(*state, &config.known, &err));
}

static void takes_only_urls_that_may_stand_for_an_issuer(void **state)
{
	static const struct {
		const char *issuer;
		enum mcpauth_code want;
	} rows[] = {
		{"https://as.example", MCPAUTH_OK},
		{"https://as.example/tenant/", MCPAUTH_OK},
		{"http://127.0.0.1:9000", MCPAUTH_OK},
		{"http://as.example", MCPAUTH_E_INVALID_URL},
		{"https://as.example#x", MCPAUTH_E_INVALID_URL},
		{"https://me@as.example", MCPAUTH_E_INVALID_URL},
		{"as.example", MCPAUTH_E_INVALID_URL},
		{"", MCPAUTH_E_INVALID_URL},
		{NULL, MCPAUTH_E_INVALID_ARGUMENT},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_issuer_config config = named(rows[i].issuer);
		CHECK_ROW_CODE(rows[i].issuer != NULL ? rows[i].issuer : "NULL", rows[i].want,
			add(*state, &config, &err));
	}
}

static void names_the_field_whose_url_is_bad(void **state)
{
	static const char *const fields[] = {"advertised_url", "metadata_url", "jwks_uri"};
	for (size_t i = 0; i < 3; i++) {
		struct mcpauth_error err = {0};
		struct mcpauth_issuer_config config = named(FAKE_ISSUER);
		const char **places[] = {
			&config.advertised_url, &config.metadata_url, &config.jwks_uri};
		*places[i] = "http://as.example/x";
		CHECK_ROW(fields[i], add(*state, &config, &err) == MCPAUTH_E_INVALID_URL);
		CHECK_ROW(fields[i], strncmp(err.message, fields[i], strlen(fields[i])) == 0);
	}
}

static void one_way_to_the_keys_is_enough(void **state)
{
	struct mcpauth_issuer_config config = named(FAKE_ISSUER);
	config.jwks_uri = FAKE_KEYS;
	config.metadata_url = FAKE_METADATA;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config, &err));
	config.metadata_url = NULL;
	config.metadata = "{}";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config, &err));
	config.metadata_url = FAKE_METADATA;
	config.jwks_uri = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config, &err));
	config.metadata = NULL;
	CHECK_OK(add(*state, &config, &err));
}

static void refuses_settings_that_do_not_exist(void **state)
{
	struct mcpauth_issuer_config config = named(FAKE_ISSUER);
	config.discovery = (enum mcpauth_discovery)3;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config, &err));
	config.discovery = (enum mcpauth_discovery) - 1;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config, &err));
	config.discovery = MCPAUTH_DISCOVERY_OIDC;
	config.algorithms = "RS256 HS256";
	CHECK_CODE(MCPAUTH_E_UNSUPPORTED, add(*state, &config, &err));
	config.algorithms = "none";
	CHECK_CODE(MCPAUTH_E_UNSUPPORTED, add(*state, &config, &err));
	config.algorithms = "RS256 EdDSA";
	CHECK_OK(add(*state, &config, &err));
}

#define BY_HAND(issuer, keys) "{\"issuer\":\"" issuer "\",\"jwks_uri\":\"" keys "\"}"

static void reads_metadata_by_hand_when_it_is_added(void **state)
{
	static const struct {
		const char *metadata;
		enum mcpauth_code want;
	} rows[] = {
		{"", MCPAUTH_E_INVALID_JSON},
		{"{", MCPAUTH_E_INVALID_JSON},
		{"{}", MCPAUTH_E_INVALID_METADATA},
		{"{\"issuer\":\"https://as.example\"}", MCPAUTH_E_NO_JWKS_URI},
		{BY_HAND("https://as.example/", "https://as.example/k"), MCPAUTH_E_ISSUER_MISMATCH},
		{BY_HAND("https://as.example", "http://as.example/k"), MCPAUTH_E_INVALID_URL},
		{BY_HAND("https://as.example", "ftp://as.example/k"), MCPAUTH_E_INVALID_URL},
		{BY_HAND("https://as.example", "/k"), MCPAUTH_E_INVALID_URL},
		{BY_HAND("https://as.example", "http://127.0.0.1:9000/k"), MCPAUTH_OK},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_issuer_config config = named("https://as.example");
		config.metadata = rows[i].metadata;
		CHECK_ROW_CODE(rows[i].metadata, rows[i].want, add(*state, &config, &err));
	}
}

static void keeps_an_issuer_once_for_all_resources(void **state)
{
	struct mcpauth_issuer_config config = named(FAKE_ISSUER);
	CHECK_OK(add(*state, &config, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add(*state, &config, &err));
	config.strict_type = true;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_issuer(*state, TWO, &config, &err));
	config.strict_type = false;
	config.algorithms = "RS256";
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_issuer(*state, TWO, &config, &err));
	config.algorithms = NULL;
	config.jwks_uri = FAKE_KEYS;
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_issuer(*state, TWO, &config, &err));
	config.jwks_uri = NULL;
	config.advertised_url = FAKE_ISSUER;
	CHECK_OK(mcpauth_add_issuer(*state, TWO, &config, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_add_issuer(*state, "https://unknown.example", &config, &err));
}

static bool says_yes(const struct cJSON *claims, const char *resource, void *user)
{
	(void)claims;
	(void)resource;
	(void)user;
	return true;
}

static void an_issuer_with_other_claim_rules_is_another_configuration(void **state)
{
	struct mcpauth_issuer_config usual = named(FAKE_ISSUER);
	struct mcpauth_issuer_config others[7];
	usual.max_age = 60;
	usual.required_claims = "a";
	usual.scope_claims = "b";
	usual.client_claims = "c";
	usual.subject_claims = "d";
	CHECK_OK(add(*state, &usual, &err));
	for (size_t i = 0; i < 7; i++) {
		others[i] = usual;
	}
	others[0].max_age = 61;
	others[1].required_claims = NULL;
	others[2].scope_claims = "x";
	others[3].client_claims = "x";
	others[4].subject_claims = "x";
	others[5].check_claims = says_yes;
	others[6].check_claims_user = &usual;
	for (size_t i = 0; i < 7; i++) {
		CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_issuer(*state, TWO, &others[i], &err));
	}
	CHECK_OK(mcpauth_add_issuer(*state, TWO, &usual, &err));
}

static void an_issuer_found_elsewhere_is_another_configuration(void **state)
{
	struct mcpauth_issuer_config usual = named(FAKE_ISSUER);
	struct mcpauth_issuer_config others[4];
	usual.metadata_url = FAKE_METADATA;
	usual.advertised_url = OTHER;
	CHECK_OK(add(*state, &usual, &err));
	for (size_t i = 0; i < 4; i++) {
		others[i] = usual;
	}
	others[0].metadata_url = NULL;
	others[1].metadata_url = OTHER;
	others[2].advertised_url = NULL;
	others[3].discovery = MCPAUTH_DISCOVERY_OIDC;
	for (size_t i = 0; i < 4; i++) {
		CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_add_issuer(*state, TWO, &others[i], &err));
	}
	CHECK_OK(mcpauth_add_issuer(*state, TWO, &usual, &err));
}

static void no_two_issuers_share_a_value(void **state)
{
	struct mcpauth_issuer_config config = named(FAKE_ISSUER);
	struct mcpauth_issuer_config other = named(OTHER);
	struct mcpauth_issuer_config claimed = named("https://claimed.example");
	CHECK_OK(add(*state, &config, &err));
	CHECK_OK(add(*state, &other, &err));
	CHECK_OK(mcpauth_accept_issuer_value(*state, FAKE_ISSUER, claimed.issuer, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_accept_issuer_value(*state, FAKE_ISSUER, claimed.issuer, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_accept_issuer_value(*state, OTHER, claimed.issuer, &err));
	CHECK_CODE(
		MCPAUTH_E_DUPLICATE, mcpauth_accept_issuer_value(*state, OTHER, FAKE_ISSUER, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_accept_issuer_value(*state, OTHER, OTHER, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, add(*state, &claimed, &err));
	CHECK_OK(mcpauth_accept_issuer_value(*state, OTHER, "https://free.example", &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_accept_issuer_value(*state, claimed.issuer, "https://more.example", &err));
}

static void further_values_belong_to_an_issuer_and_are_not_empty(void **state)
{
	struct mcpauth_issuer_config config = named(FAKE_ISSUER);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_accept_issuer_value(*state, FAKE_ISSUER, "v", &err));
	CHECK_OK(add(*state, &config, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER, mcpauth_accept_issuer_value(*state, NULL, "v", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_accept_issuer_value(*state, FAKE_ISSUER, "", &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_accept_issuer_value(*state, FAKE_ISSUER, NULL, &err));
	CHECK_OK(mcpauth_accept_issuer_value(*state, FAKE_ISSUER, "v", &err));
}

static void copies_what_it_is_given(void **state)
{
	(void)state;
	char issuer[] = FAKE_ISSUER;
	char keys[] = FAKE_KEYS;
	char algorithms[] = "ES256";
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth_issuer_config config = named(issuer);
	config.jwks_uri = keys;
	config.algorithms = algorithms;
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, &config);
	memset(issuer, 'x', sizeof issuer - 1);
	memset(keys, 'x', sizeof keys - 1);
	memset(algorithms, 'x', sizeof algorithms - 1);
	CHECK_OK(fake_issuer_try(fake, auth, &(struct fake_token){.lifetime = 60}, &err));
	assert_int_equal(fake_issuer_fetches(fake, FAKE_KEYS), 1);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static void is_freed_with_fetches_under_way(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	char *token = fake_issuer_token(fake, &(struct fake_token){.lifetime = 60});
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = free;
	request.user = malloc(1); /* freed by exactly one wake */
	fake_issuer_hold(fake);
	CHECK_CODE(MCPAUTH_PENDING, mcpauth_verify_start(auth, &request, &info, &pending, &err));
	mcpauth_verification_free(pending);
	mcpauth_free(auth);
	fake_issuer_free(fake);
	free(token);
}

static void writes_to_the_log_it_was_made_with(void **state)
{
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	mcpauth_log(auth, MCPAUTH_LOG_INFO, MCPAUTH_E_EXPIRED, "7", "a stage's own line");
	assert_true(fake_issuer_logged(fake, "3 MCPAUTH_E_EXPIRED a stage's own line\n"));
	mcpauth_log(*state, MCPAUTH_LOG_INFO, MCPAUTH_E_EXPIRED, NULL, "to nobody");
	assert_false(fake_issuer_logged(fake, "to nobody"));
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

/* What the ready log function prints. */
static void print_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	void *loudest, char text[256])
{
	FILE *file = tmpfile();
	assert_non_null(file);
	fflush(stderr);
	int own = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	mcpauth_log_stderr(level, code, request, "a line", loudest);
	fflush(stderr);
	dup2(own, STDERR_FILENO);
	close(own);
	rewind(file);
	text[fread(text, 1, 255, file)] = '\0';
	fclose(file);
}

static void prints_lines_as_loud_as_wanted(void **state)
{
	(void)state;
	enum mcpauth_level all = MCPAUTH_LOG_DEBUG;
	char text[256];
	print_line(MCPAUTH_LOG_WARNING, MCPAUTH_E_TIMEOUT, "r7", NULL, text);
	assert_string_equal(text, "mcpauth warning: MCPAUTH_E_TIMEOUT: r7 a line\n");
	print_line(MCPAUTH_LOG_ERROR, MCPAUTH_OK, NULL, NULL, text);
	assert_string_equal(text, "mcpauth error: a line\n");
	print_line(MCPAUTH_LOG_INFO, MCPAUTH_OK, NULL, NULL, text);
	assert_string_equal(text, "");
	print_line(MCPAUTH_LOG_DEBUG, MCPAUTH_OK, NULL, &all, text);
	assert_string_equal(text, "mcpauth debug: a line\n");
	print_line((enum mcpauth_level)5, MCPAUTH_OK, NULL, &all, text);
	assert_string_equal(text, "");
}

static void refuses_none_where_it_means_nothing(void **state)
{
	(void)state;
	struct mcpauth *auth;
	for (int field = 0; field < 3; field++) {
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		unsigned *const fields[] = {
			&config.deadline_ms, &config.waiting_limit, &config.token_cache_entries};
		*fields[field] = MCPAUTH_NONE;
		CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_new(&config, &auth, &err));
		assert_null(auth);
		*fields[field] = 16;
		CHECK_OK(mcpauth_new(&config, &auth, &err));
		mcpauth_free(auth);
	}
}

static void keeps_renewal_times_within_bounds(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		unsigned fresh;
		unsigned cooldown;
		unsigned stale;
		enum mcpauth_code want;
	} rows[] = {
		{"stale for a day", 0, 0, 86400, MCPAUTH_OK},
		{"stale for longer", 0, 0, 86401, MCPAUTH_E_INVALID_ARGUMENT},
		{"never stale", 0, 0, MCPAUTH_NONE, MCPAUTH_OK},
		{"the defaults", 0, 0, 0, MCPAUTH_OK},
		{"the shortest", 60, 10, 0, MCPAUTH_OK},
		{"the longest fresh", 3600, 0, 0, MCPAUTH_OK},
		{"a long cooldown", 0, 86400, 0, MCPAUTH_OK},
		{"renewed too often", 59, 0, 0, MCPAUTH_E_INVALID_ARGUMENT},
		{"renewed too seldom", 3601, 0, 0, MCPAUTH_E_INVALID_ARGUMENT},
		{"never fresh", MCPAUTH_NONE, 0, 0, MCPAUTH_E_INVALID_ARGUMENT},
		{"fetched too often", 0, 9, 0, MCPAUTH_E_INVALID_ARGUMENT},
		{"without a cooldown", 0, MCPAUTH_NONE, 0, MCPAUTH_E_INVALID_ARGUMENT},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		config.fresh_seconds = rows[i].fresh;
		config.cooldown_seconds = rows[i].cooldown;
		config.stale_seconds = rows[i].stale;
		CHECK_ROW_CODE(rows[i].label, rows[i].want, make(&config, &err));
	}
}

static void nothing_is_added_once_a_token_was_verified(void **state)
{
	(void)state;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = named("https://other.example");
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	resource.resource = "https://api.example/other";
	CHECK_OK(mcpauth_add_audience(auth, FAKE_RESOURCE, FAKE_RESOURCE, &err));
	CHECK_OK(fake_issuer_try(fake, auth, &(struct fake_token){.lifetime = 60}, &err));
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_add_resource(auth, &resource, &err));
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_add_issuer(auth, FAKE_RESOURCE, &issuer, &err));
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_add_audience(auth, FAKE_RESOURCE, "a", &err));
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_add_recipient(auth, FAKE_RESOURCE, "a", &err));
	CHECK_CODE(MCPAUTH_E_IN_USE,
		mcpauth_add_translation(auth, FAKE_RESOURCE, "resource_name#de", "a", &err));
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_accept_issuer_value(auth, FAKE_ISSUER, "v", &err));
	struct mcpauth *next;
	CHECK_OK(mcpauth_new_successor(auth, &next, &err));
	CHECK_OK(mcpauth_add_resource(next, &resource, &err));
	mcpauth_free(next);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static void an_issuer_has_no_query(void **state)
{
	struct mcpauth_issuer_config config = named("https://as.example/x?tenant=1");
	CHECK_CODE(MCPAUTH_E_INVALID_URL, add(*state, &config, &err));
	config.issuer = "https://as.example/x";
	CHECK_CODE(MCPAUTH_OK, add(*state, &config, &err));
}

static bool leave_it(struct cJSON *metadata, void *user)
{
	(void)metadata, (void)user;
	return true;
}

static void only_metadata_can_be_transpiled(void **state)
{
	struct mcpauth_issuer_config config = named("https://as.example");
	config.jwks_uri = "https://as.example/keys";
	config.transpile = leave_it;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, add(*state, &config, &err));
	config.jwks_uri = NULL;
	CHECK_CODE(MCPAUTH_OK, add(*state, &config, &err));
}

static void plain_http_is_said_loudly(void **state)
{
	(void)state;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct fake_issuer *fake = fake_issuer_new();
	mcpauth_free(fake_issuer_auth(fake, &config, NULL));
	assert_false(fake_issuer_logged(fake, "PLAIN HTTP"));
	config.insecure_allow_http = true;
	mcpauth_free(fake_issuer_auth(fake, &config, NULL));
	assert_true(fake_issuer_logged(fake, "2 MCPAUTH_OK PLAIN HTTP IS ALLOWED"));
	fake_issuer_free(fake);
}

/* What an answer's own max-age makes of them is net/document.c's. */
static void no_time_is_longer_than_keys_may_serve(void **state)
{
	(void)state;
	static const struct {
		unsigned stale;
		unsigned fresh, least, most;
	} rows[] = {
		{0, 600, 60, 3600},
		{7200, 600, 60, 3600},
		{300, 300, 60, 300},
		{30, 30, 30, 30},
		{MCPAUTH_NONE, 600, 60, 3600},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth *auth;
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		config.stale_seconds = rows[i].stale;
		CHECK_OK(mcpauth_new(&config, &auth, &err));
		assert_int_equal(auth->runtime->times.fresh, rows[i].fresh);
		assert_int_equal(auth->runtime->times.fresh_min, rows[i].least);
		assert_int_equal(auth->runtime->times.fresh_max, rows[i].most);
		mcpauth_free(auth);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_made_with_or_without_a_configuration),
		TEST(what_lies_behind_the_size_is_not_read),
		TEST(refuses_what_a_newer_header_asks_for),
		TEST(takes_only_urls_that_may_stand_for_an_issuer),
		TEST(names_the_field_whose_url_is_bad),
		TEST(one_way_to_the_keys_is_enough),
		TEST(refuses_none_where_it_means_nothing),
		TEST(keeps_renewal_times_within_bounds),
		TEST(nothing_is_added_once_a_token_was_verified),
		TEST(an_issuer_has_no_query),
		TEST(only_metadata_can_be_transpiled),
		TEST(plain_http_is_said_loudly),
		TEST(refuses_settings_that_do_not_exist),
		TEST(reads_metadata_by_hand_when_it_is_added),
		TEST(keeps_an_issuer_once_for_all_resources),
		TEST(an_issuer_with_other_claim_rules_is_another_configuration),
		TEST(an_issuer_found_elsewhere_is_another_configuration),
		TEST(no_two_issuers_share_a_value),
		TEST(further_values_belong_to_an_issuer_and_are_not_empty),
		TEST(copies_what_it_is_given),
		TEST(is_freed_with_fetches_under_way),
		TEST(writes_to_the_log_it_was_made_with),
		TEST(prints_lines_as_loud_as_wanted),
		TEST(no_time_is_longer_than_keys_may_serve),
	};
	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
