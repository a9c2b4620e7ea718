/* One line for people, of values that others chose. */
#ifndef MCPAUTH_DIAGNOSIS_LINE_H
#define MCPAUTH_DIAGNOSIS_LINE_H

#include "base/words.h"

#include <cjson/cJSON.h>

#include <stdint.h>

/** Bytes of a value that are shown: less than any signature has in base64url. */
#define MCPAUTH__LINE_VALUE_LIMIT 80

/** Printable ASCII, cut at its end. Starts as {0}. */
struct mcpauth__line {
	char text[1024];
	size_t length;
};

/** Append a text of one's own. */
void mcpauth__line_puts(struct mcpauth__line *line, const char *text);

/** Append a number. */
void mcpauth__line_number(struct mcpauth__line *line, int64_t number);

/** Append a value in quotes, cut, with escapes for all that is not printable ASCII: so a
 * blank that is none, or a control that turns the text around, is seen. */
void mcpauth__line_value(struct mcpauth__line *line, const char *text, size_t length);

/** The same of a claim, of whatever type; of an array its first values. NULL: "none". */
void mcpauth__line_claim(struct mcpauth__line *line, const cJSON *item);

/** The same of a list. */
void mcpauth__line_words(struct mcpauth__line *line, const struct mcpauth__words *words);

/** Append a date and time, in UTC. @param time  seconds since 1970 */
void mcpauth__line_time(struct mcpauth__line *line, int64_t time);

/** Append how long that is, in two units at most. @param seconds  not negative */
void mcpauth__line_span(struct mcpauth__line *line, int64_t seconds);

#endif
