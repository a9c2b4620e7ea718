/* What a server, or an issuer among others, tries that means ill, and what the OAuth client
 * makes of it: each attack beside a neighbour that is let through. */
#include "support/check.h"
#include "support/small_web.h"

#include <stdlib.h>
#include <string.h>

static void forget_storage(struct small_web *web)
{
	mcpauth_token_storage_free(web->config.storage);
	CHECK_OK(mcpauth_token_storage_new_memory(&web->config.storage, &err));
	assert_non_null(web->config.storage);
}

static char *vouch(const char *issuer, void *user)
{
	(void)issuer;
	return strdup(user);
}

/* One request of a client that a platform vouches for, if that is its grant. */
static enum mcpauth_code visit_as_workload(struct small_web *web, struct mcpauth_error *why)
{
	struct mcpauth_client *client = small_web_client(web);
	if (web->config.grant == MCPAUTH_GRANT_WORKLOAD) {
		CHECK_OK(mcpauth_client_set_workload(client, vouch, "a.b.c", &err));
	}
	enum mcpauth_code code = small_web_send(web, client, why);
	mcpauth_client_free(client);
	return code;
}

static void nothing_secret_goes_to_an_issuer_that_the_server_alone_names(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client_config rows[4];
	for (size_t i = 0; i < 4; i++) {
		struct mcpauth_client *client = NULL;
		rows[i] = web->config;
		rows[i].client_id = "known";
		rows[i].client_secret = i < 2 ? "hush" : NULL;
		rows[i].grant = (enum mcpauth_client_grant)i;
		CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_client_new(web->auth, &rows[i], &client, &err));
		rows[i].issuer = ISSUER;
		CHECK_OK(mcpauth_client_new(web->auth, &rows[i], &client, &err));
		mcpauth_client_free(client);
		rows[i].issuer = NULL;
		rows[i].allow_any_issuer = true;
		CHECK_OK(mcpauth_client_new(web->auth, &rows[i], &client, &err));
		mcpauth_client_free(client);
	}
}

static void an_issuer_in_the_place_of_the_configured_one_gets_nothing(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client;
	web->config.grant = MCPAUTH_GRANT_WORKLOAD;
	web->config.client_id = "pod";
	web->config.issuer = ISSUER;
	small_web_trust(web, WELL_KNOWN "/mcp", SERVER, EVIL);
	client = small_web_client(web);
	CHECK_OK(mcpauth_client_set_workload(client, vouch, "a.b.c", &err));
	CHECK_CODE(MCPAUTH_E_ISSUER_MISMATCH, small_web_send(web, client, &err));
	assert_int_equal(small_web_asked(web, EVIL), 0);
	small_web_trust(web, WELL_KNOWN "/mcp", SERVER, ISSUER);
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_not_equal(small_web_asked(web, "assertion=a.b.c"), 0);
	mcpauth_client_free(client);
}

/* A server that hides its metadata stands for no issuer but itself. */
static void no_server_is_its_own_issuer_in_the_place_of_the_configured_one(void **state)
{
	static const enum mcpauth_client_grant grants[] = {
		MCPAUTH_GRANT_AUTHORIZATION_CODE, MCPAUTH_GRANT_WORKLOAD};
	struct small_web *web = *state;
	web->config.allow_missing_resource_metadata = true;
	small_web_put(web, WELL_KNOWN "/mcp", 404, "%s", "");
	small_web_put(web, "https://mcp.example/register", 201, REGISTERED);
	small_web_put(web, "https://mcp.example/token", 200, TOKENS);
	for (unsigned i = 0; i < 2; i++) {
		web->config.grant = grants[i];
		web->config.issuer = ISSUER;
		forget_storage(web);
		mcpauth__buf_finish(&web->asked);
		CHECK_CODE(MCPAUTH_E_ISSUER_MISMATCH, visit_as_workload(web, &err));
		assert_int_equal(small_web_asked(web, "\n"), small_web_asked(web, WELL_KNOWN));
		assert_int_equal(web->logins, i);
		web->config.issuer = "https://mcp.example";
		CHECK_OK(visit_as_workload(web, &err));
		assert_int_equal(small_web_asked(web, "assertion=a.b.c"), i);
		assert_int_equal(web->logins, 1);
	}
}

/* SEP-2352: what one issuer gave is not shown to the next one that the server names. */
static void an_issuer_gets_nothing_of_the_one_before(void **state)
{
	struct small_web *web = *state;
	struct mcpauth_client *client = small_web_client(web);
	small_web_put(web, ISSUER "/register", 201,
		"{\"client_id\":\"mine\",\"client_secret\":\"hush\","
		"\"token_endpoint_auth_method\":\"client_secret_post\"}");
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_not_equal(small_web_asked(web, "client_secret=hush"), 0);
	small_web_trust(web, WELL_KNOWN "/mcp", SERVER, EVIL);
	web->seconds = 3600;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_not_equal(small_web_asked(web, "refresh_token=refresh-me"), 0);
	assert_int_equal(small_web_asked(web, EVIL), 0);
	small_web_put(web, ISSUER "/token", 400, "{\"error\":\"invalid_grant\"}");
	mcpauth__buf_finish(&web->asked);
	web->seconds = 7200;
	CHECK_OK(small_web_send(web, client, &err));
	const char *evil = strstr(web->asked.data, EVIL);
	assert_non_null(evil);
	assert_null(strstr(evil, "hush"));
	assert_null(strstr(evil, "refresh-me"));
	assert_null(strstr(evil, "mine"));
	mcpauth_client_free(client);
}

static void a_step_has_nothing_that_moves_a_screen(void **state)
{
	struct small_web *web = *state;
	small_web_trust(
		web, WELL_KNOWN "/mcp", SERVER, "\\u001b[2J\\u0007\\r\\nevil \\u202e\\u00e9");
	CHECK_CODE(MCPAUTH_E_INVALID_METADATA, small_web_visit(web, &err));
	assert_non_null(web->told.data);
	for (const char *at = web->told.data; *at != '\0'; at++) {
		assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
	}
	assert_null(strstr(web->told.data, "\nevil"));
}

static void a_step_is_not_longer_than_a_screen(void **state)
{
	struct small_web *web = *state;
	char issuer[3000];
	memset(issuer, 'a', sizeof issuer);
	issuer[sizeof issuer - 1] = '\0';
	small_web_trust(web, WELL_KNOWN "/mcp", SERVER, issuer);
	CHECK_CODE(MCPAUTH_E_INVALID_METADATA, small_web_visit(web, &err));
	assert_non_null(web->told.data);
	assert_true(web->told.length < 1500);
}

/* RFC 9728 section 3.3: a neighbour at the same host would get tokens for all of it. */
static void only_a_well_known_place_speaks_for_the_whole_host(void **state)
{
	static const struct {
		const char *challenge;
		const char *place;
		const char *resource;
		enum mcpauth_code code;
	} rows[] = {
		{"Bearer resource_metadata=\"https://mcp.example/mcp/own\"",
			"https://mcp.example/mcp/own", "https://mcp.example/",
			MCPAUTH_E_RESOURCE_MISMATCH},
		{"Bearer resource_metadata=\"https://evil.example/own\"",
			"https://evil.example/own", "https://mcp.example",
			MCPAUTH_E_RESOURCE_MISMATCH},
		{"Bearer resource_metadata=\"https://evil.example/own\"",
			"https://evil.example/own", SERVER, MCPAUTH_OK},
		{"Bearer resource_metadata=\"https://evil.example/own\"",
			"https://evil.example/own", SERVER "/", MCPAUTH_OK},
		{"Bearer resource_metadata=\"" WELL_KNOWN "\"", WELL_KNOWN, "https://mcp.example/",
			MCPAUTH_OK},
		{"Bearer resource_metadata=\"" WELL_KNOWN "/mcp\"", WELL_KNOWN "/mcp",
			"https://mcp.example", MCPAUTH_OK},
	};
	struct small_web *web = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		small_web_trust(web, rows[i].place, rows[i].resource, ISSUER);
		web->challenge = rows[i].challenge;
		forget_storage(web);
		CHECK_ROW_CODE(rows[i].challenge, rows[i].code, small_web_visit(web, &err));
	}
	assert_int_equal(web->logins, 4);
}

/* The specification wants the server named in both requests, whatever the issuer knows. */
static void a_server_without_metadata_is_named_all_the_same(void **state)
{
	struct small_web *web = *state;
	web->config.allow_missing_resource_metadata = true;
	small_web_put(web, WELL_KNOWN "/mcp", 404, "%s", "");
	small_web_put(web, "https://mcp.example/register", 201, REGISTERED);
	small_web_put(web, "https://mcp.example/token", 200, TOKENS);
	CHECK_OK(small_web_visit(web, &err));
	assert_non_null(strstr(web->login, "resource=https%3A%2F%2Fmcp.example%2Fmcp"));
	assert_int_not_equal(small_web_asked(web, "&resource=https%3A%2F%2Fmcp.example%2Fmcp"), 0);
}

static void no_page_of_this_machine_is_opened_for_another(void **state)
{
	static const struct {
		const char *more;
		enum mcpauth_code code;
	} rows[] = {
		{"\"authorization_endpoint\":\"http://127.0.0.1:8080/erase?all\"",
			MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"https://localhost/\"", MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"http://[::1]/\"", MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"https://0.0.0.0:8443/\"",
			MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"https://localhost./\"", MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"https://login.example/\"", MCPAUTH_OK},
	};
	struct small_web *web = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		small_web_put_issuer(web, ISSUER ISSUER_PLACE, ISSUER, rows[i].more);
		CHECK_ROW_CODE(rows[i].more, rows[i].code, small_web_visit(web, &err));
	}
	assert_int_equal(web->logins, 1);
}

static void no_parameter_comes_twice_in_another_spelling(void **state)
{
	static const struct {
		const char *more;
		enum mcpauth_code code;
	} rows[] = {
		{"\"authorization_endpoint\":\"" ISSUER "/a?%63lient_id=evil\"",
			MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"" ISSUER "/a?x=1&redirect%5Furi=evil\"",
			MCPAUTH_E_INVALID_METADATA},
		{"\"authorization_endpoint\":\"" ISSUER "/a?x=%63lient_id\"", MCPAUTH_OK},
	};
	struct small_web *web = *state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		small_web_put_issuer(web, ISSUER ISSUER_PLACE, ISSUER, rows[i].more);
		CHECK_ROW_CODE(rows[i].more, rows[i].code, small_web_visit(web, &err));
	}
	assert_int_equal(web->logins, 1);
}

/* Ways to write what this machine, or one near it, is called. */
static void no_inner_place_is_asked_however_it_is_written(void **state)
{
	static const char *const places[] = {"https://127.0.0.1", "https://127.1",
		"https://2130706433", "https://0x7f000001", "https://0177.0.0.1",
		"https://127.0.0.1.", "https://%6cocalhost", "https://localhost",
		"https://x.localhost", "https://[::1]", "https://[::ffff:127.0.0.1]",
		"https://[::ffff:7f00:1]", "https://[::127.0.0.1]", "https://[64:ff9b::7f00:1]",
		"https://[64:ff9b::a00:1]", "https://[2002:7f00:1::]", "https://[fe80::1%25lo]",
		"https://[fe80::1]", "https://[ff02::1]", "https://169.254.169.254",
		"https://mcp.example@127.0.0.1", "https://127.0.0.1\\\\@mcp.example",
		"https://127.0.0.1#@mcp.example", "http://mcp.example", "http://as.example",
		"file:///etc/passwd", "gopher://127.0.0.1", "https://[::]", "https://0.0.0.0",
		"https://[fec0::1]", "https://100.64.0.1", "https://10.0.0.1:22"};
	struct small_web *web = *state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct mcpauth_error err = {0};
		small_web_trust(web, WELL_KNOWN "/mcp", SERVER, places[i]);
		enum mcpauth_code code = small_web_visit(web, &err);
		CHECK_ROW(places[i],
			code == MCPAUTH_E_INVALID_METADATA || code == MCPAUTH_E_ADDRESS_REFUSED);
	}
	/* Nothing but the server's own document each time. */
	assert_int_equal(small_web_asked(web, "\n"), sizeof places / sizeof *places);
	assert_int_equal(small_web_asked(web, WELL_KNOWN), sizeof places / sizeof *places);
}

/* The document is too long to be kept, which is no reason to guess what it said. */
static void a_refresh_token_goes_to_no_place_that_was_guessed(void **state)
{
	struct small_web *web = *state;
	struct mcpauth__buf text = {0};
	web->config.allow_missing_resource_metadata = true;
	mcpauth__buf_puts(&text,
		"{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"" ISSUER "/own/token\","
		"\"authorization_endpoint\":\"" ISSUER "/authorize\","
		"\"registration_endpoint\":\"" ISSUER "/register\","
		"\"token_endpoint_auth_methods_supported\":[\"none\"],"
		"\"code_challenge_methods_supported\":[\"S256\"]}");
	for (unsigned i = 0; i < 150 * 1024; i++) {
		mcpauth__buf_puts(&text, " ");
	}
	small_web_put_long(web, ISSUER ISSUER_PLACE, mcpauth__buf_take(&text));
	small_web_put(web, ISSUER "/own/token", 200, TOKENS);
	CHECK_OK(small_web_visit(web, &err));
	web->seconds = 3600;
	CHECK_OK(small_web_visit(web, &err));
	assert_int_equal(small_web_asked(web, "POST " ISSUER "/token"), 0);
	assert_int_equal(web->logins, 2);
}

static void a_guessed_place_is_good_for_the_servers_own_tokens(void **state)
{
	struct small_web *web = *state;
	web->config.allow_missing_resource_metadata = true;
	small_web_put(web, WELL_KNOWN "/mcp", 404, "%s", "");
	small_web_put(web, "https://mcp.example/register", 201, REGISTERED);
	small_web_put(web, "https://mcp.example/token", 200, TOKENS);
	CHECK_OK(small_web_visit(web, &err));
	web->seconds = 3600;
	CHECK_OK(small_web_visit(web, &err));
	assert_int_not_equal(small_web_asked(web, "refresh_token=refresh-me"), 0);
	assert_int_equal(web->logins, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_web_start, small_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_secret_goes_to_an_issuer_that_the_server_alone_names),
		TEST(an_issuer_in_the_place_of_the_configured_one_gets_nothing),
		TEST(no_server_is_its_own_issuer_in_the_place_of_the_configured_one),
		TEST(an_issuer_gets_nothing_of_the_one_before),
		TEST(a_step_has_nothing_that_moves_a_screen),
		TEST(a_step_is_not_longer_than_a_screen),
		TEST(only_a_well_known_place_speaks_for_the_whole_host),
		TEST(a_server_without_metadata_is_named_all_the_same),
		TEST(no_page_of_this_machine_is_opened_for_another),
		TEST(no_parameter_comes_twice_in_another_spelling),
		TEST(no_inner_place_is_asked_however_it_is_written),
		TEST(a_refresh_token_goes_to_no_place_that_was_guessed),
		TEST(a_guessed_place_is_good_for_the_servers_own_tokens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
