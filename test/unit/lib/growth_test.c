/* A thousand resources and a hundred issuers: each is found, and no other in its place. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCES 1000
#define ISSUERS 100
#define NAME_SIZE 80

/** Every resource believes one issuer, in turn; the first one believes them all. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char resources[RESOURCES][NAME_SIZE];
	char issuers[ISSUERS][NAME_SIZE];
	char values[ISSUERS][NAME_SIZE]; /* that each of them may write, too */
};

static struct fixture shared;

static void name_all(struct fixture *fixture)
{
	for (unsigned i = 0; i < RESOURCES; i++) {
		snprintf(fixture->resources[i], NAME_SIZE, "https://api.example/tenant/%u/mcp", i);
	}
	for (unsigned i = 0; i < ISSUERS; i++) {
		snprintf(fixture->issuers[i], NAME_SIZE, "https://as.example/tenant/%u", i);
		snprintf(fixture->values[i], NAME_SIZE, "https://sts.example/%u/", i);
	}
}

static void add_issuer(struct fixture *fixture, unsigned resource, unsigned issuer)
{
	char *jwks = test_key_jwks(test_key("ES256", issuer % 4), "k0");
	struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
	config.issuer = fixture->issuers[issuer];
	config.jwks = jwks;
	CHECK_OK(mcpauth_add_issuer(fixture->auth, fixture->resources[resource], &config, &err));
	free(jwks);
}

static void add_all(struct fixture *fixture)
{
	for (unsigned i = 0; i < RESOURCES; i++) {
		struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
		config.resource = fixture->resources[i];
		CHECK_OK(mcpauth_add_resource(fixture->auth, &config, &err));
		add_issuer(fixture, i, i % ISSUERS);
	}
	for (unsigned i = 0; i < ISSUERS; i++) {
		CHECK_OK(mcpauth_accept_issuer_value(
			fixture->auth, fixture->issuers[i], fixture->values[i], &err));
	}
	for (unsigned i = 1; i < ISSUERS; i++) {
		add_issuer(fixture, 0, i);
	}
}

static int start(void **state)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	*state = &shared;
	shared.fake = fake_issuer_new();
	fake_issuer_configure(shared.fake, &config);
	CHECK_OK(mcpauth_new(&config, &shared.auth, &err));
	name_all(&shared);
	add_all(&shared);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	mcpauth_free(shared.auth);
	fake_issuer_free(shared.fake);
	return 0;
}

static enum mcpauth_code try(struct fixture *fixture, unsigned resource, const char *issuer,
	unsigned key, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	char *token = fake_issuer_token(fixture->fake,
		&(struct fake_token){.number = key % 4,
			.issuer = issuer,
			.audience = fixture->resources[resource]});
	enum mcpauth_code code = mcpauth_verify(
		fixture->auth, fixture->resources[resource], token, &info, err);
	mcpauth_auth_info_free(info);
	free(token);
	return code;
}

static void describes_each_resource_by_its_own_url(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < RESOURCES; i++) {
		char url[2 * NAME_SIZE];
		snprintf(url, sizeof url,
			"https://api.example/.well-known/oauth-protected-resource/tenant/%u/mcp",
			i);
		assert_string_equal(
			mcpauth_resource_metadata_url(fixture->auth, fixture->resources[i]), url);
	}
	assert_null(mcpauth_resource_metadata_url(
		fixture->auth, "https://api.example/tenant/1000/mcp"));
}

static void believes_the_one_issuer_of_each_resource(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 1; i < RESOURCES; i += 7) {
		unsigned issuer = i % ISSUERS;
		unsigned other = (i + 4) % ISSUERS;
		CHECK_OK(try(fixture, i, fixture->issuers[issuer], issuer, &err));
		CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
			try(fixture, i, fixture->issuers[other], other, &err));
		CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
			try(fixture, i, fixture->values[other], other, &err));
	}
}

static void believes_each_of_a_hundred_issuers(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < ISSUERS; i++) {
		CHECK_OK(try(fixture, 0, fixture->issuers[i], i, &err));
		CHECK_OK(try(fixture, 0, fixture->values[i], i, &err));
		CHECK_CODE(
			MCPAUTH_E_BAD_SIGNATURE, try(fixture, 0, fixture->issuers[i], i + 1, &err));
	}
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		try(fixture, 0, "https://as.example/tenant/100", 0, &err));
}

static void refuses_each_that_is_there_already(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	fake_issuer_reopen(fixture->auth);
	for (unsigned i = 0; i < RESOURCES; i++) {
		resource.resource = fixture->resources[i];
		CHECK_CODE(
			MCPAUTH_E_DUPLICATE, mcpauth_add_resource(fixture->auth, &resource, &err));
	}
	for (unsigned i = 0; i < ISSUERS; i++) {
		CHECK_CODE(MCPAUTH_E_DUPLICATE,
			mcpauth_accept_issuer_value(
				fixture->auth, fixture->issuers[0], fixture->values[i], &err));
		CHECK_CODE(MCPAUTH_E_DUPLICATE,
			mcpauth_accept_issuer_value(
				fixture->auth, fixture->issuers[0], fixture->issuers[i], &err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_each_resource_by_its_own_url),
		cmocka_unit_test(believes_the_one_issuer_of_each_resource),
		cmocka_unit_test(believes_each_of_a_hundred_issuers),
		cmocka_unit_test(refuses_each_that_is_there_already),
	};
	return cmocka_run_group_tests_name("growth", tests, start, stop);
}
