/** What tests of the OAuth client have in common: a provider, a library, a storage. */
#ifndef MCPAUTH_TEST_CLIENT_FIXTURE_H
#define MCPAUTH_TEST_CLIENT_FIXTURE_H

#include "support/fake_provider.h"

struct client_fixture {
	struct fake_provider *fake;
	struct mcpauth *auth;
	struct mcpauth_token_storage *storage; /* in memory */
};

/** For cmocka: `*state` is a struct client_fixture. */
int client_fixture_set_up(void **state);
int client_fixture_tear_down(void **state);

/** fake_provider_client() with the storage. */
struct mcpauth_client_config client_fixture_config(struct client_fixture *fixture);

/** A client, or the test fails. @param config  NULL: that one. Caller frees */
struct mcpauth_client *client_fixture_make(
	struct client_fixture *fixture, const struct mcpauth_client_config *config);

/** A request ends with 200, or the test fails. */
void client_fixture_passes(struct client_fixture *fixture, struct mcpauth_client *client);

/** A request ends with this code, or the test fails. */
void client_fixture_fails(
	struct client_fixture *fixture, struct mcpauth_client *client, enum mcpauth_code want);

#endif
