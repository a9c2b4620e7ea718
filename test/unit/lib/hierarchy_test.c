/* Scopes that include others: what follows from a table, from a function, from both. */
#include "token/hierarchy.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	const char *scope;
	const char *implied;
};

/* What a hierarchy says of one granted list. */
static bool follows(struct mcpauth__hierarchy *hierarchy, const char *granted, const char *wanted)
{
	struct mcpauth__implied implied;
	struct mcpauth__words words = {0};
	assert_true(mcpauth__words_split(&words, granted));
	bool found = mcpauth__implied_read(&implied, hierarchy, &words)
		&& mcpauth__implied_has(&implied, &words, wanted);
	mcpauth__words_finish(&words);
	return found;
}

static struct mcpauth__hierarchy *make(const struct pair *pairs, size_t count)
{
	struct mcpauth__hierarchy *made = mcpauth__hierarchy_new();
	assert_non_null(made);
	for (size_t i = 0; i < count && pairs[i].scope != NULL; i++) {
		CHECK_OK(mcpauth__hierarchy_add(made, pairs[i].scope, pairs[i].implied, &err));
	}
	return made;
}

static const struct {
	const char *label;
	struct pair pairs[4];
	const char *granted;
	const char *wanted;
	bool follows;
} rows[] = {
	{"one includes another", {{"admin", "read"}}, "admin", "read", true},
	{"not the other way round", {{"admin", "read"}}, "read", "admin", false},
	{"and no third", {{"admin", "read"}}, "admin", "write", false},
	{"of another case", {{"admin", "read"}}, "Admin", "read", false},
	{"of the beginning alone", {{"admin", "read"}}, "admi", "read", false},
	{"beside others", {{"admin", "read"}}, "x admin y", "read", true},
	{"each of several", {{"admin", "a b  c"}}, "admin", "c", true},
	{"said one after the other", {{"admin", "a"}, {"admin", "b"}}, "admin", "a", true},
	{"a pattern", {{"admin", "notes:*"}}, "admin", "notes:read", true},
	{"beside a pattern", {{"admin", "notes:*"}}, "admin", "files:read", false},
	{"a pattern is no scope", {{"admin", "notes:*"}}, "notes:*", "notes:read", false},
	{"a star is a scope's own, too", {{"notes:*", "notes:read"}}, "notes:*", "notes:read",
		true},
	{"and stands for itself there", {{"notes:*", "read"}}, "notes:x", "read", false},
	{"through another", {{"a", "b"}, {"b", "c"}}, "a", "c", true},
	{"whatever was said first", {{"b", "c"}, {"a", "b"}}, "a", "c", true},
	{"through two others", {{"c", "d"}, {"b", "c"}, {"a", "b"}}, "a", "d", true},
	{"through two others, said in order", {{"a", "b"}, {"b", "c"}, {"c", "d"}}, "a", "d", true},
	{"not back", {{"a", "b"}, {"b", "c"}}, "b", "a", false},
	{"through a pattern", {{"admin", "notes:*"}, {"notes:all", "files:read"}}, "admin",
		"files:read", true},
	{"not through a name that nobody holds", {{"admin", "notes:*"}, {"files:all", "x"}},
		"admin", "x", false},
	{"in a circle, on", {{"a", "b"}, {"b", "a"}}, "a", "b", true},
	{"in a circle, back", {{"a", "b"}, {"b", "a"}}, "b", "a", true},
	{"beyond a circle", {{"a", "b"}, {"b", "a"}, {"a", "c"}}, "b", "c", true},
	{"into a circle", {{"x", "a"}, {"a", "b"}, {"b", "a"}}, "x", "b", true},
	{"not out of a circle", {{"x", "a"}, {"a", "b"}, {"b", "a"}}, "b", "x", false},
	{"a circle of one", {{"a", "a"}, {"a", "b"}}, "a", "b", true},
	{"a circle by a pattern", {{"a", "*"}, {"b", "c"}}, "a", "c", true},
	{"all there is", {{"root", "*"}}, "root", "anything", true},
	{"nothing for nobody", {{"root", "*"}}, "", "anything", false},
	{"nothing by two halves", {{"a", "x*"}, {"b", "*y"}}, "a b", "z", false},
	{"without a pair", {{NULL, NULL}}, "a", "b", false},
};

static void says_what_follows_from_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__hierarchy *hierarchy = make(rows[i].pairs, 4);
		mcpauth__hierarchy_settle(hierarchy);
		CHECK_ROW(rows[i].label,
			follows(hierarchy, rows[i].granted, rows[i].wanted) == rows[i].follows);
		mcpauth__hierarchy_free(hierarchy);
	}
}

/* "s7" and so on. */
static const char *name_of(char *room, size_t size, unsigned number)
{
	snprintf(room, size, "s%u", number);
	return room;
}

/* As long as there may be one, and closed to a circle: each follows from each. */
static void follows_the_longest_chain(void **state)
{
	(void)state;
	char one[8];
	char two[8];
	struct mcpauth__hierarchy *hierarchy = mcpauth__hierarchy_new();
	assert_non_null(hierarchy);
	for (unsigned i = 0; i < MCPAUTH__HIERARCHY_LIMIT; i++) {
		CHECK_OK(mcpauth__hierarchy_add(hierarchy, name_of(one, sizeof one, i * 7 % 256),
			name_of(two, sizeof two, (i + 1) * 7 % 256), &err));
	}
	mcpauth__hierarchy_settle(hierarchy);
	for (unsigned i = 0; i < MCPAUTH__HIERARCHY_LIMIT; i++) {
		name_of(one, sizeof one, i);
		CHECK_ROW(one, follows(hierarchy, one, "s255"));
		CHECK_ROW(one, follows(hierarchy, "s0", one));
	}
	assert_false(follows(hierarchy, "s0", "s256"));
	assert_false(follows(hierarchy, "s256", "s0"));
	mcpauth__hierarchy_free(hierarchy);
}

static void holds_so_many_pairs_and_no_more(void **state)
{
	(void)state;
	char one[8];
	struct mcpauth__hierarchy *hierarchy = mcpauth__hierarchy_new();
	assert_non_null(hierarchy);
	for (unsigned i = 0; i < MCPAUTH__HIERARCHY_LIMIT - 2; i++) {
		CHECK_OK(mcpauth__hierarchy_add(
			hierarchy, "admin", name_of(one, sizeof one, i), &err));
	}
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth__hierarchy_add(hierarchy, "other", "x y z", &err));
	CHECK_OK(mcpauth__hierarchy_add(hierarchy, "other", "x y", &err));
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth__hierarchy_add(hierarchy, "other", "z", &err));
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth__hierarchy_add(hierarchy, "third", "x", &err));
	CHECK_OK(mcpauth__hierarchy_add(hierarchy, "other", "y x", &err));
	mcpauth__hierarchy_settle(hierarchy);
	assert_true(follows(hierarchy, "admin", "s253"));
	assert_true(follows(hierarchy, "other", "y"));
	assert_false(follows(hierarchy, "other", "z"));
	assert_false(follows(hierarchy, "third", "x"));
	mcpauth__hierarchy_free(hierarchy);
}

static void counts_no_pair_twice(void **state)
{
	(void)state;
	char one[8];
	struct mcpauth__hierarchy *hierarchy = mcpauth__hierarchy_new();
	assert_non_null(hierarchy);
	for (unsigned i = 0; i < 3 * MCPAUTH__HIERARCHY_LIMIT; i++) {
		CHECK_OK(mcpauth__hierarchy_add(hierarchy, "admin", "a b a", &err));
	}
	for (unsigned i = 2; i < MCPAUTH__HIERARCHY_LIMIT; i++) {
		CHECK_OK(mcpauth__hierarchy_add(hierarchy, name_of(one, sizeof one, i), "a", &err));
	}
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth__hierarchy_add(hierarchy, "admin", "c", &err));
	mcpauth__hierarchy_free(hierarchy);
}

static void refuses_what_is_no_pair(void **state)
{
	(void)state;
	static const struct pair bad[] = {{NULL, "a"}, {"", "a"}, {"a b", "c"}, {"a\t", "b"},
		{" a", "b"}, {"a\"", "b"}, {"a\\", "b"}, {"\xc3\xa9", "b"}, {"a", NULL}, {"a", ""},
		{"a", "  "}, {"a", "b\tc"}, {"a", "b \""}, {"a", "b\\"}, {"a", "\x7f"}};
	struct mcpauth__hierarchy *hierarchy = mcpauth__hierarchy_new();
	assert_non_null(hierarchy);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK_ROW_CODE(bad[i].scope, MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth__hierarchy_add(hierarchy, bad[i].scope, bad[i].implied, &err));
	}
	CHECK_OK(mcpauth__hierarchy_add(hierarchy, "!#[]~", "  'a*  b ", &err));
	mcpauth__hierarchy_settle(hierarchy);
	assert_true(follows(hierarchy, "!#[]~", "b"));
	assert_false(follows(hierarchy, "a", "b"));
	mcpauth__hierarchy_free(hierarchy);
}

/* Of what the function was asked. */
struct questions {
	const char *granted; /* says yes to this */
	const char *wanted;
	char asked[256]; /* "a>b " for each, once */
};

static bool answer(const char *granted, const char *wanted, void *user)
{
	struct questions *questions = user;
	char question[64];
	snprintf(question, sizeof question, "%s>%s ", granted, wanted);
	if (strstr(questions->asked, question) == NULL) {
		assert_true(strlen(questions->asked) + strlen(question) < sizeof questions->asked);
		strcat(questions->asked, question);
	}
	return strcmp(granted, questions->granted) == 0 && strcmp(wanted, questions->wanted) == 0;
}

static const struct {
	const char *label;
	struct pair pairs[3];
	struct pair says;
	const char *granted;
	const char *wanted;
	const char *asked;
	bool follows;
} questions[] = {
	{"what was granted", {{NULL, NULL}}, {"a", "x"}, "b a c", "x", "b>x a>x ", true},
	{"in vain", {{NULL, NULL}}, {"z", "x"}, "b a", "x", "b>x a>x ", false},
	{"nobody, where the table says it", {{"a", "x"}}, {"a", "x"}, "a", "x", "", true},
	{"what the table adds", {{"a", "b"}}, {"b", "x"}, "a", "x", "a>x b>x ", true},
	{"what a pattern adds", {{"a", "n*"}, {"no", "y"}}, {"no", "x"}, "a", "x", "a>x no>x ",
		true},
	{"no pattern", {{"a", "n*"}}, {"n*", "x"}, "a", "x", "a>x ", false},
	{"nothing of what it says", {{"b", "x"}}, {"a", "b"}, "a", "x", "a>x ", false},
	{"for nobody", {{"a", "b"}}, {"", "x"}, "", "x", "", false},
};

static void asks_the_function_of_what_is_held(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		struct questions asked = {questions[i].says.scope, questions[i].says.implied, ""};
		struct mcpauth__hierarchy *hierarchy = make(questions[i].pairs, 3);
		mcpauth__hierarchy_ask(hierarchy, answer, &asked);
		mcpauth__hierarchy_settle(hierarchy);
		CHECK_ROW(questions[i].label,
			follows(hierarchy, questions[i].granted, questions[i].wanted)
				== questions[i].follows);
		CHECK_ROW(questions[i].label, strcmp(asked.asked, questions[i].asked) == 0);
		mcpauth__hierarchy_free(hierarchy);
	}
}

static bool begins(const char *granted, const char *wanted, void *user)
{
	(void)user;
	return strncmp(granted, wanted, strlen(granted)) == 0;
}

/* The claims of a token are whatever their issuer put there. */
static void asks_the_function_of_no_scope_that_is_none(void **state)
{
	(void)state;
	char empty[] = "";
	char blank[] = "notes: x";
	char quoted[] = "notes\"";
	char good[] = "notes:";
	char *items[] = {empty, blank, quoted, good};
	struct mcpauth__implied implied;
	struct mcpauth__words granted = {items, 3};
	struct mcpauth__hierarchy *hierarchy = make(NULL, 0);
	mcpauth__hierarchy_ask(hierarchy, begins, NULL);
	mcpauth__hierarchy_settle(hierarchy);
	assert_true(mcpauth__implied_read(&implied, hierarchy, &granted));
	assert_false(mcpauth__implied_has(&implied, &granted, "notes:read"));
	assert_false(mcpauth__implied_has(&implied, &granted, "notes\"x"));
	granted.count = 4;
	assert_true(mcpauth__implied_has(&implied, &granted, "notes:read"));
	assert_false(mcpauth__implied_has(&implied, &granted, "files:read"));
	mcpauth__hierarchy_free(hierarchy);
}

static void asks_nobody_any_more(void **state)
{
	(void)state;
	struct questions asked = {"a", "x", ""};
	struct mcpauth__hierarchy *hierarchy = make(NULL, 0);
	mcpauth__hierarchy_ask(hierarchy, answer, &asked);
	mcpauth__hierarchy_ask(hierarchy, NULL, &asked);
	mcpauth__hierarchy_settle(hierarchy);
	assert_false(follows(hierarchy, "a", "x"));
	assert_string_equal(asked.asked, "");
	mcpauth__hierarchy_free(hierarchy);
}

static void is_counted(void **state)
{
	(void)state;
	static const struct pair pair = {"a", "b"};
	struct mcpauth__hierarchy *hierarchy = make(&pair, 1);
	mcpauth__hierarchy_settle(hierarchy);
	assert_ptr_equal(mcpauth__hierarchy_ref(hierarchy), hierarchy);
	mcpauth__hierarchy_free(hierarchy);
	assert_true(follows(hierarchy, "a", "b"));
	mcpauth__hierarchy_free(hierarchy);
	mcpauth__hierarchy_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_follows_from_the_table),
		cmocka_unit_test(follows_the_longest_chain),
		cmocka_unit_test(holds_so_many_pairs_and_no_more),
		cmocka_unit_test(counts_no_pair_twice),
		cmocka_unit_test(refuses_what_is_no_pair),
		cmocka_unit_test(asks_the_function_of_what_is_held),
		cmocka_unit_test(asks_the_function_of_no_scope_that_is_none),
		cmocka_unit_test(asks_nobody_any_more),
		cmocka_unit_test(is_counted),
	};
	return cmocka_run_group_tests_name("hierarchy", tests, NULL, NULL);
}
