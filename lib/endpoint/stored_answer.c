/* The values of a store as texts: small JSON objects. */
#include "endpoint/stored_answer.h"

#include "base/json.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(MCPAUTH__STORED_SECONDS_MAX < MCPAUTH__FORGOTTEN_SECONDS,
	"no answer outlives a sign that was set while it was asked for");

/* Takes the object. */
static char *print(cJSON *json, bool complete, size_t *length)
{
	char *text = complete ? mcpauth__json_print(json) : NULL;
	cJSON_Delete(json);
	*length = text != NULL ? strlen(text) : 0;
	return text;
}

static bool add_text(cJSON *json, const char *name, const char *text)
{
	/* Not a copy: it may be a MiB long. */
	cJSON *item = cJSON_CreateStringReference(text);
	if (item == NULL || !cJSON_AddItemToObjectCS(json, name, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

char *mcpauth__stored_answer_write(const struct mcpauth__stored_answer *answer, size_t *length)
{
	*length = 0;
	if (!mcpauth__json_is_readable(answer->text, answer->length, MCPAUTH__JSON_DEPTH_LIMIT)) {
		return NULL;
	}
	cJSON *json = cJSON_CreateObject();
	bool complete = json != NULL
		&& cJSON_AddNumberToObject(json, "asked_at", (double)answer->asked_at) != NULL
		&& cJSON_AddNumberToObject(json, "until", (double)answer->until) != NULL
		&& add_text(json, "answer", answer->text);
	return print(json, complete, length);
}

bool mcpauth__stored_answer_read(
	const char *value, size_t length, struct mcpauth__stored_answer *answer)
{
	cJSON *json;
	*answer = (struct mcpauth__stored_answer){0};
	if (length > MCPAUTH__STORED_LENGTH_MAX
		|| mcpauth__json_parse_object(value, length, &json, NULL) != MCPAUTH_OK) {
		return false;
	}
	const char *text = mcpauth__json_string(json, "answer");
	if (text != NULL && mcpauth__json_seconds(json, "asked_at", &answer->asked_at)
		&& mcpauth__json_seconds(json, "until", &answer->until)) {
		answer->text = mcpauth__strdup(text);
		answer->length = strlen(text);
	}
	cJSON_Delete(json);
	return answer->text != NULL;
}

bool mcpauth__stored_answer_holds(
	const struct mcpauth__stored_answer *answer, const struct mcpauth__stored_rules *rules)
{
	return rules->now < answer->until && answer->asked_at <= rules->now + rules->tolerance
		&& answer->until - answer->asked_at <= MCPAUTH__FORGOTTEN_SECONDS;
}

char *mcpauth__forgotten_write(int64_t forgotten_at, size_t *length)
{
	cJSON *json = cJSON_CreateObject();
	bool complete = json != NULL
		&& cJSON_AddNumberToObject(json, "forgotten_at", (double)forgotten_at) != NULL;
	return print(json, complete, length);
}

bool mcpauth__stored_answer_is_forgotten(const struct mcpauth__stored_answer *answer,
	const struct mcpauth__stored_rules *rules, const char *sign, size_t length)
{
	cJSON *json;
	int64_t forgotten_at;
	if (mcpauth__json_parse_object(sign, length, &json, NULL) != MCPAUTH_OK) {
		return true;
	}
	bool good = mcpauth__json_seconds(json, "forgotten_at", &forgotten_at);
	cJSON_Delete(json);
	return !good || answer->asked_at <= forgotten_at + rules->tolerance;
}
