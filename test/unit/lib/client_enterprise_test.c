/* The OAuth client for whom a company's identity provider vouches. */
#include "support/check.h"
#include "support/client_fixture.h"

#include "base/words.h"

#include <mcpauth/client_grant.h>

#include <string.h>

static char *give_id_token(void *user)
{
	return mcpauth__strdup(user);
}

static struct mcpauth_enterprise_config identity_provider(void)
{
	struct mcpauth_enterprise_config config = MCPAUTH_ENTERPRISE_CONFIG_INIT;
	config.token_endpoint = PROVIDER_IDENTITY;
	config.client_id = "at-home";
	config.client_secret = "secret";
	config.id_token = give_id_token;
	config.user = PROVIDER_ID_TOKEN;
	return config;
}

static struct mcpauth_client *make(struct client_fixture *fixture)
{
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.grant = MCPAUTH_GRANT_ENTERPRISE;
	config.login = NULL;
	config.redirect_uri = NULL;
	config.issuer = PROVIDER_ISSUER;
	config.client_id = "program";
	config.client_secret = "secret";
	return client_fixture_make(fixture, &config);
}

static void shows_what_its_company_says(void **state)
{
	struct client_fixture *fixture = *state;
	const struct mcpauth_enterprise_config config = identity_provider();
	struct mcpauth_client *client = make(fixture);
	CHECK_OK(mcpauth_client_set_enterprise(client, &config, &err));
	client_fixture_passes(fixture, client);
	assert_int_equal(fake_provider_counts(fixture->fake).vouched, 1);
	assert_non_null(strstr(fake_provider_form(fixture->fake), "assertion=i.d.1&"));
	mcpauth_client_free(client);
}

static void a_person_who_is_unknown_there_gets_no_token(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_enterprise_config config = identity_provider();
	struct mcpauth_client *client = make(fixture);
	config.user = "id.of.mallory";
	CHECK_OK(mcpauth_client_set_enterprise(client, &config, &err));
	client_fixture_fails(fixture, client, MCPAUTH_E_TOKEN_ENDPOINT);
	assert_int_equal(fake_provider_counts(fixture->fake).vouched, 1);
	assert_int_equal(fake_provider_counts(fixture->fake).client_tokens, 0);
	mcpauth_client_free(client);
}

static void without_a_person_somebody_has_to_log_in(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_enterprise_config config = identity_provider();
	struct mcpauth_client *client = make(fixture);
	config.user = NULL;
	CHECK_OK(mcpauth_client_set_enterprise(client, &config, &err));
	client_fixture_fails(fixture, client, MCPAUTH_E_LOGIN_REQUIRED);
	assert_int_equal(fake_provider_counts(fixture->fake).vouched, 0);
	mcpauth_client_free(client);
}

static void is_told_of_its_company_once_and_before_all_else(void **state)
{
	struct client_fixture *fixture = *state;
	const struct mcpauth_enterprise_config config = identity_provider();
	struct mcpauth_client *client = make(fixture);
	CHECK_OK(mcpauth_client_set_enterprise(client, &config, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_client_set_enterprise(client, &config, &err));
	client_fixture_passes(fixture, client);
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_client_set_enterprise(client, &config, &err));
	CHECK_OK(mcpauth_client_logout(client, &err));
	mcpauth_client_free(client);
	client = make(fixture);
	client_fixture_fails(fixture, client, MCPAUTH_E_INVALID_ARGUMENT);
	mcpauth_client_free(client);
}

static void another_grant_has_no_company(void **state)
{
	struct client_fixture *fixture = *state;
	const struct mcpauth_enterprise_config config = identity_provider();
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_client_set_enterprise(client, &config, &err));
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_client_set_workload(client, NULL, NULL, &err));
	mcpauth_client_free(client);
}

static void what_a_company_lacks_is_refused(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_enterprise_config config;
	struct mcpauth_client *client = make(fixture);
	config = identity_provider();
	config.token_endpoint = NULL;
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_client_set_enterprise(client, &config, &err));
	config = identity_provider();
	config.token_endpoint = "http://idp.example/token";
	CHECK_CODE(MCPAUTH_E_INVALID_URL, mcpauth_client_set_enterprise(client, &config, &err));
	config = identity_provider();
	config.client_id = NULL;
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_client_set_enterprise(client, &config, &err));
	config = identity_provider();
	config.id_token = NULL;
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_client_set_enterprise(client, &config, &err));
	config = identity_provider();
	CHECK_OK(mcpauth_client_set_enterprise(client, &config, &err));
	mcpauth_client_free(client);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, client_fixture_set_up, client_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shows_what_its_company_says),
		TEST(a_person_who_is_unknown_there_gets_no_token),
		TEST(without_a_person_somebody_has_to_log_in),
		TEST(is_told_of_its_company_once_and_before_all_else),
		TEST(another_grant_has_no_company),
		TEST(what_a_company_lacks_is_refused),
	};
	return cmocka_run_group_tests_name("client_enterprise", tests, NULL, NULL);
}
