/* Answers that neither the route nor the request has a say in: their texts, made once. */
#include "common.h"

#include <stdio.h>

#define HEADERS 4

struct field {
	const char *name;
	const char *value;
};

static const struct {
	unsigned status;
	const char *error; /* NULL: there is no body */
	const char *description;
	struct field headers[HEADERS];
} table[] = {
	[MCPAUTH__COMMON_NO_PATH] = {404, "not_found", "There is nothing at this path", {{0}}},
	[MCPAUTH__COMMON_NO_DOCUMENT] = {404, "not_found", "There is no such document", {{0}}},
	[MCPAUTH__COMMON_READ_ONLY] = {405, "method_not_allowed",
		"This document is only for reading", {{"Allow", "GET, HEAD, OPTIONS"}}},
	[MCPAUTH__COMMON_TOO_LARGE] = {413, "payload_too_large",
		"The request body is larger than this server accepts", {{0}}},
	[MCPAUTH__COMMON_BROKEN] = {500, "server_error", "The server could not handle the request",
		{{0}}},
	[MCPAUTH__COMMON_FOREIGN_HOST] = {403, "forbidden",
		"Requests with that Host are not allowed", {{0}}},
	[MCPAUTH__COMMON_FOREIGN_ORIGIN] = {403, "forbidden",
		"Requests with that Origin are not allowed", {{0}}},
	[MCPAUTH__COMMON_PREFLIGHT] = {204, NULL, NULL, {{"Cache-Control", "no-store"}}},
	[MCPAUTH__COMMON_DOCUMENT_PREFLIGHT] = {204, NULL, NULL,
		{{"Access-Control-Allow-Origin", "*"},
			{"Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"},
			{"Access-Control-Allow-Headers", "*, Authorization"},
			{"Access-Control-Max-Age", "3600"}}},
};

static enum mcpauth_code begin(enum mcpauth__common_kind kind, struct mcpauth_answer *answer)
{
	if (table[kind].error != NULL) {
		return mcpauth__answer_error(
			answer, table[kind].status, table[kind].error, table[kind].description);
	}
	mcpauth__answer_finish(answer);
	answer->status = table[kind].status;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__common_answer(struct mcpauth__common *common,
	enum mcpauth__common_kind kind, struct mcpauth_answer *answer)
{
	struct mcpauth__fixed_place *place = &common->kinds[kind];
	if (mcpauth__fixed_show(place, answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = begin(kind, answer);
	for (size_t i = 0; code == MCPAUTH_OK && i < HEADERS; i++) {
		const struct field *field = &table[kind].headers[i];
		if (field->name != NULL) {
			code = mcpauth_answer_set_header(answer, field->name, field->value);
		}
	}
	if (code == MCPAUTH_OK) {
		mcpauth__fixed_keep(place, answer);
	}
	return code;
}

static enum mcpauth_code make_unavailable(unsigned retry_after, struct mcpauth_answer *answer)
{
	char seconds[16];
	snprintf(seconds, sizeof seconds, "%u", retry_after);
	enum mcpauth_code code = mcpauth__answer_error(
		answer, 503, "temporarily_unavailable", "The request cannot be decided just now");
	return code == MCPAUTH_OK ? mcpauth_answer_set_header(answer, "Retry-After", seconds)
				  : code;
}

enum mcpauth_code mcpauth__common_unavailable(
	struct mcpauth__common *common, unsigned retry_after, struct mcpauth_answer *answer)
{
	if (retry_after > MCPAUTH__COMMON_SECONDS) {
		return make_unavailable(retry_after, answer);
	}
	struct mcpauth__fixed_place *place = &common->unavailable[retry_after];
	if (mcpauth__fixed_show(place, answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = make_unavailable(retry_after, answer);
	if (code == MCPAUTH_OK) {
		mcpauth__fixed_keep(place, answer);
	}
	return code;
}

void mcpauth__common_finish(struct mcpauth__common *common)
{
	for (size_t i = 0; i < MCPAUTH__COMMON_KINDS; i++) {
		mcpauth__fixed_finish(&common->kinds[i]);
	}
	for (size_t i = 0; i <= MCPAUTH__COMMON_SECONDS; i++) {
		mcpauth__fixed_finish(&common->unavailable[i]);
	}
}
