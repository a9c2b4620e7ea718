/* Writes a log's lines: strict JSON of UTF-8, whatever bytes there are to be told. */
#include "monitoring/json_line.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char end_mark[] = "}\n";

#define REPLACEMENT 0xfffd
/* Bytes of the longest character. */
#define UTF8_LENGTH 4

/* A character of UTF-8, as it came and as it is written. */
struct character {
	unsigned code;
	size_t taken; /* bytes of the text */
	char written[12];
	size_t length;
};

static void read_character(struct character *character, const char *at)
{
	const unsigned char *start = (const unsigned char *)at;
	const unsigned char *behind = start;
	if (!mcpauth__utf8_take(&behind, start + strnlen(at, UTF8_LENGTH), &character->code)) {
		character->code = REPLACEMENT;
	}
	character->taken = (size_t)(behind - start);
}

/* They turn round what follows: a line would show another member's value as its own
 * (Unicode Standard Annex 9, section 2; CVE-2021-42574). */
static bool is_direction(unsigned code)
{
	return code == 0x061c || code == 0x200e || code == 0x200f
		|| (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Controls, also those from U+0080 on, move a terminal's cursor and worse. U+0085, U+2028
 * and U+2029 end lines for some who read them. */
static bool needs_escape(unsigned code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029
		|| is_direction(code);
}

static void write_character(struct character *character, const char *at)
{
	if (character->code == REPLACEMENT) {
		memcpy(character->written, "\xef\xbf\xbd", 4);
		character->length = 3;
	} else if (needs_escape(character->code)) {
		character->length = (size_t)snprintf(
			character->written, sizeof character->written, "\\u%04x", character->code);
	} else {
		bool is_special = character->code == '"' || character->code == '\\';
		character->written[0] = '\\';
		memcpy(character->written + is_special, at, character->taken);
		character->length = character->taken + is_special;
	}
}

static size_t room(const struct mcpauth__json_line *line)
{
	return sizeof line->text - (sizeof end_mark - 1) - line->length;
}

static void put(struct mcpauth__json_line *line, const char *text, size_t length)
{
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

/* A member up to its value. @return false if not even `more` bytes behind it fit */
static bool put_name(struct mcpauth__json_line *line, const char *name, size_t more)
{
	size_t length = strlen(name);
	if (length + more + sizeof ",\"\":" > room(line)) {
		return false;
	}
	if (line->length > 1) {
		put(line, ",", 1);
	}
	put(line, "\"", 1);
	put(line, name, length);
	put(line, "\":", 2);
	return true;
}

void mcpauth__json_line_begin(struct mcpauth__json_line *line)
{
	line->text[0] = '{';
	line->length = 1;
}

/* How many characters there are that stand for themselves, which most do. */
static size_t plain_length(const char *at, size_t limit)
{
	size_t length = 0;
	while (length < limit && at[length] >= 0x20 && at[length] < 0x7f && at[length] != '"'
		&& at[length] != '\\') {
		length++;
	}
	return length;
}

static void put_characters(struct mcpauth__json_line *line, const char *value, size_t limit)
{
	const char *at = value;
	struct character character;
	for (;;) {
		size_t plain = plain_length(at, limit);
		put(line, at, plain);
		at += plain;
		limit -= plain;
		if (*at == '\0') {
			return;
		}
		read_character(&character, at);
		write_character(&character, at);
		if (character.length > limit) {
			return;
		}
		put(line, character.written, character.length);
		at += character.taken;
		limit -= character.length;
	}
}

void mcpauth__json_line_text(
	struct mcpauth__json_line *line, const char *name, const char *value, size_t limit)
{
	if (value == NULL || !put_name(line, name, 2)) {
		return;
	}
	put(line, "\"", 1);
	size_t most = room(line) - 1;
	put_characters(line, value, limit < most ? limit : most);
	put(line, "\"", 1);
}

void mcpauth__json_line_number(struct mcpauth__json_line *line, const char *name, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	if (put_name(line, name, sizeof digits - at)) {
		put(line, digits + at, sizeof digits - at);
	}
}

static void write_digits(char *at, int number, size_t width)
{
	while (width > 0) {
		at[--width] = (char)('0' + number % 10);
		number /= 10;
	}
}

void mcpauth__json_line_time(
	struct mcpauth__json_line *line, int64_t seconds, unsigned milliseconds)
{
	char text[] = "0000-00-00T00:00:00.000Z";
	struct tm tm;
	time_t second = (time_t)seconds;
	if (gmtime_r(&second, &tm) == NULL || tm.tm_year < 0 || tm.tm_year > 9999 - 1900) {
		return;
	}
	write_digits(text, tm.tm_year + 1900, 4);
	write_digits(text + 5, tm.tm_mon + 1, 2);
	write_digits(text + 8, tm.tm_mday, 2);
	write_digits(text + 11, tm.tm_hour, 2);
	write_digits(text + 14, tm.tm_min, 2);
	write_digits(text + 17, tm.tm_sec, 2);
	write_digits(text + 20, (int)(milliseconds % 1000), 3);
	mcpauth__json_line_text(line, "time", text, sizeof text);
}

void mcpauth__json_line_end(struct mcpauth__json_line *line)
{
	put(line, end_mark, sizeof end_mark - 1);
}
