/* Ten thousand clients that leave `notes` at every stage of a request. */
#define _GNU_SOURCE

#include "faults/support/notes.h"
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define LEAVERS 10000
#define WAITERS 900 /* fewer than may wait at once */
#define PIPELINED 100
#define DRIFT_KIB 1024
/* What they all need at first: pools, buffers, the heap's own arenas. */
#define WARM_UP 2000

struct stage {
	const char *label;
	const char *start;
	const char *end; /* NULL: no token stands between them */
	size_t repeat;   /* requests in a row; 0 is one */
	bool reads;      /* something of the answer */
};

#define MCP "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
#define POST "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"
#define METADATA "GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

static const struct stage stages[] = {
	{"nothing said", "", NULL, 0, false},
	{"in the request line", "GET /m", NULL, 0, false},
	{"in a header", "GET /mcp HTTP/1.1\r\nHost: 127", NULL, 0, false},
	{"in the token", MCP, "", 0, false},
	{"in a body", POST "Content-Length: 5000\r\n", "\r\n\r\nabc", 0, false},
	{"in a chunk", POST "Transfer-Encoding: chunked\r\n", "\r\n\r\n10\r\nabc", 0, false},
	{"in a refused body", POST "Content-Length: 5000\r\n\r\nabc", NULL, 0, false},
	{"after the request", MCP, "\r\n\r\n", 0, false},
	{"after a refused request", MCP "\r\n", NULL, 0, false},
	{"in the answer", MCP, "\r\n\r\n", 0, true},
	{"in many answers", METADATA, NULL, PIPELINED, true},
};
#define STAGES (sizeof stages / sizeof *stages)

/** notes, its issuer, and a token. */
struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct notes *notes;
	char *token;
};

static void start(struct fixture *fixture, enum loopback_manner manner)
{
	char jwks_uri[64];
	fixture->page = (struct loopback_page){.path = "/keys",
		.status = 200,
		.headers = "Connection: close\r\n",
		.body = daemon_keys(),
		.manner = manner};
	fixture->issuer = loopback_new(&fixture->page, 1);
	snprintf(jwks_uri, sizeof jwks_uri, "http://127.0.0.1:%u/keys",
		loopback_port(fixture->issuer));
	fixture->notes = notes_new(&(struct notes_config){.jwks_uri = jwks_uri}, NULL);
	fixture->token = daemon_token("alice");
	assert_non_null(fixture->notes);
}

static void stop(struct fixture *fixture)
{
	int status = notes_stop(fixture->notes);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	notes_free(fixture->notes);
	loopback_free(fixture->issuer);
	free(fixture->token);
}

static void say(struct http_client *client, const struct stage *stage, const char *token)
{
	char text[4096];
	snprintf(text, sizeof text, "%s%s%s%s", stage->start,
		stage->end != NULL ? "Authorization: Bearer " : "", stage->end != NULL ? token : "",
		stage->end != NULL ? stage->end : "");
	for (size_t i = 0; i == 0 || i < stage->repeat; i++) {
		http_client_say(client, text);
	}
}

/* By turns politely, with an end, and so that the peer gets an error. */
static void leave(struct http_client *client, unsigned number)
{
	if (number % 2 == 0) {
		http_client_free(client);
	} else {
		http_client_break(client);
	}
}

static void come_and_leave(const struct fixture *fixture, unsigned number)
{
	const struct stage *stage = &stages[number / 2 % STAGES];
	struct http_client *client = http_client_new(notes_port(fixture->notes));
	struct http_response response = {0};
	say(client, stage, fixture->token);
	if (stage->reads) {
		CHECK_ROW(stage->label, http_client_read(client, &response, HTTP_CLIENT_MS));
		CHECK_ROW(stage->label, response.status == 200);
		http_response_finish(&response);
	}
	/* Some are gone before they are noticed, some after. */
	if (number % 8 >= 6) {
		notes_sleep_ms(1);
	}
	leave(client, number);
}

static void check_good(const struct fixture *fixture)
{
	long begin = http_client_clock();
	assert_int_equal(notes_ask(fixture->notes, "/mcp", fixture->token), 200);
	assert_true(http_client_clock() - begin < 1000);
}

static void all_is_as_before_when_they_have_left(void **state)
{
	struct fixture fixture;
	long resident = 0;
	(void)state;
	start(&fixture, LOOPBACK_PLAIN);
	assert_true(notes_await_status(fixture.notes, "/mcp", fixture.token, 200, 5000));
	notes_sleep_ms(100);
	unsigned descriptors = notes_descriptors(fixture.notes);
	for (unsigned i = 0; i < LEAVERS - WAITERS; i++) {
		if (i % 500 == 0) {
			check_good(&fixture);
		}
		if (i == WARM_UP) {
			resident = notes_resident(fixture.notes);
		}
		come_and_leave(&fixture, i);
	}
	check_good(&fixture);
	unsigned left = notes_await_descriptors(fixture.notes, descriptors);
	long grown = notes_resident(fixture.notes) - resident;
	printf("# %u left at %zu stages: %u descriptors before, %u after, %ld KiB grown\n",
		LEAVERS - WAITERS, STAGES, descriptors, left, grown);
	assert_true(left <= descriptors);
	assert_true(grown < DRIFT_KIB);
	stop(&fixture);
}

/* While its connection is suspended MHD does not see that a client has left. */
static void all_is_as_before_when_they_left_while_they_waited(void **state)
{
	static const struct stage waiting = {"waiting", MCP, "\r\n\r\n", 0, false};
	static struct http_client *clients[WAITERS];
	struct fixture fixture;
	(void)state;
	start(&fixture, LOOPBACK_HELD);
	unsigned idle = notes_descriptors(fixture.notes);
	for (unsigned i = 0; i < WAITERS; i++) {
		clients[i] = http_client_new(notes_port(fixture.notes));
		say(clients[i], &waiting, fixture.token);
	}
	for (int i = 0; i < 100 && notes_descriptors(fixture.notes) < idle + WAITERS; i++) {
		notes_sleep_ms(10);
	}
	unsigned most = notes_descriptors(fixture.notes);
	assert_int_equal(loopback_requests(fixture.issuer), 1);
	for (unsigned i = 0; i < WAITERS; i++) {
		leave(clients[i], i);
	}
	loopback_release(fixture.issuer);
	assert_true(notes_await_status(fixture.notes, "/mcp", fixture.token, 200, 10000));
	/* The network thread has one of its own by now, a pair of sockets. */
	unsigned left = notes_await_descriptors(fixture.notes, idle + 2);
	printf("# %u left while they waited for keys: %u descriptors before, %u then, %u after\n",
		WAITERS, idle, most, left);
	assert_true(most >= idle + WAITERS);
	assert_true(left <= idle + 2);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_as_before_when_they_have_left),
		cmocka_unit_test(all_is_as_before_when_they_left_while_they_waited),
	};
	return cmocka_run_group_tests_name("leaving", tests, NULL, NULL);
}
