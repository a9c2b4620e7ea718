/* Fuzz target: WWW-Authenticate values, one a line, beside the grammar of RFC 9110 as regular
 * expressions over the elements of its lists. */
#include "common/fuzz.h"

#include "client/discovery/challenge.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUES_MAX 8
#define PLACES 8
#define QUOTED "\"([^\"\\\x01-\x08\x0a-\x1f\x7f]|\\\\[^\x01-\x08\x0a-\x1f\x7f])*\""
#define PARAMETER "(T+)[ \t]*=[ \t]*(T+|" QUOTED ")"
#define PARAMETERS 5

static const char *const names[PARAMETERS] = {
	"resource_metadata", "scope", "error", "error_description", "algs"};

/* What an element can be; which one it is no two of them can say. */
enum element {
	ALONE,
	WITH_BLANK,
	WITH_TOKEN68,
	WITH_PARAMETER,
	PARAMETER_ALONE,
	ELEMENTS
};

static const struct {
	const char *text;
	size_t scheme; /* the number of the parentheses around it; 0: none */
	size_t name;
} forms[ELEMENTS] = {
	[ALONE] = {"^[ \t]*(T+)(\t[ \t]*)?$", 1, 0},
	[WITH_BLANK] = {"^[ \t]*(T+)( +[ \t]*)$", 1, 0},
	[WITH_TOKEN68] = {"^[ \t]*(T+) +[A-Za-z0-9._~+/-]+=*[ \t]*$", 1, 0},
	[WITH_PARAMETER] = {"^[ \t]*(T+) +" PARAMETER "[ \t]*$", 1, 2},
	[PARAMETER_ALONE] = {"^[ \t]*" PARAMETER "[ \t]*$", 0, 1},
};

/* A scheme is there once a blank is behind it, whatever follows. */
static const char broken_scheme[] = "^[ \t]*(T+) ";

struct heard {
	bool is_found;
	unsigned times[PARAMETERS];
	char *values[PARAMETERS];
};

static struct heard bearer;
static struct heard dpop;
static struct heard *into;
static bool takes_parameters;

/* T stands for a character of tokens. */
static void compile(regex_t *form, const char *text)
{
	static const char token[] = "[A-Za-z0-9!#$%&'*+.^_`|~-]";
	char whole[512];
	size_t length = 0;
	for (; *text != '\0'; text++) {
		MUST(length + sizeof token < sizeof whole);
		size_t more = *text == 'T' ? sizeof token - 1 : 1;
		memcpy(whole + length, *text == 'T' ? token : text, more);
		length += more;
	}
	whole[length] = '\0';
	MUST(regcomp(form, whole, REG_EXTENDED) == 0);
}

static const regex_t *form_of(size_t which)
{
	static regex_t compiled[ELEMENTS + 1];
	static bool is_compiled;
	for (size_t i = 0; !is_compiled && i <= ELEMENTS; i++) {
		compile(&compiled[i], i < ELEMENTS ? forms[i].text : broken_scheme);
	}
	is_compiled = true;
	return &compiled[which];
}

static char *cut(const char *text, const regmatch_t *place)
{
	return fuzz_text(
		(const uint8_t *)text + place->rm_so, (size_t)(place->rm_eo - place->rm_so));
}

static void begin(const char *text, const regmatch_t *place)
{
	char *scheme = cut(text, place);
	struct heard *heard = strcasecmp(scheme, "bearer") == 0 ? &bearer
		: strcasecmp(scheme, "dpop") == 0               ? &dpop
								: NULL;
	into = heard != NULL && !heard->is_found ? heard : NULL;
	if (heard != NULL) {
		heard->is_found = true;
	}
	free(scheme);
}

static void unquote(char *text)
{
	char *to = text;
	if (*text != '"') {
		return;
	}
	text[strlen(text) - 1] = '\0';
	for (const char *at = text + 1; *at != '\0'; at++) {
		at += *at == '\\' ? 1 : 0;
		*to++ = *at;
	}
	*to = '\0';
}

static void keep(const char *text, const regmatch_t *name_place, const regmatch_t *value_place)
{
	char *name = cut(text, name_place);
	char *value = cut(text, value_place);
	unquote(value);
	for (size_t i = 0; into != NULL && i < PARAMETERS; i++) {
		if (strcasecmp(name, names[i]) == 0 && into->times[i]++ == 0) {
			into->values[i] = strdup(value);
		}
	}
	free(value);
	free(name);
}

/* @return false if it is none of a list's elements */
static bool read_element(const char *text)
{
	regmatch_t places[PLACES];
	if (text[strspn(text, " \t")] == '\0') {
		return true;
	}
	for (size_t i = 0; i < ELEMENTS; i++) {
		if (regexec(form_of(i), text, PLACES, places, 0) != 0) {
			continue;
		}
		if (forms[i].scheme > 0) {
			begin(text, &places[forms[i].scheme]);
			takes_parameters = i == WITH_BLANK || i == WITH_PARAMETER;
		}
		if (forms[i].name > 0 && takes_parameters) {
			keep(text, &places[forms[i].name], &places[forms[i].name + 1]);
		}
		return forms[i].name == 0 || takes_parameters;
	}
	if (regexec(form_of(ELEMENTS), text, PLACES, places, 0) == 0
		&& text[places[0].rm_eo + (regoff_t)strspn(text + places[0].rm_eo, " \t")] != '=') {
		begin(text, &places[1]);
	}
	return false;
}

/* Up to the next comma that is not between quotes, or the end. */
static size_t length_of_element(const char *text)
{
	bool is_quoted = false;
	size_t i = 0;
	for (; text[i] != '\0' && (is_quoted || text[i] != ','); i++) {
		if (is_quoted && text[i] == '\\' && text[i + 1] != '\0') {
			i++;
		} else if (text[i] == '"') {
			is_quoted = !is_quoted;
		}
	}
	return i;
}

static void read_slowly(const char *value)
{
	bool is_good = true;
	takes_parameters = false;
	into = NULL;
	while (is_good && *value != '\0') {
		size_t length = length_of_element(value);
		char *element = fuzz_text((const uint8_t *)value, length);
		is_good = read_element(element);
		value += length + (value[length] == ',' ? 1 : 0);
		free(element);
	}
}

static const char *said(const struct heard *heard, size_t which)
{
	return heard->times[which] == 1 ? heard->values[which] : NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void compare(const struct mcpauth__challenge *challenge, bool was_dpop)
{
	bool is_dpop = dpop.is_found && (!bearer.is_found || (was_dpop && said(&dpop, 2) != NULL));
	const struct heard *heard = is_dpop ? &dpop : &bearer;
	const char *metadata = said(heard, 0);
	const char *scope = said(heard, 1);
	MUST(challenge->is_found == heard->is_found);
	MUST(challenge->is_dpop == is_dpop);
	MUST(challenge->offers_dpop == dpop.is_found);
	MUST(is_same(challenge->resource_metadata,
		metadata == NULL && is_dpop ? said(&bearer, 0) : metadata));
	MUST(is_same(challenge->scope, scope == NULL && is_dpop ? said(&bearer, 1) : scope));
	MUST(is_same(challenge->error, said(heard, 2)));
	MUST(is_same(challenge->error_description, said(heard, 3)));
	MUST(is_same(challenge->algs, said(&dpop, 4)));
}

static void forget(struct heard *heard)
{
	for (size_t i = 0; i < PARAMETERS; i++) {
		free(heard->values[i]);
	}
	*heard = (struct heard){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__challenge challenge;
	char *values[VALUES_MAX];
	size_t count = 0;
	size_t total = 0;
	while (count < VALUES_MAX && size > 0) {
		values[count] = fuzz_field(&data, &size, '\n');
		total += strlen(values[count++]);
	}
	for (size_t i = 0; i < count && total <= MCPAUTH__CHALLENGE_LIMIT; i++) {
		read_slowly(values[i]);
	}
	for (int was_dpop = 0; was_dpop < 2; was_dpop++) {
		MUST(mcpauth__challenge_read(
			     (const char *const *)values, count, was_dpop != 0, &challenge, NULL)
			== MCPAUTH_OK);
		compare(&challenge, was_dpop != 0);
		mcpauth__challenge_finish(&challenge);
	}
	forget(&bearer);
	forget(&dpop);
	while (count > 0) {
		free(values[--count]);
	}
	return 0;
}
