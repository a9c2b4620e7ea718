/* Clients that leave, or let their answer wait, and the limit of failures. */
#include <mcpauth/rate_limit.h>

#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdlib.h>

#define BURST 3

static void start(struct fake_server *server)
{
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	fake_server_start(server, FAKE_HELD, NULL);
	limit.address_burst = BURST;
	CHECK_OK(mcpauth_chain_add_rate_limit(server->chain, &limit, &err));
}

static struct fake_request request_of(const char *address, const char *bearer)
{
	return (struct fake_request){
		.path = "/mcp", .address = address, .headers = {"Authorization", bearer}};
}

/* One that waits for the issuer's keys. */
static void wait_for_keys(
	struct fake_exchange *fake, struct fake_server *server, const struct fake_request *request)
{
	fake_exchange_start(fake, server, request);
	assert_int_equal(fake_exchange_run(fake), MCPAUTH__LATER);
}

static void leaving_is_no_way_to_ask_without_end(void **state)
{
	struct fake_server server;
	struct fake_exchange fakes[BURST];
	(void)state;
	start(&server);
	char *bearer = fake_server_bearer(&server, "a");
	struct fake_request request = request_of("192.0.2.7", bearer);
	struct fake_request other = request_of("192.0.2.8", bearer);
	for (int i = 0; i < BURST; i++) {
		wait_for_keys(&fakes[i], &server, &request);
	}
	fake_issuer_release(server.issuer);
	for (int i = 0; i < BURST; i++) {
		fake_exchange_await(&fakes[i]);
		fake_exchange_break(&fakes[i]);
	}
	assert_true(fake_server_answers(&server, &request, 429));
	assert_true(fake_server_answers(&server, &other, 0));
	fake_server_stop(&server);
	free(bearer);
}

static void who_waits_for_the_answer_is_not_counted(void **state)
{
	struct fake_server server;
	struct fake_exchange fakes[BURST];
	(void)state;
	start(&server);
	char *bearer = fake_server_bearer(&server, "a");
	struct fake_request request = request_of("192.0.2.7", bearer);
	for (int i = 0; i < BURST; i++) {
		wait_for_keys(&fakes[i], &server, &request);
	}
	fake_issuer_release(server.issuer);
	for (int i = 0; i < BURST; i++) {
		fake_exchange_await(&fakes[i]);
		assert_int_equal(fake_exchange_serve(&fakes[i]), MCPAUTH__PASS);
		/* That it leaves later is not about its token. */
		fake_exchange_break(&fakes[i]);
	}
	assert_true(fake_server_answers(&server, &request, 0));
	fake_server_stop(&server);
	free(bearer);
}

/* Its answer is decided, but not sent while a body is still to come. */
static void counts_when_it_is_decided(void **state)
{
	struct fake_server server;
	struct fake_exchange fakes[BURST];
	struct fake_request request = request_of("192.0.2.7", "Bearer a.b.c");
	(void)state;
	start(&server);
	for (int i = 0; i < BURST; i++) {
		fake_exchange_start(&fakes[i], &server, &request);
		fake_exchange_serve(&fakes[i]);
		assert_int_equal(fake_exchange_status(&fakes[i]), 401);
	}
	assert_true(fake_server_answers(&server, &request, 429));
	for (int i = 0; i < BURST; i++) {
		fake_exchange_finish(&fakes[i]);
	}
	fake_server_stop(&server);
}

static void counts_once_what_is_decided_and_sent(void **state)
{
	struct fake_server server;
	struct fake_request request = request_of("192.0.2.7", "Bearer a.b.c");
	(void)state;
	start(&server);
	for (int i = 0; i < BURST; i++) {
		assert_true(fake_server_answers(&server, &request, 401));
	}
	assert_true(fake_server_answers(&server, &request, 429));
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaving_is_no_way_to_ask_without_end),
		cmocka_unit_test(counts_when_it_is_decided),
		cmocka_unit_test(counts_once_what_is_decided_and_sent),
		cmocka_unit_test(who_waits_for_the_answer_is_not_counted),
	};
	return cmocka_run_group_tests_name("rate_limit_left", tests, NULL, NULL);
}
