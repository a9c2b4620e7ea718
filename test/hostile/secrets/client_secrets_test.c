/* An OAuth client leaves nothing behind of its tokens and secrets, and says none of them. */
#include "callers.h"
#include "client_keys.h"
#include "client_pages.h"
#include "fixture.h"
#include "pages.h"
#include "random.h"
#include "subject.h"

#include "base/base64url.h"
#include "client/storage/token_storage_int.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CODE "hT6wJzQm9RkYcXv2NbLsGd5fPeUa8oVi1tKx"
#define ID_TOKEN "eyJhbGci.Xw8rTzVk2mQyNcLb.7jHsGd4fPaUe"
#define JWT "Vb2nMq8sWdKf.4rTyUiOpAsXcZvBn.6hJkLgFdSa"
#define RANDOM "zX4vB8nM2kL6jH0gF5dS9aP3oI7uY1tR"

static const char *program;

/** How a client is. */
struct kind {
	const char *label;
	const char *grant;
	const char *authentication;
	const char *storage; /* memory, program or file */
	const char *binding;
	const char *redirect;
};

static int start(void **state)
{
	size_t count;
	const struct loopback_page *pages = client_pages(&count);
	return fixture_start(state, program, "", pages, count);
}

static const struct report *order(struct fixture *fixture, const char *text)
{
	return subject_order(fixture->subject, ORDER_CLIENT, 0, text);
}

static void tell(struct fixture *fixture, const char *name, const void *bytes, size_t length)
{
	struct order order = {.what = ORDER_CLIENT};
	snprintf(order.text, sizeof order.text, "know %s", name);
	mark_make(&order.mark, name, bytes, length);
	subject_order_mark(fixture->subject, &order);
}

/* What is sent a library may give back unwiped; what only comes it may not. */
static void mark_all(struct fixture *fixture, bool sends_access_token)
{
	static const struct {
		const char *name;
		const char *text;
	} secrets[] = {{"sent: refresh token", REFRESH}, {"sent: code", CODE},
		{"sent: ID-JAG", ID_JAG}, {"sent: ID token", ID_TOKEN}, {"sent: JWT", JWT},
		{"sent: registered", REGISTERED}, {"client secret", SECRET}, {"basic", BASIC}};
	char verifier[MCPAUTH__BASE64URL_ENCODED(RANDOM_KEY_SIZE) + 1];
	mcpauth__base64url_encode((const unsigned char *)RANDOM, RANDOM_KEY_SIZE, verifier);
	for (size_t i = 0; i < COUNT(secrets); i++) {
		subject_mark(fixture->subject, secrets[i].name, secrets[i].text,
			strlen(secrets[i].text));
	}
	subject_mark(fixture->subject, "sent: verifier", verifier, strlen(verifier));
	subject_mark(fixture->subject, "random", RANDOM, RANDOM_KEY_SIZE);
	subject_mark(fixture->subject, sends_access_token ? "sent: access token" : "access token",
		ACCESS, strlen(ACCESS));
	tell(fixture, "random", RANDOM, RANDOM_KEY_SIZE);
}

/* A file with a key that was made before. */
static void keep_key(struct fixture *fixture, const char *path)
{
	char server[64];
	struct mcpauth_token_storage *storage;
	struct mcpauth__credentials credentials = {
		.dpop_key = client_key_make(fixture->subject, "ES256")};
	snprintf(
		server, sizeof server, "http://127.0.0.1:%u/mcp", loopback_port(fixture->loopback));
	CHECK_OK(mcpauth_token_storage_new_file(path, &storage, &err));
	CHECK_OK(mcpauth__token_storage_lock(storage, server, &err));
	CHECK_OK(mcpauth__token_storage_save(storage, server, &credentials, &err));
	mcpauth__token_storage_unlock(storage, server);
	mcpauth_token_storage_free(storage);
	mcpauth__credentials_finish(&credentials);
}

static const char *secret_of(struct fixture *fixture, const char *authentication, char **pem)
{
	*pem = strcmp(authentication, "private_key_jwt") == 0
		? client_key_make(fixture->subject, "ES256")
		: NULL;
	return *pem != NULL ? *pem : SECRET;
}

/* @param path  a file's, or "" */
static void start_client(struct fixture *fixture, const struct kind *kind, char *path)
{
	char text[160];
	char *pem;
	int file = strcmp(kind->storage, "file") == 0 ? mkstemp(path) : -1;
	const char *secret = secret_of(fixture, kind->authentication, &pem);
	if (file >= 0) {
		close(file);
		unlink(path);
	}
	if (strcmp(kind->binding, "dpop") == 0) {
		keep_key(fixture, path);
	}
	tell(fixture, "secret", secret, strlen(secret));
	snprintf(text, sizeof text, "start %u %s %s %s %s %s", loopback_port(fixture->loopback),
		kind->grant, kind->authentication, file >= 0 ? path : kind->storage, kind->binding,
		kind->redirect);
	const struct report *report = order(fixture, text);
	if (report->code != MCPAUTH_OK) {
		print_error("%s: %s\n", kind->label, report->message);
	}
	CHECK_ROW(kind->label, report->code == MCPAUTH_OK);
	free(pem);
}

static bool is_answered(struct fixture *fixture, const char *status)
{
	char text[32];
	snprintf(text, sizeof text, "request %s", status);
	const struct report *report = order(fixture, text);
	if (report->code != MCPAUTH_OK) {
		print_error("%s: %s\n", text, report->message);
	}
	return report->code == MCPAUTH_OK;
}

static void check_silence(struct fixture *fixture)
{
	assert_int_equal(fixture_search(fixture), 0);
	assert_int_equal(subject_leaks(fixture->subject), 0);
	callers_check(fixture->subject, false);
}

/* A token is got, refreshed if it can be, and got anew with another scope. */
static void use(struct fixture *fixture, const struct kind *kind)
{
	static char form[16384];
	char path[] = "client-secrets-XXXXXX";
	char endpoint[16];
	snprintf(endpoint, sizeof endpoint, "/%s", kind->binding);
	client_pages_fill(loopback_port(fixture->loopback), endpoint, false);
	start_client(fixture, kind, path);
	CHECK_ROW(kind->label, is_answered(fixture, "401"));
	loopback_last_body(fixture->loopback, form, sizeof form);
	CHECK_ROW(kind->label, strstr(form, "grant_type=") != NULL);
	if (strcmp(kind->authentication, "private_key_jwt") == 0) {
		client_key_mark_assertion(fixture->subject, form);
	}
	CHECK_ROW(kind->label, is_answered(fixture, "401"));
	CHECK_ROW(kind->label, is_answered(fixture, "403"));
	order(fixture, "end");
	CHECK_ROW(kind->label, fixture_search(fixture) == 0);
	unlink(path);
}

static void use_all(struct fixture *fixture, const struct kind *kinds, size_t count)
{
	mark_all(fixture, false);
	tell(fixture, "proof", CODE, strlen(CODE));
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < count; i++) {
		use(fixture, &kinds[i]);
	}
	check_silence(fixture);
}

static void forgets_a_login(void **state)
{
	static const struct kind kinds[] = {
		{"public", "code", "none", "memory", "bearer", "own"},
		{"basic", "code", "client_secret_basic", "memory", "bearer", "own"},
		{"post", "code", "client_secret_post", "file", "bearer", "own"},
		{"registered", "code", "registered", "file", "bearer", "own"},
		{"identified", "code", "identified", "program", "bearer", "own"},
		{"listening", "code", "registered", "memory", "bearer", "listener"},
	};
	use_all(*state, kinds, COUNT(kinds));
}

static void forgets_the_key_that_it_signs_with(void **state)
{
	static const struct kind kinds[] = {
		{"key", "code", "private_key_jwt", "memory", "bearer", "own"},
		{"key, alone", "credentials", "private_key_jwt", "file", "bearer", "own"},
	};
	use_all(*state, kinds, COUNT(kinds));
}

static void forgets_the_key_that_tokens_are_bound_to(void **state)
{
	static const struct kind kinds[] = {
		{"bound", "code", "none", "file", "dpop", "own"},
	};
	use_all(*state, kinds, COUNT(kinds));
}

static void forgets_who_vouched_for_it(void **state)
{
	static const struct kind enterprise = {
		"enterprise", "enterprise", "client_secret_post", "memory", "bearer", "own"};
	static const struct kind workload = {
		"workload", "workload", "none", "memory", "bearer", "own"};
	struct fixture *fixture = *state;
	mark_all(fixture, false);
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	tell(fixture, "proof", ID_TOKEN, strlen(ID_TOKEN));
	use(fixture, &enterprise);
	tell(fixture, "proof", JWT, strlen(JWT));
	use(fixture, &workload);
	check_silence(fixture);
}

static void forgets_what_it_could_not_use(void **state)
{
	static const char *const endpoints[] = {"/other-type", "/nested", "/twice", "/cut-off",
		"/long", "/too-long", "/refusing", "/failing", "/nowhere"};
	static const struct kind kind = {
		"refused", "code", "client_secret_post", "memory", "bearer", "own"};
	struct fixture *fixture = *state;
	char path[] = "client-secrets-XXXXXX";
	mark_all(fixture, false);
	subject_mark(fixture->subject, "exchanged", EXCHANGED, strlen(EXCHANGED));
	subject_mark(fixture->subject, "second", SECOND, strlen(SECOND));
	tell(fixture, "proof", CODE, strlen(CODE));
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	for (size_t i = 0; i < COUNT(endpoints); i++) {
		client_pages_fill(loopback_port(fixture->loopback), endpoints[i], false);
		start_client(fixture, &kind, path);
		const struct report *report = order(fixture, "request 401");
		CHECK_ROW(endpoints[i], report->code != MCPAUTH_OK && *report->message != '\0');
		order(fixture, "end");
		CHECK_ROW(endpoints[i], fixture_search(fixture) == 0);
	}
	check_silence(fixture);
}

/* How many findings are one of these; the last one is NULL. */
static size_t count_marks(
	struct fixture *fixture, const struct report *report, const char *const *names)
{
	size_t count = 0;
	for (size_t i = 0; i < report->count && i < FINDINGS_MAX; i++) {
		size_t mark = report->places[i].hit.mark;
		const char *found = subject_mark_name(fixture->subject, mark);
		for (size_t j = 0; names[j] != NULL; j++) {
			count += strcmp(found, names[j]) == 0;
		}
	}
	return count;
}

/* Waits for all others to go. */
static bool has_nothing_but(struct fixture *fixture, const char *const *names)
{
	const struct report *report = NULL;
	for (int i = 0; i < FIXTURE_TRIES; i++) {
		report = subject_order(fixture->subject, ORDER_SEARCH, 0, NULL);
		if (report->count > 0 && count_marks(fixture, report, names) == report->count) {
			return true;
		}
		nanosleep(&(struct timespec){0, 20 * 1000000}, NULL);
	}
	fixture_print_places(fixture, report);
	return false;
}

static bool has_mark(struct fixture *fixture, const char *name)
{
	const char *const names[] = {name, NULL};
	const struct report *report = subject_order(fixture->subject, ORDER_SEARCH, 0, NULL);
	return count_marks(fixture, report, names) > 0;
}

/* What it needs is there until then, so that the rest of this means something. */
static void forgets_tokens_when_it_logs_out(void **state)
{
	static const struct kind kind = {
		"logout", "code", "client_secret_post", "memory", "bearer", "own"};
	static const char *const needed[] = {
		"sent: access token", "sent: refresh token", "client secret", NULL};
	struct fixture *fixture = *state;
	char path[] = "client-secrets-XXXXXX";
	mark_all(fixture, true);
	tell(fixture, "proof", CODE, strlen(CODE));
	client_pages_fill(loopback_port(fixture->loopback), "/bearer", true);
	subject_order(fixture->subject, ORDER_WATCH, 1, NULL);
	start_client(fixture, &kind, path);
	const struct report *report = order(fixture, "request 401");
	assert_int_equal(report->code, MCPAUTH_OK);
	assert_int_equal(report->number, 1);
	assert_true(has_nothing_but(fixture, needed));
	assert_true(has_mark(fixture, "sent: access token"));
	assert_true(has_mark(fixture, "sent: refresh token"));
	assert_int_equal(order(fixture, "logout")->code, MCPAUTH_OK);
	assert_true(has_nothing_but(fixture, needed + 2));
	order(fixture, "end");
	check_silence(fixture);
}

/* The verifier that is looked for is the one that was sent. */
static void knows_the_verifier_that_is_looked_for(void **state)
{
	static const struct kind kind = {"verifier", "code", "none", "memory", "bearer", "own"};
	static char form[16384];
	struct fixture *fixture = *state;
	char path[] = "client-secrets-XXXXXX";
	char verifier[MCPAUTH__BASE64URL_ENCODED(RANDOM_KEY_SIZE) + 1];
	mcpauth__base64url_encode((const unsigned char *)RANDOM, RANDOM_KEY_SIZE, verifier);
	mark_all(fixture, false);
	tell(fixture, "proof", CODE, strlen(CODE));
	client_pages_fill(loopback_port(fixture->loopback), "/bearer", false);
	start_client(fixture, &kind, path);
	assert_true(is_answered(fixture, "401"));
	loopback_last_body(fixture->loopback, form, sizeof form);
	assert_non_null(strstr(form, verifier));
	assert_non_null(strstr(form, CODE));
	order(fixture, "end");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		TEST(knows_the_verifier_that_is_looked_for),
		TEST(forgets_a_login),
		TEST(forgets_the_key_that_it_signs_with),
		TEST(forgets_the_key_that_tokens_are_bound_to),
		TEST(forgets_who_vouched_for_it),
		TEST(forgets_what_it_could_not_use),
		TEST(forgets_tokens_when_it_logs_out),
	};
	if (count == 4 && strcmp(arguments[1], "--server") == 0) {
		return server_main(atoi(arguments[2]), atoi(arguments[3]));
	}
	program = arguments[0];
	int failed = cmocka_run_group_tests_name("client secrets", tests, NULL, NULL);
	callers_print_limits();
	return failed;
}
