/* Variables that release themselves: each noun by its own function, with its scope. */
#include <mcpauth/mcpauth.h>

#include "support/check.h"

/** What was released last. */
static const void *released;

/* Only auto.h sees these names in the place of the library's. */
#define RECORD(noun) \
	static void record_##noun(struct mcpauth_##noun *object) \
	{ \
		released = object; \
	}

RECORD(auth_info)
RECORD(exchanged_token)
RECORD(logout_wait)
RECORD(settings)
RECORD(token_exchange_wait)
RECORD(verification)

#define mcpauth_auth_info_free record_auth_info
#define mcpauth_exchanged_token_free record_exchanged_token
#define mcpauth_logout_free record_logout_wait
#define mcpauth_settings_free record_settings
#define mcpauth_token_exchange_wait_free record_token_exchange_wait
#define mcpauth_verification_free record_verification
#include <mcpauth/auto.h>

#define CHECK_RELEASED(noun) \
	do { \
		static char object; \
		{ \
			MCPAUTH_AUTO(noun) *held = (struct mcpauth_##noun *)(void *)&object; \
			CHECK_ROW(#noun, held != NULL && released != &object); \
		} \
		CHECK_ROW(#noun, released == &object); \
	} while (0)

static void releases_each_noun_at_the_end_of_its_scope(void **state)
{
	(void)state;
	CHECK_RELEASED(auth_info);
	CHECK_RELEASED(exchanged_token);
	CHECK_RELEASED(logout_wait);
	CHECK_RELEASED(settings);
	CHECK_RELEASED(token_exchange_wait);
	CHECK_RELEASED(verification);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(releases_each_noun_at_the_end_of_its_scope),
	};
	return cmocka_run_group_tests_name("auto", tests, NULL, NULL);
}
