/* Strings and numbers of foreign JSON: what it lets through, cJSON reads alike. */
#include "base/json_lex.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xfffd

static bool take(struct mcpauth__json_lexer *lexer, unsigned char wanted)
{
	if (lexer->at == lexer->end || *lexer->at != wanted) {
		return false;
	}
	lexer->at++;
	return true;
}

bool mcpauth__json_take_literal(
	struct mcpauth__json_lexer *lexer, const char *literal, size_t length)
{
	if ((size_t)(lexer->end - lexer->at) < length || memcmp(lexer->at, literal, length) != 0) {
		return false;
	}
	lexer->at += length;
	return true;
}

static bool take_digits(struct mcpauth__json_lexer *lexer)
{
	const unsigned char *start = lexer->at;
	while (lexer->at < lexer->end && *lexer->at >= '0' && *lexer->at <= '9') {
		lexer->at++;
	}
	return lexer->at > start;
}

static bool take_exponent(struct mcpauth__json_lexer *lexer)
{
	if (!take(lexer, 'e') && !take(lexer, 'E')) {
		return true;
	}
	if (!take(lexer, '+')) {
		take(lexer, '-');
	}
	return take_digits(lexer);
}

bool mcpauth__json_take_number(
	struct mcpauth__json_lexer *lexer, struct mcpauth__json_lexeme *number)
{
	number->text = lexer->at;
	take(lexer, '-');
	if (!take(lexer, '0') && !take_digits(lexer)) {
		return false;
	}
	const unsigned char *whole = lexer->at;
	if (take(lexer, '.') && !take_digits(lexer)) {
		return false;
	}
	if (!take_exponent(lexer)) {
		return false;
	}
	number->length = (size_t)(lexer->at - number->text);
	number->plain = lexer->at == whole;
	return number->length <= lexer->number_limit;
}

static bool take_hex4(struct mcpauth__json_lexer *lexer, unsigned *unit)
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

/* Behind \u: one unit, or two that make a pair. */
static bool take_unicode(struct mcpauth__json_lexer *lexer, unsigned *code)
{
	unsigned low;
	if (!take_hex4(lexer, code) || (*code == 0 && !lexer->allow_nul)
		|| (*code >= 0xdc00 && *code <= 0xdfff)) {
		return false;
	}
	if (*code < 0xd800 || *code > 0xdbff) {
		return true;
	}
	if (!mcpauth__json_take_literal(lexer, "\\u", 2) || !take_hex4(lexer, &low) || low < 0xdc00
		|| low > 0xdfff) {
		return false;
	}
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* Behind the backslash. */
static bool take_escape(struct mcpauth__json_lexer *lexer, unsigned *code)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	if (lexer->at == lexer->end) {
		return false;
	}
	unsigned char c = *lexer->at++;
	if (c == 'u') {
		return take_unicode(lexer, code);
	}
	const char *name = c != '\0' ? strchr(names, c) : NULL;
	if (name == NULL) {
		return false;
	}
	*code = (unsigned)meanings[name - names];
	return true;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes at once: is each of them a character that stands for itself, of
 * ASCII, no control character? A borrow can only make it say no too often. */
static bool are_plain(const unsigned char *at)
{
	uint64_t bytes;
	memcpy(&bytes, at, sizeof bytes);
	uint64_t quote = bytes ^ EACH('"');
	uint64_t backslash = bytes ^ EACH('\\');
	uint64_t special = (bytes - EACH(0x20)) | (quote - EACH(1)) | (backslash - EACH(1)) | bytes;
	return (special & EACH(0x80)) == 0;
}

static void skip_plain(struct mcpauth__json_lexer *lexer)
{
	const unsigned char *at = lexer->at;
	while (lexer->end - at >= 8 && are_plain(at)) {
		at += 8;
	}
	while (at < lexer->end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') {
		at++;
	}
	lexer->at = at;
}

static bool take_characters(struct mcpauth__json_lexer *lexer, bool *plain)
{
	unsigned code;
	*plain = true;
	for (;;) {
		skip_plain(lexer);
		if (lexer->at == lexer->end) {
			return false;
		}
		if (take(lexer, '"')) {
			return true;
		}
		if (take(lexer, '\\')) {
			*plain = false;
			if (!take_escape(lexer, &code)) {
				return false;
			}
		} else if (*lexer->at < 0x80
			|| !mcpauth__utf8_take(&lexer->at, lexer->end, &code)) {
			return false;
		}
	}
}

/* A string that goes wrong does so where it begins: if its end is forgotten,
 * that is the line to look at. */
bool mcpauth__json_take_string(
	struct mcpauth__json_lexer *lexer, struct mcpauth__json_lexeme *string)
{
	const unsigned char *start = lexer->at;
	if (!take(lexer, '"')) {
		return false;
	}
	if (!take_characters(lexer, &string->plain)) {
		lexer->at = start;
		return false;
	}
	string->text = start + 1;
	string->length = (size_t)(lexer->at - start) - 2;
	return true;
}

size_t mcpauth__json_unescape(const struct mcpauth__json_lexeme *string, char *out)
{
	struct mcpauth__json_lexer lexer = {
		.at = string->text,
		.end = string->text + string->length,
		.allow_nul = true,
	};
	char *start = out;
	while (lexer.at < lexer.end) {
		unsigned code = 0;
		if (!take(&lexer, '\\')) {
			*out++ = (char)*lexer.at++;
			continue;
		}
		take_escape(&lexer, &code);
		out += mcpauth__utf8_put(code == 0 ? REPLACEMENT : code, out);
	}
	return (size_t)(out - start);
}
