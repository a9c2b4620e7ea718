/* Libraries behind one store, before one endpoint. */
#include "support/sharing.h"

#include "support/check.h"

struct mcpauth_introspection_config sharing_config(void)
{
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	config.endpoint = SHARING_ENDPOINT;
	config.client_id = "me";
	config.client_secret = "secret";
	return config;
}

struct mcpauth *sharing_add(
	struct sharing *sharing, const struct mcpauth_introspection_config *config)
{
	const struct mcpauth_introspection_config usual = sharing_config();
	struct mcpauth_config shared = MCPAUTH_CONFIG_INIT;
	shared.store = fake_store_carry_out;
	shared.store_user = sharing->store;
	struct mcpauth *auth = fake_issuer_auth(sharing->fake, &shared, NULL);
	CHECK_OK(mcpauth_set_introspection(
		auth, FAKE_ISSUER, config != NULL ? config : &usual, &err));
	return auth;
}

void sharing_start(struct sharing *sharing)
{
	*sharing = (struct sharing){.fake = fake_issuer_new(), .store = fake_store_new()};
	fake_issuer_publish(sharing->fake, SHARING_ENDPOINT, 200, SHARING_ACTIVE);
	sharing->one = sharing_add(sharing, NULL);
	sharing->two = sharing_add(sharing, NULL);
}

void sharing_stop(struct sharing *sharing)
{
	mcpauth_free(sharing->one);
	mcpauth_free(sharing->two);
	fake_store_free(sharing->store);
	fake_issuer_free(sharing->fake);
}

enum mcpauth_code sharing_show(struct mcpauth *auth, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(auth, FAKE_RESOURCE, token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static void count_wake(void *user)
{
	struct sharing *sharing = user;
	atomic_fetch_add(&sharing->wakes, 1);
}

struct mcpauth_verification *sharing_begin(
	struct sharing *sharing, struct mcpauth *auth, const char *token)
{
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending = NULL;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = count_wake;
	request.user = sharing;
	CHECK_CODE(MCPAUTH_PENDING, mcpauth_verify_start(auth, &request, &info, &pending, &err));
	assert_non_null(pending);
	return pending;
}

enum mcpauth_code sharing_end(struct mcpauth_verification *pending, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verification_resume(pending, &info, err);
	mcpauth_auth_info_free(info);
	mcpauth_verification_free(pending);
	return code;
}

unsigned sharing_asked(struct sharing *sharing)
{
	return fake_issuer_fetches(sharing->fake, SHARING_ENDPOINT);
}
