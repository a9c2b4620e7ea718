/* Answers of the library's own: status, headers, body. */
#include "answer_int.h"

#include "base/json.h"
#include "base/words.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

void mcpauth__answer_finish(struct mcpauth_answer *answer)
{
	if (!mcpauth__answer_owns_nothing(answer)) {
		mcpauth__headers_finish(&answer->headers);
		free(answer->body);
	}
	*answer = (struct mcpauth_answer){0};
}

static enum mcpauth_code put_body(struct mcpauth_answer *answer, const char *body, size_t length)
{
	char *copy = NULL;
	if (length > 0) {
		copy = malloc(length + 1);
		if (copy == NULL) {
			return MCPAUTH_E_NO_MEMORY;
		}
		memcpy(copy, body, length);
		copy[length] = '\0';
	}
	free(answer->body);
	answer->body = copy;
	answer->length = length;
	return MCPAUTH_OK;
}

/* What other requests are shown, too, is copied before it is changed. */
static enum mcpauth_code make_own(struct mcpauth_answer *answer)
{
	struct mcpauth_answer copy = {.status = answer->status};
	if (answer->shared == NULL) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = put_body(&copy, answer->body, answer->length);
	for (size_t i = 0; code == MCPAUTH_OK && i < answer->headers.count; i++) {
		const struct mcpauth__header *header = &answer->headers.items[i];
		code = mcpauth__headers_add(&copy.headers, header->name, header->value);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__answer_finish(&copy);
		return code;
	}
	*answer = copy;
	return MCPAUTH_OK;
}

unsigned mcpauth_answer_status(const struct mcpauth_answer *answer)
{
	return answer->status;
}

void mcpauth_answer_set_status(struct mcpauth_answer *answer, unsigned status)
{
	if (status >= 200 && status <= 599) {
		answer->status = status;
	}
}

const char *mcpauth_answer_header(const struct mcpauth_answer *answer, const char *name)
{
	return mcpauth__headers_get(&answer->headers, name);
}

enum mcpauth_code mcpauth_answer_set_header(
	struct mcpauth_answer *answer, const char *name, const char *value)
{
	enum mcpauth_code code = make_own(answer);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (value == NULL) {
		mcpauth__headers_remove(&answer->headers, name);
		return MCPAUTH_OK;
	}
	return mcpauth__headers_set(&answer->headers, name, value);
}

const char *mcpauth_answer_body(const struct mcpauth_answer *answer, size_t *length)
{
	*length = answer->length;
	return answer->body == NULL ? "" : answer->body;
}

enum mcpauth_code mcpauth_answer_set_body(
	struct mcpauth_answer *answer, const char *body, size_t length)
{
	enum mcpauth_code code = make_own(answer);
	return code == MCPAUTH_OK ? put_body(answer, body, length) : code;
}

static enum mcpauth_code set_json(struct mcpauth_answer *answer, const cJSON *json)
{
	char *text = mcpauth__json_print(json);
	if (text == NULL || make_own(answer) != MCPAUTH_OK) {
		free(text);
		return MCPAUTH_E_NO_MEMORY;
	}
	free(answer->body);
	answer->body = text;
	answer->length = strlen(text);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__answer_error(
	struct mcpauth_answer *answer, unsigned status, const char *error, const char *description)
{
	mcpauth__answer_finish(answer);
	cJSON *json = cJSON_CreateObject();
	bool good = json != NULL
		&& (error == NULL || cJSON_AddStringToObject(json, "error", error) != NULL)
		&& cJSON_AddStringToObject(
			   json, error == NULL ? "message" : "error_description", description)
			!= NULL;
	enum mcpauth_code code = good ? set_json(answer, json) : MCPAUTH_E_NO_MEMORY;
	cJSON_Delete(json);
	if (code == MCPAUTH_OK) {
		code = mcpauth_answer_set_header(answer, "Content-Type", "application/json");
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_answer_set_header(answer, "Cache-Control", "no-store");
	}
	answer->status = status;
	return code;
}

enum mcpauth_code mcpauth__answer_add_member(
	struct mcpauth_answer *answer, const char *name, const char *value)
{
	cJSON *json = answer->body == NULL ? NULL : cJSON_Parse(answer->body);
	enum mcpauth_code code = json != NULL && cJSON_AddStringToObject(json, name, value) != NULL
		? set_json(answer, json)
		: MCPAUTH_E_NO_MEMORY;
	cJSON_Delete(json);
	return code;
}
