/* Successors: resources and issuers change, keys and cache stay. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdlib.h>

static void let_accept(struct mcpauth *auth, const char *resource, const char *algorithms)
{
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	config.resource = resource;
	issuer.issuer = FAKE_ISSUER;
	issuer.algorithms = algorithms;
	CHECK_OK(mcpauth_add_resource(auth, &config, &err));
	CHECK_OK(mcpauth_add_issuer(auth, resource, &issuer, &err));
}

static struct mcpauth *successor_of(
	struct mcpauth *auth, const char *resource, const char *algorithms)
{
	struct mcpauth *successor;
	CHECK_OK(mcpauth_new_successor(auth, &successor, &err));
	assert_null(mcpauth_resource_at(successor, 0));
	let_accept(successor, resource, algorithms);
	return successor;
}

static const struct fake_token any = {.lifetime = 60};

static void shares_keys_of_an_equal_issuer(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
	struct mcpauth *successor = successor_of(auth, FAKE_RESOURCE, NULL);
	mcpauth_free(auth);
	fake_issuer_set_down(fake, true);
	CHECK_OK(fake_issuer_try(fake, successor, &any, &err));
	assert_int_equal(fake_issuer_fetches(fake, FAKE_KEYS), 1);
	mcpauth_free(successor);
	fake_issuer_free(fake);
}

static void fetches_anew_for_an_issuer_that_differs(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
	struct mcpauth *successor = successor_of(auth, FAKE_RESOURCE, "RS256");
	CHECK_CODE(MCPAUTH_E_ALGORITHM, fake_issuer_try(fake, successor, &any, &err));
	struct mcpauth *next = successor_of(successor, FAKE_RESOURCE, "ES256");
	CHECK_OK(fake_issuer_try(fake, next, &any, &err));
	assert_int_equal(fake_issuer_fetches(fake, FAKE_KEYS), 2);
	mcpauth_free(successor);
	mcpauth_free(auth);
	mcpauth_free(next);
	fake_issuer_free(fake);
}

static enum mcpauth_code verify(struct mcpauth *auth, const char *resource, const char *token)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(auth, resource, token, &info, NULL);
	mcpauth_auth_info_free(info);
	return code;
}

/* The same token, remembered for the predecessor, is nobody's here. */
static void remembers_no_token_for_another_object(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	char *token = fake_issuer_token(fake, &any);
	CHECK_CODE(MCPAUTH_OK, verify(auth, FAKE_RESOURCE, token));
	for (int i = 0; i < 20; i++) {
		struct mcpauth *successor = successor_of(auth, FAKE_RESOURCE "/other", NULL);
		mcpauth_free(auth);
		auth = successor;
		CHECK_CODE(MCPAUTH_E_AUDIENCE, verify(auth, FAKE_RESOURCE "/other", token));
	}
	struct mcpauth *successor = successor_of(auth, FAKE_RESOURCE, NULL);
	CHECK_CODE(MCPAUTH_OK, verify(successor, FAKE_RESOURCE, token));
	mcpauth_free(successor);
	mcpauth_free(auth);
	free(token);
	fake_issuer_free(fake);
}

/* The keys come when the one who asked for them is gone. */
static void outlives_a_fetch_of_its_predecessor(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	struct mcpauth *successor;
	fake_issuer_hold(fake);
	char *token = fake_issuer_token(fake, &any);
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = free;
	request.user = malloc(1);
	CHECK_CODE(MCPAUTH_PENDING, mcpauth_verify_start(auth, &request, &info, &pending, &err));
	mcpauth_verification_free(pending);
	CHECK_OK(mcpauth_new_successor(auth, &successor, &err));
	mcpauth_free(auth);
	fake_issuer_release(fake);
	let_accept(successor, FAKE_RESOURCE, NULL);
	CHECK_CODE(MCPAUTH_OK, verify(successor, FAKE_RESOURCE, token));
	mcpauth_free(successor);
	free(token);
	fake_issuer_free(fake);
}

static void is_counted(void **state)
{
	(void)state;
	struct fake_issuer *fake = fake_issuer_new();
	struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
	assert_ptr_equal(mcpauth_ref(auth), auth);
	mcpauth_free(auth);
	CHECK_OK(fake_issuer_try(fake, auth, &any, &err));
	mcpauth_free(auth);
	fake_issuer_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_keys_of_an_equal_issuer),
		cmocka_unit_test(fetches_anew_for_an_issuer_that_differs),
		cmocka_unit_test(remembers_no_token_for_another_object),
		cmocka_unit_test(outlives_a_fetch_of_its_predecessor),
		cmocka_unit_test(is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
