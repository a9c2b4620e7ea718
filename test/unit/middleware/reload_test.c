/* Chains that a settings file makes, with what a file cannot say: none of it is lost. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdlib.h>
#include <string.h>

#define TRUST "\"issuers\": [{\"issuer\": \"" FAKE_ISSUER "\", \"jwks_uri\": \"" FAKE_KEYS "\"}]"
#define RESOURCE "\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\", " TRUST "}]"

static const char reading[] = "{" RESOURCE
			      ", \"routes\": [{\"path\": \"/mcp\", \"scopes\": [\"read\"]}]}";
static const char included[] = "{\"resources\": [{\"resource\": \"" SERVER_RESOURCE "\", " TRUST
			       ", \"implied_scopes\": {\"read\": [\"wr*\"]}}]"
			       ", \"routes\": [{\"path\": \"/mcp\", \"scopes\": [\"write\"]}]}";
static const char writing[] = "{" RESOURCE
			      ", \"routes\": [{\"path\": \"/mcp\", \"scopes\": [\"write\"]}]}";

/* What the program does besides, and how often it did. */
struct besides {
	bool allows; /* what the check of claims says */
	bool fails;
	bool adds_nothing;
	unsigned prepared;
};

static bool check(const struct cJSON *claims, const char *resource, void *user)
{
	const struct besides *besides = user;
	(void)claims, (void)resource;
	return besides->allows;
}

static enum mcpauth_code prepare(
	struct mcpauth *auth, struct mcpauth_chain *chain, void *user, struct mcpauth_error *err)
{
	struct besides *besides = user;
	besides->prepared++;
	if (besides->fails) {
		err->code = MCPAUTH_E_SYSTEM;
		strcpy(err->message, "no");
		return MCPAUTH_E_SYSTEM;
	}
	if (besides->adds_nothing) {
		mcpauth_chain_commit(chain);
		mcpauth_chain_abandon(chain);
		CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_revise(chain, auth, NULL));
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth_set_claims_check(auth, FAKE_ISSUER, check, besides, err);
	return code == MCPAUTH_OK ? mcpauth_chain_publish(chain, "/open", NULL, err) : code;
}

static struct mcpauth_settings *parsed(const char *text)
{
	struct mcpauth_settings *settings;
	CHECK_OK(mcpauth_settings_parse(text, strlen(text), &settings, &err));
	return settings;
}

/* The fake server's chain is one from a file. */
struct fixture {
	struct fake_server server;
	struct besides besides;
	char *bearer;
	struct fake_request known;
	struct fake_request open;
};

static enum mcpauth_code make(struct fixture *fixture, struct mcpauth_chain **chain)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_chain_setup setup = MCPAUTH_CHAIN_SETUP_INIT;
	struct mcpauth_settings *settings = parsed(reading);
	fake_issuer_configure(fixture->server.issuer, &config);
	setup.config = &config;
	setup.prepare = prepare;
	setup.prepare_user = &fixture->besides;
	enum mcpauth_code code = mcpauth_chain_new_from_settings(settings, &setup, chain, NULL);
	mcpauth_settings_free(settings);
	return code;
}

static void start(struct fixture *fixture)
{
	struct mcpauth_chain *chain;
	*fixture = (struct fixture){.besides = {.allows = true}, .open = {.path = "/open"}};
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	CHECK_CODE(MCPAUTH_OK, make(fixture, &chain));
	mcpauth_chain_free(fixture->server.chain);
	mcpauth_free(fixture->server.auth);
	fixture->server.chain = chain;
	fixture->server.auth = mcpauth_chain_auth(chain);
	CHECK_OK(mcpauth_prefetch(fixture->server.auth, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read");
	fixture->known.headers[0] = "Authorization";
	fixture->known.headers[1] = fixture->bearer;
}

static void stop(struct fixture *fixture)
{
	free(fixture->bearer);
	fake_server_stop(&fixture->server);
}

static enum mcpauth_code reload(
	struct fixture *fixture, const char *text, struct mcpauth_error *err)
{
	struct mcpauth_settings *settings = parsed(text);
	enum mcpauth_code code = mcpauth_chain_reload(fixture->server.chain, settings, err);
	mcpauth_settings_free(settings);
	return code;
}

static void a_file_and_a_callback_make_a_chain(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_int_equal(fixture.besides.prepared, 1);
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 0));
	assert_true(fake_server_answers(&fixture.server, &fixture.open, 0));
	stop(&fixture);
}

static void a_reload_loses_nothing_that_the_program_adds(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(reload(&fixture, writing, &err));
	assert_int_equal(fixture.besides.prepared, 2);
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 403));
	assert_true(fake_server_answers(&fixture.server, &fixture.open, 0));
	fixture.besides.allows = false;
	CHECK_OK(reload(&fixture, reading, &err));
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 401));
	fixture.besides.allows = true;
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 0));
	stop(&fixture);
}

/* What is remembered of the token says what followed at the time. */
static void a_reload_changes_which_scopes_include_others(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (int i = 0; i < 2; i++) {
		CHECK_OK(reload(&fixture, writing, &err));
		assert_true(fake_server_answers(&fixture.server, &fixture.known, 403));
		CHECK_OK(reload(&fixture, included, &err));
		assert_true(fake_server_answers(&fixture.server, &fixture.known, 0));
	}
	stop(&fixture);
}

static void a_callback_that_fails_keeps_the_old_rules(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_chain *chain;
	start(&fixture);
	fixture.besides.fails = true;
	CHECK_CODE(MCPAUTH_E_SYSTEM, reload(&fixture, writing, &err));
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 0));
	CHECK_CODE(MCPAUTH_E_SYSTEM, make(&fixture, &chain));
	assert_null(chain);
	fixture.besides.fails = false;
	CHECK_OK(reload(&fixture, writing, &err));
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 403));
	stop(&fixture);
}

static void a_file_that_trusts_nobody_is_refused(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error why;
	start(&fixture);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE, reload(&fixture, "{}", &why));
	assert_string_equal(why.message, "the settings: \"resources\" is missing or empty");
	fixture.besides.adds_nothing = true;
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		reload(&fixture, "{\"resources\": [{\"resource\": \"https://a.example\"}]}", &why));
	assert_non_null(strstr(why.message, "https://a.example has no issuer"));
	assert_true(fake_server_answers(&fixture.server, &fixture.known, 0));
	mcpauth_chain_insecure_allow_everybody(fixture.server.chain);
	CHECK_OK(
		reload(&fixture, "{\"resources\": [{\"resource\": \"https://a.example\"}]}", &err));
	stop(&fixture);
}

static void a_file_does_not_undo_what_calls_made(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_settings *settings = parsed(writing);
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_CODE(MCPAUTH_E_UNSUPPORTED, mcpauth_chain_reload(server.chain, settings, &err));
	mcpauth_chain_set_prepare(server.chain, NULL, NULL);
	CHECK_OK(mcpauth_chain_reload(server.chain, settings, &err));
	mcpauth_settings_free(settings);
	fake_server_stop(&server);
}

static void a_claims_check_is_set_once_for_an_issuer_that_is_there(void **state)
{
	(void)state;
	struct fake_server server;
	struct besides besides = {.allows = false};
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_set_claims_check(server.auth, "https://else.example", check, NULL, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_ISSUER,
		mcpauth_set_claims_check(server.auth, NULL, check, NULL, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_set_claims_check(server.auth, FAKE_ISSUER, NULL, NULL, &err));
	CHECK_OK(mcpauth_set_claims_check(server.auth, FAKE_ISSUER, check, &besides, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_set_claims_check(server.auth, FAKE_ISSUER, check, &besides, &err));
	char *bearer = fake_server_bearer(&server, "read");
	struct fake_request request = {.headers = {"Authorization", bearer}};
	assert_true(fake_server_answers(&server, &request, 401));
	besides.allows = true;
	assert_true(fake_server_answers(&server, &request, 0));
	free(bearer);
	fake_server_stop(&server);
}

static void the_object_in_force_is_the_latest(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	struct mcpauth *before = mcpauth_chain_auth(fixture.server.chain);
	assert_ptr_equal(before, fixture.server.auth);
	CHECK_OK(reload(&fixture, writing, &err));
	struct mcpauth *after = mcpauth_chain_auth(fixture.server.chain);
	assert_ptr_not_equal(before, after);
	assert_string_equal(mcpauth_resource_at(after, 0), SERVER_RESOURCE);
	mcpauth_free(before);
	mcpauth_free(after);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_and_a_callback_make_a_chain),
		cmocka_unit_test(a_reload_loses_nothing_that_the_program_adds),
		cmocka_unit_test(a_reload_changes_which_scopes_include_others),
		cmocka_unit_test(a_callback_that_fails_keeps_the_old_rules),
		cmocka_unit_test(a_file_that_trusts_nobody_is_refused),
		cmocka_unit_test(a_file_does_not_undo_what_calls_made),
		cmocka_unit_test(a_claims_check_is_set_once_for_an_issuer_that_is_there),
		cmocka_unit_test(the_object_in_force_is_the_latest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
