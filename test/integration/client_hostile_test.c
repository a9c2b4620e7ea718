/* What servers and authorization servers that mean ill can do to the OAuth client. */
#include "support/check.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <mcpauth/client_request.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 40
#define TIMEOUT_MS 400
#define REDIRECT_URI "https://client.example/back"
#define SECRET_TEXT "click-here-to-win"
#define STEP_UPS 2

enum page {
	RESOURCE,
	ISSUER,
	REGISTER,
	TOKEN,
	PAGES
};

/* Plays both servers; the MCP server's own answers are handed in by the tests. */
struct fixture {
	struct loopback_page pages[PAGES];
	char texts[PAGES][1024];
	struct loopback *loopback;
	char origin[64];
	char server[80];
	char metadata[160]; /* what the challenge names */
	struct mcpauth *auth;
	struct mcpauth_client_config config;
	const char *redirect; /* what the login brings besides state */
	const char *state;    /* in its place first; NULL: the right one at once */
	enum mcpauth_code strange;
	unsigned logins;
};

static const char *const paths[PAGES] = {"/.well-known/oauth-protected-resource/mcp",
	"/.well-known/oauth-authorization-server", "/register", "/token"};

static enum mcpauth_code redirect(
	struct mcpauth_login *login, const char *more, const char *state, struct mcpauth_error *err)
{
	char url[1024];
	snprintf(url, sizeof url, "%s?%s&state=%s", mcpauth_login_redirect_uri(login), more, state);
	return mcpauth_login_redirected(login, url, err);
}

static enum mcpauth_code log_in(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct fixture *fixture = user;
	struct mcpauth_error strange = {0};
	char state[256] = "";
	const char *at = strstr(mcpauth_login_url(login), "state=");
	fixture->logins++;
	if (at != NULL) {
		sscanf(at, "state=%255[^&]", state);
	}
	if (fixture->state != NULL) {
		fixture->strange = redirect(login, fixture->redirect, fixture->state, &strange);
	}
	return redirect(login, fixture->redirect, state, err);
}

static void say(struct fixture *fixture, enum page page, unsigned status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void say(struct fixture *fixture, enum page page, unsigned status, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	vsnprintf(fixture->texts[page], sizeof fixture->texts[page], format, values);
	va_end(values);
	fixture->pages[page] = (struct loopback_page){.path = paths[page],
		.status = status,
		.headers = "Content-Type: application/json\r\n",
		.body = fixture->texts[page]};
}

static void say_issuer(
	struct fixture *fixture, const char *issuer, const char *authorization, const char *token)
{
	say(fixture, ISSUER, 200,
		"{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s\",\"token_endpoint\":\"%s\","
		"\"registration_endpoint\":\"%s/register\",\"response_types_supported\":[\"code\"],"
		"\"code_challenge_methods_supported\":[\"S256\"],"
		"\"token_endpoint_auth_methods_supported\":[\"none\"]}",
		issuer, authorization, token, fixture->origin);
}

static const char *url_at(const struct fixture *fixture, const char *path)
{
	static char urls[4][256];
	static unsigned next;
	char *url = urls[next++ % 4];
	snprintf(url, sizeof urls[0], "%s%s", fixture->origin, path);
	return url;
}

static void say_honestly(struct fixture *fixture)
{
	say(fixture, RESOURCE, 200, "{\"resource\":\"%s\",\"authorization_servers\":[\"%s\"]}",
		fixture->server, fixture->origin);
	say_issuer(
		fixture, fixture->origin, url_at(fixture, "/authorize"), url_at(fixture, "/token"));
	say(fixture, REGISTER, 201,
		"{\"client_id\":\"me\",\"redirect_uris\":[\"" REDIRECT_URI "\"],"
		"\"token_endpoint_auth_method\":\"none\"}");
	say(fixture, TOKEN, 200,
		"{\"access_token\":\"good\",\"token_type\":\"Bearer\",\"expires_in\":3600}");
}

/* Servers that are honest, in the place of those that were there. */
static void renew(struct fixture *fixture)
{
	loopback_free(fixture->loopback);
	fixture->loopback = loopback_new(fixture->pages, PAGES);
	snprintf(fixture->origin, sizeof fixture->origin, "http://127.0.0.1:%u",
		loopback_port(fixture->loopback));
	snprintf(fixture->server, sizeof fixture->server, "%s/mcp", fixture->origin);
	snprintf(fixture->metadata, sizeof fixture->metadata, "%s", url_at(fixture, paths[0]));
	say_honestly(fixture);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct mcpauth_error err;
	if (fixture == NULL || mcpauth_new(NULL, &fixture->auth, &err) != MCPAUTH_OK) {
		return -1;
	}
	renew(fixture);
	fixture->redirect = "code=abc";
	fixture->config = (struct mcpauth_client_config)MCPAUTH_CLIENT_CONFIG_INIT;
	fixture->config.server = fixture->server;
	fixture->config.redirect_uri = REDIRECT_URI;
	fixture->config.login = log_in;
	fixture->config.user = fixture;
	fixture->config.step_up_limit = STEP_UPS;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_free(fixture->auth);
	loopback_free(fixture->loopback);
	free(fixture);
	return 0;
}

/* What the MCP server answers. */
struct refusal {
	unsigned status;
	const char *challenge; /* without resource_metadata; NULL: none */
	bool new_scope;        /* another one each time */
	bool new_nonce;        /* likewise */
};

static enum mcpauth_code answer(const struct fixture *fixture,
	struct mcpauth_client_request *request, const struct refusal *refusal, unsigned attempt,
	struct mcpauth_error *err)
{
	char challenge[512];
	char scope[32] = "";
	char nonce[32];
	const char *list[] = {challenge};
	struct mcpauth_client_answer said = MCPAUTH_CLIENT_ANSWER_INIT;
	if (refusal->new_scope) {
		snprintf(scope, sizeof scope, ", scope=\"s%u\"", attempt);
	}
	snprintf(nonce, sizeof nonce, "nonce-%u", attempt);
	snprintf(challenge, sizeof challenge, "%s resource_metadata=\"%s\"%s",
		refusal->challenge != NULL ? refusal->challenge : "", fixture->metadata, scope);
	said.status = refusal->status;
	said.challenges = list;
	said.challenge_count = refusal->challenge != NULL;
	said.dpop_nonce = refusal->new_nonce ? nonce : NULL;
	return mcpauth_client_request_answered(request, &said, err);
}

/* Send a request as often as the client wants it sent, refused in turns. @return the last
 * code: MCPAUTH_RETRY if it wants it sent for ever */
static enum mcpauth_code visit(struct fixture *fixture, const struct refusal *refusals,
	unsigned count, struct mcpauth_error *err)
{
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_request *request = NULL;
	/* It takes the lock under which the server starts its threads: they see all pages. */
	loopback_requests(fixture->loopback);
	enum mcpauth_code code = mcpauth_client_new(fixture->auth, &fixture->config, &client, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_client_request_new(client, "POST", NULL, &request, err);
	}
	bool goes_on = code == MCPAUTH_OK;
	for (unsigned attempt = 0; goes_on && attempt < ATTEMPTS; attempt++) {
		code = mcpauth_client_request_prepare(request, err);
		if (code == MCPAUTH_OK) {
			code = answer(fixture, request, &refusals[attempt % count], attempt, err);
		}
		goes_on = code == MCPAUTH_RETRY;
	}
	mcpauth_client_request_free(request);
	mcpauth_client_free(client);
	return code;
}

static const struct refusal once[] = {{.status = 401, .challenge = "Bearer"}, {.status = 200}};

static enum mcpauth_code visit_once(struct fixture *fixture, struct mcpauth_error *err)
{
	return visit(fixture, once, 2, err);
}

static void gets_a_token_from_honest_servers(void **state)
{
	struct fixture *fixture = *state;
	CHECK_OK(visit_once(fixture, &err));
	assert_int_equal(fixture->logins, 1);
}

static void refuses_metadata_of_another_resource(void **state)
{
	static const char *const resources[] = {"https://evil.example.com/mcp",
		"http://127.0.0.1:1/mcp", "http://localhost/mcp", "/mcp", ""};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
		renew(fixture);
		say(fixture, RESOURCE, 200,
			"{\"resource\":\"%s\",\"authorization_servers\":[\"%s\"]}", resources[i],
			fixture->origin);
		struct mcpauth_error err = {0};
		enum mcpauth_code code = visit_once(fixture, &err);
		CHECK_ROW(resources[i],
			code == MCPAUTH_E_RESOURCE_MISMATCH || code == MCPAUTH_E_INVALID_METADATA);
	}
	assert_int_equal(fixture->logins, 0);
}

static void refuses_metadata_of_a_neighbour(void **state)
{
	struct fixture *fixture = *state;
	say(fixture, RESOURCE, 200, "{\"resource\":\"%sx\",\"authorization_servers\":[\"%s\"]}",
		fixture->server, fixture->origin);
	CHECK_CODE(MCPAUTH_E_RESOURCE_MISMATCH, visit_once(fixture, &err));
	assert_int_equal(fixture->logins, 0);
}

static void refuses_metadata_of_another_issuer(void **state)
{
	static const struct {
		bool is_at_origin;
		const char *issuer;
	} rows[] = {{false, "https://evil.example.com"}, {true, "/"}, {true, "/tenant"},
		{false, "http://127.0.0.1"}, {false, ""}};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char issuer[256];
		renew(fixture);
		snprintf(issuer, sizeof issuer, "%s%s", rows[i].is_at_origin ? fixture->origin : "",
			rows[i].issuer);
		say_issuer(
			fixture, issuer, url_at(fixture, "/authorize"), url_at(fixture, "/token"));
		CHECK_ROW_CODE(issuer, MCPAUTH_E_ISSUER_MISMATCH, visit_once(fixture, &err));
	}
	assert_int_equal(fixture->logins, 0);
}

/* Nothing listens there, and nothing is to be tried. */
static const char *const private_places[] = {"https://10.11.12.13", "https://192.168.1.1",
	"https://172.16.0.1", "https://169.254.169.254", "https://[fd00::1]", "https://[fe80::1]",
	"http://192.168.1.1", "http://169.254.169.254/latest/meta-data", "https://0.0.0.0",
	"https://[::ffff:10.0.0.1]"};

#define PRIVATE_PLACES (sizeof private_places / sizeof private_places[0])

static void check_refused(struct fixture *fixture, const char *place)
{
	struct mcpauth_error err = {0};
	long start = http_client_clock();
	enum mcpauth_code code = visit_once(fixture, &err);
	if (code != MCPAUTH_E_ADDRESS_REFUSED && code != MCPAUTH_E_INVALID_METADATA
		&& code != MCPAUTH_E_INVALID_URL) {
		print_error("%s: %s\n", mcpauth_code_name(code), err.message);
	}
	CHECK_ROW(place, code == MCPAUTH_E_ADDRESS_REFUSED || code == MCPAUTH_E_INVALID_METADATA);
	CHECK_ROW(place, http_client_clock() - start < 2000);
}

static void looks_for_no_metadata_at_private_places(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < PRIVATE_PLACES; i++) {
		snprintf(fixture->metadata, sizeof fixture->metadata, "%s/own", private_places[i]);
		check_refused(fixture, private_places[i]);
	}
	assert_int_equal(loopback_requests(fixture->loopback), 0);
}

static void asks_no_issuer_at_private_places(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < PRIVATE_PLACES; i++) {
		renew(fixture);
		say(fixture, RESOURCE, 200,
			"{\"resource\":\"%s\",\"authorization_servers\":[\"%s\"]}", fixture->server,
			private_places[i]);
		check_refused(fixture, private_places[i]);
	}
	assert_int_equal(fixture->logins, 0);
}

static void takes_no_code_to_private_places(void **state)
{
	struct fixture *fixture = *state;
	for (size_t i = 0; i < PRIVATE_PLACES; i++) {
		renew(fixture);
		say_issuer(
			fixture, fixture->origin, url_at(fixture, "/authorize"), private_places[i]);
		check_refused(fixture, private_places[i]);
	}
}

static void follows_no_redirect(void **state)
{
	static const unsigned statuses[] = {301, 302, 303, 307, 308};
	struct fixture *fixture = *state;
	for (enum page page = RESOURCE; page < PAGES; page++) {
		for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
			renew(fixture);
			fixture->pages[page].status = statuses[i];
			fixture->pages[page].headers = "Location: http://192.168.1.1/\r\n";
			struct mcpauth_error err = {0};
			enum mcpauth_code code = visit_once(fixture, &err);
			CHECK_ROW(paths[page],
				code == MCPAUTH_E_HTTP_STATUS || code == MCPAUTH_E_REGISTRATION
					|| code == MCPAUTH_E_TOKEN_ENDPOINT);
		}
	}
}

static void opens_nothing_but_web_pages(void **state)
{
	static const char *const urls[] = {"javascript:alert(1)", "JavaScript://x/%0aalert(1)",
		"data:text/html,<script>", "file:///etc/passwd", "ftp://127.0.0.1/",
		"http://198.51.100.7/authorize", "--help", "", "https://", "https://a b/"};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		renew(fixture);
		say_issuer(fixture, fixture->origin, urls[i], url_at(fixture, "/token"));
		CHECK_ROW_CODE(urls[i], MCPAUTH_E_INVALID_METADATA, visit_once(fixture, &err));
	}
	assert_int_equal(fixture->logins, 0);
}

static void shows_no_text_of_another_issuer(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_error err = {0};
	fixture->redirect = "error=" SECRET_TEXT "&error_description=" SECRET_TEXT
			    "&iss=https%3A%2F%2Fevil.example.com";
	assert_int_equal(visit_once(fixture, &err), MCPAUTH_E_ISSUER_MISMATCH);
	assert_null(strstr(err.message, SECRET_TEXT));
	assert_null(strstr(err.message, "evil"));
	fixture->redirect = "error=access_denied";
	assert_int_equal(visit_once(fixture, &err), MCPAUTH_E_LOGIN_REFUSED);
}

static void takes_no_code_of_another_issuer(void **state)
{
	struct fixture *fixture = *state;
	char slash[160];
	snprintf(slash, sizeof slash, "code=abc&iss=%s/", fixture->origin);
	const char *const redirects[] = {
		"code=abc&iss=https%3A%2F%2Fevil.example.com", "code=abc&iss=", slash};
	for (size_t i = 0; i < sizeof redirects / sizeof redirects[0]; i++) {
		fixture->redirect = redirects[i];
		CHECK_ROW_CODE(redirects[i], MCPAUTH_E_ISSUER_MISMATCH, visit_once(fixture, &err));
	}
	snprintf(slash, sizeof slash, "code=abc&iss=%s", fixture->origin);
	fixture->redirect = slash;
	CHECK_OK(visit_once(fixture, &err));
}

static void waits_on_after_a_redirect_of_somebody_else(void **state)
{
	struct fixture *fixture = *state;
	fixture->state = "another";
	CHECK_OK(visit_once(fixture, &err));
	assert_int_equal(fixture->strange, MCPAUTH_E_REDIRECT);
}

static void gives_up_when_every_token_is_refused(void **state)
{
	static const struct refusal forever[] = {
		{.status = 401, .challenge = "Bearer error=\"invalid_token\","}};
	struct fixture *fixture = *state;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, visit(fixture, forever, 1, &err));
	assert_int_equal(fixture->logins, 1);
}

static void gives_up_when_no_scope_is_enough(void **state)
{
	static const struct refusal same[] = {{.status = 401, .challenge = "Bearer"},
		{.status = 403, .challenge = "Bearer error=\"insufficient_scope\", scope=\"a\","},
		{.status = 403, .challenge = "Bearer error=\"insufficient_scope\", scope=\"a\","},
		{.status = 403, .challenge = "Bearer error=\"insufficient_scope\", scope=\"a\","},
		{.status = 403, .challenge = "Bearer error=\"insufficient_scope\", scope=\"a\","},
		{.status = 403, .challenge = "Bearer error=\"insufficient_scope\", scope=\"a\","}};
	struct fixture *fixture = *state;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, visit(fixture, same, 6, &err));
	assert_in_range(fixture->logins, 2, 1 + STEP_UPS);
}

static void gives_up_when_scopes_never_end(void **state)
{
	static const struct refusal other[] = {{.status = 403,
		.challenge = "Bearer error=\"insufficient_scope\",",
		.new_scope = true}};
	struct fixture *fixture = *state;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, visit(fixture, other, 1, &err));
	assert_in_range(fixture->logins, 1, 1 + STEP_UPS);
}

static void gives_up_when_refusals_take_turns(void **state)
{
	static const struct refusal turns[] = {{.status = 401, .challenge = "Bearer"},
		{.status = 403,
			.challenge = "Bearer error=\"insufficient_scope\",",
			.new_scope = true}};
	struct fixture *fixture = *state;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, visit(fixture, turns, 2, &err));
	assert_in_range(fixture->logins, 1, 2 + STEP_UPS);
}

static void gives_up_when_nonces_never_end(void **state)
{
	static const struct refusal nonces[] = {
		{.status = 401, .challenge = "DPoP error=\"use_dpop_nonce\",", .new_nonce = true}};
	struct fixture *fixture = *state;
	say(fixture, TOKEN, 200,
		"{\"access_token\":\"good\",\"token_type\":\"DPoP\",\"expires_in\":3600}");
	fixture->config.dpop = MCPAUTH_DPOP_ALWAYS;
	CHECK_CODE(MCPAUTH_E_STILL_REFUSED, visit(fixture, nonces, 1, &err));
	assert_int_equal(fixture->logins, 1);
}

/* 2 MiB that would be good if they were shorter. */
static void reads_no_answer_of_two_megabytes(void **state)
{
	struct fixture *fixture = *state;
	for (int chunked = 0; chunked < 2; chunked++) {
		for (enum page page = RESOURCE; page < PAGES; page++) {
			renew(fixture);
			fixture->pages[page].body = "                                ";
			fixture->pages[page].repeat = 2 * 1024 * 1024 / 32;
			fixture->pages[page].chunked = chunked;
			CHECK_ROW_CODE(paths[page], MCPAUTH_E_TOO_LARGE, visit_once(fixture, &err));
		}
	}
}

static void waits_for_no_trickle(void **state)
{
	struct fixture *fixture = *state;
	fixture->config.timeout_ms = TIMEOUT_MS;
	for (enum page page = RESOURCE; page < PAGES; page++) {
		renew(fixture);
		fixture->pages[page].manner = LOOPBACK_DRIPPING;
		long start = http_client_clock();
		CHECK_ROW_CODE(paths[page], MCPAUTH_E_TIMEOUT, visit_once(fixture, &err));
		CHECK_ROW(paths[page], http_client_clock() - start < TIMEOUT_MS + 2000);
	}
}

static void waits_for_no_silence(void **state)
{
	struct fixture *fixture = *state;
	fixture->config.timeout_ms = TIMEOUT_MS;
	for (enum page page = RESOURCE; page < PAGES; page++) {
		renew(fixture);
		fixture->pages[page].manner = LOOPBACK_HELD;
		CHECK_ROW_CODE(paths[page], MCPAUTH_E_TIMEOUT, visit_once(fixture, &err));
	}
}

static void says_what_breaks_off(void **state)
{
	struct fixture *fixture = *state;
	for (enum page page = RESOURCE; page < PAGES; page++) {
		renew(fixture);
		fixture->pages[page].manner = LOOPBACK_CUT;
		CHECK_ROW_CODE(paths[page], MCPAUTH_E_UNREACHABLE, visit_once(fixture, &err));
	}
}

/* A token that could not go into a header, or would end it. */
static void takes_no_token_that_breaks_a_header(void **state)
{
	static const char *const tokens[] = {
		"a\\r\\nX-Evil: 1", "a b", "", "\\u0000", "\\u00e9", "a\\nb"};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		renew(fixture);
		say(fixture, TOKEN, 200, "{\"access_token\":\"%s\",\"token_type\":\"Bearer\"}",
			tokens[i]);
		struct mcpauth_error err = {0};
		enum mcpauth_code code = visit_once(fixture, &err);
		CHECK_ROW(tokens[i],
			code == MCPAUTH_E_TOKEN_ENDPOINT || code == MCPAUTH_E_INVALID_JSON);
	}
}

#define HOSTILE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOSTILE(gets_a_token_from_honest_servers),
		HOSTILE(refuses_metadata_of_another_resource),
		HOSTILE(refuses_metadata_of_a_neighbour),
		HOSTILE(refuses_metadata_of_another_issuer),
		HOSTILE(looks_for_no_metadata_at_private_places),
		HOSTILE(asks_no_issuer_at_private_places),
		HOSTILE(takes_no_code_to_private_places),
		HOSTILE(follows_no_redirect),
		HOSTILE(opens_nothing_but_web_pages),
		HOSTILE(shows_no_text_of_another_issuer),
		HOSTILE(takes_no_code_of_another_issuer),
		HOSTILE(waits_on_after_a_redirect_of_somebody_else),
		HOSTILE(gives_up_when_every_token_is_refused),
		HOSTILE(gives_up_when_no_scope_is_enough),
		HOSTILE(gives_up_when_scopes_never_end),
		HOSTILE(gives_up_when_refusals_take_turns),
		HOSTILE(gives_up_when_nonces_never_end),
		HOSTILE(reads_no_answer_of_two_megabytes),
		HOSTILE(waits_for_no_trickle),
		HOSTILE(waits_for_no_silence),
		HOSTILE(says_what_breaks_off),
		HOSTILE(takes_no_token_that_breaks_a_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
