/* Which scopes a client asks for, and whether it has what it needs. */
#include "client/discovery/scopes.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a row says, in texts: NULL is nothing said. */
struct row {
	const char *label;
	const char *challenge;
	const char *metadata;
	const char *issuer;
	const char *configured;
	const char *requested;
	bool wants_offline;
	const char *want;
};

static char *choose(const struct row *row)
{
	struct mcpauth__resource_metadata metadata = {0};
	struct mcpauth__authorization_server server = {0};
	const struct mcpauth__scope_choice choice = {
		.challenge = row->challenge,
		.metadata = row->metadata != NULL ? &metadata : NULL,
		.server = &server,
		.configured = row->configured,
		.requested = row->requested,
		.wants_offline = row->wants_offline,
	};
	char *scope = (char *)1;
	assert_true(mcpauth__words_split(&metadata.scopes_supported, row->metadata));
	assert_true(mcpauth__words_split(&server.scopes_supported, row->issuer));
	CHECK_OK(mcpauth__scopes_choose(&choice, &scope, &err));
	mcpauth__words_finish(&metadata.scopes_supported);
	mcpauth__words_finish(&server.scopes_supported);
	return scope;
}

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *scope = choose(&rows[i]);
		CHECK_ROW(rows[i].label, (scope == NULL) == (rows[i].want == NULL));
		CHECK_ROW(rows[i].label, scope == NULL || strcmp(scope, rows[i].want) == 0);
		free(scope);
	}
}

static void the_challenge_goes_before_the_metadata(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"challenge", "a b", "c d", NULL, NULL, NULL, false, "a b"},
		{"metadata", NULL, "c d", NULL, NULL, NULL, false, "c d"},
		{"an empty challenge", "", "c d", NULL, NULL, NULL, false, "c d"},
		{"a blank challenge", "  ", "c d", NULL, NULL, NULL, false, "c d"},
		{"nobody says", NULL, NULL, NULL, NULL, NULL, false, NULL},
		{"an empty list", NULL, "", NULL, NULL, NULL, false, NULL},
		{"what the issuer has is not asked for", NULL, NULL, "a b", NULL, NULL, false,
			NULL},
	};
	check(rows, COUNT(rows));
}

static void what_the_program_wants_and_what_was_asked_before_is_added(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"configured", "a", "c", NULL, "x", NULL, false, "a x"},
		{"configured beside metadata", NULL, "c", NULL, "x", NULL, false, "c x"},
		{"configured alone", NULL, NULL, NULL, "x y", NULL, false, "x y"},
		{"requested", "a", "c", NULL, NULL, "p q", false, "a p q"},
		{"all", "a", NULL, NULL, "x", "p", false, "a x p"},
		{"nothing twice", "a  b a", NULL, NULL, "b x", "x a p ", false, "a b x p"},
		{"near is not the same", "a", NULL, NULL, "A ab", "a:b", false, "a A ab a:b"},
	};
	check(rows, COUNT(rows));
}

static void offline_access_is_asked_for_where_it_is_known(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"known", "a", NULL, "openid offline_access", NULL, NULL, true, "a offline_access"},
		{"not wanted", "a", NULL, "offline_access", NULL, NULL, false, "a"},
		{"not known", "a", NULL, "openid offline_accesses", NULL, NULL, true, "a"},
		{"the server lists it, the issuer does not", NULL, "offline_access b", NULL, NULL,
			NULL, true, "offline_access b"},
		{"there already", "offline_access a", NULL, "offline_access", NULL, NULL, true,
			"offline_access a"},
		{"never alone", NULL, NULL, "offline_access", NULL, NULL, true, NULL},
		{"beside the program's", NULL, NULL, "offline_access", "x", NULL, true,
			"x offline_access"},
	};
	check(rows, COUNT(rows));
}

static void what_is_no_scope_is_left_out(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"a quote", "a b\"c", NULL, NULL, NULL, NULL, false, "a"},
		{"a backslash", "a\\ b", NULL, NULL, NULL, NULL, false, "b"},
		{"a line's end", "a\nb c", NULL, NULL, NULL, NULL, false, "c"},
		{"no ASCII", "\xc3\xa4 c", NULL, NULL, NULL, NULL, false, "c"},
		{"only such", "\"\" \\", "c", NULL, NULL, NULL, false, "c"},
		{"in the metadata", NULL, "a\x7f c", NULL, NULL, NULL, false, "c"},
		{"from before", "c", NULL, NULL, "\"", "\t", false, "c"},
	};
	check(rows, COUNT(rows));
}

/* An item is one scope, or none: it is not two. */
static void an_item_with_a_blank_is_no_scope(void **state)
{
	(void)state;
	static char *items[] = {"a b", "", "c"};
	struct mcpauth__authorization_server server = {0};
	struct mcpauth__resource_metadata metadata = {.scopes_supported = {items, COUNT(items)}};
	const struct mcpauth__scope_choice choice = {.metadata = &metadata, .server = &server};
	char *scope;
	CHECK_OK(mcpauth__scopes_choose(&choice, &scope, &err));
	assert_string_equal(scope, "c");
	free(scope);
}

static void asks_for_no_more_than_anybody_would_take(void **state)
{
	(void)state;
	struct mcpauth__buf many = {0};
	struct mcpauth__buf all = {0};
	for (unsigned i = 0; i < MCPAUTH__SCOPE_LIMIT + 5; i++) {
		mcpauth__buf_printf(&many, "s%u ", i);
	}
	assert_non_null(many.data);
	const struct row row = {.challenge = "needed", .requested = many.data};
	char *scope = choose(&row);
	assert_non_null(scope);
	struct mcpauth__words words = {0};
	assert_true(mcpauth__words_split(&words, scope));
	assert_int_equal(words.count, MCPAUTH__SCOPE_LIMIT);
	assert_string_equal(words.items[0], "needed");
	/* Who was given all that was asked for lacks nothing that asking again would bring. */
	assert_false(mcpauth__scopes_have(scope, "s0 not-there"));
	assert_true(mcpauth__scopes_have(scope, scope));
	mcpauth__buf_puts(&all, "needed ");
	mcpauth__buf_puts(&all, many.data);
	assert_non_null(all.data);
	assert_true(mcpauth__scopes_have(scope, all.data));
	mcpauth__buf_finish(&all);
	mcpauth__words_finish(&words);
	mcpauth__buf_finish(&many);
	free(scope);
}

static void tells_whether_all_are_there(void **state)
{
	(void)state;
	static const struct {
		const char *scopes;
		const char *wanted;
		bool have;
	} rows[] = {
		{"a b", "a", true},
		{"a b", "b a", true},
		{"a b", " b  b ", true},
		{"a b", "", true},
		{"a b", NULL, true},
		{NULL, NULL, true},
		{"", NULL, true},
		{"a b", "c", false},
		{"a b", "a c", false},
		{"a b", "A", false},
		{"ab", "a", false},
		{"a", "ab", false},
		{"", "a", false},
		{NULL, "a", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].wanted != NULL ? rows[i].wanted : "none",
			mcpauth__scopes_have(rows[i].scopes, rows[i].wanted) == rows[i].have);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_challenge_goes_before_the_metadata),
		cmocka_unit_test(what_the_program_wants_and_what_was_asked_before_is_added),
		cmocka_unit_test(offline_access_is_asked_for_where_it_is_known),
		cmocka_unit_test(what_is_no_scope_is_left_out),
		cmocka_unit_test(an_item_with_a_blank_is_no_scope),
		cmocka_unit_test(asks_for_no_more_than_anybody_would_take),
		cmocka_unit_test(tells_whether_all_are_there),
	};
	return cmocka_run_group_tests_name("client_scopes", tests, NULL, NULL);
}
