/* Reading forms strictly: what one parser takes for a name must not be another's value. */
#include "base/form.h"
#include "base/percent.h"

#include <stdlib.h>
#include <string.h>

/* Encoded text on its way to its end. */
struct reading {
	const char *at;
	const char *end;
};

/* The byte whose digits follow "%"; -1 if they do not, and for NUL: no string could hold it. */
static int read_escape(struct reading *reading)
{
	if (reading->end - reading->at < 2) {
		return -1;
	}
	int high = mcpauth__percent_digit(reading->at[0]);
	int low = mcpauth__percent_digit(reading->at[1]);
	reading->at += 2;
	return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

/* The next byte, decoded; -1 for one that cannot be there. */
static int read_byte(struct reading *reading)
{
	char byte = *reading->at++;
	if (byte == '%') {
		return read_escape(reading);
	}
	if (byte == '+') {
		return ' ';
	}
	return byte > 0x20 && byte < 0x7f ? byte : -1;
}

/* @param[out] is_it  is it this name?
 * @return false if it is malformed */
static bool read_name(struct reading encoded, const char *name, bool *is_it)
{
	*is_it = true;
	while (encoded.at < encoded.end) {
		int byte = read_byte(&encoded);
		if (byte < 0) {
			return false;
		}
		*is_it = *is_it && (unsigned char)*name == byte;
		if (*is_it) {
			name++; /* never past its NUL, which no byte here is */
		}
	}
	*is_it = *is_it && *name == '\0';
	return true;
}

/* @param to  NULL: only look
 * @return false if it is malformed */
static bool read_value(struct reading encoded, char *to)
{
	while (encoded.at < encoded.end) {
		int byte = read_byte(&encoded);
		if (byte < 0) {
			return false;
		}
		if (to != NULL) {
			*to++ = (char)byte;
		}
	}
	if (to != NULL) {
		*to = '\0';
	}
	return true;
}

/* The parameters of a form, one after the other. */
struct walk {
	const char *at;
	const char *end; /* NULL once the last one was seen */
	struct reading name;
	struct reading value;
};

/* @return false if it is no "name=value" */
static bool next(struct walk *walk)
{
	size_t length = (size_t)(walk->end - walk->at);
	const char *amp = memchr(walk->at, '&', length);
	const char *end = amp != NULL ? amp : walk->end;
	const char *equals = memchr(walk->at, '=', (size_t)(end - walk->at));
	if (equals == NULL) {
		return false;
	}
	walk->name = (struct reading){walk->at, equals};
	walk->value = (struct reading){equals + 1, end};
	walk->end = amp != NULL ? walk->end : NULL;
	walk->at = end + 1;
	return true;
}

static enum mcpauth__form_outcome search(struct walk walk, const char *name, struct reading *found)
{
	enum mcpauth__form_outcome outcome = MCPAUTH__FORM_ABSENT;
	bool is_it;
	while (walk.end != NULL) {
		if (!next(&walk) || !read_name(walk.name, name, &is_it)
			|| !read_value(walk.value, NULL)) {
			return MCPAUTH__FORM_MALFORMED;
		}
		if (is_it) {
			outcome = outcome == MCPAUTH__FORM_ABSENT ? MCPAUTH__FORM_FOUND
								  : MCPAUTH__FORM_REPEATED;
			*found = walk.value;
		}
	}
	return outcome;
}

enum mcpauth__form_outcome mcpauth__form_find(
	const char *form, size_t length, const char *name, char **value)
{
	struct walk walk = {.at = form, .end = length > 0 ? form + length : NULL};
	struct reading found = {0};
	*value = NULL;
	enum mcpauth__form_outcome outcome = search(walk, name, &found);
	if (outcome != MCPAUTH__FORM_FOUND) {
		return outcome;
	}
	*value = malloc((size_t)(found.end - found.at) + 1);
	if (*value == NULL) {
		return MCPAUTH__FORM_NO_MEMORY;
	}
	read_value(found, *value);
	return outcome;
}
