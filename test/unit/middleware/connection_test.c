/* Connections: what one request leaves to the next on its connection, and what it must not. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "connection.h"

#include "support/check.h"
#include "support/fake_exchange.h"

#include <gnutls/crypto.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static unsigned hashes;

/* Stands before the real one, and counts. */
int gnutls_hash_fast(
	gnutls_digest_algorithm_t algorithm, const void *text, size_t length, void *digest)
{
	int (*hash)(gnutls_digest_algorithm_t, const void *, size_t, void *);
	*(void **)&hash = dlsym(RTLD_NEXT, "gnutls_hash_fast");
	hashes++;
	return hash(algorithm, text, length, digest);
}

struct fixture {
	struct fake_server server;
	struct mcpauth__connection connection;
	struct fake_exchange fake;
	char *bearer;
	struct fake_request known; /* with a good token */
	struct fake_request nobody;
};

static void start(struct fixture *fixture, enum fake_reach reach)
{
	memset(fixture, 0, sizeof *fixture);
	fake_server_start(&fixture->server, reach, NULL);
	CHECK_OK(mcpauth_chain_publish(fixture->server.chain, "/open", NULL, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read");
	fixture->known.headers[0] = "Authorization";
	fixture->known.headers[1] = fixture->bearer;
	fixture->nobody.path = "/open";
	mcpauth__connection_open(&fixture->connection, fixture->server.chain);
}

static void stop(struct fixture *fixture)
{
	mcpauth__connection_close(&fixture->connection);
	assert_null(fixture->server.chain->connections);
	fake_server_stop(&fixture->server);
	free(fixture->bearer);
}

static enum mcpauth__verdict serve(struct fixture *fixture, const struct fake_request *request)
{
	fake_exchange_start_on(&fixture->fake, &fixture->connection, request);
	return fake_exchange_run(&fixture->fake);
}

static void the_next_request_gets_the_same_storage(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	assert_int_equal(serve(&fixture, &fixture.known), MCPAUTH__PASS);
	struct mcpauth_exchange *first = fixture.fake.exchange;
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(serve(&fixture, &fixture.known), MCPAUTH__PASS);
	assert_ptr_equal(fixture.fake.exchange, first);
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

/* So it takes no memory to say who calls. */
static void the_storage_has_room_for_who_calls(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	assert_int_equal(serve(&fixture, &fixture.known), MCPAUTH__PASS);
	struct mcpauth_exchange *exchange = fixture.fake.exchange;
	const struct mcpauth_auth_info *info = mcpauth_exchange_auth_info(exchange);
	assert_ptr_equal(info, &exchange->room);
	assert_ptr_equal(mcpauth_auth_info_token(info), fixture.bearer + strlen("Bearer "));
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static unsigned hashes_of_one_more(struct fixture *fixture)
{
	hashes = 0;
	assert_int_equal(serve(fixture, &fixture->known), MCPAUTH__PASS);
	fake_exchange_finish(&fixture->fake);
	return hashes;
}

/* And is a stranger to another connection, be it to the same place in memory. */
static void a_connection_knows_its_token_the_third_time(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(hashes_of_one_more(&fixture), 1);
		assert_int_equal(hashes_of_one_more(&fixture), 1);
		assert_int_equal(hashes_of_one_more(&fixture), 0);
		assert_int_equal(serve(&fixture, &fixture.nobody), MCPAUTH__PASS);
		fake_exchange_finish(&fixture.fake);
		assert_int_equal(hashes_of_one_more(&fixture), 0);
		mcpauth__connection_close(&fixture.connection);
		mcpauth__connection_open(&fixture.connection, fixture.server.chain);
	}
	stop(&fixture);
}

/* A request with everything a request can have. */
static void serve_a_full_one(struct fixture *fixture)
{
	fixture->known.query = "a=b";
	fixture->known.headers[2] = "Host";
	fixture->known.headers[3] = "localhost ";
	assert_int_equal(serve(fixture, &fixture->known), MCPAUTH__PASS);
	assert_non_null(mcpauth_exchange_auth_info(fixture->fake.exchange));
	CHECK_OK(mcpauth_exchange_add_header(fixture->fake.exchange, "X-Mine", "1"));
	CHECK_OK(mcpauth_exchange_answer(fixture->fake.exchange, 200, "text/plain", "mine", 4));
	assert_int_equal(fake_exchange_give_body(&fixture->fake, "body"), MCPAUTH__PASS);
	fake_exchange_finish(&fixture->fake);
}

static void nothing_of_a_request_is_seen_by_the_next(void **state)
{
	(void)state;
	struct fixture fixture;
	static const struct mcpauth_answer no_answer;
	start(&fixture, FAKE_AT_HAND);
	serve_a_full_one(&fixture);
	fake_exchange_start_on(&fixture.fake, &fixture.connection, &fixture.nobody);
	const struct mcpauth_exchange *next = fixture.fake.exchange;
	assert_null(mcpauth_exchange_auth_info(next));
	assert_null(mcpauth_exchange_query(next));
	assert_null(mcpauth_exchange_header(next, "Host", 0));
	assert_null(mcpauth_exchange_header(next, "Authorization", 0));
	assert_string_equal(mcpauth_exchange_path(next), "/open");
	assert_int_equal(next->headers.count, 0);
	assert_int_equal(next->body.length, 0);
	assert_false(next->body_is_complete);
	assert_memory_equal(&next->answer, &no_answer, sizeof no_answer);
	assert_int_equal(fake_exchange_serve(&fixture.fake), MCPAUTH__PASS);
	assert_null(mcpauth_exchange_auth_info(next));
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static enum mcpauth_stage_result wait_once(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	void **waited = mcpauth_exchange_slot(exchange);
	if (*waited != NULL || strcmp(mcpauth_exchange_path(exchange), "/open") == 0) {
		return MCPAUTH_NEXT;
	}
	*waited = exchange;
	return MCPAUTH_WAIT;
}

static void start_waiting(struct fixture *fixture)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.on_request = wait_once;
	start(fixture, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_add_stage(fixture->server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	assert_int_equal(serve(fixture, &fixture->known), MCPAUTH__LATER);
}

static void storage_that_somebody_still_holds_is_left_to_him(void **state)
{
	(void)state;
	struct fixture fixture;
	start_waiting(&fixture);
	struct mcpauth_exchange *owed = fixture.fake.exchange;
	assert_non_null(owed->info);
	fake_exchange_break(&fixture.fake);
	assert_true(owed->info == NULL && owed->rules == NULL && owed->route == NULL);
	assert_true(owed->chain == NULL && owed->trimmed == NULL);
	assert_true(owed->arrival.path == NULL && owed->arrival.transport == NULL);
	assert_int_equal(serve(&fixture, &fixture.nobody), MCPAUTH__PASS);
	assert_ptr_not_equal(fixture.fake.exchange, owed);
	mcpauth_exchange_continue(owed);
	assert_int_equal(atomic_load(&fixture.fake.resumes), 0);
	assert_string_equal(mcpauth_exchange_path(fixture.fake.exchange), "/open");
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void a_request_that_waited_leaves_its_storage_as_good_as_new(void **state)
{
	(void)state;
	struct fixture fixture;
	start_waiting(&fixture);
	struct mcpauth_exchange *first = fixture.fake.exchange;
	for (int i = 0; i < 3; i++) {
		mcpauth_exchange_continue(fixture.fake.exchange);
		assert_int_equal(atomic_load(&fixture.fake.resumes), 1);
		assert_int_equal(fake_exchange_run(&fixture.fake), MCPAUTH__PASS);
		fake_exchange_finish(&fixture.fake);
		assert_int_equal(serve(&fixture, &fixture.known), MCPAUTH__LATER);
		assert_ptr_equal(fixture.fake.exchange, first);
	}
	mcpauth_exchange_continue(fixture.fake.exchange);
	fake_exchange_break(&fixture.fake);
	stop(&fixture);
}

static unsigned refs_of(struct mcpauth__rules *rules)
{
	return atomic_load(&rules->refs);
}

static void pins_the_rules_once_and_lets_go_of_old_ones_at_its_next_request(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	struct mcpauth_chain *chain = fixture.server.chain;
	struct mcpauth__rules *old = mcpauth__rules_ref(chain->in_force.rules);
	assert_int_equal(refs_of(old), 2);
	for (int i = 0; i < 3; i++) {
		serve(&fixture, &fixture.nobody);
		assert_ptr_equal(fixture.fake.exchange->rules, old);
		fake_exchange_finish(&fixture.fake);
		assert_int_equal(refs_of(old), 3);
	}
	CHECK_OK(mcpauth_chain_revise(chain, fixture.server.auth, &err));
	mcpauth_chain_commit(chain);
	assert_int_equal(refs_of(old), 2);
	serve(&fixture, &fixture.nobody);
	assert_ptr_equal(fixture.fake.exchange->rules, chain->in_force.rules);
	assert_int_equal(refs_of(old), 1);
	fake_exchange_finish(&fixture.fake);
	mcpauth__rules_free(old);
	stop(&fixture);
}

static void closing_lets_go_of_the_rules(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth__connection other = {0};
	start(&fixture, FAKE_AT_HAND);
	struct mcpauth__rules *rules = fixture.server.chain->in_force.rules;
	mcpauth__connection_open(&other, fixture.server.chain);
	fake_exchange_start_on(&fixture.fake, &other, &fixture.nobody);
	assert_int_equal(refs_of(rules), 2);
	fake_exchange_finish(&fixture.fake);
	mcpauth__connection_close(&other);
	assert_int_equal(refs_of(rules), 1);
	mcpauth__connection_close(&other);
	stop(&fixture);
}

static void drain_counts_the_connections_with_a_request_and_no_others(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange second;
	struct mcpauth__connection idle = {0};
	start(&fixture, FAKE_AT_HAND);
	mcpauth__connection_open(&idle, fixture.server.chain);
	fake_exchange_start_on(&fixture.fake, &fixture.connection, &fixture.nobody);
	fake_exchange_start(&second, &fixture.server, &fixture.nobody);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 2);
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 1);
	fake_exchange_finish(&second);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 0);
	mcpauth__connection_close(&idle);
	stop(&fixture);
}

/* Three connections with a request each; one after the other goes. */
static void closing_any_connection_loses_no_other(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fakes[3];
	struct mcpauth__connection connections[3] = {{0}};
	static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}};
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		for (size_t k = 0; k < 3; k++) {
			mcpauth__connection_open(&connections[k], fixture.server.chain);
			fake_exchange_start_on(&fakes[k], &connections[k], &fixture.nobody);
		}
		for (unsigned left = 3; left > 0; left--) {
			size_t gone = orders[i][3 - left];
			assert_int_equal(mcpauth__connections_busy(fixture.server.chain), left);
			fake_exchange_finish(&fakes[gone]);
			mcpauth__connection_close(&connections[gone]);
		}
		assert_int_equal(mcpauth__connections_busy(fixture.server.chain), 0);
		assert_ptr_equal(fixture.server.chain->connections, &fixture.connection);
	}
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_request_gets_the_same_storage),
		cmocka_unit_test(the_storage_has_room_for_who_calls),
		cmocka_unit_test(a_connection_knows_its_token_the_third_time),
		cmocka_unit_test(nothing_of_a_request_is_seen_by_the_next),
		cmocka_unit_test(storage_that_somebody_still_holds_is_left_to_him),
		cmocka_unit_test(a_request_that_waited_leaves_its_storage_as_good_as_new),
		cmocka_unit_test(pins_the_rules_once_and_lets_go_of_old_ones_at_its_next_request),
		cmocka_unit_test(closing_lets_go_of_the_rules),
		cmocka_unit_test(drain_counts_the_connections_with_a_request_and_no_others),
		cmocka_unit_test(closing_any_connection_loses_no_other),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
