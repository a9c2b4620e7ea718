/* Whose token it is: what the log is told of those whom nobody believes. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"

#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *token; /* a good one */
};

static void start(struct fixture *fixture)
{
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fixture->token = fake_issuer_token(fixture->fake, &(struct fake_token){0});
}

static void stop(struct fixture *fixture)
{
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static const char *why_not(const struct fixture *fixture, const char *resource, const char *token,
	struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	assert_int_equal(mcpauth_verify(fixture->auth, resource, token, &info, err),
		MCPAUTH_E_UNTRUSTED_ISSUER);
	assert_null(info);
	return err->message;
}

static void passes(const struct fixture *fixture)
{
	struct mcpauth_auth_info *info;
	CHECK_OK(mcpauth_verify(fixture->auth, FAKE_RESOURCE, fixture->token, &info, &err));
	mcpauth_auth_info_free(info);
}

static const struct {
	const char *claims;
	const char *why;
} unbelieved[] = {
	{"{\"iss\":\"https://other.example\"}", "iss is none of the resource's issuers"},
	{"{\"sub\":\"a\"}", "iss is missing or no string"},
	{"{\"iss\":[\"" FAKE_ISSUER "\"]}", "iss is missing or no string"},
};

static void says_why_it_believes_nobody(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof unbelieved / sizeof *unbelieved; i++) {
		struct mcpauth_error err = {0};
		char *token = test_key_sign(
			test_key("ES256", 0), "{\"alg\":\"ES256\"}", unbelieved[i].claims);
		assert_string_equal(
			why_not(&fixture, FAKE_RESOURCE, token, &err), unbelieved[i].why);
		free(token);
	}
	passes(&fixture);
	stop(&fixture);
}

static void says_that_there_is_nobody_to_believe(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_error err = {0};
	struct mcpauth_resource_config lonely = MCPAUTH_RESOURCE_CONFIG_INIT;
	lonely.resource = "https://api.example/lonely";
	start(&fixture);
	CHECK_OK(mcpauth_add_resource(fixture.auth, &lonely, &err));
	assert_string_equal(why_not(&fixture, lonely.resource, fixture.token, &err),
		"the resource has no issuer: mcpauth_add_issuer()");
	passes(&fixture);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_why_it_believes_nobody),
		cmocka_unit_test(says_that_there_is_nobody_to_believe),
	};
	return cmocka_run_group_tests_name("attempt", tests, NULL, NULL);
}
