/* Answers of the library's own: status, headers, body. */
#include "answer_int.h"

#include "base/words.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

void mcpauth__answer_finish(struct mcpauth_answer *answer)
{
	mcpauth__headers_finish(&answer->headers);
	free(answer->body);
	*answer = (struct mcpauth_answer){0};
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

static enum mcpauth_code set_json(struct mcpauth_answer *answer, const cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);
	if (text == NULL) {
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
