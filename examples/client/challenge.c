/* Reads the Bearer challenge among whatever else WWW-Authenticate holds. */
#define _POSIX_C_SOURCE 200809L

#include "challenge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN_CHARACTERS \
	"!#$%&'*+-.^_`|~0123456789" \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TOKEN68_CHARACTERS \
	"-._~+/0123456789" \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

static const char *skip_commas(const char *at)
{
	return at + strspn(at, " \t,");
}

/* `Negotiate YII=`: blanks have to follow the scheme, a comma or the end the
 * token, or it is the start of a parameter. */
static const char *skip_token68(const char *at)
{
	const char *start = skip_blanks(at);
	const char *end = start + strspn(start, TOKEN68_CHARACTERS);
	end += strspn(end, "=");
	end = skip_blanks(end);
	if (start == at || (*end != ',' && *end != '\0')) {
		return at;
	}
	return end;
}

/* @return past the closing quote, or NULL when there is none */
static const char *read_quoted(const char *at, struct text *value)
{
	for (at++; *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0') {
			at++;
		}
		if (*at == '\0') {
			return NULL;
		}
		text_add(value, at, 1);
	}
	return at + 1;
}

static const char *read_value(const char *at, struct text *value)
{
	if (*at == '"') {
		return read_quoted(at, value);
	}
	size_t length = strcspn(at, " \t,");
	text_add(value, at, length);
	return at + length;
}

static void keep(struct challenge *challenge, const char *name, size_t length, const char *value)
{
	const struct {
		const char *name;
		char **place;
	} known[] = {
		{"resource_metadata", &challenge->resource_metadata},
		{"scope", &challenge->scope},
		{"error", &challenge->error},
		{"error_description", &challenge->error_description},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == length && *known[i].place == NULL
			&& strncasecmp(known[i].name, name, length) == 0) {
			*known[i].place = copy_string(value);
		}
	}
}

/* A name is a parameter's only if `=` follows; else the next scheme's. */
static const char *read_parameters(const char *at, struct challenge *challenge)
{
	for (;;) {
		const char *name = skip_commas(at);
		size_t length = strspn(name, TOKEN_CHARACTERS);
		const char *equals = skip_blanks(name + length);
		struct text value = {0};
		if (length == 0 || *equals != '=') {
			return name;
		}
		at = read_value(skip_blanks(equals + 1), &value);
		if (at != NULL && challenge != NULL) {
			keep(challenge, name, length, text_string(&value));
		}
		text_finish(&value);
		if (at == NULL) {
			return "";
		}
	}
}

static void read_line(const char *line, struct challenge *challenge)
{
	const char *at = skip_commas(line);
	while (*at != '\0' && !challenge->found) {
		size_t length = strspn(at, TOKEN_CHARACTERS);
		bool bearer = length == 6 && strncasecmp(at, "Bearer", 6) == 0;
		if (length == 0) {
			return;
		}
		challenge->found = bearer;
		at = skip_token68(at + length);
		at = read_parameters(at, bearer ? challenge : NULL);
	}
}

void challenge_read(const struct answer *answer, struct challenge *challenge)
{
	struct text line = {0};
	challenge_finish(challenge);
	for (size_t i = 0; !challenge->found && answer_header(answer, "WWW-Authenticate", i, &line);
		i++) {
		read_line(text_string(&line), challenge);
	}
	text_finish(&line);
}

void challenge_finish(struct challenge *challenge)
{
	free(challenge->resource_metadata);
	free(challenge->scope);
	free(challenge->error);
	free(challenge->error_description);
	*challenge = (struct challenge){0};
}
