/* A store before a library without memory: it does without, or says so, and nothing is
 * believed for that. */
#include "support/check.h"
#include "support/scarce_memory.h"
#include "support/sharing.h"

#include <stdio.h>

/* What cannot be found for want of memory is asked for. */
static void finds_asks_or_says_so_at_each_allocation(void **state)
{
	(void)state;
	struct sharing sharing;
	bool failed = true;
	unsigned number = 0;
	unsigned asked = 0;
	sharing_start(&sharing);
	while (failed) {
		char token[16];
		snprintf(token, sizeof token, "t%u", ++number);
		CHECK_OK(sharing_show(sharing.one, token, &err));
		unsigned before = sharing_asked(&sharing);
		scarce_memory_begin(number);
		enum mcpauth_code code = sharing_show(sharing.two, token, NULL);
		failed = scarce_memory_end();
		assert_true(code == MCPAUTH_OK || (failed && code == MCPAUTH_E_NO_MEMORY));
		asked += sharing_asked(&sharing) - before;
		CHECK_OK(sharing_show(sharing.two, token, &err));
	}
	assert_true(number > 10);
	assert_true(asked > 0);
	sharing_stop(&sharing);
}

static void leaves_an_answer_there_or_does_not(void **state)
{
	(void)state;
	struct sharing sharing;
	bool failed = true;
	unsigned number = 0;
	sharing_start(&sharing);
	while (failed) {
		char token[16];
		snprintf(token, sizeof token, "t%u", ++number);
		scarce_memory_begin(number);
		enum mcpauth_code code = sharing_show(sharing.one, token, NULL);
		failed = scarce_memory_end();
		assert_true(code == MCPAUTH_OK || (failed && code == MCPAUTH_E_NO_MEMORY));
		CHECK_OK(sharing_show(sharing.two, token, &err));
	}
	assert_true(number > 10);
	sharing_stop(&sharing);
}

/* Without memory for the sign nobody here finds what it would have spoken against. */
static void forgets_at_each_allocation(void **state)
{
	(void)state;
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		struct sharing sharing;
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.two, "opaque", &err));
		scarce_memory_begin(++number);
		mcpauth_forget_subject(sharing.one, FAKE_ISSUER, "alice");
		failed = scarce_memory_end();
		fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, "{\"active\":false}");
		CHECK_CODE(MCPAUTH_E_INACTIVE, sharing_show(sharing.one, "opaque", &err));
		sharing_stop(&sharing);
	}
	assert_true(number > 3);
}

/* Its parts are the introspector's, which is made with or without all of them. */
static void is_set_up_or_not(void **state)
{
	(void)state;
	struct sharing sharing;
	bool failed = true;
	unsigned number = 0;
	sharing_start(&sharing);
	const struct mcpauth_introspection_config config = sharing_config();
	while (failed) {
		struct mcpauth_config shared = MCPAUTH_CONFIG_INIT;
		shared.store = fake_store_carry_out;
		shared.store_user = sharing.store;
		struct mcpauth *auth = fake_issuer_auth(sharing.fake, &shared, NULL);
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_set_introspection(
			auth, FAKE_ISSUER, &config, NULL);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		mcpauth_free(auth);
	}
	assert_true(number > 5);
	sharing_stop(&sharing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_asks_or_says_so_at_each_allocation),
		cmocka_unit_test(leaves_an_answer_there_or_does_not),
		cmocka_unit_test(forgets_at_each_allocation),
		cmocka_unit_test(is_set_up_or_not),
	};
	return cmocka_run_group_tests_name("shared_no_memory", tests, NULL, NULL);
}
