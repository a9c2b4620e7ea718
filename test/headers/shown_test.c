/* What the headers show does what they say of it, compiled as it stands there. */
#include <mcpauth/auto.h>
#include <mcpauth/operations.h>

#include "support/check.h"
#include "support/client_fixture.h"
#include "support/fake_issuer.h"
#include "support/posting.h"

#include <stdlib.h>
#include <string.h>

static const char *missing_of(struct fake_issuer *fake, struct mcpauth *auth, const char *claims)
{
	struct mcpauth_demand *demand;
	struct mcpauth_auth_info *info;
	struct mcpauth_error err;
	static char copy[32];
	char *token = fake_issuer_token(fake, &(struct fake_token){.claims = claims});
	assert_non_null(token);
	assert_int_equal(mcpauth_verify(auth, FAKE_RESOURCE, token, &info, &err), MCPAUTH_OK);
	free(token);
#include "shown_demand.h"
	copy[0] = '\0';
	strncat(copy, missing != NULL ? missing : "", sizeof copy - 1);
	mcpauth_demand_free(demand);
	mcpauth_auth_info_free(info);
	return copy;
}

static void says_what_a_caller_lacks(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	assert_string_equal(missing_of(fake, auth, ",\"scope\":\"write:notes\""), "read:notes");
	assert_string_equal(missing_of(fake, auth, ",\"scope\":\"read:notes\""), "");
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

static void demands_the_scopes_of_a_tool(void **state)
{
	(void)state;
	struct posting posting;
	struct mcpauth_operations *operations;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_error err;
	posting_start(&posting);
	struct mcpauth *auth = posting.server.auth;
	struct mcpauth_chain *chain = posting.server.chain;
#include "shown_operations.h"
	assert_int_equal(posting_call(&posting, "read:todos", POSTING_CALL("create-todo")), 403);
	assert_string_equal(posting_challenge_scope(&posting), "scope=\"create:todos\"");
	assert_int_equal(posting_call(&posting, "create:todos", POSTING_CALL("create-todo")), 0);
	posting_stop(&posting);
}

/* That it is freed is what the sanitizers see. */
static void keeps_a_caller_for_a_scope(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	struct mcpauth_error err;
	enum mcpauth_code code;
	const char *resource = FAKE_RESOURCE;
	char *token = fake_issuer_token(fake, &(struct fake_token){0});
	assert_non_null(token);
	{
#include "shown_auto.h"
		assert_int_equal(code, MCPAUTH_OK);
		assert_string_equal(mcpauth_auth_info_issuer(who), FAKE_ISSUER);
	}
	free(token);
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

/* What the reader brings: the HTTP client that asks, here, the provider. */
static struct fake_provider *provider;
static unsigned sent;

static void send_it(
	const struct mcpauth_client_request *request, struct mcpauth_client_answer *answer)
{
	static struct provider_answer got;
	static const char *challenge = got.challenge;
	fake_provider_serve(provider, request, &got);
	*answer = (struct mcpauth_client_answer)MCPAUTH_CLIENT_ANSWER_INIT;
	answer->status = got.status;
	answer->challenges = &challenge;
	answer->challenge_count = got.challenge[0] != '\0' ? 1 : 0;
	sent++;
}

static void sends_a_request_again_with_a_token(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	struct mcpauth_client_request *request;
	struct mcpauth_client_answer answer;
	struct mcpauth_error err;
	enum mcpauth_code code;
	provider = fixture->fake;
	sent = 0;
#include "shown_client_request.h"
	assert_int_equal(code, MCPAUTH_OK);
	assert_int_equal(answer.status, 200);
	assert_int_equal(sent, 2);
	mcpauth_client_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_a_caller_lacks),
		cmocka_unit_test(demands_the_scopes_of_a_tool),
		cmocka_unit_test(keeps_a_caller_for_a_scope),
		cmocka_unit_test_setup_teardown(sends_a_request_again_with_a_token,
			client_fixture_set_up, client_fixture_tear_down),
	};
	return cmocka_run_group_tests_name("shown", tests, NULL, NULL);
}
