/* Changing a chain that is in use: the next requests see the new rules, no request sees both. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdlib.h>
#include <string.h>

static struct mcpauth *successor_with(struct fake_server *server, const char *resource)
{
	struct mcpauth *next;
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	config.resource = resource;
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = FAKE_KEYS;
	CHECK_OK(mcpauth_new_successor(server->auth, &next, &err));
	CHECK_OK(mcpauth_add_resource(next, &config, &err));
	CHECK_OK(mcpauth_add_issuer(next, resource, &issuer, &err));
	return next;
}

static struct mcpauth_policy needing(const char *scopes)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = scopes;
	return policy;
}

/* From here on /mcp needs these scopes; the object is the chain's alone. */
static void revise(struct fake_server *server, const char *scopes)
{
	struct mcpauth *next = successor_with(server, SERVER_RESOURCE);
	struct mcpauth_policy policy = needing(scopes);
	CHECK_OK(mcpauth_chain_revise(server->chain, next, &err));
	mcpauth_free(next);
	CHECK_OK(mcpauth_chain_protect(server->chain, "/mcp", &policy, &err));
}

struct fixture {
	struct fake_server server;
	char *bearer; /* grants "read" */
	struct fake_request request;
};

static void start(struct fixture *fixture)
{
	struct mcpauth_policy policy = needing("read");
	*fixture = (struct fixture){0};
	fake_server_start(&fixture->server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect(fixture->server.chain, "/mcp", &policy, &err));
	fixture->bearer = fake_server_bearer(&fixture->server, "read");
	fixture->request.headers[0] = "Authorization";
	fixture->request.headers[1] = fixture->bearer;
}

static void stop(struct fixture *fixture)
{
	free(fixture->bearer);
	fake_server_stop(&fixture->server);
}

static void new_scopes_are_in_force_after_commit_and_not_before(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 0));
	revise(&fixture.server, "write");
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 0));
	mcpauth_chain_commit(fixture.server.chain);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 403));
	revise(&fixture.server, "read");
	mcpauth_chain_commit(fixture.server.chain);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 0));
	stop(&fixture);
}

static void an_abandoned_change_never_was(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	revise(&fixture.server, "write");
	mcpauth_chain_abandon(fixture.server.chain);
	mcpauth_chain_commit(fixture.server.chain);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 0));
	revise(&fixture.server, "write");
	mcpauth_chain_commit(fixture.server.chain);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 403));
	stop(&fixture);
}

static void one_change_at_a_time(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	revise(&fixture.server, "write");
	CHECK_CODE(MCPAUTH_E_DUPLICATE,
		mcpauth_chain_revise(fixture.server.chain, fixture.server.auth, &err));
	mcpauth_chain_commit(fixture.server.chain);
	CHECK_OK(mcpauth_chain_revise(fixture.server.chain, fixture.server.auth, &err));
	stop(&fixture);
}

static void a_change_needs_a_resource(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *empty;
	start(&fixture);
	CHECK_OK(mcpauth_new_successor(fixture.server.auth, &empty, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_RESOURCE,
		mcpauth_chain_revise(fixture.server.chain, empty, &err));
	mcpauth_free(empty);
	CHECK_OK(mcpauth_chain_revise(fixture.server.chain, fixture.server.auth, &err));
	stop(&fixture);
}

/* Its keys arrive when the rules it began with are no longer in force. */
static void a_request_ends_with_the_rules_it_began_with(void **state)
{
	(void)state;
	struct fixture fixture = {0};
	struct fake_exchange fake;
	fake_server_start(&fixture.server, FAKE_HELD, NULL);
	fixture.bearer = fake_server_bearer(&fixture.server, "read");
	fixture.request.headers[0] = "Authorization";
	fixture.request.headers[1] = fixture.bearer;
	fake_exchange_start(&fake, &fixture.server, &fixture.request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	revise(&fixture.server, "write");
	mcpauth_chain_commit(fixture.server.chain);
	fake_issuer_release(fixture.server.issuer);
	fake_exchange_await(&fake);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
	assert_string_equal(
		mcpauth_auth_info_subject(mcpauth_exchange_auth_info(fake.exchange)), "alice");
	fake_exchange_finish(&fake);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 403));
	stop(&fixture);
}

static void everything_that_is_built_is_replaced(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request open = {.path = "/open"};
	struct fake_request odd = {.path = "/open", .headers = {"Host", "odd.example"}};
	struct fake_request page = {.path = "/open", .headers = {"Origin", "https://odd.example"}};
	start(&fixture);
	struct mcpauth_chain *chain = fixture.server.chain;
	CHECK_OK(mcpauth_chain_publish(chain, "/open", NULL, &err));
	CHECK_OK(mcpauth_chain_allow_host(chain, "odd.example", &err));
	CHECK_OK(mcpauth_chain_allow_origin(chain, "https://odd.example", &err));
	assert_true(fake_server_answers(&fixture.server, &open, 0));
	assert_true(fake_server_answers(&fixture.server, &odd, 0));
	assert_true(fake_server_answers(&fixture.server, &page, 0));
	revise(&fixture.server, "read");
	mcpauth_chain_commit(chain);
	assert_true(fake_server_answers(&fixture.server, &open, 401));
	assert_true(fake_server_answers(&fixture.server, &odd, 403));
	assert_true(fake_server_answers(&fixture.server, &page, 403));
	stop(&fixture);
}

static void a_new_resource_is_published_and_the_old_one_is_gone(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request old = {.path = "/.well-known/oauth-protected-resource/mcp"};
	struct fake_request new = {.path = "/.well-known/oauth-protected-resource/new"};
	start(&fixture);
	assert_true(fake_server_answers(&fixture.server, &old, 200));
	assert_true(fake_server_answers(&fixture.server, &new, 404));
	struct mcpauth *next = successor_with(&fixture.server, "https://api.example.com/new");
	CHECK_OK(mcpauth_chain_revise(fixture.server.chain, next, &err));
	mcpauth_chain_commit(fixture.server.chain);
	mcpauth_free(next);
	assert_true(fake_server_answers(&fixture.server, &old, 404));
	assert_true(fake_server_answers(&fixture.server, &new, 200));
	stop(&fixture);
}

struct load {
	struct fixture *fixture;
	atomic_bool over;
	atomic_uint served;
	atomic_uint wrong; /* neither passed nor 403 */
};

static void *serve_all_the_time(void *user)
{
	struct load *load = user;
	while (!atomic_load(&load->over)) {
		struct fake_exchange fake;
		fake_exchange_start(&fake, &load->fixture->server, &load->fixture->request);
		bool passed = fake_exchange_serve(&fake) == MCPAUTH__PASS;
		if (!passed && fake_exchange_status(&fake) != 403) {
			atomic_fetch_add(&load->wrong, 1);
		}
		fake_exchange_finish(&fake);
		atomic_fetch_add(&load->served, 1);
	}
	return NULL;
}

static void changes_a_hundred_times_while_four_threads_serve(void **state)
{
	(void)state;
	struct fixture fixture;
	struct load load = {.fixture = &fixture};
	pthread_t threads[4];
	start(&fixture);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, serve_all_the_time, &load), 0);
	}
	for (unsigned i = 0; i < 100; i++) {
		unsigned before = atomic_load(&load.served);
		revise(&fixture.server, i % 2 == 0 ? "write" : "read");
		mcpauth_chain_commit(fixture.server.chain);
		CHECK_SOON(atomic_load(&load.served) >= before + 4);
	}
	atomic_store(&load.over, true);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(load.wrong, 0);
	assert_true(fake_server_answers(&fixture.server, &fixture.request, 0));
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_scopes_are_in_force_after_commit_and_not_before),
		cmocka_unit_test(an_abandoned_change_never_was),
		cmocka_unit_test(one_change_at_a_time),
		cmocka_unit_test(a_change_needs_a_resource),
		cmocka_unit_test(a_request_ends_with_the_rules_it_began_with),
		cmocka_unit_test(everything_that_is_built_is_replaced),
		cmocka_unit_test(a_new_resource_is_published_and_the_old_one_is_gone),
		cmocka_unit_test(changes_a_hundred_times_while_four_threads_serve),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
