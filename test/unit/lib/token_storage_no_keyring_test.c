/* A library that was built without the keyring says so. */
#include <mcpauth/token_storage.h>

#include "support/check.h"

static void says_that_it_has_none(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage;
	CHECK_CODE(
		MCPAUTH_E_UNSUPPORTED, mcpauth_token_storage_new_keyring("test", &storage, &err));
	assert_null(storage);
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_token_storage_new_keyring("", &storage, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_token_storage_new_keyring(NULL, &storage, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(says_that_it_has_none)};
	return cmocka_run_group_tests_name("token_storage_no_keyring", tests, NULL, NULL);
}
