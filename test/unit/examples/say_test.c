/* What a server says to the user of oauth-client, which is not to steer their terminal. */
#include "client/json.h"
#include "client/say.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *label;
	const char *said;
	const char *printed;
	const char *json; /* within its quotes */
} rows[] = {
	{"plain text", "a z~", "a z~", "a z~"},
	{"two bytes", "\xc3\xa4", "\xc3\xa4", "\xc3\xa4"},
	{"the first past the controls", "\xc2\xa0", "\xc2\xa0", "\xc2\xa0"},
	{"three bytes", "\xe2\x82\xac", "\xe2\x82\xac", "\xe2\x82\xac"},
	{"four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	{"the last one", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	{"escape", "\x1b[2J", "?[2J", "\\u001b[2J"},
	{"DEL", "a\x7f", "a?", "a\\u007f"},
	{"CSI",
		"\xc2\x9b"
		"2J",
		"?2J", "\\u009b2J"},
	{"the first of C1", "\xc2\x80", "?", "\\u0080"},
	{"the last of C1", "\xc2\x9f", "?", "\\u009f"},
	{"CSI as a byte",
		"\x9b"
		"2J",
		"?2J", "\\ufffd2J"},
	{"a byte of Latin-1", "\xe4 a", "? a", "\\ufffd a"},
	{"CSI behind a beginning",
		"\xe2\x9b"
		"2J",
		"??2J", "\\ufffd\\ufffd2J"},
	{"half a character at the end", "\xe2\x82", "??", "\\ufffd\\ufffd"},
	{"a longer way to write it", "\xc1\x9b", "??", "\\ufffd\\ufffd"},
	{"likewise in three", "\xe0\x82\x9b", "???", "\\ufffd\\ufffd\\ufffd"},
	{"likewise in four", "\xf0\x80\x82\x9b", "????", "\\ufffd\\ufffd\\ufffd\\ufffd"},
	{"a surrogate", "\xed\xa0\x80", "???", "\\ufffd\\ufffd\\ufffd"},
	{"past the last one", "\xf4\x90\x80\x80", "????", "\\ufffd\\ufffd\\ufffd\\ufffd"},
	{"no beginning", "\xf5\xff", "??", "\\ufffd\\ufffd"},
};

/* What print() makes of it, without the line's end. */
static void caught(const char *said, char *line, size_t size)
{
	FILE *file = tmpfile();
	assert_non_null(file);
	fflush(stdout);
	int real = dup(STDOUT_FILENO);
	assert_true(real >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
	print("%s", said);
	fflush(stdout);
	assert_true(dup2(real, STDOUT_FILENO) >= 0);
	close(real);
	rewind(file);
	size_t length = fread(line, 1, size - 1, file);
	fclose(file);
	assert_true(length > 0 && line[length - 1] == '\n');
	line[length - 1] = '\0';
}

static void what_is_no_character_is_not_printed(void **state)
{
	char line[64];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		caught(rows[i].said, line, sizeof line);
		CHECK_ROW(rows[i].label, strcmp(line, rows[i].printed) == 0);
	}
}

static void likewise_in_json(void **state)
{
	char want[64];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text line = {0};
		cJSON *value = cJSON_CreateString(rows[i].said);
		assert_non_null(value);
		json_print_shown(value, &line);
		cJSON_Delete(value);
		snprintf(want, sizeof want, "\"%s\"", rows[i].json);
		CHECK_ROW(rows[i].label, strcmp(text_string(&line), want) == 0);
		text_finish(&line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_character_is_not_printed),
		cmocka_unit_test(likewise_in_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
