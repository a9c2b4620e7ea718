/* Writing what a token says so that it cannot steer a terminal. */
#include "diagnosis/line.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ITEMS_LIMIT 8
#define CUT "..."

/* Whole or not at all: an escape that is cut would be another one. Once it is cut nothing
 * more fits. */
static void append(struct mcpauth__line *line, const char *text, size_t length)
{
	size_t room = sizeof line->text - sizeof CUT;
	if (line->length > room) {
		return;
	}
	if (length > room - line->length) {
		memcpy(line->text + line->length, CUT, sizeof CUT);
		line->length = sizeof line->text;
		return;
	}
	memcpy(line->text + line->length, text, length);
	line->length += length;
	line->text[line->length] = '\0';
}

void mcpauth__line_puts(struct mcpauth__line *line, const char *text)
{
	for (; *text != '\0'; text++) {
		append(line, *text >= 0x20 && *text <= 0x7e ? text : "?", 1);
	}
}

void mcpauth__line_number(struct mcpauth__line *line, int64_t number)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%" PRId64, number);
	mcpauth__line_puts(line, digits);
}

static void append_character(struct mcpauth__line *line, unsigned character)
{
	char text[16];
	if (character == '"' || character == '\\') {
		snprintf(text, sizeof text, "\\%c", (int)character);
	} else if (character >= 0x20 && character <= 0x7e) {
		snprintf(text, sizeof text, "%c", (int)character);
	} else {
		snprintf(text, sizeof text, "\\u{%x}", character);
	}
	append(line, text, strlen(text));
}

void mcpauth__line_value(struct mcpauth__line *line, const char *text, size_t length)
{
	bool cut = length > MCPAUTH__LINE_VALUE_LIMIT;
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + (cut ? MCPAUTH__LINE_VALUE_LIMIT : length);
	unsigned character;
	append(line, "\"", 1);
	while (at < end) {
		append_character(line, mcpauth__utf8_take(&at, end, &character) ? character : '?');
	}
	append(line, "\"", 1);
	if (cut) {
		mcpauth__line_puts(line, CUT " (");
		mcpauth__line_number(line, (int64_t)length);
		mcpauth__line_puts(line, " bytes)");
	}
}

static void append_number(struct mcpauth__line *line, double number)
{
	char digits[40];
	snprintf(digits, sizeof digits, "%.17g", number);
	mcpauth__line_puts(line, digits);
}

static void append_single(struct mcpauth__line *line, const cJSON *item)
{
	if (cJSON_IsString(item)) {
		mcpauth__line_value(line, item->valuestring, strlen(item->valuestring));
	} else if (cJSON_IsNumber(item)) {
		append_number(line, item->valuedouble);
	} else {
		mcpauth__line_puts(line,
			cJSON_IsTrue(item)                                   ? "true"
				: cJSON_IsFalse(item)                        ? "false"
				: cJSON_IsNull(item)                         ? "null"
				: cJSON_IsArray(item) && item->child != NULL ? "an array"
				: cJSON_IsArray(item)                        ? "[]"
									     : "an object");
	}
}

static void append_more(struct mcpauth__line *line, size_t more)
{
	mcpauth__line_puts(line, " and ");
	mcpauth__line_number(line, (int64_t)more);
	mcpauth__line_puts(line, " more");
}

void mcpauth__line_claim(struct mcpauth__line *line, const cJSON *item)
{
	size_t count = 0;
	if (item == NULL) {
		mcpauth__line_puts(line, "none");
		return;
	}
	if (!cJSON_IsArray(item) || item->child == NULL) {
		append_single(line, item);
		return;
	}
	for (const cJSON *element = item->child; element != NULL; element = element->next) {
		if (count < ITEMS_LIMIT) {
			mcpauth__line_puts(line, count > 0 ? ", " : "");
			append_single(line, element);
		}
		count++;
	}
	if (count > ITEMS_LIMIT) {
		append_more(line, count - ITEMS_LIMIT);
	}
}

void mcpauth__line_words(struct mcpauth__line *line, const struct mcpauth__words *words)
{
	if (words->count == 0) {
		mcpauth__line_puts(line, "none");
	}
	for (size_t i = 0; i < words->count && i < ITEMS_LIMIT; i++) {
		mcpauth__line_puts(line, i > 0 ? ", " : "");
		mcpauth__line_value(line, words->items[i], strlen(words->items[i]));
	}
	if (words->count > ITEMS_LIMIT) {
		append_more(line, words->count - ITEMS_LIMIT);
	}
}

void mcpauth__line_time(struct mcpauth__line *line, int64_t time)
{
	char text[80];
	struct tm parts;
	time_t seconds = (time_t)time;
	if (gmtime_r(&seconds, &parts) == NULL
		|| strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
		mcpauth__line_number(line, time);
		return;
	}
	mcpauth__line_puts(line, text);
}

void mcpauth__line_span(struct mcpauth__line *line, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}};
	size_t i = 0;
	while (i < 3 && seconds < units[i].seconds) {
		i++;
	}
	mcpauth__line_number(line, seconds / units[i].seconds);
	mcpauth__line_puts(line, units[i].name);
	int64_t rest = i < 3 ? seconds % units[i].seconds / units[i + 1].seconds : 0;
	if (rest > 0) {
		mcpauth__line_puts(line, " ");
		mcpauth__line_number(line, rest);
		mcpauth__line_puts(line, units[i + 1].name);
	}
}
