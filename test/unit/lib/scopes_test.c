/* Scopes that a resource or a policy may name. */
#include "base/scopes.h"

#include "support/check.h"

static void every_character_but_those_of_rfc_6749_is_refused(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char text[] = {'a', (char)c, 'b', '\0'};
		bool good = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
		assert_int_equal(mcpauth__scopes_are_valid(text), good);
	}
	assert_true(mcpauth__scopes_are_valid(NULL));
	assert_true(mcpauth__scopes_are_valid(""));
}

static void one_scope_is_one_word(void **state)
{
	(void)state;
	static const char *const good[] = {"a", "notes:read", "*", "!#[]~", "'"};
	static const char *const bad[] = {"", " ", "a b", " a", "a ", "a\t", "a\"", "\\", "\x7f"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK_ROW(good[i], mcpauth__scope_is_valid(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK_ROW(bad[i], !mcpauth__scope_is_valid(bad[i]));
	}
}

static void warns_of_offline_access_alone(void **state)
{
	(void)state;
	static const char *const quiet[] = {"", "read", "offline", "offline_accesses",
		"my_offline_access", "OFFLINE_ACCESS", "read write"};
	static const char *const loud[] = {"offline_access", "read offline_access",
		"offline_access  read", " offline_access "};
	assert_null(mcpauth__scopes_warning(NULL));
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
		CHECK_ROW(quiet[i], mcpauth__scopes_warning(quiet[i]) == NULL);
	}
	for (size_t i = 0; i < sizeof loud / sizeof *loud; i++) {
		CHECK_ROW(loud[i], mcpauth__scopes_warning(loud[i]) != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_but_those_of_rfc_6749_is_refused),
		cmocka_unit_test(one_scope_is_one_word),
		cmocka_unit_test(warns_of_offline_access_alone),
	};
	return cmocka_run_group_tests_name("scopes", tests, NULL, NULL);
}
