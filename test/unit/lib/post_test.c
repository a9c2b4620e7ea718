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

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONGEST HUNDRED HUNDRED TEN TEN TEN TEN TEN "012345" /* 256 characters */

static const struct loopback_page nonces[] = {
	{.path = "/none", .status = 400, .body = "{}"},
	{.path = "/one", .status = 400, .headers = "DPoP-Nonce: !n-1[]~\r\n", .body = "{}"},
	{.path = "/good", .status = 200, .headers = "dpop-nonce: \t n-2 \t\r\n", .body = "{}"},
	{.path = "/failing", .status = 503, .headers = "DPOP-NONCE:n-3\r\n", .body = "{}"},
	{.path = "/unread",
		.status = 200,
		.headers = "DPoP-Nonce: n-4\r\n",
		.body = SIXTEEN,
		.repeat = LIMIT / 16 + 1},
	{.path = "/longest", .status = 400, .headers = "DPoP-Nonce: " LONGEST "\r\n"},
	{.path = "/too-long", .status = 400, .headers = "DPoP-Nonce: " LONGEST "6\r\n"},
	{.path = "/two", .status = 400, .headers = "DPoP-Nonce: a\r\nDPoP-Nonce: b\r\n"},
	{.path = "/the-same", .status = 400, .headers = "DPoP-Nonce: a\r\ndpop-nonce: a\r\n"},
	{.path = "/empty", .status = 400, .headers = "DPoP-Nonce:\r\n"},
	{.path = "/blank", .status = 400, .headers = "DPoP-Nonce: a b\r\n"},
	{.path = "/quote", .status = 400, .headers = "DPoP-Nonce: \"a\"\r\n"},
	{.path = "/backslash", .status = 400, .headers = "DPoP-Nonce: a\\b\r\n"},
	{.path = "/foreign", .status = 400, .headers = "DPoP-Nonce: a\xc3\xa4\r\n"},
	{.path = "/control", .status = 400, .headers = "DPoP-Nonce: a\x01\r\n"},
	{.path = "/delete", .status = 400, .headers = "DPoP-Nonce: a\x7f\r\n"},
	{.path = "/other", .status = 400, .headers = "X-DPoP-Nonce: a\r\nDPoP-Nonces: b\r\n"},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static int start_nonces(void **state)
{
	return network_start(state, loopback_new(nonces, COUNT(nonces)));
}

static void post(struct network *network, const char *path, const char *form,
	const char *authorization, struct fetched *fetched)
{
	char url[256];
	snprintf(url, sizeof url, "http://127.0.0.1:%u%s", loopback_port(network->loopback), path);
	network_begin_post(network,
		&(struct mcpauth__post){
			.to = {.url = url}, .body = form, .authorization = authorization},
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

static void sends_another_body_with_a_proof(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char url[256];
	char head[1024];
	char body[64];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/token", loopback_port(network->loopback));
	network_begin_post(network,
		&(struct mcpauth__post){.to = {.url = url},
			.body = "{\"client_name\":\"c\"}",
			.content_type = "application/json",
			.authorization = AUTHORIZATION,
			.dpop = "proof.secret.s"},
		&fetched);
	network_await(&fetched);
	assert_int_equal(fetched.status, 200);
	loopback_last_request(network->loopback, head, sizeof head);
	loopback_last_body(network->loopback, body, sizeof body);
	assert_non_null(strstr(head,
		"\r\nContent-Type: application/json\r\nAuthorization: " AUTHORIZATION
		"\r\nDPoP: proof.secret.s\r\nContent-Length: 19\r\n\r\n"));
	assert_null(strstr(head, "urlencoded"));
	assert_string_equal(body, "{\"client_name\":\"c\"}");
	assert_null(strstr(fetched.message, "secret"));
	post(network, "/token", FORM, NULL, &fetched);
	loopback_last_request(network->loopback, head, sizeof head);
	assert_null(strstr(head, "DPoP"));
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
			.to = {.url = url}, .body = FORM, .accept = "application/x+jwt"},
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
		&(struct mcpauth__post){.to = {.url = url, .timeout_ms = 100}, .body = FORM},
		&fetched);
	network_await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
}

static void goes_nowhere_that_a_get_may_not_go(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	struct mcpauth__post learnt = {
		.to = {.url = "https://10.0.0.1/token", .learnt_from = "as.test"}, .body = FORM};
	struct mcpauth__post plain = {.to = {.url = "http://as.test/token"}, .body = FORM};
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
	assert_memory_equal(network->line, "POST http:", strlen("POST http:"));
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
		.body = "a=b",
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

static void tells_the_program_of_another_body_and_a_proof(void **state)
{
	struct network *network = *state;
	struct program program = {0};
	struct fetched fetched;
	struct mcpauth__post posted = {.to = {.url = "https://as.test/register"},
		.body = "{}",
		.content_type = "application/json",
		.dpop = "a.b.c"};
	use_program(network, &program);
	begin_post(network, &program, &posted, &fetched);
	assert_string_equal(program.told,
		"POST https://as.test/register 2 {}\nAccept: application/json\n"
		"Content-Type: application/json\nDPoP: a.b.c");
	mcpauth_fetch_answer(program.fetch, 200, "{}", 2);
	assert_string_equal(fetched.nonce, "");
}

static const struct {
	const char *path;
	const char *nonce;
} nonce_rows[] = {
	{"/none", ""},
	{"/one", "!n-1[]~"},
	{"/good", "n-2"},
	{"/failing", "n-3"},
	{"/unread", ""},
	{"/longest", LONGEST},
	{"/too-long", ""},
	{"/two", ""},
	{"/the-same", ""},
	{"/empty", ""},
	{"/blank", ""},
	{"/quote", ""},
	{"/backslash", ""},
	{"/foreign", ""},
	{"/control", ""},
	{"/delete", ""},
	{"/other", ""},
};

static void brings_one_nonce_or_none(void **state)
{
	struct network *network = *state;
	assert_int_equal(COUNT(nonce_rows), COUNT(nonces));
	for (size_t i = 0; i < COUNT(nonce_rows); i++) {
		const char *path = nonce_rows[i].path;
		struct fetched fetched;
		post(network, path, FORM, NULL, &fetched);
		CHECK_ROW(path, fetched.calls == 1);
		CHECK_ROW(path, strcmp(fetched.nonce, nonce_rows[i].nonce) == 0);
	}
}

static void brings_the_nonce_of_a_get(void **state)
{
	struct fetched fetched;
	network_get(*state, "/one", &fetched);
	assert_int_equal(fetched.status, 400);
	assert_string_equal(fetched.nonce, "!n-1[]~");
	network_get(*state, "/two", &fetched);
	assert_string_equal(fetched.nonce, "");
	network_get(*state, "/unread", &fetched);
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.nonce, "n-4");
}

static void takes_the_nonce_that_the_program_tells(void **state)
{
	static const struct {
		const char *label;
		const char *first;
		const char *second;
		const char *want;
	} rows[] = {
		{"none", NULL, NULL, ""},
		{"one", "n-1", NULL, "n-1"},
		{"the longest", LONGEST, NULL, LONGEST},
		{"too long", LONGEST "6", NULL, ""},
		{"empty", "", NULL, ""},
		{"a blank", "a b", NULL, ""},
		{"a quote", "a\"", NULL, ""},
		{"a backslash", "a\\", NULL, ""},
		{"a line's end", "a\r\nb", NULL, ""},
		{"a byte beyond ASCII", "a\xff", NULL, ""},
		{"two: the last one counts", "n-longer", "n-2", "n-2"},
		{"a bad one behind a good one", "n-1", "a b", "n-1"},
		{"a good one behind a bad one", "a b", "n-2", "n-2"},
	};
	struct network *network = *state;
	struct program program = {0};
	struct fetched fetched;
	struct mcpauth__post posted = {.to = {.url = "https://as.test/token"}, .body = "a=b"};
	use_program(network, &program);
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin_post(network, &program, &posted, &fetched);
		mcpauth_fetch_answer_nonce(program.fetch, rows[i].first);
		mcpauth_fetch_answer_nonce(program.fetch, rows[i].second);
		mcpauth_fetch_answer(program.fetch, 400, "{}", 2);
		CHECK_ROW(rows[i].label, strcmp(fetched.nonce, rows[i].want) == 0);
		CHECK_ROW(rows[i].label, strcmp(fetched.body, "{}") == 0);
	}
}

static void limits_what_the_program_answers(void **state)
{
	struct network *network = *state;
	struct program program = {0};
	struct fetched fetched;
	struct mcpauth__post posted = {.to = {.url = "https://as.test/token"}, .body = "a=b"};
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
		.to = {.url = "https://as.test/token", .timeout_ms = 30}, .body = FORM};
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
#define WITH_NONCES(name) cmocka_unit_test_setup_teardown(name, start_nonces, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends_the_form_as_it_is),
		TEST(sends_no_authorization_unless_it_is_given),
		TEST(sends_another_body_with_a_proof),
		TEST(may_accept_another_type),
		TEST(sends_a_long_form_whole),
		TEST(tells_what_was_answered),
		TEST(reads_an_answer_up_to_its_limit),
		TEST(reads_no_refusal_of_a_get),
		TEST(gives_up_at_the_deadline),
		TEST(goes_nowhere_that_a_get_may_not_go),
		TEST(logs_neither_form_nor_authorization),
		TEST(tells_the_program_what_to_send),
		TEST(tells_the_program_of_another_body_and_a_proof),
		WITH_NONCES(brings_one_nonce_or_none),
		WITH_NONCES(brings_the_nonce_of_a_get),
		TEST(takes_the_nonce_that_the_program_tells),
		TEST(limits_what_the_program_answers),
		TEST(keeps_the_form_for_a_program_that_is_late),
	};
	return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
