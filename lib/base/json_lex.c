/* The lexical pass over foreign JSON: what it lets through, cJSON reads alike. */
#include "base/json.h"

#include <string.h>

/* cJSON before 1.7.19 copies a number into 64 bytes, fails on the rest, and
 * that would look like memory that ran out. */
#define CJSON_NUMBER_LIMIT 63

struct lexer {
	const unsigned char *at;
	const unsigned char *end;
	unsigned depth;
	size_t number_limit;
	bool allow_nul;
};

static void skip_blanks(struct lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\0'
		&& strchr(" \t\r\n", *lexer->at) != NULL) {
		lexer->at++;
	}
}

static bool take(struct lexer *lexer, unsigned char wanted)
{
	if (lexer->at == lexer->end || *lexer->at != wanted) {
		return false;
	}
	lexer->at++;
	return true;
}

static bool take_word(struct lexer *lexer, const char *word)
{
	size_t length = strlen(word);
	if ((size_t)(lexer->end - lexer->at) < length || memcmp(lexer->at, word, length) != 0) {
		return false;
	}
	lexer->at += length;
	return true;
}

static bool take_digits(struct lexer *lexer)
{
	const unsigned char *start = lexer->at;
	while (lexer->at < lexer->end && *lexer->at >= '0' && *lexer->at <= '9') {
		lexer->at++;
	}
	return lexer->at > start;
}

static bool take_number(struct lexer *lexer)
{
	take(lexer, '-');
	if (!take(lexer, '0') && !take_digits(lexer)) {
		return false;
	}
	if (take(lexer, '.') && !take_digits(lexer)) {
		return false;
	}
	if (!take(lexer, 'e') && !take(lexer, 'E')) {
		return true;
	}
	if (!take(lexer, '+')) {
		take(lexer, '-');
	}
	return take_digits(lexer);
}

static bool take_short_number(struct lexer *lexer)
{
	const unsigned char *start = lexer->at;
	return take_number(lexer) && (size_t)(lexer->at - start) <= lexer->number_limit;
}

static bool take_hex4(struct lexer *lexer, unsigned *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		if (lexer->at == lexer->end) {
			return false;
		}
		unsigned char c = *lexer->at++;
		unsigned char lower = c | 0x20;
		if (c >= '0' && c <= '9') {
			*unit = *unit << 4 | (unsigned)(c - '0');
		} else if (lower >= 'a' && lower <= 'f') {
			*unit = *unit << 4 | (unsigned)(lower - 'a' + 10);
		} else {
			return false;
		}
	}
	return true;
}

static bool take_escape(struct lexer *lexer)
{
	if (lexer->at == lexer->end) {
		return false;
	}
	unsigned char c = *lexer->at++;
	unsigned unit;
	if (c != 'u') {
		return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
	}
	if (!take_hex4(lexer, &unit) || (unit == 0 && !lexer->allow_nul)
		|| (unit >= 0xdc00 && unit <= 0xdfff)) {
		return false;
	}
	if (unit < 0xd800 || unit > 0xdbff) {
		return true;
	}
	return take_word(lexer, "\\u") && take_hex4(lexer, &unit) && unit >= 0xdc00
		&& unit <= 0xdfff;
}

/* RFC 3629 section 4: neither overlong forms nor surrogates, up to U+10FFFF. */
static bool take_utf8(struct lexer *lexer)
{
	const unsigned char *at = lexer->at;
	size_t left = (size_t)(lexer->end - at);
	unsigned char first = at[0];
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	size_t length = first >= 0xc2 && first <= 0xdf ? 2
		: first >= 0xe0 && first <= 0xef       ? 3
		: first >= 0xf0 && first <= 0xf4       ? 4
						       : 0;
	if (length == 0 || left < length || at[1] < low || at[1] > high) {
		return false;
	}
	for (size_t i = 2; i < length; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf) {
			return false;
		}
	}
	lexer->at += length;
	return true;
}

static bool take_characters(struct lexer *lexer)
{
	while (lexer->at < lexer->end) {
		unsigned char c = *lexer->at;
		bool good = c >= 0x20;
		if (c == '"') {
			lexer->at++;
			return true;
		}
		if (c == '\\') {
			lexer->at++;
			good = take_escape(lexer);
		} else if (c >= 0x80) {
			good = take_utf8(lexer);
		} else {
			lexer->at++;
		}
		if (!good) {
			return false;
		}
	}
	return false;
}

/* A string that goes wrong does so where it begins: if its end is forgotten,
 * that is the line to look at. */
static bool take_string(struct lexer *lexer)
{
	const unsigned char *start = lexer->at;
	if (!take(lexer, '"')) {
		return false;
	}
	if (!take_characters(lexer)) {
		lexer->at = start;
		return false;
	}
	return true;
}

static bool take_value(struct lexer *lexer);

static bool take_member(struct lexer *lexer, bool named)
{
	skip_blanks(lexer);
	if (named) {
		if (!take_string(lexer)) {
			return false;
		}
		skip_blanks(lexer);
		if (!take(lexer, ':')) {
			return false;
		}
	}
	return take_value(lexer);
}

static bool take_container(struct lexer *lexer, unsigned char close, bool named)
{
	if (lexer->depth == 0) {
		return false;
	}
	lexer->depth--;
	skip_blanks(lexer);
	bool done = take(lexer, close);
	while (!done) {
		if (!take_member(lexer, named)) {
			return false;
		}
		done = take(lexer, close);
		if (!done && !take(lexer, ',')) {
			return false;
		}
	}
	lexer->depth++;
	return true;
}

static bool take_value(struct lexer *lexer)
{
	skip_blanks(lexer);
	bool good;
	if (lexer->at == lexer->end) {
		return false;
	}
	if (take(lexer, '{')) {
		good = take_container(lexer, '}', true);
	} else if (take(lexer, '[')) {
		good = take_container(lexer, ']', false);
	} else if (*lexer->at == '"') {
		good = take_string(lexer);
	} else {
		good = take_word(lexer, "true") || take_word(lexer, "false")
			|| take_word(lexer, "null") || take_short_number(lexer);
	}
	skip_blanks(lexer);
	return good;
}

static bool is_valid(struct lexer *lexer, const char *text, size_t length)
{
	lexer->at = (const unsigned char *)text;
	lexer->end = lexer->at + length;
	return length > 0 && take_value(lexer) && lexer->at == lexer->end;
}

bool mcpauth__json_is_valid(const char *text, size_t length, unsigned depth)
{
	struct lexer lexer = {.depth = depth, .number_limit = SIZE_MAX};
	return is_valid(&lexer, text, length);
}

bool mcpauth__json_is_readable(const char *text, size_t length, unsigned depth, bool allow_nul)
{
	struct lexer lexer = {
		.depth = depth,
		.number_limit = CJSON_NUMBER_LIMIT,
		.allow_nul = allow_nul,
	};
	return is_valid(&lexer, text, length);
}

size_t mcpauth__json_fault(const char *text, size_t length, unsigned depth)
{
	struct lexer lexer = {.depth = depth, .number_limit = CJSON_NUMBER_LIMIT};
	is_valid(&lexer, text, length);
	return (size_t)(lexer.at - (const unsigned char *)text);
}
