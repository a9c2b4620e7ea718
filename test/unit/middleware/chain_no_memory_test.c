/* A chain that runs out of memory while it is made says so and holds nothing; one
 * that does while it answers refuses. */
#include <mcpauth/rate_limit.h>

#include "support/check.h"
#include "support/fake_exchange.h"
#include "support/logout_tokens.h"
#include "support/scarce_memory.h"

#include <stdlib.h>

static const char *const resources[] = {SERVER_RESOURCE, "https://other.example.com/mcp",
	"https://api.example.com/mcp?tenant=1", "https://api.example.com:8443/x", NULL};

static enum mcpauth_code make_chain(struct fake_server *server, struct mcpauth_error *err)
{
	struct mcpauth_chain *chain = (void *)server;
	enum mcpauth_code code = mcpauth_chain_new(server->auth, NULL, &chain, err);
	assert_true((chain != NULL) == (code == MCPAUTH_OK));
	mcpauth_chain_free(chain);
	return code;
}

static enum mcpauth_code protect(struct fake_server *server, struct mcpauth_error *err)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_chain *chain;
	enum mcpauth_code code = mcpauth_chain_new(server->auth, NULL, &chain, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	policy.resource = SERVER_RESOURCE;
	policy.scopes = "a b";
	policy.any_scopes = "c d";
	policy.methods = "GET POST";
	code = mcpauth_chain_protect(chain, "/mcp", &policy, err);
	policy.methods = "PUT";
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_protect(chain, "/mcp", &policy, err);
	}
	policy.methods = NULL;
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_protect_prefix(chain, "/mcp", &policy, err);
	}
	mcpauth_chain_free(chain);
	return code;
}

static void count_logout(const struct mcpauth_logout *logout, void *user)
{
	unsigned *heard = user;
	*heard += logout->subject != NULL;
}

static enum mcpauth_code accept_at(
	struct mcpauth_chain *chain, unsigned *heard, struct mcpauth_error *err)
{
	struct mcpauth_logout_endpoint endpoint = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	endpoint.path = "/logout";
	endpoint.client_id = LOGOUT_CLIENT;
	endpoint.heard = count_logout;
	endpoint.heard_user = heard;
	return mcpauth_chain_accept_logout(chain, &endpoint, err);
}

static enum mcpauth_code accept_logout(struct fake_server *server, struct mcpauth_error *err)
{
	struct mcpauth_chain *chain;
	enum mcpauth_code code = mcpauth_chain_new(server->auth, NULL, &chain, err);
	if (code == MCPAUTH_OK) {
		code = accept_at(chain, NULL, err);
	}
	mcpauth_chain_free(chain);
	return code;
}

static enum mcpauth_code limit_failures(struct fake_server *server, struct mcpauth_error *err)
{
	struct mcpauth_chain *chain;
	enum mcpauth_code code = mcpauth_chain_new(server->auth, NULL, &chain, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_trust_proxy(chain, "10.0.0.0/8", err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_trust_proxy(chain, "fd00::/8", err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_add_rate_limit(chain, NULL, err);
	}
	mcpauth_chain_free(chain);
	return code;
}

static const struct {
	const char *label;
	const char *const *resources;
	enum mcpauth_code (*attempt)(struct fake_server *server, struct mcpauth_error *err);
} rows[] = {
	{"a chain of one resource", NULL, make_chain},
	{"a chain of several", resources, make_chain},
	{"routes beside a policy for the rest", NULL, protect},
	{"routes alone", resources, protect},
	{"a place for logouts", NULL, accept_logout},
	{"proxies and a limit of failures", NULL, limit_failures},
};

static void fails_at_each_allocation_and_succeeds_afterwards(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_server server;
		bool failed = true;
		unsigned number = 0;
		fake_server_start(&server, FAKE_HELD, rows[i].resources);
		/* Names of scopes get their bits once; without one they are only slower. */
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, rows[i].attempt(&server, &err));
		while (failed) {
			struct mcpauth_error err = {0};
			scarce_memory_begin(++number);
			enum mcpauth_code code = rows[i].attempt(&server, &err);
			failed = scarce_memory_end();
			CHECK_ROW(
				rows[i].label, code == (failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK));
			CHECK_ROW(rows[i].label, err.code == code);
		}
		CHECK_ROW(rows[i].label, number > 1);
		fake_server_stop(&server);
	}
}

/* Whichever allocation fails: nobody passes without a token. */
static void refuses_whatever_it_lacks(void **state)
{
	(void)state;
	static const struct fake_request request = {.path = "/mcp"};
	struct fake_server server;
	struct fake_exchange fake;
	bool failed = true;
	for (unsigned number = 1; failed; number++) {
		fake_server_start(&server, FAKE_HELD, NULL);
		fake_exchange_start(&fake, &server, &request);
		scarce_memory_begin(number);
		fake_exchange_serve(&fake);
		failed = scarce_memory_end();
		assert_true(fake_exchange_status(&fake) == 401
			|| (failed && fake_exchange_status(&fake) >= 500));
		fake_exchange_finish(&fake);
		assert_true(fake_server_answers(&server, &request, 401));
		fake_server_stop(&server);
	}
}

/* One failure of an address or of a subject is free.
 * @return the status; NULL for the scope that is missing: a bad token */
static unsigned ask_limited(
	struct fake_server *server, const char *scope, unsigned lacks, bool *failed)
{
	struct fake_exchange fake;
	char *good = fake_server_bearer(server, scope == NULL ? "" : scope);
	const struct fake_request request = {.path = "/scoped",
		.address = "192.0.2.7",
		.headers = {"Authorization", scope == NULL ? "Bearer a.b.c" : good}};
	fake_exchange_start(&fake, server, &request);
	scarce_memory_begin(lacks);
	fake_exchange_serve(&fake);
	*failed = scarce_memory_end();
	unsigned status = fake_exchange_status(&fake);
	fake_exchange_finish(&fake);
	free(good);
	return status;
}

static void start_limited(struct fake_server *server)
{
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	bool failed;
	limit.address_burst = 1;
	limit.subject_burst = 1;
	policy.scopes = "write";
	fake_server_start(server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect(server->chain, "/scoped", &policy, &err));
	CHECK_OK(mcpauth_chain_add_rate_limit(server->chain, &limit, &err));
	assert_int_equal(ask_limited(server, "read", 1000000, &failed), 403);
}

/* Of a subject it stays a 403 if it cannot become a 429. */
static void limits_whatever_it_lacks(void **state)
{
	static const char *const scopes[] = {"read", NULL};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bool failed = true;
		unsigned number = 1;
		for (; failed; number++) {
			struct fake_server server;
			bool ignored;
			start_limited(&server);
			if (scopes[i] == NULL) {
				assert_int_equal(
					ask_limited(&server, NULL, 1000000, &ignored), 401);
			}
			unsigned status = ask_limited(&server, scopes[i], number, &failed);
			assert_true(status == 429 || (failed && status >= 403));
			fake_server_stop(&server);
		}
		assert_true(number > 5);
	}
}

/* @return the status; the log's and the answer's memory may be lacking, too */
static unsigned post_logout(struct fake_server *server, unsigned lacks, bool *failed)
{
	static const struct fake_request request = {.method = "POST",
		.path = "/logout",
		.headers = {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fake_exchange fake;
	char *token = logout_token_sign(
		&(struct logout_token){.issuer = FAKE_ISSUER, .issued_at = FAKE_NOW});
	fake_exchange_start(&fake, server, &request);
	fake_exchange_run(&fake);
	assert_true(mcpauth__buf_puts(&fake.exchange->body, "logout_token="));
	assert_true(mcpauth__buf_puts(&fake.exchange->body, token));
	fake.exchange->body_is_complete = true;
	scarce_memory_begin(lacks);
	fake_exchange_serve(&fake);
	*failed = scarce_memory_end();
	unsigned status = fake_exchange_status(&fake);
	fake_exchange_finish(&fake);
	free(token);
	return status;
}

/* Either nothing has come of it, or all: it may be posted again, and counts once. */
static void a_logout_counts_once_whatever_it_lacks(void **state)
{
	(void)state;
	bool failed = true;
	unsigned number = 1;
	for (; failed; number++) {
		struct fake_server server;
		unsigned heard = 0;
		bool ignored;
		fake_server_start(&server, FAKE_AT_HAND, NULL);
		CHECK_OK(accept_at(server.chain, &heard, &err));
		unsigned status = post_logout(&server, number, &failed);
		assert_true(failed ? status >= 500 || heard == 1 : status == 200);
		assert_true(status != 200 || heard == 1);
		status = post_logout(&server, 1000000, &ignored);
		assert_true(status == 200 || status == 400);
		assert_int_equal(heard, 1);
		fake_server_stop(&server);
	}
	assert_true(number > 5);
}

static void a_request_that_gets_no_storage_leaves_its_connection_idle(void **state)
{
	(void)state;
	static const struct fake_request request = {.path = "/mcp"};
	struct fake_server server;
	struct fake_exchange fake;
	struct mcpauth__connection connection = {0};
	struct mcpauth__arrival arrival = {0};
	fake_server_start(&server, FAKE_HELD, NULL);
	mcpauth__connection_open(&connection, server.chain);
	scarce_memory_begin(1);
	assert_null(mcpauth__connection_begin(&connection, &arrival));
	assert_true(scarce_memory_end());
	assert_int_equal(mcpauth__connections_busy(server.chain), 0);
	fake_exchange_start_on(&fake, &connection, &request);
	assert_int_equal(mcpauth__connections_busy(server.chain), 1);
	fake_exchange_break(&fake);
	mcpauth__connection_close(&connection);
	fake_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_at_each_allocation_and_succeeds_afterwards),
		cmocka_unit_test(refuses_whatever_it_lacks),
		cmocka_unit_test(limits_whatever_it_lacks),
		cmocka_unit_test(a_logout_counts_once_whatever_it_lacks),
		cmocka_unit_test(a_request_that_gets_no_storage_leaves_its_connection_idle),
	};
	return cmocka_run_group_tests_name("chain_no_memory", tests, NULL, NULL);
}
