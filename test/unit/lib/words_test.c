/* Lists of words: blanks part them, bytes are compared as they are. */
#include "base/words.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *label;
	const char *text;
	const char *joined; /* each word in brackets */
} lists[] = {
	{"no list", NULL, ""},
	{"an empty one", "", ""},
	{"blanks alone", "   ", ""},
	{"one word", "a", "[a]"},
	{"several", "read:notes b c", "[read:notes][b][c]"},
	{"blanks around", "  a  b ", "[a][b]"},
	{"a tab parts nothing", "a\tb", "[a\tb]"},
	{"a comma parts nothing", "a,b", "[a,b]"},
	{"twice the same", "a a", "[a][a]"},
};

static void append(char *out, size_t size, const char *word, size_t length)
{
	size_t used = strlen(out);
	assert_true(used + length + 3 <= size);
	out[used] = '[';
	memcpy(out + used + 1, word, length);
	memcpy(out + used + 1 + length, "]", 2);
}

static void walks_over_each_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		char joined[128] = "";
		const char *at = lists[i].text;
		const char *word;
		size_t length;
		while ((word = mcpauth__word_next(&at, &length)) != NULL) {
			append(joined, sizeof joined, word, length);
		}
		CHECK_ROW(lists[i].label, strcmp(joined, lists[i].joined) == 0);
	}
}

static void splits_into_the_same_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		char joined[128] = "";
		struct mcpauth__words words = {0};
		CHECK_ROW(lists[i].label, mcpauth__words_split(&words, lists[i].text));
		for (size_t at = 0; at < words.count; at++) {
			append(joined, sizeof joined, words.items[at], strlen(words.items[at]));
		}
		CHECK_ROW(lists[i].label, strcmp(joined, lists[i].joined) == 0);
		mcpauth__words_finish(&words);
	}
}

static void adds_a_copy_of_some_bytes(void **state)
{
	(void)state;
	struct mcpauth__words words = {0};
	char text[] = "abcdef";
	assert_true(mcpauth__words_add(&words, text, 3));
	text[0] = 'x';
	assert_int_equal(words.count, 1);
	assert_string_equal(words.items[0], "abc");
	mcpauth__words_finish(&words);
}

static void splitting_adds_to_what_is_there(void **state)
{
	(void)state;
	struct mcpauth__words words = {0};
	assert_true(mcpauth__words_split(&words, "a b"));
	assert_true(mcpauth__words_split(&words, "c"));
	assert_int_equal(words.count, 3);
	assert_string_equal(words.items[2], "c");
	mcpauth__words_finish(&words);
}

static const struct {
	const char *label;
	const char *text;
	bool found;
} searches[] = {
	{"the first", "read", true},
	{"the last", "Admin", true},
	{"other case", "admin", false},
	{"the beginning of one", "rea", false},
	{"one and more", "reads", false},
	{"two at once", "read write", false},
	{"nothing", "", false},
	{"unknown", "delete", false},
};

static void contains_whole_words_only(void **state)
{
	(void)state;
	struct mcpauth__words words = {0};
	assert_true(mcpauth__words_split(&words, "read write Admin"));
	for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
		bool found = mcpauth__words_contain(
			&words, searches[i].text, strlen(searches[i].text));
		CHECK_ROW(searches[i].label, found == searches[i].found);
	}
	mcpauth__words_finish(&words);
}

static void looks_at_the_given_length_only(void **state)
{
	(void)state;
	struct mcpauth__words words = {0};
	assert_true(mcpauth__words_split(&words, "read"));
	assert_true(mcpauth__words_contain(&words, "reads", 4));
	mcpauth__words_finish(&words);
}

static void is_empty_again_when_finished(void **state)
{
	(void)state;
	struct mcpauth__words words = {0};
	assert_true(mcpauth__words_split(&words, "a b"));
	mcpauth__words_finish(&words);
	assert_null(words.items);
	assert_int_equal(words.count, 0);
	mcpauth__words_finish(&words);
}

static void copies_a_string(void **state)
{
	(void)state;
	const char *text = "text";
	char *copy = mcpauth__strdup(text);
	assert_string_equal(copy, text);
	assert_ptr_not_equal(copy, text);
	free(copy);
}

static void copies_no_string_to_none(void **state)
{
	(void)state;
	assert_null(mcpauth__strdup(NULL));
}

static void compares_strings_that_may_be_missing(void **state)
{
	(void)state;
	const char text[] = "text";
	assert_true(mcpauth__same_text(text, "text"));
	assert_false(mcpauth__same_text(text, "Text"));
	assert_false(mcpauth__same_text(text, ""));
	assert_true(mcpauth__same_text(NULL, NULL));
	assert_false(mcpauth__same_text(NULL, text));
	assert_false(mcpauth__same_text(text, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_over_each_word),
		cmocka_unit_test(splits_into_the_same_words),
		cmocka_unit_test(adds_a_copy_of_some_bytes),
		cmocka_unit_test(splitting_adds_to_what_is_there),
		cmocka_unit_test(contains_whole_words_only),
		cmocka_unit_test(looks_at_the_given_length_only),
		cmocka_unit_test(is_empty_again_when_finished),
		cmocka_unit_test(compares_strings_that_may_be_missing),
		cmocka_unit_test(copies_a_string),
		cmocka_unit_test(copies_no_string_to_none),
	};
	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
