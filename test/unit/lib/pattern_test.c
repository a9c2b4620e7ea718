/* Patterns: what each star stands for, and that no pattern takes for ever. */
#include "base/pattern.h"

#include "support/check.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *label;
	const char *pattern;
	const char *text;
	bool fits;
} rows[] = {
	{"nothing and nothing", "", "", true},
	{"nothing and something", "", "a", false},
	{"something and nothing", "a", "", false},
	{"the same", "notes:read", "notes:read", true},
	{"another case", "notes:read", "notes:Read", false},
	{"the beginning", "notes:read", "notes:rea", false},
	{"more than it", "notes:read", "notes:reads", false},
	{"a star and nothing", "*", "", true},
	{"a star and anything", "*", "notes:read", true},
	{"a star and a star", "*", "*", true},
	{"a letter and a star", "a", "*", false},
	{"at the end", "notes:*", "notes:read", true},
	{"at the end, for none", "notes:*", "notes:", true},
	{"at the end, before it something lacks", "notes:*", "notes", false},
	{"at the end, before it something else", "notes:*", "files:read", false},
	{"at the beginning", "*:read", "notes:read", true},
	{"at the beginning, for none", "*:read", ":read", true},
	{"at the beginning, behind it more", "*:read", "notes:reads", false},
	{"at the beginning, the end twice", "*:read", "a:read:read", true},
	{"in the middle", "notes:*:read", "notes:a:read", true},
	{"in the middle, for none", "notes:*:read", "notes::read", true},
	{"in the middle, with one colon for both", "notes:*:read", "notes:read", false},
	{"two", "*:notes:*", "a:notes:b", true},
	{"two, what is between comes late", "*ab*", "aacabb", true},
	{"two, what is between lacks", "*ab*", "aacacbb", false},
	{"two in a row", "a**b", "ab", true},
	{"two in a row, for some", "a**b", "axyb", true},
	{"the last gives way, not the first", "a*b*c", "abxbyc", true},
	{"the last gives way in vain", "a*b*c", "axxc", false},
	{"what begins alike", "*aab", "aaab", true},
	{"no other character is special", "[a-z]?\\.", "[a-z]?\\.", true},
	{"a question mark stands for itself", "a?", "ab", false},
	{"beyond ASCII", "\xc3\xa9*", "\xc3\xa9\xff", true},
};

static void fits_as_a_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].label,
			mcpauth__pattern_fits(rows[i].pattern, rows[i].text) == rows[i].fits);
	}
}

/* The text of this number, in digits of three characters; its length is the number of
 * digits. */
static void write_text(char *text, unsigned number, size_t length, const char *characters)
{
	for (size_t i = 0; i < length; i++) {
		text[i] = characters[number % 3];
		number /= 3;
	}
	text[length] = '\0';
}

static unsigned power(size_t length)
{
	unsigned count = 1;
	while (length-- > 0) {
		count *= 3;
	}
	return count;
}

static void compare_all(const char *pattern, size_t length)
{
	char text[8];
	for (unsigned i = 0; i < power(length); i++) {
		write_text(text, i, length, "abc");
		CHECK_ROW(pattern,
			mcpauth__pattern_fits(pattern, text) == (fnmatch(pattern, text, 0) == 0));
	}
}

/* Every pattern of up to six characters with every text of up to five. */
static void says_what_the_c_library_says(void **state)
{
	(void)state;
	char pattern[8];
	for (size_t length = 0; length <= 6; length++) {
		for (unsigned i = 0; i < power(length); i++) {
			write_text(pattern, i, length, "ab*");
			for (size_t text = 0; text <= 5; text++) {
				compare_all(pattern, text);
			}
		}
	}
}

/* Whoever tries each star again for each other one needs more time than there is: here
 * two thousand of them wait for what never comes. */
static void takes_the_product_of_the_lengths_at_most(void **state)
{
	(void)state;
	enum {
		LENGTH = 4000
	};
	char *pattern = malloc(LENGTH + 2);
	char *text = malloc(LENGTH + 2);
	assert_non_null(pattern);
	assert_non_null(text);
	for (size_t i = 0; i < LENGTH; i++) {
		pattern[i] = i % 2 == 0 ? '*' : 'a';
		text[i] = 'a';
	}
	memcpy(pattern + LENGTH, "b", 2);
	text[LENGTH] = '\0';
	assert_false(mcpauth__pattern_fits(pattern, text));
	memcpy(text + LENGTH, "b", 2);
	assert_true(mcpauth__pattern_fits(pattern, text));
	free(text);
	free(pattern);
}

static void knows_a_star(void **state)
{
	(void)state;
	assert_true(mcpauth__pattern_has_star("*"));
	assert_true(mcpauth__pattern_has_star("notes:*"));
	assert_false(mcpauth__pattern_has_star("notes:read"));
	assert_false(mcpauth__pattern_has_star(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_as_a_whole),
		cmocka_unit_test(says_what_the_c_library_says),
		cmocka_unit_test(takes_the_product_of_the_lengths_at_most),
		cmocka_unit_test(knows_a_star),
	};
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
