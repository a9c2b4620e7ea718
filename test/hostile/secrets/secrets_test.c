/* Tokens and secrets leave nothing behind, in memory or in what the server says. */
#include "callers.h"
#include "client_keys.h"
#include "fixture.h"
#include "handle_keys.h"
#include "odd_requests.h"
#include "pages.h"
#include "stages.h"
#include "subject.h"
#include "tokens.h"

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* 32 bytes each. */
#define LOG_KEY "the-key-of-the-log-9c41e07ab35df"
#define LIMIT_KEY "what-limits-failures-5b08e61fd73"
static const char *program;

static int start(void **state, const char *tunables)
{
	size_t count;
	struct loopback_page *pages = secret_pages(&count);
	pages[0].body = token_keys();
	return fixture_start(state, program, tunables, pages, count);
}

static int start_usual(void **state)
{
	return start(state, "");
}

/* glibc fills what is given back, which SECURITY.md advises. */
static int start_perturbed(void **state)
{
	return start(state, "glibc.malloc.perturb=170:glibc.malloc.tcache_count=0");
}

static void serve(struct fixture *fixture, const char *kind)
{
	fixture->port = subject_order(
		fixture->subject, ORDER_START, loopback_port(fixture->loopback), kind)
				->number;
}

static unsigned show(struct fixture *fixture, const char *path, const char *token)
{
	static char request[4096];
	snprintf(request, sizeof request,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", path,
		token);
	return subject_say(fixture->subject, fixture->port, request);
}

static void forgets_tokens_of_all_kinds(void **state)
{
	struct fixture *fixture = *state;
	serve(fixture, "jwt");
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < token_kinds_count; i++) {
		const struct token_kind *kind = &token_kinds[i];
		char *token = token_make(fixture->subject, kind);
		for (int twice = 0; twice < 2; twice++) {
			CHECK_ROW(kind->label, show(fixture, kind->path, token) == kind->status);
		}
		/* At once: the next token would lie where this one lay. */
		CHECK_ROW(kind->label, fixture_search(fixture) == 0);
		free(token);
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

static unsigned place(struct fixture *fixture, const struct odd_request *form, const char *token)
{
	char request[4096];
	odd_request_write(request, sizeof request, form, token);
	return subject_say(fixture->subject, fixture->port, request);
}

static bool places_all(struct fixture *fixture, const struct odd_request *forms, size_t count)
{
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		char *token = token_make(fixture->subject, &token_kinds[0]);
		unsigned status = place(fixture, &forms[i], token);
		if (status != forms[i].status) {
			print_error("%s: %u\n", forms[i].request, status);
			good = false;
		}
		free(token);
	}
	return good;
}

static void forgets_tokens_in_odd_places(void **state)
{
	struct fixture *fixture = *state;
	serve(fixture, "jwt");
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	assert_true(places_all(fixture, odd_requests, odd_requests_count));
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

static void forgets_tokens_of_its_own_verifier(void **state)
{
	struct fixture *fixture = *state;
	static const char good[] = "opaque-good-6e1b0c5a9d83f27415cc";
	static const char bad[] = "opaque-bad-c1f7a2e80b4d965f30aa";
	subject_mark(fixture->subject, "opaque", good, strlen(good));
	subject_mark(fixture->subject, "opaque, refused", bad, strlen(bad));
	serve(fixture, "opaque");
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(show(fixture, "/details", good), 200);
		assert_int_equal(show(fixture, "/details", bad), 401);
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

/* What the endpoint says is the same for all: its secrets are marked once. */
static void mark_endpoint(struct fixture *fixture)
{
	subject_mark(fixture->subject, "client secret", SECRET, strlen(SECRET));
	subject_mark(fixture->subject, "exchanged", EXCHANGED, strlen(EXCHANGED));
	subject_mark(fixture->subject, "second", SECOND, strlen(SECOND));
	subject_mark(fixture->subject, "basic", BASIC, strlen(BASIC));
}

static void make_exchange_with(
	struct fixture *fixture, const char *path, unsigned how, const char *secret)
{
	struct order order = {.what = ORDER_EXCHANGE, .number = how};
	snprintf(order.text, sizeof order.text, "http://127.0.0.1:%u%s",
		loopback_port(fixture->loopback), path);
	mark_make(&order.mark, "secret", secret, strlen(secret));
	const struct report *report = subject_order_mark(fixture->subject, &order);
	assert_string_equal(report->message, "");
}

static void make_exchange(struct fixture *fixture, const char *path, unsigned how)
{
	make_exchange_with(fixture, path, how, SECRET);
}

static void forgets_what_it_exchanged(void **state)
{
	static const char *const paths[] = {"/token", "/chunked", "/other-type", "/nested",
		"/twice", "/cut-off", "/long", "/too-long", "/refusing", "/failing", "/nowhere"};
	static const unsigned ways[] = {MCPAUTH_CLIENT_SECRET_BASIC, MCPAUTH_CLIENT_SECRET_POST,
		MCPAUTH_CLIENT_BEARER_TOKEN};
	struct fixture *fixture = *state;
	mark_endpoint(fixture);
	serve(fixture, "jwt");
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < COUNT(ways) * COUNT(paths); i++) {
		const char *path = paths[i / COUNT(ways)];
		char *token = token_make(fixture->subject, &token_kinds[0]);
		make_exchange(fixture, path, ways[i % COUNT(ways)]);
		CHECK_ROW(path, show(fixture, "/exchange", token) == 200);
		CHECK_ROW(path, show(fixture, "/exchange", token) == 200);
		subject_order(fixture->subject, ORDER_SETTLE, 0, NULL);
		free(token);
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

/* Of the assertion each request has its own: that of the last one is known when it was
 * sent, and looked for then. */
static void forgets_a_key_and_what_it_signed(void **state)
{
	static const char *const keys[] = {"ES256", "EdDSA", "RS256"};
	static char form[16384];
	struct fixture *fixture = *state;
	serve(fixture, "jwt");
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < COUNT(keys); i++) {
		char *pem = client_key_make(fixture->subject, keys[i]);
		char *token = token_make(fixture->subject, &token_kinds[0]);
		make_exchange_with(fixture, "/token", MCPAUTH_PRIVATE_KEY_JWT, pem);
		CHECK_ROW(keys[i], show(fixture, "/exchange", token) == 200);
		loopback_last_body(fixture->loopback, form, sizeof form);
		client_key_mark_assertion(fixture->subject, form);
		subject_order(fixture->subject, ORDER_SETTLE, 0, NULL);
		free(token);
		free(pem);
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

/* What proves the client is needed as long as it may ask; a token is not. */
static size_t search_for_tokens(struct fixture *fixture)
{
	size_t found = 0;
	for (int i = 0; i < FIXTURE_TRIES; i++) {
		const struct report *report = subject_order(
			fixture->subject, ORDER_SEARCH, 0, NULL);
		found = 0;
		for (size_t n = 0; n < report->count && n < FINDINGS_MAX; n++) {
			found += strcmp(subject_mark_name(
						fixture->subject, report->places[n].hit.mark),
					 "opaque")
				== 0;
		}
		if (found == 0) {
			return 0;
		}
		nanosleep(&(struct timespec){0, 20 * 1000000}, NULL);
	}
	return found;
}

static void introspect(struct fixture *fixture, unsigned way, const char *path, const char *secret)
{
	struct order order = {.what = ORDER_START, .number = loopback_port(fixture->loopback)};
	snprintf(order.text, sizeof order.text, "introspected %u %s", way, path);
	mark_make(&order.mark, "secret", secret, strlen(secret));
	fixture->port = subject_order_mark(fixture->subject, &order)->number;
}

static void forgets_what_it_asked_about(void **state)
{
	static const unsigned ways[] = {MCPAUTH_CLIENT_SECRET_BASIC, MCPAUTH_CLIENT_SECRET_POST,
		MCPAUTH_CLIENT_BEARER_TOKEN};
	static const struct {
		const char *path;
		unsigned status;
	} pages[] = {{"/active", 200}, {"/inactive", 401}, {"/refusing", 503}, {"/failing", 503},
		{"/cut-off", 503}, {"/too-long", 503}, {"/nowhere", 503}};
	struct fixture *fixture = *state;
	mark_endpoint(fixture);
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < COUNT(ways) * COUNT(pages); i++) {
		size_t page = i / COUNT(ways);
		char *token = token_make_opaque(fixture->subject);
		introspect(fixture, ways[i % COUNT(ways)], pages[page].path, SECRET);
		CHECK_ROW(pages[page].path, show(fixture, "/details", token) == pages[page].status);
		CHECK_ROW(pages[page].path, show(fixture, "/details", token) == pages[page].status);
		CHECK_ROW(pages[page].path, search_for_tokens(fixture) == 0);
		subject_order(fixture->subject, ORDER_STOP, 0, NULL);
		CHECK_ROW(pages[page].path, fixture_search(fixture) == 0);
		free(token);
	}
	assert_int_equal(subject_leaks(fixture->subject), 0);
	callers_check(fixture->subject, fixture->over_tls);
}

static void forgets_a_key_that_it_asked_with(void **state)
{
	static char form[16384];
	struct fixture *fixture = *state;
	char *pem = client_key_make(fixture->subject, "ES256");
	char *token = token_make_opaque(fixture->subject);
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	introspect(fixture, MCPAUTH_PRIVATE_KEY_JWT, "/active", pem);
	assert_int_equal(show(fixture, "/details", token), 200);
	loopback_last_body(fixture->loopback, form, sizeof form);
	client_key_mark_assertion(fixture->subject, form);
	assert_int_equal(search_for_tokens(fixture), 0);
	subject_order(fixture->subject, ORDER_STOP, 0, NULL);
	assert_int_equal(fixture_search(fixture), 0);
	assert_int_equal(subject_leaks(fixture->subject), 0);
	callers_check(fixture->subject, fixture->over_tls);
	free(token);
	free(pem);
}

/* While it lives an exchange keeps what it needs: so it is found, and in the heap. */
static void knows_its_secret_while_it_needs_it(void **state)
{
	struct fixture *fixture = *state;
	mark_endpoint(fixture);
	serve(fixture, "jwt");
	make_exchange(fixture, "/token", MCPAUTH_CLIENT_SECRET_POST);
	const struct report *report = subject_order(fixture->subject, ORDER_SEARCH, 0, NULL);
	assert_int_equal(report->count, 1);
	assert_string_equal(
		subject_mark_name(fixture->subject, report->places[0].hit.mark), "client secret");
	subject_order(fixture->subject, ORDER_SETTLE, 0, NULL);
	assert_int_equal(fixture_search(fixture), 0);
}

static void forgets_the_key_of_its_handles(void **state)
{
	struct fixture *fixture = *state;
	serve(fixture, "jwt");
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	handle_keys_use(fixture->subject, SECRET);
	assert_true(handle_keys_end(fixture->subject));
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

/* What it keeps on purpose while it serves, each once; and nothing else. */
static bool keeps_keys(struct fixture *fixture)
{
	const struct report *report = NULL;
	for (int i = 0; i < FIXTURE_TRIES; i++) {
		unsigned found[2] = {0};
		report = subject_order(fixture->subject, ORDER_SEARCH, 0, NULL);
		for (size_t n = 0; n < report->count && n < FINDINGS_MAX; n++) {
			const char *name = subject_mark_name(
				fixture->subject, report->places[n].hit.mark);
			found[0] += strcmp(name, "log key") == 0;
			found[1] += strcmp(name, "limit key") == 0;
		}
		if (report->count == 2 && found[0] == 1 && found[1] == 1) {
			return true;
		}
		nanosleep(&(struct timespec){0, 20 * 1000000}, NULL);
	}
	fixture_print_places(fixture, report);
	return false;
}

static void serve_stages(struct fixture *fixture)
{
	struct order order = {.what = ORDER_START, .text = "stages"};
	order.number = loopback_port(fixture->loopback);
	mark_make(&order.mark, "secret", LOG_KEY LIMIT_KEY, 2 * STAGES_KEY_SIZE);
	handle_keys_mark(fixture->subject, "log key", (const unsigned char *)LOG_KEY);
	subject_mark(fixture->subject, "limit key", LIMIT_KEY, STAGES_KEY_SIZE);
	fixture->port = subject_order_mark(fixture->subject, &order)->number;
}

static void tells_no_token_to_log_and_numbers(void **state)
{
	struct fixture *fixture = *state;
	serve_stages(fixture);
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < token_kinds_count; i++) {
		const struct token_kind *kind = &token_kinds[i];
		char *token = token_make(fixture->subject, kind);
		CHECK_ROW(kind->label, show(fixture, kind->path, token) == kind->status);
		free(token);
	}
	assert_true(places_all(fixture, quotable_requests, quotable_requests_count));
	assert_true(keeps_keys(fixture));
	/* There are lines, of good ones and of others. */
	assert_true(subject_logged(fixture->subject, "\"subject\":\""));
	assert_true(subject_logged(fixture->subject, "\"reason\":\"expired\""));
	assert_true(subject_logged(fixture->subject, "\"name\":\"dear\""));
	assert_false(subject_logged(fixture->subject, "Bearer"));
	subject_order(fixture->subject, ORDER_STOP, 0, NULL);
	assert_int_equal(fixture_search(fixture), 0);
	assert_int_equal(subject_leaks(fixture->subject), 0);
	callers_check(fixture->subject, fixture->over_tls);
}

static void tells_nothing_of_secrets_in_settings(void **state)
{
	static const char *const texts[] = {
		"{\"auth\":{\"client_secret\":\"" SECRET "\"}}",
		"{\"auth\":{\"deadline_ms\":\"" SECRET "\"}}",
		"{\"auth\":{\"proxy\":\"http://user:" SECRET "@127.0.0.1:1\"}}",
		"{\"auth\":{\"proxy\":\"" SECRET "\",\"proxy\":\"" SECRET "\"}}",
		"{\"resources\":[{\"resource\":\"" SECRET "\"}]}",
		"{\"application\":{\"password\":\"" SECRET "\"}}",
		"{\"application\":{\"password\":\"" SECRET "\",}}",
	};
	struct fixture *fixture = *state;
	subject_mark(fixture->subject, "client secret", SECRET, strlen(SECRET));
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < COUNT(texts); i++) {
		char path[] = "secrets-XXXXXX";
		int file = mkstemp(path);
		assert_int_equal(write(file, texts[i], strlen(texts[i])), strlen(texts[i]));
		const struct report *report = subject_order(
			fixture->subject, ORDER_SETTINGS, 0, path);
		close(file);
		unlink(path);
		subject_heard(fixture->subject, report->message);
		subject_heard(fixture->subject, "settings");
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

static void forgets_a_token_that_it_could_not_check(void **state)
{
	struct fixture *fixture = *state;
	const unsigned nobody = 1;
	fixture->port = subject_order(fixture->subject, ORDER_START, nobody, "jwt")->number;
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < 3; i++) {
		char *token = token_make(fixture->subject, &token_kinds[0]);
		assert_int_equal(show(fixture, "/details", token), 503);
		free(token);
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

static void forgets_what_came_over_tls(void **state)
{
	struct fixture *fixture = *state;
	serve(fixture, "tls");
	subject_speak_tls(fixture->subject);
	fixture->over_tls = true;
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < 4; i++) {
		char *token = token_make(fixture->subject, &token_kinds[i]);
		assert_int_equal(show(fixture, token_kinds[i].path, token), token_kinds[i].status);
		free(token);
	}
	fixture_check_silence(fixture);
	callers_check(fixture->subject, fixture->over_tls);
}

/* MHD keeps a connection's memory for its next request, but clears it. */
static void forgets_a_token_while_the_connection_is_idle(void **state)
{
	struct fixture *fixture = *state;
	char request[2048];
	struct http_response response = {0};
	serve(fixture, "jwt");
	char *token = token_make(fixture->subject, &token_kinds[0]);
	struct http_client *client = http_client_new(fixture->port);
	snprintf(request, sizeof request,
		"GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
		token);
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	assert_true(http_client_say(client, request));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	assert_int_equal(fixture_search(fixture), 0);
	callers_check(fixture->subject, fixture->over_tls);
	http_response_finish(&response);
	http_client_free(client);
	free(token);
}

/* Then even those who are known to give marks back leave none in memory. */
static void leaves_nothing_where_memory_is_filled(void **state)
{
	struct fixture *fixture = *state;
	mark_endpoint(fixture);
	serve(fixture, "jwt");
	for (int i = 0; i < 2; i++) {
		char *token = token_make(fixture->subject, &token_kinds[0]);
		make_exchange(fixture, "/token", MCPAUTH_CLIENT_SECRET_POST);
		assert_int_equal(show(fixture, "/exchange", token), 200);
		subject_order(fixture->subject, ORDER_SETTLE, 0, NULL);
		free(token);
	}
	fixture_check_silence(fixture);
}

/* So that all of the above means something: what is kept on purpose is found. */
static void finds_what_is_kept(void **state)
{
	static const unsigned places[] = {PLACE_HEAP, PLACE_DATA};
	struct fixture *fixture = *state;
	struct order order = {.what = ORDER_LEND};
	mark_make(&order.mark, "control", SECRET, strlen(SECRET));
	subject_mark(fixture->subject, "control", SECRET, strlen(SECRET));
	assert_int_equal(subject_order(fixture->subject, ORDER_SEARCH, 0, NULL)->count, 0);
	for (size_t i = 0; i < COUNT(places); i++) {
		order.number = places[i];
		subject_order_mark(fixture->subject, &order);
		const struct report *report = subject_order(
			fixture->subject, ORDER_SEARCH, 0, NULL);
		assert_int_equal(report->count, 1);
		assert_int_equal(report->places[0].hit.length, strlen(SECRET));
		order.number = PLACE_NONE;
		subject_order_mark(fixture->subject, &order);
	}
}

static void finds_what_is_given_back(void **state)
{
	struct fixture *fixture = *state;
	struct order order = {.what = ORDER_LEND, .number = PLACE_HEAP};
	mark_make(&order.mark, "control", SECRET, strlen(SECRET));
	subject_mark(fixture->subject, "control", SECRET, strlen(SECRET));
	subject_order(fixture->subject, ORDER_WATCH, 0, NULL);
	subject_order_mark(fixture->subject, &order);
	order.number = PLACE_NONE;
	subject_order_mark(fixture->subject, &order);
	const struct report *report = subject_order(fixture->subject, ORDER_UNWATCH, 0, NULL);
	assert_int_equal(report->count, 1);
	assert_string_equal(report->callers[0].library, "program");
	assert_int_equal(report->callers[0].length, strlen(SECRET));
}

static void finds_what_is_said(void **state)
{
	struct fixture *fixture = *state;
	subject_mark(fixture->subject, "control", SECRET, strlen(SECRET));
	subject_heard(fixture->subject, "something else");
	assert_int_equal(subject_leaks(fixture->subject), 0);
	subject_heard(fixture->subject, "and " SECRET);
	assert_int_equal(subject_leaks(fixture->subject), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_usual, fixture_stop)

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_what_is_kept),
		TEST(finds_what_is_given_back),
		TEST(finds_what_is_said),
		TEST(forgets_tokens_of_all_kinds),
		TEST(forgets_tokens_in_odd_places),
		TEST(forgets_tokens_of_its_own_verifier),
		TEST(forgets_what_it_exchanged),
		TEST(forgets_a_key_and_what_it_signed),
		TEST(forgets_what_it_asked_about),
		TEST(forgets_a_key_that_it_asked_with),
		TEST(knows_its_secret_while_it_needs_it),
		TEST(forgets_the_key_of_its_handles),
		TEST(tells_no_token_to_log_and_numbers),
		TEST(tells_nothing_of_secrets_in_settings),
		TEST(forgets_a_token_that_it_could_not_check),
		TEST(forgets_what_came_over_tls),
		TEST(forgets_a_token_while_the_connection_is_idle),
		cmocka_unit_test_setup_teardown(
			leaves_nothing_where_memory_is_filled, start_perturbed, fixture_stop),
	};
	if (count == 4 && strcmp(arguments[1], "--server") == 0) {
		return server_main(atoi(arguments[2]), atoi(arguments[3]));
	}
	program = arguments[0];
	int failed = cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
	callers_print_limits();
	return failed;
}
