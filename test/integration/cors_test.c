/* CORS over HTTP: what a browser would be told, in every answer that it may get. */
#define MCPAUTH_MHD_REPLACE_QUEUE

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include "base/buf.h"

#include <mcpauth/cors.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE "https://app.example.com"
#define FROM_PAGE "Origin: " PAGE "\r\n"
#define ASKS(method) FROM_PAGE "Access-Control-Request-Method: " method "\r\n"
#define EXPOSED "WWW-Authenticate, Mcp-Session-Id, Retry-After, X-Request-Id"
#define METADATA "/.well-known/oauth-protected-resource/mcp"
#define BODY_LIMIT 100

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	char *token;
	struct http_client *client;
	struct http_response response;
};

static enum mcpauth_stage_result act(struct mcpauth_exchange *exchange, void *user)
{
	static const struct {
		const char *path;
		enum mcpauth_code code;
	} rows[] = {
		{"/unreachable", MCPAUTH_E_UNREACHABLE},
		{"/handle", MCPAUTH_E_UNKNOWN_HANDLE},
		{"/broken", MCPAUTH_E_STAGE},
	};
	const char *path = mcpauth_exchange_path(exchange);
	(void)user;
	if (strcmp(path, "/often") == 0) {
		return mcpauth_exchange_answer(exchange, 429, NULL, NULL, 0) == MCPAUTH_OK
			? MCPAUTH_ANSWERED
			: MCPAUTH_FAILED;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(path, rows[i].path) == 0) {
			CHECK_OK(mcpauth_exchange_refuse(exchange, rows[i].code, NULL, NULL));
			return MCPAUTH_ANSWERED;
		}
	}
	return MCPAUTH_NEXT;
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage first = MCPAUTH_STAGE_INIT;
	struct mcpauth_stage last = MCPAUTH_STAGE_INIT;
	struct mcpauth_policy scoped = MCPAUTH_POLICY_INIT;
	(void)auth;
	(void)user;
	first.on_request = act;
	last.body_limit = BODY_LIMIT;
	scoped.scopes = "never";
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", NULL, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/scoped", &scoped, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/own", "GET OPTIONS", &err));
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &first, &err));
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &last, &err));
	CHECK_OK(mcpauth_chain_allow_origin(chain, "https://*.example.com", &err));
	CHECK_OK(mcpauth_chain_add_cors(chain, NULL, &err));
}

static enum MHD_Result answer(
	struct MHD_Connection *connection, const char *url, const char *method)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		3, (void *)"own", MHD_RESPMEM_PERSISTENT);
	if (strcmp(url, "/own") == 0 && strcmp(method, "OPTIONS") == 0) {
		MHD_add_response_header(response, "Access-Control-Allow-Origin", "https://mine");
	}
	/* By the macro this is mcpauth_mhd_queue_response(). */
	enum MHD_Result result = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	(void)version;
	(void)upload_data;
	if (*con_cls == NULL) {
		*con_cls = user;
		return MHD_YES;
	}
	if (*upload_data_size > 0) {
		*upload_data_size = 0;
		return MHD_YES;
	}
	return answer(connection, url, method);
}

static struct fixture *fixture_new(enum daemon_way way)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = prepare,
		.handler = handle,
		.handler_user = fixture,
	};
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	fixture->token = daemon_token("me");
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	http_response_finish(&fixture->response);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture->token);
	free(fixture);
}

/** A request, and what becomes of it. */
struct row {
	const char *method;
	const char *path;
	bool has_token;
	size_t body; /* bytes */
	unsigned status;
	bool varies; /* also for those who are no page */
};

static void ask(struct fixture *fixture, const struct row *row, const char *fields)
{
	static const char body[2 * BODY_LIMIT];
	struct mcpauth__buf all = {0};
	mcpauth__buf_puts(&all, fields);
	if (row->has_token) {
		mcpauth__buf_printf(&all, "Authorization: Bearer %s\r\n", fixture->token);
	}
	if (row->body > 0) {
		mcpauth__buf_printf(&all, "Content-Length: %zu\r\n", row->body);
	}
	mcpauth__buf_append(&all, "", 1);
	assert_true(http_client_head(fixture->client, row->method, row->path, all.data));
	assert_true(row->body == 0 || http_client_send(fixture->client, body, row->body));
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	mcpauth__buf_finish(&all);
}

/* The value of a field that is there once; NULL: not at all. */
static bool has(const struct fixture *fixture, const char *name, const char *want)
{
	static char value[16384];
	unsigned count = 0;
	size_t length = strlen(name);
	const char *line = fixture->response.head;
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		count += strncasecmp(line, name, length) == 0 && line[length] == ':';
	}
	bool there = http_response_field(&fixture->response, name, value, sizeof value);
	return want == NULL ? count == 0 : there && count == 1 && strcmp(value, want) == 0;
}

static const struct row rows[] = {
	{"GET", "/mcp", false, 0, 401, false},
	{"HEAD", "/mcp", false, 0, 401, false},
	{"POST", "/mcp", false, 50, 401, false},
	{"GET", "/mcp", true, 0, 200, true},
	{"HEAD", "/mcp", true, 0, 200, true},
	{"POST", "/mcp", true, BODY_LIMIT, 200, false},
	{"POST", "/mcp", true, BODY_LIMIT + 1, 413, false},
	{"GET", "/open", false, 0, 200, true},
	{"POST", "/open", false, 1, 200, false},
	{"OPTIONS", "/open", false, 0, 200, false},
	{"GET", "/scoped", true, 0, 403, false},
	{"GET", "/unreachable", false, 0, 503, false},
	{"GET", "/handle", false, 0, 404, false},
	{"GET", "/broken", false, 0, 500, false},
	{"POST", "/often", false, 0, 429, false},
	{"GET", "/own", false, 0, 200, true},
};

static void check_readable(const struct fixture *fixture, const struct row *row)
{
	CHECK_ROW(row->path, fixture->response.status == row->status);
	CHECK_ROW(row->path, has(fixture, "Access-Control-Allow-Origin", PAGE));
	CHECK_ROW(row->path, has(fixture, "Vary", "Origin"));
	CHECK_ROW(row->path, has(fixture, "Access-Control-Expose-Headers", EXPOSED));
	CHECK_ROW(row->path, has(fixture, "Access-Control-Allow-Credentials", NULL));
}

static void check_plain(const struct fixture *fixture, const struct row *row)
{
	CHECK_ROW(row->path, fixture->response.status == row->status);
	CHECK_ROW(row->path, has(fixture, "Access-Control-Allow-Origin", NULL));
	CHECK_ROW(row->path, has(fixture, "Vary", row->varies ? "Origin" : NULL));
	CHECK_ROW(row->path, has(fixture, "Access-Control-Expose-Headers", NULL));
}

static void a_page_reads_every_answer_and_others_get_no_leave(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			ask(fixture, &rows[i], FROM_PAGE);
			check_readable(fixture, &rows[i]);
			ask(fixture, &rows[i], "");
			check_plain(fixture, &rows[i]);
		}
		fixture_free(fixture);
	}
}

static void each_page_reads_its_own_answer(void **state)
{
	(void)state;
	static const char *const pages[] = {
		"https://a.example.com", "https://b.example.com", "http://localhost:5173"};
	static const struct row row = {"GET", "/mcp", false, 0, 401, false};
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	for (size_t i = 0; i < 6; i++) {
		char fields[64];
		snprintf(fields, sizeof fields, "Origin: %s\r\n", pages[i % 3]);
		ask(fixture, &row, fields);
		assert_int_equal(fixture->response.status, 401);
		assert_true(has(fixture, "Access-Control-Allow-Origin", pages[i % 3]));
	}
	ask(fixture, &row, "Origin: https://evil.example\r\n");
	assert_int_equal(fixture->response.status, 403);
	assert_true(has(fixture, "Access-Control-Allow-Origin", NULL));
	fixture_free(fixture);
}

static void metadata_stays_everybodys(void **state)
{
	(void)state;
	static const struct row row = {"GET", METADATA, false, 0, 200, false};
	static const struct row preflight = {"OPTIONS", METADATA, false, 0, 204, false};
	static const char *const origins[] = {FROM_PAGE, "Origin: https://evil.example\r\n", ""};
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
		ask(fixture, &row, origins[i]);
		CHECK_ROW(origins[i], fixture->response.status == 200);
		CHECK_ROW(origins[i], has(fixture, "Access-Control-Allow-Origin", "*"));
		CHECK_ROW(origins[i], has(fixture, "Vary", NULL));
		CHECK_ROW(origins[i], has(fixture, "Access-Control-Expose-Headers", NULL));
	}
	ask(fixture, &preflight, ASKS("GET"));
	assert_int_equal(fixture->response.status, 204);
	assert_true(has(fixture, "Access-Control-Allow-Origin", "*"));
	assert_true(has(fixture, "Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"));
	fixture_free(fixture);
}

static void a_preflight_is_answered_and_its_body_swallowed(void **state)
{
	(void)state;
	static const struct row preflights[] = {
		{"OPTIONS", "/mcp", false, 0, 204, false},
		{"OPTIONS", "/mcp", false, 2 * BODY_LIMIT, 204, false},
		{"OPTIONS", "/open", false, 1, 204, false},
		{"OPTIONS", "/mcp", true, 0, 204, false},
	};
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way);
		for (size_t i = 0; i < sizeof preflights / sizeof *preflights; i++) {
			ask(fixture, &preflights[i], ASKS("POST"));
			assert_int_equal(fixture->response.status, 204);
			assert_int_equal(fixture->response.length, 0);
			assert_true(has(fixture, "Access-Control-Allow-Origin", PAGE));
			assert_true(
				has(fixture, "Access-Control-Allow-Methods", "GET, POST, DELETE"));
			assert_true(has(fixture, "Access-Control-Max-Age", "600"));
			assert_true(has(fixture, "Cache-Control", "no-store"));
			assert_true(has(fixture, "Vary",
				"Origin, Access-Control-Request-Method, "
				"Access-Control-Request-Headers"));
			assert_true(has(fixture, "WWW-Authenticate", NULL));
		}
		fixture_free(fixture);
	}
}

static void the_longest_leave_can_be_sent(void **state)
{
	(void)state;
	static const struct row row = {"OPTIONS", "/mcp", false, 0, 204, false};
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	struct mcpauth__buf fields = {0};
	struct mcpauth__buf want = {0};
	char value[16384];
	mcpauth__buf_puts(&fields, ASKS("POST") "Access-Control-Request-Headers: accept");
	for (int i = 0; i < 64; i++) {
		mcpauth__buf_printf(&fields, ",mcp-param-%0118d", i);
		mcpauth__buf_printf(&want, ", mcp-param-%0118d", i);
	}
	mcpauth__buf_puts(&fields, "\r\n");
	ask(fixture, &row, fields.data);
	assert_int_equal(fixture->response.status, 204);
	assert_true(http_response_field(
		&fixture->response, "Access-Control-Allow-Headers", value, sizeof value));
	assert_non_null(strstr(value, want.data));
	mcpauth__buf_finish(&fields);
	mcpauth__buf_finish(&want);
	fixture_free(fixture);
}

static void a_path_published_for_options_answers_itself(void **state)
{
	(void)state;
	static const struct row row = {"OPTIONS", "/own", false, 0, 200, false};
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	ask(fixture, &row, ASKS("GET"));
	assert_int_equal(fixture->response.status, 200);
	assert_true(has(fixture, "Access-Control-Allow-Origin", "https://mine"));
	assert_true(has(fixture, "Access-Control-Allow-Methods", NULL));
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_reads_every_answer_and_others_get_no_leave),
		cmocka_unit_test(each_page_reads_its_own_answer),
		cmocka_unit_test(metadata_stays_everybodys),
		cmocka_unit_test(a_preflight_is_answered_and_its_body_swallowed),
		cmocka_unit_test(the_longest_leave_can_be_sent),
		cmocka_unit_test(a_path_published_for_options_answers_itself),
	};
	return cmocka_run_group_tests_name("cors", tests, NULL, NULL);
}
