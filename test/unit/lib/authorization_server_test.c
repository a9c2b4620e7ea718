/* An authorization server's document as a client reads it: where it looks, what it believes,
 * and what it does without one. */
#include "client/discovery/authorization_server.h"

#include "client/discovery/members.h"
#include "support/check.h"
#include "support/fake_web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ORIGIN "https://as.example"
#define ISSUER ORIGIN "/tenant"
#define SOURCE ORIGIN "/.well-known/oauth-authorization-server/tenant"
#define OIDC_INSERTED ORIGIN "/.well-known/openid-configuration/tenant"
#define OIDC_APPENDED ORIGIN "/tenant/.well-known/openid-configuration"
#define BEGINNING "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://as.example/t\""
#define LEAST BEGINNING "}"
#define SET(web, ...) \
	do { \
		static const struct fake_page set_pages[] = {__VA_ARGS__}; \
		fake_web_set(web, set_pages, COUNT(set_pages)); \
	} while (0)

static enum mcpauth_code read_text(const struct fake_web *web, const char *text,
	struct mcpauth__authorization_server *server, struct mcpauth_error *err)
{
	struct mcpauth__buf buf = {0};
	*server = (struct mcpauth__authorization_server){0};
	assert_true(mcpauth__buf_puts(&buf, text));
	enum mcpauth_code code = mcpauth__authorization_server_read(
		&web->asker, &(struct mcpauth__server_document){ISSUER, SOURCE, &buf}, server, err);
	mcpauth__buf_finish(&buf);
	return code;
}

static enum mcpauth_code try_text(
	const struct fake_web *web, const char *text, struct mcpauth_error *err)
{
	struct mcpauth__authorization_server server;
	enum mcpauth_code code = read_text(web, text, &server, err);
	mcpauth__authorization_server_finish(&server);
	return code;
}

/* @param[out] is_missing  as it says */
static enum mcpauth_code try_find(
	const struct fake_web *web, const char *issuer, bool *is_missing, struct mcpauth_error *err)
{
	struct mcpauth__authorization_server server = {0};
	enum mcpauth_code code = mcpauth__authorization_server_find(
		&web->asker, issuer, NULL, &server, err);
	*is_missing = server.is_missing;
	mcpauth__authorization_server_finish(&server);
	return code;
}

static void reads_what_a_client_needs(void **state)
{
	static const char text[] = BEGINNING
		",\"authorization_endpoint\":\"https://login.example/a?x=1\","
		"\"registration_endpoint\":\"https://as.example/r\","
		"\"revocation_endpoint\":\"https://as.example/v\","
		"\"token_endpoint_auth_methods_supported\":[\"none\",\"private_key_jwt\"],"
		"\"token_endpoint_auth_signing_alg_values_supported\":[\"RS256\",\"ES256\"],"
		"\"scopes_supported\":[\"openid\",\"offline_access\"],"
		"\"code_challenge_methods_supported\":[\"plain\",\"S256\"],"
		"\"client_id_metadata_document_supported\":true,"
		"\"authorization_response_iss_parameter_supported\":true,"
		"\"dpop_signing_alg_values_supported\":[\"ES256\"],\"more\":[1]}";
	struct mcpauth__authorization_server server;
	CHECK_OK(read_text(*state, text, &server, &err));
	assert_string_equal(server.issuer, ISSUER);
	assert_string_equal(server.source, SOURCE);
	assert_string_equal(server.text, text);
	assert_string_equal(server.authorization_endpoint, "https://login.example/a?x=1");
	assert_string_equal(server.token_endpoint, "https://as.example/t");
	assert_string_equal(server.registration_endpoint, "https://as.example/r");
	assert_string_equal(server.revocation_endpoint, "https://as.example/v");
	assert_int_equal(server.authentication_methods.count, 2);
	assert_string_equal(server.authentication_methods.items[1], "private_key_jwt");
	assert_int_equal(server.assertion_algorithms.count, 2);
	assert_string_equal(server.assertion_algorithms.items[0], "RS256");
	assert_int_equal(server.scopes_supported.count, 2);
	assert_string_equal(server.scopes_supported.items[1], "offline_access");
	assert_true(server.has_pkce && server.reads_client_documents && server.names_issuer);
	assert_true(server.takes_dpop && !server.is_assumed && !server.is_missing);
	mcpauth__authorization_server_finish(&server);
	assert_null(server.issuer);
	mcpauth__authorization_server_finish(&server);
}

static void what_is_not_said_is_not_there_or_the_default(void **state)
{
	static const char *const texts[] = {LEAST,
		BEGINNING ",\"registration_endpoint\":null,\"code_challenge_methods_supported\":"
			  "null,\"authorization_response_iss_parameter_supported\":null,"
			  "\"token_endpoint_auth_methods_supported\":null}",
		BEGINNING ",\"token_endpoint_auth_methods_supported\":[],"
			  "\"code_challenge_methods_supported\":[\"plain\",\"s256\"],"
			  "\"client_id_metadata_document_supported\":false,"
			  "\"dpop_signing_alg_values_supported\":[\"ES384\"]}"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct mcpauth__authorization_server server;
		CHECK_ROW_CODE(texts[i], MCPAUTH_OK, read_text(*state, texts[i], &server, &err));
		CHECK_ROW(texts[i], server.authorization_endpoint == NULL);
		CHECK_ROW(texts[i], server.registration_endpoint == NULL);
		CHECK_ROW(texts[i], server.revocation_endpoint == NULL);
		assert_int_equal(server.authentication_methods.count, 1);
		assert_string_equal(server.authentication_methods.items[0], "client_secret_basic");
		CHECK_ROW(texts[i], server.assertion_algorithms.count == 0);
		CHECK_ROW(texts[i], server.scopes_supported.count == 0);
		CHECK_ROW(texts[i], !server.has_pkce && !server.reads_client_documents);
		CHECK_ROW(texts[i], !server.names_issuer && !server.takes_dpop);
		mcpauth__authorization_server_finish(&server);
	}
}

static void believes_only_what_is_about_the_issuer(void **state)
{
	static const struct {
		const char *issuer;
		enum mcpauth_code want;
	} rows[] = {
		{"\"" ISSUER "\"", MCPAUTH_OK},
		{"\"https:\\/\\/as.example\\/tenant\"", MCPAUTH_OK},
		{"\"" ISSUER "/\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"\"https://AS.example/tenant\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"\"https://as.example:443/tenant\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"\"https://as.example\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"\"http://as.example/tenant\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"\"https://evil.example\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"\"\"", MCPAUTH_E_ISSUER_MISMATCH},
		{"[\"" ISSUER "\"]", MCPAUTH_E_INVALID_METADATA},
		{"null", MCPAUTH_E_INVALID_METADATA},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		snprintf(text, sizeof text,
			"{\"issuer\":%s,\"token_endpoint\":\"https://as.example/t\"}",
			rows[i].issuer);
		CHECK_ROW_CODE(rows[i].issuer, rows[i].want, try_text(*state, text, &err));
	}
	CHECK_CODE(MCPAUTH_E_INVALID_METADATA,
		try_text(*state, "{\"token_endpoint\":\"https://as.example/t\"}", &err));
}

static void names_the_other_issuer_in_one_line(void **state)
{
	struct mcpauth_error err = {0};
	assert_int_equal(try_text(*state, "{\"issuer\":\"https://evil.example\\nforged\"}", &err),
		MCPAUTH_E_ISSUER_MISMATCH);
	assert_string_equal(err.message,
		"it is about the issuer \"https://evil.example?forged\", not \"" ISSUER "\"");
}

static void refuses_what_is_no_document(void **state)
{
	static const char *const texts[] = {"", "[]", "\"" ISSUER "\"", "<html></html>",
		"{\"issuer\":\"" ISSUER "\"", LEAST "{}",
		BEGINNING ",\"token_endpoint\":\"https://evil.example/t\"}"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		CHECK_ROW_CODE(texts[i], MCPAUTH_E_INVALID_JSON, try_text(*state, texts[i], &err));
	}
}

/* One at a time is put into a document that is good. */
static void refuses_members_of_another_type(void **state)
{
	static const char *const good[] = {
		"\"unknown\":{}", "\"scopes_supported\":[]", "\"names\":[1,2]"};
	static const char *const bad[] = {
		"\"authorization_endpoint\":[\"https://as.example/a\"]",
		"\"registration_endpoint\":true",
		"\"revocation_endpoint\":{}",
		"\"token_endpoint_auth_methods_supported\":\"none\"",
		"\"token_endpoint_auth_methods_supported\":[\"none\",1]",
		"\"token_endpoint_auth_signing_alg_values_supported\":{\"ES256\":1}",
		"\"scopes_supported\":\"openid\"",
		"\"scopes_supported\":[[\"openid\"]]",
		"\"code_challenge_methods_supported\":\"S256\"",
		"\"code_challenge_methods_supported\":[\"S256\",null]",
		"\"client_id_metadata_document_supported\":\"true\"",
		"\"client_id_metadata_document_supported\":1",
		"\"authorization_response_iss_parameter_supported\":\"false\"",
		"\"dpop_signing_alg_values_supported\":true",
	};
	char text[512];
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(text, sizeof text, BEGINNING ",%s}", good[i]);
		CHECK_ROW_CODE(good[i], MCPAUTH_OK, try_text(*state, text, &err));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof text, BEGINNING ",%s}", bad[i]);
		CHECK_ROW_CODE(bad[i], MCPAUTH_E_INVALID_METADATA, try_text(*state, text, &err));
	}
}

static void wants_somewhere_to_get_tokens(void **state)
{
	struct mcpauth_error err = {0};
	assert_int_equal(
		try_text(*state, "{\"issuer\":\"" ISSUER "\"}", &err), MCPAUTH_E_INVALID_METADATA);
	assert_string_equal(err.message, "no token_endpoint in it");
	CHECK_CODE(MCPAUTH_E_INVALID_METADATA,
		try_text(*state, "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":1}", &err));
	CHECK_OK(try_text(*state, LEAST, &err));
}

static void goes_to_no_endpoint_that_is_none(void **state)
{
	static const char *const names[] = {"authorization_endpoint", "token_endpoint",
		"registration_endpoint", "revocation_endpoint"};
	/* A browser would go to this machine, where the library itself does not. */
	static const struct {
		const char *url;
		enum mcpauth_code want;
		size_t from; /* the first endpoint that it may be */
	} rows[] = {
		{"https://other.example/e?q=1", MCPAUTH_OK, 0},
		{"http://127.0.0.1:9000/e", MCPAUTH_OK, 1},
		{"http://localhost/e", MCPAUTH_OK, 1},
		{"http://as.example/e", MCPAUTH_E_INVALID_METADATA, 0},
		{"http://localhost.evil.example/e", MCPAUTH_E_INVALID_METADATA, 0},
		{"javascript:alert(1)", MCPAUTH_E_INVALID_METADATA, 0},
		{"javascript://as.example/%0aalert(1)", MCPAUTH_E_INVALID_METADATA, 0},
		{"data:text/html,x", MCPAUTH_E_INVALID_METADATA, 0},
		{"file:///etc/passwd", MCPAUTH_E_INVALID_METADATA, 0},
		{"https://user:word@as.example/e", MCPAUTH_E_INVALID_METADATA, 0},
		{"https://as.example/e#part", MCPAUTH_E_INVALID_METADATA, 0},
		{"https://as.example/e\\n", MCPAUTH_E_INVALID_METADATA, 0},
		{"/e", MCPAUTH_E_INVALID_METADATA, 0},
		{"", MCPAUTH_E_INVALID_METADATA, 0},
	};
	char text[512];
	for (size_t i = 0; i < COUNT(names) * COUNT(rows); i++) {
		const char *name = names[i / COUNT(rows)];
		const char *url = rows[i % COUNT(rows)].url;
		bool is_token = strcmp(name, "token_endpoint") == 0;
		snprintf(text, sizeof text, "{\"issuer\":\"" ISSUER "\",\"%s\":\"%s\"%s}", name,
			url, is_token ? "" : ",\"token_endpoint\":\"https://as.example/t\"");
		CHECK_ROW_CODE(text,
			i / COUNT(rows) < rows[i % COUNT(rows)].from ? MCPAUTH_E_INVALID_METADATA
								     : rows[i % COUNT(rows)].want,
			try_text(*state, text, &err));
	}
}

static void lists_have_an_end(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		struct mcpauth__buf text = {0};
		mcpauth__buf_puts(&text, BEGINNING ",\"scopes_supported\":[\"s\"");
		for (size_t i = 1; i < MCPAUTH__LIST_LIMIT + more; i++) {
			mcpauth__buf_puts(&text, ",\"s\"");
		}
		mcpauth__buf_puts(&text, "]}");
		assert_non_null(text.data);
		CHECK_CODE(more == 0 ? MCPAUTH_OK : MCPAUTH_E_TOO_LARGE,
			try_text(*state, text.data, &err));
		mcpauth__buf_finish(&text);
	}
}

static void looks_in_the_order_of_the_specification(void **state)
{
	struct fake_web *web = *state;
	bool is_missing;
	static const struct {
		const char *issuer;
		const char *asked;
	} rows[] = {
		{ISSUER, SOURCE "\n" OIDC_INSERTED "\n" OIDC_APPENDED "\n"},
		{ISSUER "/", SOURCE "\n" OIDC_INSERTED "\n" OIDC_APPENDED "\n"},
		{ORIGIN,
			ORIGIN "/.well-known/oauth-authorization-server\n" ORIGIN
			       "/.well-known/openid-configuration\n"},
		{ORIGIN "/",
			ORIGIN "/.well-known/oauth-authorization-server\n" ORIGIN
			       "/.well-known/openid-configuration\n"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		fake_web_set(web, NULL, 0);
		CHECK_ROW_CODE(rows[i].issuer, MCPAUTH_E_HTTP_STATUS,
			try_find(web, rows[i].issuer, &is_missing, &err));
		assert_string_equal(web->asked, rows[i].asked);
		assert_true(is_missing);
	}
}

static void takes_the_first_document_there_is(void **state)
{
	struct fake_web *web = *state;
	static const struct fake_page pages[] = {
		{SOURCE, 200, LEAST}, {OIDC_INSERTED, 200, LEAST}, {OIDC_APPENDED, 200, LEAST}};
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct mcpauth__authorization_server server = {0};
		fake_web_set(web, pages + i, COUNT(pages) - i);
		CHECK_ROW_CODE(pages[i].url, MCPAUTH_OK,
			mcpauth__authorization_server_find(
				&web->asker, ISSUER, SOURCE, &server, &err));
		assert_string_equal(server.source, pages[i].url);
		CHECK_ROW(pages[i].url, !server.is_missing);
		const char *last = strstr(web->asked, pages[i].url);
		CHECK_ROW(pages[i].url, last != NULL && last[strlen(pages[i].url) + 1] == '\0');
		mcpauth__authorization_server_finish(&server);
	}
}

static void anything_but_a_4xx_ends_the_search(void **state)
{
	struct fake_web *web = *state;
	static const struct {
		const char *label;
		struct fake_page page;
		enum mcpauth_code want;
	} rows[] = {
		{"500", {SOURCE, 500, LEAST}, MCPAUTH_E_HTTP_STATUS},
		{"201", {SOURCE, 201, LEAST}, MCPAUTH_E_HTTP_STATUS},
		{"307", {SOURCE, 307, LEAST}, MCPAUTH_E_HTTP_STATUS},
		{"no answer", {SOURCE, 0, ""}, MCPAUTH_E_UNREACHABLE},
		{"a page", {SOURCE, 200, "<html></html>"}, MCPAUTH_E_INVALID_JSON},
		{"nothing", {SOURCE, 200, ""}, MCPAUTH_E_INVALID_JSON},
		{"another's", {SOURCE, 200, "{\"issuer\":\"https://evil.example\"}"},
			MCPAUTH_E_ISSUER_MISMATCH},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fake_page pages[] = {rows[i].page, {OIDC_INSERTED, 200, LEAST}};
		bool is_missing;
		fake_web_set(web, pages, COUNT(pages));
		CHECK_ROW_CODE(
			rows[i].label, rows[i].want, try_find(web, ISSUER, &is_missing, &err));
		CHECK_ROW(rows[i].label, strcmp(web->asked, SOURCE "\n") == 0 && !is_missing);
	}
}

static void says_where_the_document_is_that_cannot_be_used(void **state)
{
	struct mcpauth_error err = {0};
	bool is_missing;
	SET(*state, {OIDC_INSERTED, 200, "{\"issuer\":\"" ISSUER "\"}"});
	assert_int_equal(try_find(*state, ISSUER, &is_missing, &err), MCPAUTH_E_INVALID_METADATA);
	assert_string_equal(err.message, OIDC_INSERTED ": no token_endpoint in it");
}

static void asks_no_issuer_that_cannot_be_one(void **state)
{
	struct fake_web *web = *state;
	static const char *const issuers[] = {"http://as.example", "javascript:alert(1)",
		"file:///etc/passwd", "https://user@as.example", "https://as.example#part",
		"https://as.example?tenant=1", "https://as.example/tenant?", "as.example", ""};
	for (size_t i = 0; i < COUNT(issuers); i++) {
		bool is_missing;
		fake_web_set(web, NULL, 0);
		CHECK_ROW_CODE(issuers[i], MCPAUTH_E_INVALID_METADATA,
			try_find(web, issuers[i], &is_missing, &err));
		CHECK_ROW(issuers[i], *web->asked == '\0' && !is_missing);
	}
}

static void an_issuer_that_was_learnt_is_no_way_into_a_network(void **state)
{
	struct fake_web *web = *state;
	static const char *const documents[] = {
		"https://api.example/.well-known/oauth-protected-resource", NULL};
	static const char issuer[] = "https://10.0.0.1";
	for (size_t i = 0; i < COUNT(documents); i++) {
		struct mcpauth__authorization_server server = {0};
		fake_web_set(web, NULL, 0);
		CHECK_CODE(documents[i] != NULL ? MCPAUTH_E_ADDRESS_REFUSED : MCPAUTH_E_HTTP_STATUS,
			mcpauth__authorization_server_find(
				&web->asker, issuer, documents[i], &server, &err));
		assert_int_equal(*web->asked == '\0', documents[i] != NULL);
		mcpauth__authorization_server_finish(&server);
	}
}

static void assumes_what_2025_03_26_says(void **state)
{
	(void)state;
	struct mcpauth__authorization_server server = {0};
	CHECK_OK(mcpauth__authorization_server_assume("http://127.0.0.1:9000", &server, &err));
	assert_string_equal(server.issuer, "http://127.0.0.1:9000");
	assert_string_equal(server.source, "http://127.0.0.1:9000");
	assert_string_equal(server.authorization_endpoint, "http://127.0.0.1:9000/authorize");
	assert_string_equal(server.token_endpoint, "http://127.0.0.1:9000/token");
	assert_string_equal(server.registration_endpoint, "http://127.0.0.1:9000/register");
	assert_null(server.revocation_endpoint);
	assert_null(server.text);
	assert_int_equal(server.authentication_methods.count, 1);
	assert_string_equal(server.authentication_methods.items[0], "client_secret_basic");
	assert_true(server.is_assumed && server.has_pkce);
	assert_false(server.names_issuer || server.takes_dpop || server.reads_client_documents);
	mcpauth__authorization_server_finish(&server);
}

#define WITH_WEB(test) cmocka_unit_test_setup_teardown(test, fake_web_start, fake_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WEB(reads_what_a_client_needs),
		WITH_WEB(what_is_not_said_is_not_there_or_the_default),
		WITH_WEB(believes_only_what_is_about_the_issuer),
		WITH_WEB(names_the_other_issuer_in_one_line),
		WITH_WEB(refuses_what_is_no_document),
		WITH_WEB(refuses_members_of_another_type),
		WITH_WEB(wants_somewhere_to_get_tokens),
		WITH_WEB(goes_to_no_endpoint_that_is_none),
		WITH_WEB(lists_have_an_end),
		WITH_WEB(looks_in_the_order_of_the_specification),
		WITH_WEB(takes_the_first_document_there_is),
		WITH_WEB(anything_but_a_4xx_ends_the_search),
		WITH_WEB(says_where_the_document_is_that_cannot_be_used),
		WITH_WEB(asks_no_issuer_that_cannot_be_one),
		WITH_WEB(an_issuer_that_was_learnt_is_no_way_into_a_network),
		cmocka_unit_test(assumes_what_2025_03_26_says),
	};
	return cmocka_run_group_tests_name("authorization_server", tests, NULL, NULL);
}
