/* The texts of the answers that are the same whatever the route and the request. */
#include "standard_answers.h"

#include <stdio.h>

#define HEADERS 4

struct field {
	const char *name;
	const char *value;
};

static const struct {
	unsigned status;
	enum mcpauth_code reason;
	const char *error; /* NULL: there is no body */
	const char *description;
	struct field headers[HEADERS];
} table[] = {
	[MCPAUTH__STANDARD_NO_PATH] = {404, MCPAUTH_E_NO_PATH, "not_found",
		"There is nothing at this path", {{0}}},
	[MCPAUTH__STANDARD_NO_DOCUMENT] = {404, MCPAUTH_E_NO_PATH, "not_found",
		"There is no such document", {{"Access-Control-Allow-Origin", "*"}}},
	[MCPAUTH__STANDARD_READ_ONLY] = {405, MCPAUTH_E_NO_METHOD, "method_not_allowed",
		"This document is only for reading", {{"Allow", "GET, HEAD, OPTIONS"}}},
	[MCPAUTH__STANDARD_TOO_LARGE] = {413, MCPAUTH_E_BODY_TOO_LARGE, "payload_too_large",
		"The request body is larger than this server accepts", {{0}}},
	[MCPAUTH__STANDARD_BROKEN] = {500, MCPAUTH_E_STAGE, "server_error",
		"The server could not handle the request", {{0}}},
	[MCPAUTH__STANDARD_FOREIGN_HOST] = {403, MCPAUTH_E_FOREIGN_HOST, "forbidden",
		"Requests with that Host are not allowed", {{0}}},
	[MCPAUTH__STANDARD_FOREIGN_ORIGIN] = {403, MCPAUTH_E_FOREIGN_ORIGIN, "forbidden",
		"Requests with that Origin are not allowed", {{0}}},
	[MCPAUTH__STANDARD_NOT_LISTED] = {403, MCPAUTH_E_NOT_LISTED, "access_denied",
		"This operation is not offered", {{0}}},
	[MCPAUTH__STANDARD_NO_HANDLE] = {404, MCPAUTH_E_UNKNOWN_HANDLE, "not_found",
		"There is nothing of yours with this name", {{0}}},
	[MCPAUTH__STANDARD_PREFLIGHT] = {204, MCPAUTH_OK, NULL, NULL,
		{{"Cache-Control", "no-store"}}},
	[MCPAUTH__STANDARD_DOCUMENT_PREFLIGHT] = {204, MCPAUTH_OK, NULL, NULL,
		{{"Access-Control-Allow-Origin", "*"},
			{"Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"},
			{"Access-Control-Allow-Headers", "*, Authorization"},
			{"Access-Control-Max-Age", "3600"}}},
};

enum mcpauth_code mcpauth__standard_answer_reason(enum mcpauth__standard_answer which)
{
	return table[which].reason;
}

static enum mcpauth_code begin(enum mcpauth__standard_answer which, struct mcpauth_answer *answer)
{
	if (table[which].error != NULL) {
		return mcpauth__answer_error(
			answer, table[which].status, table[which].error, table[which].description);
	}
	mcpauth__answer_finish(answer);
	answer->status = table[which].status;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__standard_answers_show(struct mcpauth__standard_answers *answers,
	enum mcpauth__standard_answer which, struct mcpauth_answer *answer)
{
	struct mcpauth__shared_answer *shared = &answers->items[which];
	if (mcpauth__shared_answer_show(shared, answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = begin(which, answer);
	for (size_t i = 0; code == MCPAUTH_OK && i < HEADERS; i++) {
		const struct field *field = &table[which].headers[i];
		if (field->name != NULL) {
			code = mcpauth_answer_set_header(answer, field->name, field->value);
		}
	}
	if (code == MCPAUTH_OK) {
		mcpauth__shared_answer_keep(shared, answer);
	}
	return code;
}

static const struct {
	unsigned status;
	const char *error;
	const char *description;
} delays[] = {
	[MCPAUTH__STANDARD_UNAVAILABLE] = {503, "temporarily_unavailable",
		"The request cannot be decided just now"},
	[MCPAUTH__STANDARD_TOO_MANY] = {429, "too_many_requests",
		"Too many requests were refused before: wait, then send another token"},
};

static enum mcpauth_code make_delay(
	enum mcpauth__standard_delay which, unsigned retry_after, struct mcpauth_answer *answer)
{
	char seconds[16];
	snprintf(seconds, sizeof seconds, "%u", retry_after);
	enum mcpauth_code code = mcpauth__answer_error(
		answer, delays[which].status, delays[which].error, delays[which].description);
	return code == MCPAUTH_OK ? mcpauth_answer_set_header(answer, "Retry-After", seconds)
				  : code;
}

enum mcpauth_code mcpauth__standard_answers_delay(struct mcpauth__standard_answers *answers,
	enum mcpauth__standard_delay which, unsigned retry_after, struct mcpauth_answer *answer)
{
	if (retry_after > MCPAUTH__STANDARD_SECONDS) {
		return make_delay(which, retry_after, answer);
	}
	struct mcpauth__shared_answer *shared = &answers->delays[which][retry_after];
	if (mcpauth__shared_answer_show(shared, answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = make_delay(which, retry_after, answer);
	if (code == MCPAUTH_OK) {
		mcpauth__shared_answer_keep(shared, answer);
	}
	return code;
}

void mcpauth__standard_answers_finish(struct mcpauth__standard_answers *answers)
{
	for (size_t i = 0; i < MCPAUTH__STANDARD_ANSWERS; i++) {
		mcpauth__shared_answer_finish(&answers->items[i]);
	}
	for (size_t i = 0; i < MCPAUTH__STANDARD_DELAYS; i++) {
		for (size_t seconds = 0; seconds <= MCPAUTH__STANDARD_SECONDS; seconds++) {
			mcpauth__shared_answer_finish(&answers->delays[i][seconds]);
		}
	}
}
