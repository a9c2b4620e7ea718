/* A login: begun, waited for, and ended once, by whoever comes first. */
#include "client/login/login_int.h"

#include "support/check.h"
#include "support/http_client.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STATE "0123456789abcdefghijklmnopqrstuvwxyz_-ABCDE"
#define URI "http://127.0.0.1:1/callback"
#define GOOD URI "?code=c&state=" STATE
#define TARGET "/callback?code=c&state=" STATE
#define THREADS 4

/* What a login's callback does, and what came of that. */
struct script {
	struct mcpauth_login *kept; /* a reference, for those who come later */
	const char *redirect;       /* handed in at once; NULL: not */
	bool cancels;
	bool keeps;
	enum mcpauth_code taken; /* of the redirect */
	enum mcpauth_code code;  /* to be returned */
	const char *message;     /* for its error; NULL: none */
	atomic_bool has_begun;
	pthread_t thread;
	atomic_int good; /* how many were taken */
};

static enum mcpauth_code start(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct script *script = user;
	assert_non_null(err);
	if (script->redirect != NULL) {
		script->taken = mcpauth_login_redirected(login, script->redirect, NULL);
	}
	if (script->taken == MCPAUTH_E_NO_MEMORY) {
		return script->taken; /* else it would be waited for to the end */
	}
	if (script->cancels) {
		mcpauth_login_cancel(login);
	}
	if (script->keeps) {
		script->kept = mcpauth_login_ref(login);
	}
	if (script->message != NULL) {
		snprintf(err->message, sizeof err->message, "%s", script->message);
	}
	script->has_begun = true;
	return script->code;
}

static struct mcpauth_login *make_with(
	struct script *script, unsigned seconds, struct mcpauth__listener *listener)
{
	struct mcpauth_login *login;
	struct mcpauth__authorization_request request = {
		.url = strdup("https://as.example/authorize?state=" STATE),
		.redirect_uri = strdup(
			listener != NULL ? mcpauth__listener_redirect_uri(listener) : URI),
		.issuer = strdup("https://as.example"),
		.state = strdup(STATE),
		.verifier = strdup("verifier"),
	};
	assert_true(request.url != NULL && request.redirect_uri != NULL && request.issuer != NULL);
	assert_true(request.state != NULL && request.verifier != NULL);
	struct mcpauth__login_parts parts = {.request = &request,
		.listener = listener,
		.start = script != NULL ? start : NULL,
		.user = script,
		.seconds = seconds};
	CHECK_OK(mcpauth__login_new(&parts, &login, &err));
	assert_null(request.url);
	return login;
}

static struct mcpauth_login *make(struct script *script)
{
	return make_with(script, 60, NULL);
}

static void takes_the_redirect_within_its_callback(void **state)
{
	(void)state;
	struct script script = {.redirect = GOOD};
	struct mcpauth_login *login = make(&script);
	assert_string_equal(mcpauth_login_url(login), "https://as.example/authorize?state=" STATE);
	assert_string_equal(mcpauth_login_redirect_uri(login), URI);
	assert_null(mcpauth__login_code(login));
	CHECK_OK(mcpauth__login_run(login, &err));
	assert_int_equal(script.taken, MCPAUTH_OK);
	assert_string_equal(mcpauth__login_code(login), "c");
	assert_string_equal(mcpauth__login_verifier(login), "verifier");
	mcpauth_login_free(login);
}

static void ends_as_its_issuer_says(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	struct script script = {.redirect = URI "?error=access_denied&state=" STATE};
	struct mcpauth_login *login = make(&script);
	assert_int_equal(mcpauth__login_run(login, &err), MCPAUTH_E_LOGIN_REFUSED);
	assert_string_equal(err.message, "the login was refused: access_denied");
	assert_int_equal(script.taken, MCPAUTH_OK);
	assert_null(mcpauth__login_code(login));
	mcpauth_login_free(login);
}

static void ends_at_another_issuers_answer(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	struct script script = {.redirect = URI "?error=secret&iss=evil&state=" STATE};
	struct mcpauth_login *login = make(&script);
	assert_int_equal(mcpauth__login_run(login, &err), MCPAUTH_E_ISSUER_MISMATCH);
	assert_null(strstr(err.message, "secret"));
	assert_null(strstr(err.message, "evil"));
	mcpauth_login_free(login);
}

static void waits_on_for_what_is_not_its_answer(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	struct script script = {.redirect = URI "?code=c&state=other"};
	struct mcpauth_login *login = make_with(&script, 1, NULL);
	assert_int_equal(mcpauth__login_run(login, &err), MCPAUTH_E_LOGIN_ABANDONED);
	assert_string_equal(err.message,
		"nobody came back from the login in 1 seconds; what came last: "
		"the redirect's state is not this login's");
	assert_int_equal(script.taken, MCPAUTH_E_REDIRECT);
	CHECK_CODE(MCPAUTH_E_CANCELLED, mcpauth_login_redirected(login, GOOD, &err));
	mcpauth_login_free(login);
}

static void ends_in_time(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	struct script script = {0};
	struct mcpauth_login *login = make_with(&script, 0, NULL);
	assert_int_equal(mcpauth__login_run(login, &err), MCPAUTH_E_LOGIN_ABANDONED);
	assert_string_equal(err.message, "nobody came back from the login in 0 seconds");
	mcpauth_login_free(login);
}

static const struct {
	enum mcpauth_code returned;
	const char *message;
	enum mcpauth_code want;
	const char *told;
} failures[] = {
	{MCPAUTH_E_NO_BROWSER, "no \x1b[1m window\n", MCPAUTH_E_NO_BROWSER, "no ?[1m window?"},
	{MCPAUTH_E_LOGIN_REFUSED, NULL, MCPAUTH_E_LOGIN_REFUSED,
		"the program could not begin the login"},
	{MCPAUTH_PENDING, NULL, MCPAUTH_E_INVALID_ARGUMENT,
		"the login callback returned MCPAUTH_PENDING"},
	{MCPAUTH_RETRY, NULL, MCPAUTH_E_INVALID_ARGUMENT,
		"the login callback returned MCPAUTH_RETRY"},
};

static void ends_with_what_its_callback_returns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(failures); i++) {
		struct mcpauth_error err = {0};
		struct script script = {
			.code = failures[i].returned, .message = failures[i].message};
		struct mcpauth_login *login = make(&script);
		assert_int_equal(mcpauth__login_run(login, &err), failures[i].want);
		assert_int_equal(err.code, failures[i].want);
		assert_string_equal(err.message, failures[i].told);
		mcpauth_login_free(login);
	}
}

static void is_over_once_it_is(void **state)
{
	(void)state;
	struct script script = {.redirect = GOOD, .cancels = true};
	struct mcpauth_login *login = make(&script);
	CHECK_OK(mcpauth__login_run(login, &err));
	CHECK_CODE(MCPAUTH_E_CANCELLED, mcpauth_login_redirected(login, GOOD, &err));
	mcpauth_login_cancel(login);
	assert_string_equal(mcpauth__login_code(login), "c");
	mcpauth_login_free(login);
}

static void is_given_up_within_its_callback(void **state)
{
	(void)state;
	struct mcpauth_error err = {0};
	struct script script = {.cancels = true};
	struct mcpauth_login *login = make(&script);
	assert_int_equal(mcpauth__login_run(login, &err), MCPAUTH_E_LOGIN_ABANDONED);
	assert_string_equal(err.message, "the login was given up");
	mcpauth_login_free(login);
}

static void outlives_its_run(void **state)
{
	(void)state;
	struct script script = {.redirect = GOOD, .keeps = true};
	struct mcpauth_login *login = make(&script);
	CHECK_OK(mcpauth__login_run(login, &err));
	mcpauth_login_free(login);
	assert_string_equal(mcpauth_login_redirect_uri(script.kept), URI);
	CHECK_CODE(MCPAUTH_E_CANCELLED, mcpauth_login_redirected(script.kept, GOOD, &err));
	mcpauth_login_free(script.kept);
	mcpauth_login_free(NULL);
}

/* What another thread does while the login's own waits. */
static void *hand_in(void *user)
{
	struct script *script = user;
	while (!script->has_begun) {
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	if (mcpauth_login_redirected(script->kept, URI "?code=d&state=x", NULL)
		== MCPAUTH_E_REDIRECT) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	if (mcpauth_login_redirected(script->kept, GOOD, NULL) == MCPAUTH_OK) {
		script->good++;
	}
	mcpauth_login_cancel(script->kept);
	return NULL;
}

static void takes_the_first_of_many(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	struct script script = {.keeps = true};
	struct mcpauth_login *login = make(&script);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, hand_in, &script), 0);
	}
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth__login_run(login, &err);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(code, MCPAUTH_OK);
	assert_int_equal(script.good, 1);
	mcpauth_login_free(script.kept);
	assert_string_equal(mcpauth__login_code(login), "c");
	mcpauth_login_free(login);
}

static void *give_up(void *user)
{
	struct script *script = user;
	while (!script->has_begun) {
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	mcpauth_login_cancel(script->kept);
	mcpauth_login_free(script->kept);
	return NULL;
}

static void is_given_up_by_another_thread(struct mcpauth__listener *listener)
{
	struct mcpauth_error err = {0};
	struct script script = {.keeps = true};
	struct mcpauth_login *login = make_with(&script, 60, listener);
	assert_int_equal(pthread_create(&script.thread, NULL, give_up, &script), 0);
	enum mcpauth_code code = mcpauth__login_run(login, &err);
	pthread_join(script.thread, NULL);
	assert_int_equal(code, MCPAUTH_E_LOGIN_ABANDONED);
	assert_string_equal(err.message, "the login was given up");
	mcpauth_login_free(login);
}

static void is_given_up_while_nobody_listens(void **state)
{
	(void)state;
	is_given_up_by_another_thread(NULL);
}

static struct mcpauth__listener *listen_for_it(void)
{
	struct mcpauth__listener *listener;
	CHECK_OK(mcpauth__listener_new(NULL, NULL, &listener, &err));
	return listener;
}

static void is_given_up_while_it_listens(void **state)
{
	(void)state;
	is_given_up_by_another_thread(listen_for_it());
}

static unsigned get(unsigned port, const char *target)
{
	char head[256];
	struct http_response response = {0};
	struct http_client *client = http_client_new(port);
	snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", target, port);
	bool good = http_client_say(client, head)
		&& http_client_read(client, &response, HTTP_CLIENT_MS);
	unsigned status = good ? response.status : 0;
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

/* A browser's part, which begins once the callback was called. */
struct browser {
	struct script script;
	unsigned port;
	const char *targets[2];
	unsigned statuses[2];
};

static void *browse(void *user)
{
	struct browser *browser = user;
	for (int i = 0; i < 2 && browser->targets[i] != NULL; i++) {
		browser->statuses[i] = get(browser->port, browser->targets[i]);
	}
	return NULL;
}

static enum mcpauth_code run_with(struct browser *browser, struct mcpauth_error *err)
{
	pthread_t thread;
	struct mcpauth__listener *listener = listen_for_it();
	browser->port = (unsigned)strtoul(
		strrchr(mcpauth__listener_redirect_uri(listener), ':') + 1, NULL, 10);
	struct mcpauth_login *login = make_with(&browser->script, 60, listener);
	assert_int_equal(pthread_create(&thread, NULL, browse, browser), 0);
	enum mcpauth_code code = mcpauth__login_run(login, err);
	pthread_join(thread, NULL);
	mcpauth_login_free(login);
	return code;
}

static void hears_the_redirect_after_a_wrong_one(void **state)
{
	(void)state;
	struct browser browser = {.targets = {"/callback?code=c&state=x", TARGET}};
	CHECK_OK(run_with(&browser, &err));
	assert_int_equal(browser.statuses[0], 400);
	assert_int_equal(browser.statuses[1], 200);
}

static void hears_that_it_was_refused(void **state)
{
	(void)state;
	struct browser browser = {.targets = {"/callback?error=access_denied&state=" STATE}};
	CHECK_CODE(MCPAUTH_E_LOGIN_REFUSED, run_with(&browser, &err));
	assert_int_equal(browser.statuses[0], 403);
}

static void is_ended_by_the_program_though_it_listens(void **state)
{
	(void)state;
	struct mcpauth__listener *listener = listen_for_it();
	char redirect[256];
	snprintf(redirect, sizeof redirect, "%s?code=c&state=" STATE,
		mcpauth__listener_redirect_uri(listener));
	struct script script = {.redirect = redirect};
	struct mcpauth_login *login = make_with(&script, 60, listener);
	CHECK_OK(mcpauth__login_run(login, &err));
	assert_string_equal(mcpauth__login_code(login), "c");
	mcpauth_login_free(login);
}

static void opens_the_browser_without_a_callback(void **state)
{
	(void)state;
	assert_int_equal(setenv("BROWSER", "true", 1), 0);
	struct mcpauth_login *login = make(NULL);
	CHECK_OK(mcpauth_login_open_browser(login, &err));
	mcpauth_login_cancel(login);
	CHECK_CODE(MCPAUTH_E_LOGIN_ABANDONED, mcpauth__login_run(login, &err));
	mcpauth_login_free(login);
	assert_int_equal(setenv("BROWSER", "", 1), 0);
	assert_int_equal(setenv("PATH", "", 1), 0);
	login = make(NULL);
	CHECK_CODE(MCPAUTH_E_NO_BROWSER, mcpauth__login_run(login, &err));
	mcpauth_login_free(login);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_redirect_within_its_callback),
		cmocka_unit_test(ends_as_its_issuer_says),
		cmocka_unit_test(ends_at_another_issuers_answer),
		cmocka_unit_test(waits_on_for_what_is_not_its_answer),
		cmocka_unit_test(ends_in_time),
		cmocka_unit_test(ends_with_what_its_callback_returns),
		cmocka_unit_test(is_over_once_it_is),
		cmocka_unit_test(is_given_up_within_its_callback),
		cmocka_unit_test(outlives_its_run),
		cmocka_unit_test(takes_the_first_of_many),
		cmocka_unit_test(is_given_up_while_nobody_listens),
		cmocka_unit_test(is_given_up_while_it_listens),
		cmocka_unit_test(hears_the_redirect_after_a_wrong_one),
		cmocka_unit_test(hears_that_it_was_refused),
		cmocka_unit_test(is_ended_by_the_program_though_it_listens),
		cmocka_unit_test(opens_the_browser_without_a_callback),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
