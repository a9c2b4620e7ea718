/* The lexemes of JSON: the rules that validating and reading share. */
#ifndef MCPAUTH_BASE_JSON_LEX_H
#define MCPAUTH_BASE_JSON_LEX_H

#include <stdbool.h>
#include <stddef.h>

/** A text and how far it was read. */
struct mcpauth__json_lexer {
	const unsigned char *at;
	const unsigned char *end;
	size_t number_limit; /* characters that a number may have */
	bool allow_nul;      /* written \u0000 */
};

/** What was read, as it stands in the text; borrowed from that. */
struct mcpauth__json_lexeme {
	const unsigned char *text;
	size_t length;
	bool plain; /* a string without escapes, a number without fraction and exponent */
};

/** Go on behind the blanks that may stand between lexemes (RFC 8259 section 2). */
static inline void mcpauth__json_skip_blanks(struct mcpauth__json_lexer *lexer)
{
	const unsigned char *at = lexer->at;
	while (at < lexer->end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) {
		at++;
	}
	lexer->at = at;
}

/** The text without its quotes. @return false if there is no good string; the
 * lexer then stays where it begins */
bool mcpauth__json_take_string(
	struct mcpauth__json_lexer *lexer, struct mcpauth__json_lexeme *string);

/** @return false if there is no good number of at most lexer->number_limit characters */
bool mcpauth__json_take_number(
	struct mcpauth__json_lexer *lexer, struct mcpauth__json_lexeme *number);

/** Is it exactly this that comes next? Then it is skipped. */
bool mcpauth__json_take_literal(
	struct mcpauth__json_lexer *lexer, const char *literal, size_t length);

/** Any value, with no blanks before it and none taken behind it. `depth` is how many
 * brackets may be open at once. */
bool mcpauth__json_take_value(struct mcpauth__json_lexer *lexer, unsigned depth);

/**
 * What a string means; U+FFFD stands for a NUL.
 *
 * @param string  from mcpauth__json_take_string()
 * @param out     room for string->length bytes: no escape means more than it takes
 * @return the bytes written, no NUL behind them
 */
size_t mcpauth__json_unescape(const struct mcpauth__json_lexeme *string, char *out);

#endif
