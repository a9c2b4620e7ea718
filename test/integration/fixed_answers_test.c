/* Answers that many requests share: nobody can tell them from answers that are
 * made for each request, and nothing of one request shows in the next. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include "base/buf.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WELL_KNOWN "/.well-known/oauth-protected-resource/mcp"
#define HOST "Host: 127.0.0.1\r\n"
#define ASK(method, path, fields) method " " path " HTTP/1.1\r\n" HOST fields "\r\n"
#define GET(path, fields) ASK("GET", path, fields)
#define HELLO(path, fields) ASK("POST", path, "Content-Length: 5\r\n" fields) "hello"
#define BEARER(token) "Authorization: Bearer " token "\r\n"
#define VERSION(revision) "MCP-Protocol-Version: " revision "\r\n"
#define THREADS 4

/* What its stage does with every answer. */
enum variant {
	LEAVES_IT,
	EDITS_NOTHING, /* puts in what is there: the answer is this request's own */
	EDITS_ON_DEMAND
};

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	enum variant variant;
	struct http_client *client;
};

static void edit(struct mcpauth_exchange *exchange, struct mcpauth_answer *answer, void *user)
{
	const struct fixture *fixture = user;
	size_t length;
	const char *body = mcpauth_answer_body(answer, &length);
	const char *status = mcpauth_exchange_header(exchange, "X-Status", 0);
	const char *edited = mcpauth_exchange_header(exchange, "X-Edit", 0);
	if (fixture->variant == EDITS_NOTHING) {
		CHECK_OK(mcpauth_answer_set_body(answer, body, length));
	} else if (fixture->variant == EDITS_ON_DEMAND && edited != NULL) {
		CHECK_OK(mcpauth_answer_set_header(answer, "X-Edited", edited));
		CHECK_OK(mcpauth_answer_set_header(answer, "Cache-Control", NULL));
		CHECK_OK(mcpauth_answer_set_body(answer, edited, strlen(edited)));
	} else if (fixture->variant == EDITS_ON_DEMAND && status != NULL) {
		mcpauth_answer_set_status(answer, (unsigned)strtoul(status, NULL, 10));
	}
}

static enum mcpauth_stage_result mark(struct mcpauth_exchange *exchange, void *user)
{
	const char *wanted = mcpauth_exchange_header(exchange, "X-Mark", 0);
	(void)user;
	if (wanted != NULL) {
		CHECK_OK(mcpauth_exchange_add_header(exchange, "X-Marked", wanted));
	}
	return MCPAUTH_NEXT;
}

static enum mcpauth_stage_result act(struct mcpauth_exchange *exchange, void *user)
{
	const char *path = mcpauth_exchange_path(exchange);
	enum mcpauth_code code = strcmp(path, "/scopes") == 0 ? MCPAUTH_E_INSUFFICIENT_SCOPE
							      : MCPAUTH_E_UNREACHABLE;
	(void)user;
	if (strcmp(path, "/fails") == 0) {
		return MCPAUTH_FAILED;
	}
	if (strcmp(path, "/scopes") != 0 && strcmp(path, "/unreachable") != 0) {
		return MCPAUTH_NEXT;
	}
	CHECK_OK(mcpauth_exchange_refuse(exchange, code, mcpauth_exchange_query(exchange), NULL));
	return MCPAUTH_ANSWERED;
}

static void add_routes(struct mcpauth_chain *chain)
{
	struct mcpauth_policy scoped = MCPAUTH_POLICY_INIT;
	struct mcpauth_policy any = MCPAUTH_POLICY_INIT;
	struct mcpauth_policy detailed = MCPAUTH_POLICY_INIT;
	scoped.scopes = "read write";
	any.scopes = "read";
	any.any_scopes = "one two";
	detailed.allow_error_details = true;
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", NULL, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/scoped", &scoped, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/any", &any, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/detailed", &detailed, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/fails", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/scopes", NULL, &err));
	CHECK_OK(mcpauth_chain_publish(chain, "/unreachable", NULL, &err));
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage first = MCPAUTH_STAGE_INIT;
	struct mcpauth_stage last = MCPAUTH_STAGE_INIT;
	(void)auth;
	add_routes(chain);
	CHECK_OK(mcpauth_chain_add_header(chain, "X-Chain", "yes", &err));
	first.on_request = mark;
	first.on_answer = edit;
	first.user = user;
	last.on_request = act;
	last.body_limit = 100;
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &first, &err));
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &last, &err));
}

static struct fixture *fixture_new(enum variant variant, enum daemon_way way)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fixture->variant = variant;
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.prepare = prepare,
		.prepare_user = fixture,
	};
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture);
}

/* A request; a "%s" in it stands for a token that is genuine. */
struct row {
	const char *label;
	unsigned status;
	const char *scopes; /* of the token; NULL for none */
	const char *request;
};

static const struct row rows[] = {
	{"no token", 401, NULL, GET("/mcp", "")},
	{"no token, HEAD", 401, NULL, ASK("HEAD", "/mcp", "")},
	{"no token, a body", 401, NULL, HELLO("/mcp", "")},
	{"no token, HTTP/1.0", 401, NULL, "GET /mcp HTTP/1.0\r\n" HOST "\r\n"},
	{"no token, the rest", 401, NULL, GET("/else", "")},
	{"no token, scopes", 401, NULL, GET("/scoped", "")},
	{"another scheme", 401, NULL, GET("/mcp", "Authorization: Basic eDp5\r\n")},
	{"an empty token", 400, NULL, GET("/mcp", BEARER(""))},
	{"two tokens", 400, NULL, GET("/mcp", BEARER("a") BEARER("b"))},
	{"no token at all", 401, NULL, GET("/mcp", BEARER("abc"))},
	{"a bad token, a body", 401, NULL, HELLO("/mcp", BEARER("%sx"))},
	{"details", 401, NULL, GET("/detailed", BEARER("abc"))},
	{"other details", 401, NULL, GET("/detailed", BEARER("%sx"))},
	{"details of nothing", 401, NULL, GET("/detailed", "")},
	{"scopes missing", 403, NULL, GET("/scoped", BEARER("%s"))},
	{"a client that forgets", 403, NULL, GET("/scoped", VERSION("2025-11-25") BEARER("%s"))},
	{"scopes to be named", 403, "more write",
		GET("/scoped", VERSION("2025-11-25") BEARER("%s"))},
	{"a client that keeps them", 403, "more",
		GET("/scoped", VERSION("2026-07-28") BEARER("%s"))},
	{"scopes the route names", 403, "write offline_access",
		GET("/scoped", VERSION("2025-11-25") BEARER("%s"))},
	{"the first of any", 403, "one", GET("/any", BEARER("%s"))},
	{"another of any", 403, "two", GET("/any", BEARER("%s"))},
	{"another of any to be named", 403, "two", GET("/any", VERSION("2025-11-25") BEARER("%s"))},
	{"none of any", 403, NULL, GET("/any", BEARER("%s"))},
	{"a stage's scopes", 403, NULL, GET("/scopes?more", "")},
	{"a stage's other scopes", 403, NULL, GET("/scopes?other", "")},
	{"a stage without scopes", 403, NULL, GET("/scopes", "")},
	{"a stage that fails", 500, NULL, GET("/fails", "")},
	{"unreachable", 503, NULL, GET("/unreachable", "")},
	{"too long", 413, NULL,
		ASK("POST", "/fails", "Content-Length: 101\r\nExpect: 100-continue\r\n")},
	{"a foreign host", 403, NULL, "GET /mcp HTTP/1.1\r\nHost: evil.example\r\n\r\n"},
	{"a foreign origin", 403, NULL, GET("/mcp", "Origin: https://evil.example\r\n")},
	{"two hosts", 400, NULL, GET("/mcp", HOST)},
	{"a blank behind a name", 400, NULL, GET("/mcp", "Transfer-Encoding : chunked\r\n")},
	{"a NUL in the path", 400, NULL, GET("/mcp%00/x", "")},
	{"a NUL in the query", 401, NULL, GET("/mcp?x=%00", "")},
	{"a preflight", 204, NULL,
		ASK("OPTIONS", "/mcp", "Access-Control-Request-Method: GET\r\n")},
	{"no such document", 404, NULL, GET("/.well-known/nothing", "")},
	{"metadata", 200, NULL, GET(WELL_KNOWN, "")},
	{"metadata, HEAD", 200, NULL, ASK("HEAD", WELL_KNOWN, "")},
	{"metadata, OPTIONS", 204, NULL, ASK("OPTIONS", WELL_KNOWN, "")},
	{"metadata, POST", 405, NULL, HELLO(WELL_KNOWN, "")},
};

#define ROWS (sizeof rows / sizeof *rows)

/* All bytes of an answer but the time, which goes on. */
static char *text_of(const struct http_response *response)
{
	struct mcpauth__buf text = {0};
	const char *date = strstr(response->head, "\r\nDate: ");
	assert_non_null(date);
	mcpauth__buf_append(&text, response->head, (size_t)(date - response->head));
	mcpauth__buf_puts(&text, strstr(date + 2, "\r\n"));
	mcpauth__buf_append(&text, response->body, response->length);
	return mcpauth__buf_take(&text);
}

static void renew(struct fixture *fixture)
{
	http_client_free(fixture->client);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
}

static char *token_with(const char *scopes)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"me\",\"scope\":\"%s\",\"exp\":%lld}",
		scopes == NULL ? "" : scopes, (long long)time(NULL) + 3600);
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}

/* With the token at the place of "%s", if there is one. */
static void write_request(char *request, size_t size, const char *text, const char *token)
{
	const char *place = strstr(text, "%s");
	size_t before = place != NULL ? (size_t)(place - text) : strlen(text);
	snprintf(request, size, "%.*s%s%s", (int)before, text, place != NULL ? token : "",
		place != NULL ? place + 2 : "");
}

static char *ask(struct fixture *fixture, const struct row *row)
{
	struct http_response response = {0};
	char request[2048];
	char *token = token_with(row->scopes);
	write_request(request, sizeof request, row->request, token);
	CHECK_ROW(row->label, http_client_say(fixture->client, request));
	CHECK_ROW(row->label, http_client_read(fixture->client, &response, HTTP_CLIENT_MS));
	CHECK_ROW(row->label, response.status == row->status);
	char *text = text_of(&response);
	http_response_finish(&response);
	free(token);
	if (strstr(text, "\r\nConnection: close\r\n") != NULL) {
		renew(fixture);
	}
	return text;
}

static bool same(const char *a, const char *b)
{
	if (strcmp(a, b) != 0) {
		print_error("%s\n---\n%s\n", a, b);
	}
	return strcmp(a, b) == 0;
}

/* The same request brings the same bytes as before. */
static void check_again(struct fixture *fixture, const struct row *row, const char *before)
{
	char *now = ask(fixture, row);
	CHECK_ROW(row->label, same(before, now));
	free(now);
}

/* What a server says that has never said anything. */
static char *ask_new(enum variant variant, const struct row *row)
{
	struct fixture *fixture = fixture_new(variant, DAEMON_EPOLL);
	char *text = ask(fixture, row);
	fixture_free(fixture);
	return text;
}

static void are_those_that_are_made_for_each_request(void **state)
{
	struct fixture *fixture = fixture_new(LEAVES_IT, DAEMON_EPOLL);
	struct fixture *twin = fixture_new(EDITS_NOTHING, DAEMON_EPOLL);
	(void)state;
	for (size_t i = 0; i < 2 * ROWS; i++) {
		const struct row *row = &rows[i % ROWS];
		char *want = ask_new(i < ROWS ? EDITS_NOTHING : LEAVES_IT, row);
		check_again(fixture, row, want);
		check_again(fixture, row, want);
		check_again(twin, row, want);
		free(want);
	}
	fixture_free(twin);
	fixture_free(fixture);
}

static const struct row *row_of(const char *label)
{
	size_t i = 0;
	while (i < ROWS && strcmp(rows[i].label, label) != 0) {
		i++;
	}
	assert_true(i < ROWS);
	return &rows[i];
}

/* The same request with one field more. */
static char *ask_with(
	struct fixture *fixture, const struct row *row, const char *field, unsigned status)
{
	char request[2048];
	const char *end = strstr(row->request, HOST) + strlen(HOST);
	struct row with = *row;
	with.status = status;
	with.request = request;
	snprintf(request, sizeof request, "%.*s%s\r\n%s", (int)(end - row->request), row->request,
		field, end);
	return ask(fixture, &with);
}

static const char *const changed[] = {"no token", "no token, HEAD", "no token, a body",
	"scopes missing", "an empty token", "a stage that fails", "unreachable", "no such document",
	"metadata", "metadata, POST", "metadata, OPTIONS"};

#define CHANGED (sizeof changed / sizeof *changed)

static void an_edit_does_not_show_in_the_next(void **state)
{
	struct fixture *fixture = fixture_new(EDITS_ON_DEMAND, DAEMON_EPOLL);
	(void)state;
	for (size_t i = 0; i < CHANGED; i++) {
		const struct row *row = row_of(changed[i]);
		char *before = ask(fixture, row);
		char *edited = ask_with(fixture, row, "X-Edit: something", row->status);
		CHECK_ROW(row->label, strstr(edited, "X-Edited: something\r\n") != NULL);
		CHECK_ROW(row->label, strstr(edited, "Cache-Control") == NULL);
		CHECK_ROW(row->label, strstr(edited, "X-Chain: yes\r\n") != NULL);
		CHECK_ROW(row->label, strstr(before, "X-Edited") == NULL);
		check_again(fixture, row, before);
		free(edited);
		free(before);
	}
	fixture_free(fixture);
}

/* The first to be answered is the one that is edited. */
static void an_edit_of_the_first_does_not_show_either(void **state)
{
	struct fixture *fixture = fixture_new(EDITS_ON_DEMAND, DAEMON_EPOLL);
	struct fixture *twin = fixture_new(LEAVES_IT, DAEMON_EPOLL);
	(void)state;
	for (size_t i = 0; i < CHANGED; i++) {
		const struct row *row = row_of(changed[i]);
		char *want = ask(twin, row);
		free(ask_with(fixture, row, "X-Edit: something", row->status));
		check_again(fixture, row, want);
		free(want);
	}
	fixture_free(twin);
	fixture_free(fixture);
}

static void another_status_is_that_requests_alone(void **state)
{
	struct fixture *fixture = fixture_new(EDITS_ON_DEMAND, DAEMON_EPOLL);
	(void)state;
	for (size_t i = 0; i < CHANGED; i++) {
		const struct row *row = row_of(changed[i]);
		char *before = ask(fixture, row);
		char *edited = ask_with(fixture, row, "X-Status: 418", 418);
		CHECK_ROW(row->label,
			strcmp(strchr(edited, '\n'), strchr(before, '\n')) == 0
				|| row->status == 204);
		check_again(fixture, row, before);
		free(edited);
		free(before);
	}
	fixture_free(fixture);
}

static void headers_of_one_request_do_not_show_in_the_next(void **state)
{
	static const char *const labels[] = {"no token", "no token, HEAD", "no token, a body",
		"scopes missing", "an empty token", "a stage that fails", "unreachable"};
	struct fixture *fixture = fixture_new(LEAVES_IT, DAEMON_EPOLL);
	(void)state;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		const struct row *row = row_of(labels[i]);
		char *before = ask(fixture, row);
		char *marked = ask_with(fixture, row, "X-Mark: me", row->status);
		CHECK_ROW(row->label, strstr(marked, "X-Marked: me\r\n") != NULL);
		check_again(fixture, row, before);
		free(marked);
		free(before);
	}
	fixture_free(fixture);
}

static void no_header_piles_up(void **state)
{
	struct fixture *fixture = fixture_new(LEAVES_IT, DAEMON_EPOLL);
	(void)state;
	char *text = ask(fixture, row_of("no token"));
	const char *found = strstr(text, "X-Chain: yes\r\n");
	assert_non_null(found);
	assert_null(strstr(found + 1, "X-Chain"));
	for (int i = 0; i < 100; i++) {
		check_again(fixture, row_of("no token"), text);
	}
	free(text);
	fixture_free(fixture);
}

struct load {
	unsigned port;
	unsigned requests; /* 0: until it is over */
	atomic_bool over;
	atomic_uint served;
	atomic_uint wrong;
};

static void count(struct load *load, struct http_client *client, const char *path, const char *want)
{
	struct http_response response = {0};
	bool good = http_client_get(client, path, NULL)
		&& http_client_read(client, &response, HTTP_CLIENT_MS)
		&& strstr(response.head, want) != NULL
		&& strstr(response.head, "X-Chain: yes\r\n") != NULL;
	atomic_fetch_add(&load->wrong, !good);
	atomic_fetch_add(&load->served, 1);
	http_response_finish(&response);
}

static void *ask_all_the_time(void *user)
{
	struct load *load = user;
	struct http_client *client = http_client_new(load->port);
	for (unsigned i = 0; load->requests == 0 ? !atomic_load(&load->over) : i < load->requests;
		i++) {
		count(load, client, "/scoped", "scope=\"read write\"");
		count(load, client, WELL_KNOWN, "application/json");
		count(load, client, "/.well-known/nothing", " 404 ");
	}
	http_client_free(client);
	return NULL;
}

static void start_threads(struct load *load, pthread_t threads[THREADS])
{
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask_all_the_time, load), 0);
	}
}

static void join_threads(pthread_t threads[THREADS])
{
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
}

static void threads_make_and_send_them_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct fixture *fixture = fixture_new(LEAVES_IT, DAEMON_POOL);
		struct load load = {.port = daemon_port(fixture->daemon), .requests = 20};
		pthread_t threads[THREADS];
		start_threads(&load, threads);
		join_threads(threads);
		assert_int_equal(load.served, 3 * THREADS * load.requests);
		assert_int_equal(load.wrong, 0);
		fixture_free(fixture);
	}
}

static void revise(struct mcpauth_chain *chain)
{
	struct mcpauth *next;
	struct mcpauth *auth = mcpauth_chain_auth(chain);
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = DAEMON_RESOURCE;
	issuer.issuer = DAEMON_ISSUER;
	CHECK_OK(mcpauth_new_successor(auth, &next, &err));
	CHECK_OK(mcpauth_add_resource(next, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(next, DAEMON_RESOURCE, &issuer, &err));
	CHECK_OK(mcpauth_chain_revise(chain, next, &err));
	add_routes(chain);
	CHECK_OK(mcpauth_chain_add_header(chain, "X-Chain", "yes", &err));
	mcpauth_chain_commit(chain);
	mcpauth_free(next);
	mcpauth_free(auth);
}

static void rules_that_go_take_theirs_with_them(void **state)
{
	struct fixture *fixture = fixture_new(LEAVES_IT, DAEMON_POOL);
	struct load load = {.port = daemon_port(fixture->daemon)};
	pthread_t threads[THREADS];
	(void)state;
	start_threads(&load, threads);
	for (int i = 0; i < 50; i++) {
		unsigned before = atomic_load(&load.served);
		revise(daemon_chain(fixture->daemon));
		CHECK_SOON(atomic_load(&load.served) >= before + 3 * THREADS);
	}
	atomic_store(&load.over, true);
	join_threads(threads);
	assert_int_equal(load.wrong, 0);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_those_that_are_made_for_each_request),
		cmocka_unit_test(an_edit_does_not_show_in_the_next),
		cmocka_unit_test(an_edit_of_the_first_does_not_show_either),
		cmocka_unit_test(another_status_is_that_requests_alone),
		cmocka_unit_test(headers_of_one_request_do_not_show_in_the_next),
		cmocka_unit_test(no_header_piles_up),
		cmocka_unit_test(threads_make_and_send_them_at_once),
		cmocka_unit_test(rules_that_go_take_theirs_with_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
