/* Fuzz target: strings from anybody in a line of a log. An input is five bytes of a time
 * and then strings, each behind a byte that says how long it may become, and each with a
 * NUL behind it. */
#include "common/fuzz.h"

#include "base/json.h"
#include "monitoring/json_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 32
#define FFFD "\xef\xbf\xbd"

/* The Unicode Standard, table 3-7, row by row. */
static const unsigned char rows[][4][2] = {
	{{0x00, 0x7f}},
	{{0xc2, 0xdf}, {0x80, 0xbf}},
	{{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}},
	{{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}},
	{{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}},
};

/* How many bytes fit into a row, one after the other; *whole if that is all of it. */
static size_t match(const unsigned char row[4][2], const unsigned char *at, bool *whole)
{
	size_t count = 0;
	while (count < 4 && (count == 0 || row[count][0] != 0) && at[count] >= row[count][0]
		&& at[count] <= row[count][1]) {
		count++;
	}
	*whole = count > 0 && (count == 4 || row[count][0] == 0);
	return count;
}

/* The longest that any row takes; *whole if it is a character. */
static size_t take(const unsigned char *at, bool *whole)
{
	size_t longest = 0;
	*whole = false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows && !*whole; i++) {
		bool is_whole;
		size_t count = match(rows[i], at, &is_whole);
		if (is_whole || count > longest) {
			longest = count;
			*whole = is_whole;
		}
	}
	return longest > 0 ? longest : 1;
}

/* What a reader may see of it: all of it, with U+FFFD for what is none. Caller frees. */
static char *told(const char *text)
{
	char *out = malloc(3 * strlen(text) + 1);
	size_t length = 0;
	MUST(out != NULL);
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
		bool whole;
		size_t taken = take(at, &whole);
		memcpy(out + length, whole ? (const char *)at : FFFD, whole ? taken : 3);
		length += whole ? taken : 3;
		at += taken;
	}
	out[length] = '\0';
	return out;
}

static void check_line(const struct mcpauth__json_line *line)
{
	MUST(line->length <= MCPAUTH__JSON_LINE_SIZE);
	MUST(line->text[line->length - 1] == '\n');
	for (size_t i = 0; i + 1 < line->length; i++) {
		unsigned char byte = (unsigned char)line->text[i];
		unsigned char next = (unsigned char)line->text[i + 1];
		MUST(byte >= 0x20 && byte != 0x7f);
		MUST(byte != 0xc2 || next >= 0xa0);
		MUST(byte != 0xe2 || next != 0x80
			|| ((unsigned char)line->text[i + 2] != 0xa8
				&& (unsigned char)line->text[i + 2] != 0xa9));
	}
}

struct member {
	char name[8];
	char *text;
	size_t limit;
};

/* How long a member's value is as it is written, and whether more would have fitted. */
static void check_length(const char *line, const struct member *member, bool is_cut)
{
	char start[32];
	snprintf(start, sizeof start, "\"%.7s\":\"", member->name);
	const char *value = strstr(line, start);
	MUST(value != NULL);
	value += strlen(start);
	const char *end = value;
	while (*end != '"') {
		end += *end == '\\' ? 2 : 1;
	}
	size_t length = (size_t)(end - value);
	MUST(length <= member->limit);
	MUST(!is_cut || member->limit - length < 6 || strlen(line) > MCPAUTH__JSON_LINE_SIZE - 64);
}

static void check_member(const char *line, const cJSON *json, const struct member *member)
{
	const char *value = mcpauth__json_string(json, member->name);
	if (value == NULL) {
		MUST(strlen(line) > MCPAUTH__JSON_LINE_SIZE - 64);
		return;
	}
	char *whole = told(member->text);
	MUST(strncmp(value, whole, strlen(value)) == 0);
	bool whole_character;
	take((const unsigned char *)whole + strlen(value), &whole_character);
	MUST(whole_character);
	check_length(line, member, strcmp(value, whole) != 0);
	free(whole);
}

static int64_t read_time(const uint8_t **data, size_t *size)
{
	int64_t time = 0;
	for (int i = 0; i < 5 && *size > 0; i++) {
		time = time << 8 | *(*data)++;
		(*size)--;
	}
	return time;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__json_line line;
	struct member members[MEMBERS_MAX];
	size_t count = 0;
	cJSON *json;
	mcpauth__json_line_begin(&line);
	mcpauth__json_line_time(&line, read_time(&data, &size), 0);
	for (; size > 0 && count < MEMBERS_MAX; count++) {
		struct member *member = &members[count];
		member->limit = 2u * *data++;
		size--;
		member->text = fuzz_field(&data, &size, '\0');
		snprintf(member->name, sizeof member->name, "m%zu", count);
		mcpauth__json_line_text(&line, member->name, member->text, member->limit);
	}
	mcpauth__json_line_end(&line);
	check_line(&line);
	MUST(mcpauth__json_parse_object(line.text, line.length, &json, NULL) == MCPAUTH_OK);
	char *text = fuzz_text((const uint8_t *)line.text, line.length);
	for (size_t i = 0; i < count; i++) {
		check_member(text, json, &members[i]);
		free(members[i].text);
	}
	free(text);
	cJSON_Delete(json);
	return 0;
}
