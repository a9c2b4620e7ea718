/* What could be used to make a token anew is overwritten before its memory is given back. */
#include "base/wipe.h"
#include "jose/jws.h"
#include "token/auth_info_int.h"
#include "token/identity.h"

#include "support/check.h"
#include "support/test_key.h"

#include <stdlib.h>
#include <string.h>

#define HEADER "{\"alg\":\"ES256\"}"

/* The linker puts the second before the first. */
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

/* What was wiped last. */
static unsigned char wiped[1024];
static size_t wiped_length;

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	assert_true(length <= sizeof wiped);
	memcpy(wiped, data, length);
	wiped_length = length;
	__real_mcpauth__wipe(data, length);
}

static void parse(struct mcpauth__jws *jws)
{
	char *token = test_key_sign(test_key("ES256", 0), HEADER, "{\"sub\":\"alice\"}");
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), jws, &err));
	free(token);
	wiped_length = 0;
}

/* The signature, and the header behind it. */
static void check_wiped(const unsigned char *signature)
{
	assert_int_equal(wiped_length, 64 + strlen(HEADER));
	assert_memory_equal(wiped, signature, 64);
	assert_memory_equal(wiped + 64, HEADER, strlen(HEADER));
}

static void a_token_that_is_finished(void **state)
{
	(void)state;
	struct mcpauth__jws jws;
	unsigned char signature[64];
	parse(&jws);
	memcpy(signature, jws.content.signature, sizeof signature);
	mcpauth__jws_finish(&jws);
	check_wiped(signature);
	wiped_length = 0;
	mcpauth__jws_finish(&jws);
	assert_int_equal(wiped_length, 0);
}

static void a_token_whose_claims_live_on(void **state)
{
	(void)state;
	struct mcpauth__jws jws;
	unsigned char signature[64];
	parse(&jws);
	memcpy(signature, jws.content.signature, sizeof signature);
	struct mcpauth__arena arena = mcpauth__jws_hand_over(&jws);
	check_wiped(signature);
	mcpauth__arena_finish(&arena);
}

static void a_token_that_was_kept(void **state)
{
	(void)state;
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity;
	struct mcpauth__claim_policy policy;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth__identity_parts parts = {
		.pool = mcpauth__identity_pool_new(), .policy = &policy, .resource = "r"};
	assert_non_null(parts.pool);
	assert_true(mcpauth__claim_policy_init(&policy, &usual));
	CHECK_OK(mcpauth__jws_from_claims("{}", 2, &jws, &err));
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	struct mcpauth_auth_info *info = mcpauth__auth_info_new(identity, "secret");
	struct mcpauth_auth_info *other = mcpauth_auth_info_ref(info);
	wiped_length = 0;
	mcpauth_auth_info_free(info);
	assert_int_equal(wiped_length, 0);
	assert_string_equal(mcpauth_auth_info_token(other), "secret");
	mcpauth_auth_info_free(other);
	assert_int_equal(wiped_length, strlen("secret"));
	assert_memory_equal(wiped, "secret", strlen("secret"));
	mcpauth__identity_pool_free(parts.pool);
	mcpauth__claim_policy_finish(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_that_is_finished),
		cmocka_unit_test(a_token_whose_claims_live_on),
		cmocka_unit_test(a_token_that_was_kept),
	};
	return cmocka_run_group_tests_name("wiping", tests, NULL, NULL);
}
