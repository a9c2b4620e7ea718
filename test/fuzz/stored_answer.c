/* Fuzz target: what lies in a store, an answer or the sign that somebody was forgotten,
 * read beside cJSON, and written and read again. */
#include "common/fuzz.h"

#include "endpoint/stored_answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000
#define TOLERANCE 60
#define EXACT 9007199254740992.0

static const struct mcpauth__stored_rules rules = {NOW, TOLERANCE};

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool is_time(const cJSON *json, const char *name, int64_t time)
{
	const cJSON *item = member(json, name);
	return cJSON_IsNumber(item) && fabs(item->valuedouble) <= EXACT
		&& (int64_t)floor(item->valuedouble) == time;
}

/* The words of the rules, in the other order. */
static void check_rules(const struct mcpauth__stored_answer *answer)
{
	bool over = answer->until <= NOW;
	bool from_the_future = answer->asked_at > NOW + TOLERANCE;
	bool too_long = answer->until - answer->asked_at > MCPAUTH__FORGOTTEN_SECONDS;
	MUST(mcpauth__stored_answer_holds(answer, &rules)
		== !(over || from_the_future || too_long));
}

/* Only of those that are believed is anything written: cJSON prints 15 digits. */
static void write_again(const struct mcpauth__stored_answer *answer)
{
	size_t length;
	struct mcpauth__stored_answer again;
	char *value = mcpauth__stored_answer_write(answer, &length);
	if (value == NULL) {
		return;
	}
	MUST(strlen(value) == length);
	bool good = mcpauth__stored_answer_read(value, length, &again);
	MUST(good == (length <= MCPAUTH__STORED_LENGTH_MAX));
	MUST(!good
		|| (again.asked_at == answer->asked_at && again.until == answer->until
			&& again.length == answer->length
			&& memcmp(again.text, answer->text, again.length) == 0));
	free(again.text);
	free(value);
}

static void read_answer(const char *text, size_t length)
{
	struct mcpauth__stored_answer answer;
	if (!mcpauth__stored_answer_read(text, length, &answer)) {
		MUST(answer.text == NULL);
		return;
	}
	cJSON *json = cJSON_ParseWithLength(text, length);
	MUST(cJSON_IsObject(json) && !fuzz_has_repeated_name(json));
	const char *said = fuzz_member(json, "answer");
	MUST(said != NULL && strcmp(said, answer.text) == 0);
	MUST(strlen(answer.text) == answer.length);
	MUST(is_time(json, "asked_at", answer.asked_at));
	MUST(is_time(json, "until", answer.until));
	check_rules(&answer);
	if (mcpauth__stored_answer_holds(&answer, &rules)) {
		write_again(&answer);
	}
	free(answer.text);
	cJSON_Delete(json);
}

/* One that cannot be read speaks against every answer; so does one that is not older. */
static void read_sign(const char *text, size_t length)
{
	const struct mcpauth__stored_answer before = {NULL, 0, NOW, NOW + 60};
	bool forgotten = mcpauth__stored_answer_is_forgotten(&before, &rules, text, length);
	cJSON *json = cJSON_ParseWithLength(text, length);
	const cJSON *at = member(json, "forgotten_at");
	if (!forgotten) {
		MUST(cJSON_IsObject(json) && !fuzz_has_repeated_name(json));
		MUST(cJSON_IsNumber(at) && floor(at->valuedouble) < NOW - TOLERANCE);
		MUST(at->valuedouble >= -EXACT);
	}
	cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	MUST(text != NULL);
	if (size > 0) {
		memcpy(text, data, size);
	}
	text[size] = '\0';
	read_answer(text, size);
	read_sign(text, size);
	free(text);
	return 0;
}
