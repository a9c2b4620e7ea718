/* Clients that leave before it is known what their tokens are worth, on real connections. */
#include <mcpauth/rate_limit.h>

#include "support/check.h"
#include "support/opaque_daemon.h"

#include <stdio.h>
#include <string.h>

#define BURST 3
#define DELAY_MS 30

static void say_no_later(const char *token, struct opaque_answer *answer, void *user)
{
	(void)token;
	(void)user;
	answer->delay_ms = DELAY_MS;
}

static void count(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	(void)exchange;
	(void)status;
	atomic_fetch_add((atomic_uint *)user, 1);
}

/* @param ended  counts requests, behind the limit, which counts them, too */
static struct opaque_daemon *start(enum daemon_way way, atomic_uint *ended)
{
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct opaque_daemon_config config = {.daemon = {.way = way}, .answer = say_no_later};
	struct opaque_daemon *it = opaque_daemon_new(&config);
	limit.address_burst = BURST;
	limit.address_seconds = 600;
	stage.on_finish = count;
	stage.user = ended;
	CHECK_OK(mcpauth_chain_add_rate_limit(daemon_chain(it->daemon), &limit, &err));
	CHECK_OK(mcpauth_chain_add_stage(
		daemon_chain(it->daemon), MCPAUTH_STAGE_LAST, &stage, &err));
	return it;
}

/* Whatever the way to run knows of it before it looks: the client is gone, or not yet. */
static void ask_and_leave(struct opaque_daemon *it, unsigned number)
{
	char token[32];
	unsigned before = opaque_endpoint_calls(it->endpoint);
	snprintf(token, sizeof token, "wrong-%u", number);
	struct http_client *client = opaque_daemon_ask(it, "/mcp", token);
	CHECK_SOON(opaque_endpoint_calls(it->endpoint) > before);
	http_client_free(client);
}

static void asks_no_more_about_those_who_leave(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		atomic_uint ended = 0;
		struct opaque_daemon *it = start(way, &ended);
		for (unsigned i = 0; i < BURST; i++) {
			ask_and_leave(it, i);
			CHECK_SOON(atomic_load(&ended) == i + 1);
		}
		struct http_response response = opaque_daemon_get(it, "/mcp", "another");
		CHECK_ROW(daemon_way_name(way), response.status == 429);
		CHECK_ROW(daemon_way_name(way), opaque_endpoint_calls(it->endpoint) == BURST);
		http_response_finish(&response);
		opaque_daemon_free(it);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_no_more_about_those_who_leave),
	};
	return cmocka_run_group_tests_name("left", tests, NULL, NULL);
}
