/* Fuzz target: numbers of JSON, beside strtod() and the grammar of RFC 8259. */
#include "common/fuzz.h"

#include "base/json.h"
#include "base/json_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"

/* How long the number is that begins here; 0 for none (RFC 8259 section 6). */
static size_t number_length(const char *text)
{
	const char *at = text + (*text == '-' ? 1 : 0);
	size_t digits = strspn(at, DIGITS);
	if (digits == 0) {
		return 0;
	}
	at += *at == '0' ? 1 : digits;
	if (*at == '.') {
		digits = strspn(at + 1, DIGITS);
		if (digits == 0) {
			return 0;
		}
		at += 1 + digits;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '+' || *at == '-' ? 1 : 0;
		digits = strspn(at, DIGITS);
		if (digits == 0) {
			return 0;
		}
		at += digits;
	}
	return (size_t)(at - text);
}

static void check_seconds(const cJSON *number)
{
	int64_t seconds;
	cJSON named = *number;
	cJSON object = {.type = cJSON_Object, .child = &named};
	char name[] = "exp";
	named.string = name;
	bool good = mcpauth__json_seconds(&object, "exp", &seconds);
	MUST(good == (fabs(number->valuedouble) <= 9007199254740992.0));
	MUST((double)seconds == (good ? floor(number->valuedouble) : 0));
}

static void check_value(const struct mcpauth__json_lexeme *word)
{
	char copy[MCPAUTH__JSON_NUMBER_LIMIT + 1] = "";
	cJSON number = {0};
	memcpy(copy, word->text, word->length);
	mcpauth__json_set_number(&number, word);
	double theirs = strtod(copy, NULL);
	MUST(memcmp(&theirs, &number.valuedouble, sizeof theirs) == 0);
	cJSON *parsed = cJSON_Parse(copy);
	MUST(parsed != NULL && fuzz_same_json(parsed, &number));
	cJSON_Delete(parsed);
	check_seconds(&number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__json_lexeme word;
	char *text = fuzz_text(data, size);
	struct mcpauth__json_lexer lexer = {
		.at = (const unsigned char *)text,
		.end = (const unsigned char *)text + strlen(text),
		.number_limit = MCPAUTH__JSON_NUMBER_LIMIT,
	};
	size_t length = number_length(text);
	bool good = mcpauth__json_take_number(&lexer, &word);
	MUST(good == (length > 0 && length <= MCPAUTH__JSON_NUMBER_LIMIT));
	if (good) {
		MUST(word.length == length && lexer.at == word.text + length);
		MUST(word.plain == (strcspn(text, ".eE") >= length));
		check_value(&word);
	}
	free(text);
	return 0;
}
