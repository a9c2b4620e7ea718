/* Waiting for a GET or a POST: it brings all of the answer, and always comes to an end. */
#include "net/blocking.h"

#include "support/check.h"
#include "support/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SIXTEEN "sixteen bytes..."
#define TURNS 50
#define CROWD 4

static const struct loopback_page pages[] = {
	{.path = "/document", .status = 200, .body = "{\"a\":1}"},
	{.path = "/empty", .status = 204},
	{.path = "/gone", .status = 404, .body = "gone"},
	{.path = "/refused",
		.status = 401,
		.headers = "DPoP-Nonce: n-1\r\n",
		.body = "{\"error\":\"x\"}"},
	{.path = "/long", .status = 200, .body = SIXTEEN, .repeat = 4096},
	{.path = "/over", .status = 200, .body = SIXTEEN, .repeat = 8193},
	{.path = "/reset", .status = 200, .manner = LOOPBACK_RESET},
	{.path = "/held", .status = 200, .body = "{}", .manner = LOOPBACK_HELD},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static void get(struct network *network, const char *path, unsigned timeout_ms,
	struct mcpauth__fetched *answer)
{
	char url[128];
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", loopback_port(network->loopback), path);
	mcpauth__blocking_get(network->worker,
		&(struct mcpauth__get){.url = url, .timeout_ms = timeout_ms}, answer);
}

static void post(struct network *network, const char *path, unsigned timeout_ms,
	struct mcpauth__fetched *answer)
{
	char url[128];
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", loopback_port(network->loopback), path);
	mcpauth__blocking_post(network->worker,
		&(struct mcpauth__post){.to = {.url = url, .timeout_ms = timeout_ms},
			.body = "{\"b\":2}",
			.content_type = "application/json",
			.dpop = "a.b.c"},
		answer);
}

static const struct {
	const char *path;
	enum mcpauth_code get;
	enum mcpauth_code post;
	unsigned status;
	const char *got;
	const char *posted;
} answers[] = {
	{"/document", MCPAUTH_OK, MCPAUTH_OK, 200, "{\"a\":1}", "{\"a\":1}"},
	{"/empty", MCPAUTH_OK, MCPAUTH_OK, 204, "", ""},
	{"/gone", MCPAUTH_OK, MCPAUTH_OK, 404, "", "gone"},
	{"/refused", MCPAUTH_OK, MCPAUTH_OK, 401, "", "{\"error\":\"x\"}"},
	{"/reset", MCPAUTH_E_UNREACHABLE, MCPAUTH_E_UNREACHABLE, 0, "", ""},
};

static void check_answer(const char *path, const struct mcpauth__fetched *answer,
	enum mcpauth_code code, unsigned status, const char *body)
{
	CHECK_ROW(path, answer->code == code);
	CHECK_ROW(path, answer->status == status);
	CHECK_ROW(path, answer->body.length == strlen(body));
	CHECK_ROW(path, *body == '\0' || strcmp(answer->body.data, body) == 0);
	CHECK_ROW(path, strstr(answer->message, path) != NULL);
}

static void brings_what_was_answered(void **state)
{
	struct mcpauth__fetched answer;
	for (size_t i = 0; i < COUNT(answers); i++) {
		const char *path = answers[i].path;
		get(*state, path, NETWORK_LONG_MS, &answer);
		check_answer(path, &answer, answers[i].get, answers[i].status, answers[i].got);
		mcpauth__fetched_finish(&answer);
		post(*state, path, NETWORK_LONG_MS, &answer);
		check_answer(path, &answer, answers[i].post, answers[i].status, answers[i].posted);
		mcpauth__fetched_finish(&answer);
		CHECK_ROW(path, answer.code == MCPAUTH_OK && answer.body.data == NULL);
	}
}

static void posts_body_type_and_proof(void **state)
{
	struct network *network = *state;
	struct mcpauth__fetched answer;
	char head[1024];
	char body[64];
	post(network, "/document", NETWORK_LONG_MS, &answer);
	mcpauth__fetched_finish(&answer);
	loopback_last_request(network->loopback, head, sizeof head);
	loopback_last_body(network->loopback, body, sizeof body);
	assert_non_null(strstr(head, "POST /document HTTP/1.1\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(head, "\r\nDPoP: a.b.c\r\n"));
	assert_null(strstr(head, "Authorization"));
	assert_string_equal(body, "{\"b\":2}");
}

static void brings_the_nonce(void **state)
{
	struct mcpauth__fetched answer;
	post(*state, "/refused", NETWORK_LONG_MS, &answer);
	assert_string_equal(answer.nonce, "n-1");
	mcpauth__fetched_finish(&answer);
	assert_string_equal(answer.nonce, "");
	get(*state, "/refused", NETWORK_LONG_MS, &answer);
	assert_string_equal(answer.nonce, "n-1");
	mcpauth__fetched_finish(&answer);
	post(*state, "/gone", NETWORK_LONG_MS, &answer);
	assert_string_equal(answer.nonce, "");
	mcpauth__fetched_finish(&answer);
}

static void brings_a_long_answer_whole(void **state)
{
	struct mcpauth__fetched answer;
	post(*state, "/long", NETWORK_LONG_MS, &answer);
	assert_int_equal(answer.code, MCPAUTH_OK);
	assert_int_equal(answer.body.length, 65536);
	assert_memory_equal(answer.body.data + 65520, SIXTEEN, 16);
	mcpauth__fetched_finish(&answer);
	post(*state, "/over", NETWORK_LONG_MS, &answer);
	assert_int_equal(answer.code, MCPAUTH_E_TOO_LARGE);
	assert_int_equal(answer.body.length, 0);
	mcpauth__fetched_finish(&answer);
	get(*state, "/over", NETWORK_LONG_MS, &answer);
	assert_int_equal(answer.code, MCPAUTH_OK);
	assert_int_equal(answer.body.length, 8193 * 16);
	mcpauth__fetched_finish(&answer);
}

static void ends_with_its_timeout(void **state)
{
	struct mcpauth__fetched answer;
	post(*state, "/held", 100, &answer);
	assert_int_equal(answer.code, MCPAUTH_E_TIMEOUT);
	assert_int_equal(answer.status, 0);
	mcpauth__fetched_finish(&answer);
	get(*state, "/held", 100, &answer);
	assert_int_equal(answer.code, MCPAUTH_E_TIMEOUT);
	mcpauth__fetched_finish(&answer);
}

static void ends_at_once_where_nobody_may_be_asked(void **state)
{
	struct network *network = *state;
	struct mcpauth__fetched answer;
	const struct mcpauth__post refused = {
		.to = {.url = "http://as.test/token", .timeout_ms = 100}, .body = "secret"};
	mcpauth__blocking_post(network->worker, &refused, &answer);
	assert_int_equal(answer.code, MCPAUTH_E_INVALID_URL);
	assert_non_null(strstr(answer.message, "it is not https"));
	assert_null(strstr(answer.message, "secret"));
	mcpauth__fetched_finish(&answer);
}

static void *ask_often(void *argument)
{
	struct network *network = argument;
	for (unsigned i = 0; i < TURNS; i++) {
		struct mcpauth__fetched answer;
		const bool is_post = i % 2 == 0;
		(is_post ? post : get)(network, "/refused", NETWORK_LONG_MS, &answer);
		bool is_whole = answer.status == 401 && strcmp(answer.nonce, "n-1") == 0
			&& (answer.body.length > 0) == is_post;
		mcpauth__fetched_finish(&answer);
		if (!is_whole) {
			return network;
		}
	}
	return NULL;
}

static void any_number_of_threads_may_wait(void **state)
{
	pthread_t threads[CROWD];
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, *state), 0);
	}
	for (size_t i = 0; i < CROWD; i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(brings_what_was_answered),
		TEST(posts_body_type_and_proof),
		TEST(brings_the_nonce),
		TEST(brings_a_long_answer_whole),
		TEST(ends_with_its_timeout),
		TEST(ends_at_once_where_nobody_may_be_asked),
		TEST(any_number_of_threads_may_wait),
	};
	return cmocka_run_group_tests_name("blocking", tests, NULL, NULL);
}
