/* Settings files that name introspection endpoints and static tokens. */
#include "settings/settings_int.h"

#include "support/check.h"
#include "support/fake_issuer.h"

#include <mcpauth/mcpauth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDPOINT "https://as.example/introspect"
#define OTHER "https://api.example/other"
#define ACTIVE "{\"active\":true,\"sub\":\"alice\",\"aud\":\"" FAKE_RESOURCE "\"}"

/* A file with one resource, one issuer, and this for its introspection: from line 3 on. */
#define ISSUER_WITH(members) "{\"issuer\":\"" FAKE_ISSUER "\",\n\"introspection\": {" members "}}"
#define RESOURCE_WITH(identifier, members) \
	"{\"resource\":\"" identifier "\",\"issuers\":[\n" ISSUER_WITH(members) "]}"
#define FILE_WITH(members) "{\"resources\": [" RESOURCE_WITH(FAKE_RESOURCE, members) "]}"
#define TWO_WITH(first, second) \
	"{\"resources\": [" RESOURCE_WITH(FAKE_RESOURCE, first) ",\n" RESOURCE_WITH( \
		OTHER, second) "]}"
#define ASKED "\"endpoint\":\"" ENDPOINT "\",\"client_id\":\"us\","
#define SECRET "\"client_secret\":\"secret\""

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char path[128];
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fixture->fake = fake_issuer_new();
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, ACTIVE);
	const char *folder = getenv("TMPDIR");
	snprintf(fixture->path, sizeof fixture->path, "%.100s/secret-XXXXXX",
		folder == NULL ? "/tmp" : folder);
	int file = mkstemp(fixture->path);
	assert_true(file >= 0);
	assert_int_equal(write(file, "from-a-file\n", 12), 12);
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

/** Make the library anew, as a file says. */
static enum mcpauth_code configure(
	struct fixture *fixture, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_settings *settings;
	mcpauth_free(fixture->auth);
	fixture->auth = NULL;
	enum mcpauth_code code = mcpauth_settings_parse(text, strlen(text), &settings, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	fake_issuer_configure(fixture->fake, &config);
	CHECK_OK(mcpauth_new(&config, &fixture->auth, &err));
	code = mcpauth_configure(fixture->auth, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static enum mcpauth_code bring(
	struct fixture *fixture, const char *resource, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, resource, token, &info, err);
	assert_true(code != MCPAUTH_OK || strcmp(mcpauth_auth_info_subject(info), "alice") == 0);
	mcpauth_auth_info_free(info);
	return code;
}

static void every_field_can_be_said(void **state)
{
	(void)state;
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	struct mcpauth__settings_filling filling = {
		.members = mcpauth__settings_introspection,
		.to = &config,
		.size = sizeof config,
	};
	cJSON *json = cJSON_Parse(
		"{\"endpoint\":\"a\",\"authentication\":\"private_key_jwt\",\"client_id\":\"b\","
		"\"client_secret\":\"c\",\"client_secret_file\":\"d\",\"private_key\":\"e\","
		"\"private_key_file\":\"f\",\"key_id\":\"g\",\"key_algorithm\":\"h\","
		"\"assertion_audience\":\"i\",\"bearer_token\":\"j\",\"bearer_token_file\":\"k\","
		"\"accept_active_as_audience\":true,\"introspect_jwts\":true,"
		"\"require_signed_answers\":true,\"cache_seconds\":1,\"inactive_seconds\":0,"
		"\"cache_entries\":3,\"concurrency\":4}");
	CHECK_OK(mcpauth__settings_fill(&filling, json, &err));
	const char *const texts[] = {config.endpoint, config.client_id, config.client_secret,
		config.client_secret_file, config.private_key, config.private_key_file,
		config.key_id, config.key_algorithm, config.assertion_audience, config.bearer_token,
		config.bearer_token_file};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_true(texts[i][0] == "abcdefghijk"[i] && texts[i][1] == '\0');
	}
	assert_int_equal(config.authentication, MCPAUTH_PRIVATE_KEY_JWT);
	assert_true(config.accept_active_as_audience && config.introspect_jwts
		&& config.require_signed_answers);
	assert_int_equal(config.cache_seconds, 1);
	assert_int_equal(config.inactive_seconds, MCPAUTH_NONE);
	assert_int_equal(config.cache_entries, 3);
	assert_int_equal(config.concurrency, 4);
	cJSON_Delete(json);
}

static const struct {
	const char *label;
	const char *text;
	const char *authorization;
	const char *form; /* behind the token */
} ways[] = {
	{"basic, as by default", FILE_WITH(ASKED SECRET), "Basic dXM6c2VjcmV0", ""},
	{"basic", FILE_WITH(ASKED SECRET ",\"authentication\":\"client_secret_basic\""),
		"Basic dXM6c2VjcmV0", ""},
	{"post", FILE_WITH(ASKED SECRET ",\"authentication\":\"client_secret_post\""), "",
		"&client_id=us&client_secret=secret"},
	{"none", FILE_WITH(ASKED "\"authentication\":\"none\""), "", "&client_id=us"},
	{"bearer", FILE_WITH(ASKED "\"bearer_token\":\"b\",\"authentication\":\"bearer_token\""),
		"Bearer b", ""},
	{"key",
		FILE_WITH(ASKED
			"\"authentication\":\"private_key_jwt\",\"private_key\":"
			"\"-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp"
			"+K06/nwoy/HU++CXqI9EdVhC\\n-----END PRIVATE KEY-----\\n\""),
		"",
		"&client_id=us&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
		"client-assertion-type%3Ajwt-bearer&client_assertion=eyJ"},
};

static void asks_in_each_way_as_the_file_says(void **state)
{
	struct fixture *fixture = *state;
	const char begin[] = "token=opaque&token_type_hint=access_token";
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_OK, configure(fixture, ways[i].text, &err));
		CHECK_ROW_CODE(
			ways[i].label, MCPAUTH_OK, bring(fixture, FAKE_RESOURCE, "opaque", &err));
		const char *form = fake_issuer_form(fixture->fake);
		const char *rest = form + sizeof begin - 1;
		CHECK_ROW(ways[i].label, strncmp(form, begin, sizeof begin - 1) == 0);
		CHECK_ROW(ways[i].label, strncmp(rest, ways[i].form, strlen(ways[i].form)) == 0);
		CHECK_ROW(ways[i].label,
			strcmp(fake_issuer_authorization(fixture->fake), ways[i].authorization)
				== 0);
	}
}

static void reads_a_secret_from_a_file(void **state)
{
	struct fixture *fixture = *state;
	char text[512];
	snprintf(
		text, sizeof text, FILE_WITH(ASKED "\"client_secret_file\":\"%s\""), fixture->path);
	CHECK_OK(configure(fixture, text, &err));
	CHECK_OK(bring(fixture, FAKE_RESOURCE, "opaque", &err));
	/* us:from-a-file */
	assert_string_equal(fake_issuer_authorization(fixture->fake), "Basic dXM6ZnJvbS1hLWZpbGU=");
	unlink(fixture->path);
	CHECK_CODE(MCPAUTH_E_FILE, configure(fixture, text, &err));
}

static void write_secret(const struct fixture *fixture, const char *secret)
{
	FILE *file = fopen(fixture->path, "w");
	assert_non_null(file);
	assert_true(fputs(secret, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* As a reload does it. */
static void succeed(struct fixture *fixture, const char *text)
{
	struct mcpauth *successor;
	struct mcpauth_settings *settings;
	CHECK_OK(mcpauth_settings_parse(text, strlen(text), &settings, &err));
	CHECK_OK(mcpauth_new_successor(fixture->auth, &successor, &err));
	CHECK_OK(mcpauth_configure(successor, settings, &err));
	mcpauth_settings_free(settings);
	mcpauth_free(fixture->auth);
	fixture->auth = successor;
}

static void a_successor_asks_anew_with_the_secret_that_is_there_then(void **state)
{
	struct fixture *fixture = *state;
	char text[512];
	snprintf(
		text, sizeof text, FILE_WITH(ASKED "\"client_secret_file\":\"%s\""), fixture->path);
	CHECK_OK(configure(fixture, text, &err));
	CHECK_OK(bring(fixture, FAKE_RESOURCE, "opaque", &err));
	write_secret(fixture, "secret\n");
	CHECK_OK(bring(fixture, FAKE_RESOURCE, "opaque", &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, ENDPOINT), 1);
	succeed(fixture, text);
	CHECK_OK(bring(fixture, FAKE_RESOURCE, "opaque", &err));
	assert_int_equal(fake_issuer_fetches(fixture->fake, ENDPOINT), 2);
	assert_string_equal(fake_issuer_authorization(fixture->fake), "Basic dXM6c2VjcmV0");
}

static void an_issuer_of_two_resources_is_told_once_how_it_is_asked(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(configure(fixture, TWO_WITH(ASKED SECRET, ASKED SECRET), &err));
	CHECK_OK(bring(fixture, FAKE_RESOURCE, "opaque", &err));
	CHECK_CODE(MCPAUTH_E_AUDIENCE, bring(fixture, OTHER, "opaque", &err));
}

/** What is wrong, each with its line. */
static const struct {
	const char *label;
	const char *text;
	enum mcpauth_code code;
	const char *begin; /* of the message */
} refusals[] = {
	{"a good one", FILE_WITH(ASKED SECRET), MCPAUTH_OK, ""},
	{"a misspelt member", FILE_WITH(ASKED "\n\"client_secrets\":\"x\""),
		MCPAUTH_E_INVALID_SETTINGS,
		"line 4: \"client_secrets\" is not known here (did you mean client_secret?)"},
	{"no object",
		"{\"resources\": [{\"resource\":\"a\",\"issuers\":[{\"issuer\":\"x\",\n"
		"\"introspection\":true}]}]}",
		MCPAUTH_E_INVALID_SETTINGS, "line 2: introspection is not an object"},
	{"an unknown way", FILE_WITH(ASKED SECRET ",\n\"authentication\":\"basic\""),
		MCPAUTH_E_INVALID_SETTINGS,
		"line 4: authentication is not one of \"client_secret_basic\", "
		"\"client_secret_post\", \"none\", \"private_key_jwt\", \"bearer_token\""},
	{"kept for a day", FILE_WITH(ASKED SECRET ",\n\"cache_seconds\":86400"),
		MCPAUTH_E_INVALID_SETTINGS,
		"line 4: cache_seconds is not a whole number from 0 to 3600"},
	{"inactive for long", FILE_WITH(ASKED SECRET ",\n\"inactive_seconds\":61"),
		MCPAUTH_E_INVALID_SETTINGS,
		"line 4: inactive_seconds is not a whole number from 0 to 60"},
	{"all at once", FILE_WITH(ASKED SECRET ",\n\"concurrency\":65"), MCPAUTH_E_INVALID_SETTINGS,
		"line 4: concurrency is not a whole number from 1 to 64"},
	{"nobody asks", FILE_WITH("\"endpoint\":\"" ENDPOINT "\""), MCPAUTH_E_INVALID_ARGUMENT,
		"line 3: client_id is needed"},
	{"over plain http",
		FILE_WITH("\"client_id\":\"us\"," SECRET ",\n\"endpoint\":\"http://as.example/i\""),
		MCPAUTH_E_INVALID_URL, "line 4: endpoint: "},
	{"no such file", FILE_WITH(ASKED "\n\"client_secret_file\":\"/nowhere/secret\""),
		MCPAUTH_E_FILE, "line 4: client_secret_file: secret: "},
	{"a key that is none",
		FILE_WITH(ASKED "\"authentication\":\"private_key_jwt\",\n\"private_key\":\"x\""),
		MCPAUTH_E_INVALID_ARGUMENT, "line 4: private_key: "},
	{"for two resources in two ways", TWO_WITH(ASKED SECRET, ASKED "\"client_secret\":\"x\""),
		MCPAUTH_E_DUPLICATE, "line 6: the issuer has introspection already"},
	{"a static token",
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\","
		"\"static_tokens\":[{\"token\":\"t\",\"claims\":{}}]}]}",
		MCPAUTH_OK, ""},
	{"one without claims",
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\","
		"\"static_tokens\":[\n{\"token\":\"t\"}]}]}",
		MCPAUTH_E_INVALID_SETTINGS, "line 2: \"claims\" is missing here"},
	{"one with its claims as a text",
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\","
		"\"static_tokens\":[{\"token\":\"t\",\n"
		"\"claims\":\"{}\"}]}]}",
		MCPAUTH_E_INVALID_SETTINGS, "line 2: claims is not an object"},
	{"one with a blank",
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\","
		"\"static_tokens\":[\n{\"token\":\"t t\",\"claims\":{}}]}]}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: a static token is "},
	{"one with claims of a wrong type",
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\","
		"\"static_tokens\":[{\"token\":\"t\",\n\"claims\":{\"exp\":\"soon\"}}]}]}",
		MCPAUTH_E_INVALID_ARGUMENT, "line 2: claims: "},
	{"one twice",
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\","
		"\"static_tokens\":[{\"token\":\"t\",\"claims\":{}},\n"
		"{\"token\":\"t\",\"claims\":{}}]}]}",
		MCPAUTH_E_DUPLICATE, "line 2: the resource has this static token already"},
};

static void says_what_is_wrong_and_where(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct mcpauth_error got = {0};
		const char *begin = refusals[i].begin;
		enum mcpauth_code code = configure(fixture, refusals[i].text, &got);
		if (code != refusals[i].code || got.code != code
			|| strncmp(got.message, begin, strlen(begin)) != 0) {
			print_error("%s: %d \"%s\"\n", refusals[i].label, (int)code, got.message);
			fail();
		}
	}
}

static void a_static_token_is_who_its_claims_say(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(configure(fixture,
		"{\"resources\": [{\"resource\":\"" FAKE_RESOURCE "\",\"static_tokens\":"
		"[{\"token\":\"for-alice\",\"claims\":{\"sub\":\"alice\"}}]}]}",
		&err));
	assert_true(fake_issuer_logged(fixture->fake, "A STATIC TOKEN OPENS"));
	CHECK_OK(bring(fixture, FAKE_RESOURCE, "for-alice", &err));
	struct mcpauth_auth_info *info;
	assert_true(
		mcpauth_verify(fixture->auth, FAKE_RESOURCE, "for-bob", &info, NULL) != MCPAUTH_OK);
	assert_null(info);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_can_be_said),
		TEST(asks_in_each_way_as_the_file_says),
		TEST(reads_a_secret_from_a_file),
		TEST(a_successor_asks_anew_with_the_secret_that_is_there_then),
		TEST(an_issuer_of_two_resources_is_told_once_how_it_is_asked),
		TEST(says_what_is_wrong_and_where),
		TEST(a_static_token_is_who_its_claims_say),
	};
	return cmocka_run_group_tests_name("settings_introspection", tests, NULL, NULL);
}
