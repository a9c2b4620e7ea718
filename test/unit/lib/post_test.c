/* POSTs: sent as given, under the same limits as GETs, and told to nobody else. */
#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LIMIT ((size_t)128 * 1024)
#define SIXTEEN "sixteen bytes..."
#define FORM "grant_type=a%3Ab&subject_token=form-secret"
#define AUTHORIZATION "Basic header-secret"

static const struct loopback_page pages[] = {
	{.path = "/token", .status = 200, .body = "{}"},
	{.path = "/refused", .status = 400, .body = "{\"error\":\"x\"}"},
	{.path = "/unknown", .status = 401, .body = "{\"error\":\"y\"}", .chunked = true},
	{.path = "/broken", .status = 503, .body = "whatever"},
	{.path = "/moved", .status = 307, .headers = "Location: /token\r\n", .body = "moved"},
	{.path = "/whole", .status = 200, .body = SIXTEEN, .repeat = LIMIT / 16},
	{.path = "/over", .status = 200, .body = SIXTEEN, .repeat = LIMIT / 16 + 1},
	{.path = "/refused-over", .status = 400, .body = SIXTEEN, .repeat = LIMIT / 16 + 1},
	{.path = "/refused-over-chunked",
		.status = 400,
		.body = SIXTEEN,
		.repeat = LIMIT / 16 + 1,
		.chunked = true},
	{.path = "/held", .status = 200, .body = "{}", .manner = LOOPBACK_HELD},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static void post(struct network *network, const char *path, const char *form,
	const char *authorization, struct fetched *fetched)
{
	char url[256];
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", loopback_port(network->loopback), path);
	network_begin_post(network,
		&(struct mcpauth__post){
			.to = {.url = url}, .form = form, .authorization = authorization},
		fetched);
	network_await(fetched);
}

static void sends_the_form_as_it_is(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char head[1024];
	char body[256];
	char want[1024];
	post(network, "/token?q=1", FORM, AUTHORIZATION, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.body, "{}");
	loopback_last_request(network->loopback, head, sizeof head);
	loopback_last_body(network->loopback, body, sizeof body);
	assert_string_equal(body, FORM);
	char *version = strstr(head, "User-Agent: mcpauth/");
	assert_non_null(version);
	snprintf(want, sizeof want,
		"POST /token?q=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%.*s\r\n"
		"Accept: application/json\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n"
		"Authorization: " AUTHORIZATION "\r\nContent-Length: %zu\r\n\r\n",
		loopback_port(network->loopback), (int)strcspn(version, "\r"), version,
		strlen(FORM));
	assert_string_equal(head, want);
}

static void sends_no_authorization_unless_it_is_given(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char head[1024];
	post(network, "/token", FORM, AUTHORIZATION, &fetched);
	post(network, "/token", "", NULL, &fetched);
	assert_int_equal(fetched.status, 200);
	loopback_last_request(network->loopback, head, sizeof head);
	assert_non_null(strstr(head, "POST /token"));
	assert_non_null(strstr(head, "Content-Length: 0\r\n"));
	assert_null(strstr(head, "Authorization"));
	network_get(network, "/token", &fetched);
	loopback_last_request(network->loopback, head, sizeof head);
	assert_non_null(strstr(head, "GET /token"));
	assert_null(strstr(head, "Content-Type"));
}

static void may_accept_another_type(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char url[256];
	char head[1024];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/token", loopback_port(network->loopback));
	network_begin_post(network,
		&(struct mcpauth__post){
			.to = {.url = url}, .form = FORM, .accept = "application/x+jwt"},
		&fetched);
	network_await(&fetched);
	loopback_last_request(network->loopback, head, sizeof head);
	assert_non_null(strstr(head, "\r\nAccept: application/x+jwt\r\n"));
	assert_null(strstr(head, "application/json"));
	network_get(network, "/token", &fetched);
	loopback_last_request(network->loopback, head, sizeof head);
	assert_non_null(strstr(head, "\r\nAccept: application/json\r\n"));
}

static void sends_a_long_form_whole(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	static char form[30000];
	static char body[32768];
	memset(form, 'x', sizeof form - 1);
	post(network, "/token", form, NULL, &fetched);
	assert_int_equal(fetched.status, 200);
	loopback_last_body(network->loopback, body, sizeof body);
	assert_string_equal(body, form);
}

static const struct {
	const char *path;
	enum mcpauth_code code;
	unsigned status;
	const char *body;
} answers[] = {
	{"/token", MCPAUTH_OK, 200, "{}"},
	{"/refused", MCPAUTH_OK, 400, "{\"error\":\"x\"}"},
	{"/unknown", MCPAUTH_OK, 401, "{\"error\":\"y\"}"},
	{"/broken", MCPAUTH_OK, 503, ""},
	{"/moved", MCPAUTH_OK, 307, ""},
	{"/over", MCPAUTH_E_TOO_LARGE, 0, ""},
	{"/refused-over", MCPAUTH_OK, 400, ""},
	{"/refused-over-chunked", MCPAUTH_OK, 400, ""},
};

static void tells_what_was_answered(void **state)
{
	struct network *network = *state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct fetched fetched;
		unsigned before = loopback_requests(network->loopback);
		post(network, answers[i].path, FORM, AUTHORIZATION, &fetched);
		CHECK_ROW(answers[i].path, fetched.code == answers[i].code);
		CHECK_ROW(answers[i].path, fetched.status == answers[i].status);
		CHECK_ROW(answers[i].path, strcmp(fetched.body, answers[i].body) == 0);
		CHECK_ROW(answers[i].path, strstr(fetched.message, "secret") == NULL);
		CHECK_ROW(answers[i].path, loopback_requests(network->loopback) == before + 1);
	}
}

static void reads_an_answer_up_to_its_limit(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	post(network, "/whole", FORM, NULL, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.length, LIMIT);
	post(network, "/over", FORM, NULL, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TOO_LARGE);
	assert_non_null(strstr(fetched.message, "128 KiB"));
	network_get(network, "/over", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.length, LIMIT + 16);
}

static void reads_no_refusal_of_a_get(void **state)
{
	struct fetched fetched;
	network_get(*state, "/refused", &fetched);
	assert_int_equal(fetched.status, 400);
	assert_string_equal(fetched.body, "");
}

static void gives_up_at_the_deadline(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char url[256];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/held", loopback_port(network->loopback));
	network_begin_post(network,
		&(struct mcpauth__post){.to = {.url = url, .timeout_ms = 100}, .form = FORM},
		&fetched);
	network_await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
}

static void goes_nowhere_that_a_get_may_not_go(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	struct mcpauth__post learnt = {
		.to = {.url = "https://10.0.0.1/token", .learnt_from = "as.test"}, .form = FORM};
	struct mcpauth__post plain = {.to = {.url = "http://as.test/token"}, .form = FORM};
	network_begin_post(network, &learnt, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	network_begin_post(network, &plain, &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_INVALID_URL);
	assert_null(strstr(fetched.message, "secret"));
}

static void logs_neither_form_nor_authorization(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	post(network, "/refused?secret", FORM, AUTHORIZATION, &fetched);
	mcpauth__worker_free(network->worker);
	network->worker = NULL;
	assert_memory_equal(network->line, "POST in ", strlen("POST in "));
	assert_non_null(strstr(network->line, "/refused: answered 400"));
	assert_null(strstr(network->line, "secret"));
}

/** What a program's own fetch function was told, and is to answer. */
struct program {
	struct mcpauth_fetch *fetch;
	char told[512];
};

static void take_down(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct program *program = user;
	const char *name;
	const char *value;
	size_t length = 99;
	const char *body = mcpauth_fetch_body(fetch, &length);
	int used = snprintf(program->told, sizeof program->told, "%s %s %zu %s",
		mcpauth_fetch_method(fetch), url, length, body != NULL ? body : "-");
	for (size_t i = 0; mcpauth_fetch_header_at(fetch, i, &name, &value); i++) {
		used += snprintf(program->told + used, sizeof program->told - (size_t)used,
			"\n%s: %s", name, value);
	}
	assert_null(name);
	assert_null(value);
	program->fetch = fetch;
}

static void use_program(struct network *network, struct program *program)
{
	network->config.fetch = take_down;
	network->config.fetch_user = program;
	network_restart(network);
}

/* Without memory a post ends before the program hears of it. */
static void begin_post(struct network *network, struct program *program,
	const struct mcpauth__post *posted, struct fetched *fetched)
{
	program->fetch = NULL;
	network_begin_post(network, posted, fetched);
	assert_non_null(program->fetch);
}

static void tells_the_program_what_to_send(void **state)
{
	struct network *network = *state;
	struct program program = {0};
	struct fetched fetched;
	struct mcpauth__post posted = {.to = {.url = "https://as.test/token"},
		.form = "a=b",
		.authorization = "Basic Yg=="};
	use_program(network, &program);
	begin_post(network, &program, &posted, &fetched);
	assert_string_equal(program.told,
		"POST https://as.test/token 3 a=b\nAccept: application/json\n"
		"Content-Type: application/x-www-form-urlencoded\nAuthorization: Basic Yg==");
	mcpauth_fetch_answer(program.fetch, 400, "{}", 2);
	assert_int_equal(fetched.status, 400);
	assert_string_equal(fetched.body, "{}");
	posted.authorization = NULL;
	begin_post(network, &program, &posted, &fetched);
	assert_null(strstr(program.told, "Authorization"));
	mcpauth_fetch_answer(program.fetch, 503, "{}", 2);
	assert_string_equal(fetched.body, "");
	program.fetch = NULL;
	network_begin(network, &posted.to, &fetched);
	assert_non_null(program.fetch);
	assert_string_equal(
		program.told, "GET https://as.test/token 0 -\nAccept: application/json");
	mcpauth_fetch_answer(program.fetch, 400, "{}", 2);
	assert_string_equal(fetched.body, "");
}

static void limits_what_the_program_answers(void **state)
{
	struct network *network = *state;
	struct program program = {0};
	struct fetched fetched;
	struct mcpauth__post posted = {.to = {.url = "https://as.test/token"}, .form = "a=b"};
	char *huge = calloc(1, LIMIT + 1);
	use_program(network, &program);
	begin_post(network, &program, &posted, &fetched);
	mcpauth_fetch_answer(program.fetch, 400, huge, LIMIT + 1);
	assert_int_equal(fetched.status, 400);
	assert_int_equal(fetched.length, 0);
	begin_post(network, &program, &posted, &fetched);
	mcpauth_fetch_answer(program.fetch, 400, huge, LIMIT);
	assert_int_equal(fetched.length, LIMIT);
	begin_post(network, &program, &posted, &fetched);
	mcpauth_fetch_answer(program.fetch, 200, huge, LIMIT + 1);
	assert_int_equal(fetched.code, MCPAUTH_E_TOO_LARGE);
	free(huge);
}

static void keeps_the_form_for_a_program_that_is_late(void **state)
{
	struct network *network = *state;
	struct program program = {0};
	struct fetched fetched;
	struct mcpauth__post posted = {
		.to = {.url = "https://as.test/token", .timeout_ms = 30}, .form = FORM};
	size_t length;
	use_program(network, &program);
	begin_post(network, &program, &posted, &fetched);
	network_await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
	assert_string_equal(mcpauth_fetch_body(program.fetch, &length), FORM);
	assert_int_equal(length, strlen(FORM));
	mcpauth_fetch_answer(program.fetch, 200, "late", 4);
	assert_int_equal(fetched.calls, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_the_form_as_it_is),
		TEST(sends_no_authorization_unless_it_is_given),
		TEST(may_accept_another_type),
		TEST(sends_a_long_form_whole),
		TEST(tells_what_was_answered),
		TEST(reads_an_answer_up_to_its_limit),
		TEST(reads_no_refusal_of_a_get),
		TEST(gives_up_at_the_deadline),
		TEST(goes_nowhere_that_a_get_may_not_go),
		TEST(logs_neither_form_nor_authorization),
		TEST(tells_the_program_what_to_send),
		TEST(limits_what_the_program_answers),
		TEST(keeps_the_form_for_a_program_that_is_late),
	};
	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
