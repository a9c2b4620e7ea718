/* Reads WWW-Authenticate: which challenge is for us, and what it says (RFC 9110 section 11.6.1). */
#include "client/discovery/challenge.h"

#include "base/ascii.h"
#include "base/error_int.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define TOKEN LETTERS_AND_DIGITS "!#$%&'*+-.^_`|~"
#define TOKEN68 LETTERS_AND_DIGITS "-._~+/"
#define BLANKS " \t"

enum parameter {
	RESOURCE_METADATA,
	SCOPE,
	ERROR,
	ERROR_DESCRIPTION,
	ALGS
};

static const char *const names[] = {
	[RESOURCE_METADATA] = "resource_metadata",
	[SCOPE] = "scope",
	[ERROR] = "error",
	[ERROR_DESCRIPTION] = "error_description",
	[ALGS] = "algs",
};

/* What the first challenge of a scheme says. */
struct heard {
	bool is_found;
	char *values[COUNT(names)];
	unsigned times[COUNT(names)];
};

/* All values while they are read, one after the other. */
struct reader {
	const char *at;
	struct heard bearer;
	struct heard dpop;
	struct heard *into;    /* whose parameters come; NULL: nobody wants them */
	bool takes_parameters; /* or there can be none where we are */
	bool lacks_memory;
};

/* A piece of a value, not NUL-terminated. */
struct piece {
	const char *start;
	size_t length;
};

static bool is_name(const struct piece *piece, const char *name)
{
	return strlen(name) == piece->length
		&& mcpauth__ascii_begins_alike(name, piece->start, piece->length);
}

static struct piece take(struct reader *reader, const char *characters)
{
	struct piece piece = {reader->at, strspn(reader->at, characters)};
	reader->at += piece.length;
	return piece;
}

static bool is_at_end_of_element(const char *at)
{
	at += strspn(at, BLANKS);
	return *at == ',' || *at == '\0';
}

/* RFC 9110 section 5.6.4: what may stand between quotes as it is, or behind a backslash. */
static bool is_text(char character)
{
	unsigned char code = (unsigned char)character;
	return code == '\t' || (code >= 0x20 && code != 0x7f);
}

/* The piece has no quotes around it, but backslashes in it.
 * @return false if that is no quoted string */
static bool take_quoted(struct reader *reader, struct piece *piece)
{
	const char *at = reader->at + 1;
	piece->start = at;
	while (*at != '"') {
		at += *at == '\\' ? 1 : 0;
		if (!is_text(*at)) {
			return false;
		}
		at++;
	}
	piece->length = (size_t)(at - piece->start);
	reader->at = at + 1;
	return true;
}

static char *unquote(const struct piece *piece, bool is_quoted)
{
	char *text = malloc(piece->length + 1);
	char *to = text;
	if (text == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < piece->length; i++) {
		i += is_quoted && piece->start[i] == '\\' ? 1 : 0;
		*to++ = piece->start[i];
	}
	*to = '\0';
	return text;
}

/* Of two values nobody can tell which one is meant: then there is none. */
static void keep(
	struct reader *reader, const struct piece *name, const struct piece *value, bool is_quoted)
{
	struct heard *into = reader->into;
	for (size_t i = 0; into != NULL && i < COUNT(names); i++) {
		if (!is_name(name, names[i])) {
			continue;
		}
		free(into->values[i]);
		into->values[i] = NULL;
		if (into->times[i]++ == 0) {
			into->values[i] = unquote(value, is_quoted);
			reader->lacks_memory |= into->values[i] == NULL;
		}
	}
}

/* What is no value to its end is no value: half a URL would be another one.
 * @return false if the syntax is broken */
static bool read_parameter(struct reader *reader)
{
	struct piece value;
	struct piece name = take(reader, TOKEN);
	take(reader, BLANKS);
	if (name.length == 0 || *reader->at != '=') {
		return false;
	}
	reader->at++;
	take(reader, BLANKS);
	bool is_quoted = *reader->at == '"';
	if (is_quoted && !take_quoted(reader, &value)) {
		return false;
	}
	if (!is_quoted) {
		value = take(reader, TOKEN);
	}
	if ((!is_quoted && value.length == 0) || !is_at_end_of_element(reader->at)) {
		return false;
	}
	keep(reader, &name, &value, is_quoted);
	return true;
}

/* Unlike a parameter it has nothing behind its equals signs. */
static bool take_token68(struct reader *reader)
{
	const char *start = reader->at;
	size_t length = take(reader, TOKEN68).length;
	take(reader, "=");
	if (length > 0 && is_at_end_of_element(reader->at)) {
		return true;
	}
	reader->at = start;
	return false;
}

static void begin_challenge(struct reader *reader, const struct piece *scheme)
{
	struct heard *heard = NULL;
	if (is_name(scheme, "Bearer")) {
		heard = &reader->bearer;
	} else if (is_name(scheme, "DPoP")) {
		heard = &reader->dpop;
	}
	reader->into = heard != NULL && !heard->is_found ? heard : NULL;
	if (heard != NULL) {
		heard->is_found = true;
	}
}

/* Blanks, and then a token68 or perhaps parameters, of which the first one can be an
 * empty one, too. */
static bool read_challenge(struct reader *reader)
{
	struct piece scheme = take(reader, TOKEN);
	bool is_alone = is_at_end_of_element(reader->at);
	reader->takes_parameters = take(reader, " ").length > 0;
	if (!is_alone && !reader->takes_parameters) {
		return false;
	}
	begin_challenge(reader, &scheme);
	if (is_alone) {
		return true;
	}
	if (take_token68(reader)) {
		reader->takes_parameters = false;
		return true;
	}
	return read_parameter(reader);
}

/* A comma ends a parameter as well as a challenge. What follows tells which: a name with an
 * equals sign behind it can only be a parameter. */
static bool read_element(struct reader *reader)
{
	size_t length = strspn(reader->at, TOKEN);
	const char *behind = reader->at + length;
	if (length == 0) {
		return false;
	}
	if (behind[strspn(behind, BLANKS)] == '=') {
		return reader->takes_parameters && read_parameter(reader);
	}
	return read_challenge(reader);
}

/* RFC 9110 section 5.6.1.2: elements may be empty, and are skipped. */
static void read_value(struct reader *reader, const char *value)
{
	bool is_good = true;
	reader->at = value;
	reader->into = NULL;
	reader->takes_parameters = false;
	while (is_good) {
		take(reader, BLANKS ",");
		is_good = *reader->at != '\0' && read_element(reader)
			&& is_at_end_of_element(reader->at);
	}
}

static bool is_within_limit(const char *const *values, size_t count)
{
	size_t left = MCPAUTH__CHALLENGE_LIMIT;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(values[i]);
		if (length > left) {
			return false;
		}
		left -= length;
	}
	return true;
}

static char *hand_over(struct heard *heard, enum parameter which)
{
	char *value = heard->values[which];
	heard->values[which] = NULL;
	return value;
}

/* What holds whichever scheme the token is shown by may stand beside the other one alone. */
static char *hand_over_either(struct heard *heard, struct heard *other, enum parameter which)
{
	return hand_over(heard->values[which] != NULL ? heard : other, which);
}

/* A server that takes both may invite by Bearer, and say by DPoP what is wrong with a proof. */
static void choose(struct reader *reader, bool was_dpop, struct mcpauth__challenge *challenge)
{
	bool is_about_proof = was_dpop && reader->dpop.values[ERROR] != NULL;
	bool is_bearer = reader->bearer.is_found && !is_about_proof;
	struct heard *heard = is_bearer ? &reader->bearer : &reader->dpop;
	struct heard *other = is_bearer ? heard : &reader->bearer;
	challenge->is_found = heard->is_found;
	challenge->is_dpop = heard == &reader->dpop && heard->is_found;
	challenge->offers_dpop = reader->dpop.is_found;
	challenge->resource_metadata = hand_over_either(heard, other, RESOURCE_METADATA);
	challenge->scope = hand_over_either(heard, other, SCOPE);
	challenge->error = hand_over(heard, ERROR);
	challenge->error_description = hand_over(heard, ERROR_DESCRIPTION);
	challenge->algs = hand_over(&reader->dpop, ALGS);
}

static void finish(struct heard *heard)
{
	for (size_t i = 0; i < COUNT(heard->values); i++) {
		free(heard->values[i]);
	}
}

enum mcpauth_code mcpauth__challenge_read(const char *const *values, size_t count, bool was_dpop,
	struct mcpauth__challenge *challenge, struct mcpauth_error *err)
{
	struct reader reader = {0};
	*challenge = (struct mcpauth__challenge){0};
	if (!is_within_limit(values, count)) {
		return MCPAUTH_OK;
	}
	for (size_t i = 0; i < count; i++) {
		read_value(&reader, values[i]);
	}
	if (!reader.lacks_memory) {
		choose(&reader, was_dpop, challenge);
	}
	finish(&reader.bearer);
	finish(&reader.dpop);
	return reader.lacks_memory ? mcpauth__no_memory(err) : MCPAUTH_OK;
}

void mcpauth__challenge_finish(struct mcpauth__challenge *challenge)
{
	free(challenge->resource_metadata);
	free(challenge->scope);
	free(challenge->error);
	free(challenge->error_description);
	free(challenge->algs);
	*challenge = (struct mcpauth__challenge){0};
}
