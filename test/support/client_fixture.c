/* The OAuth client with a provider of its own, set up and taken down. */
#include "support/client_fixture.h"

#include "support/check.h"

#include <stdlib.h>

int client_fixture_set_up(void **state)
{
	struct client_fixture *fixture = calloc(1, sizeof *fixture);
	*state = fixture;
	fixture->fake = fake_provider_new();
	fixture->auth = fake_provider_auth(fixture->fake);
	return fixture->auth != NULL
			&& mcpauth_token_storage_new_memory(&fixture->storage, NULL) == MCPAUTH_OK
		? 0
		: -1;
}

int client_fixture_tear_down(void **state)
{
	struct client_fixture *fixture = *state;
	mcpauth_token_storage_free(fixture->storage);
	mcpauth_free(fixture->auth);
	fake_provider_free(fixture->fake);
	free(fixture);
	return 0;
}

struct mcpauth_client_config client_fixture_config(struct client_fixture *fixture)
{
	struct mcpauth_client_config config = fake_provider_client(fixture->fake);
	config.storage = fixture->storage;
	return config;
}

struct mcpauth_client *client_fixture_make(
	struct client_fixture *fixture, const struct mcpauth_client_config *config)
{
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_config usual = client_fixture_config(fixture);
	CHECK_OK(
		mcpauth_client_new(fixture->auth, config != NULL ? config : &usual, &client, &err));
	assert_non_null(client);
	return client;
}

void client_fixture_passes(struct client_fixture *fixture, struct mcpauth_client *client)
{
	unsigned status;
	CHECK_OK(fake_provider_request(fixture->fake, client, &status, &err));
	assert_int_equal(status, 200);
}

void client_fixture_fails(
	struct client_fixture *fixture, struct mcpauth_client *client, enum mcpauth_code want)
{
	unsigned status;
	CHECK_CODE(want, fake_provider_request(fixture->fake, client, &status, &err));
}
