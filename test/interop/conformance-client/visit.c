/* One MCP message after the other, each let in by the library. */
#include "visit.h"

#include <stdio.h>
#include <string.h>

#define LINES 24
#define CHALLENGES 4
#define UNSUPPORTED_VERSION (-32022)

/* Header lines up to a NULL. */
struct lines {
	struct text texts[LINES];
	const char *list[LINES + 1];
	size_t count;
};

enum mcpauth_code visit_fail(struct visit *visit, enum mcpauth_code code, const char *why)
{
	visit->err.code = code;
	snprintf(visit->err.message, sizeof(visit->err.message), "%s", why);
	return code;
}

static void add_line(struct lines *lines, const char *start, const char *value)
{
	if (lines->count == LINES) {
		return;
	}
	struct text *line = &lines->texts[lines->count];
	text_join(line, start, value, NULL);
	lines->list[lines->count++] = text_string(line);
}

static void add_credentials(struct lines *lines, const struct mcpauth_client_request *request)
{
	const char *name = NULL;
	const char *value = NULL;
	for (size_t i = 0; mcpauth_client_request_header_at(request, i, &name, &value); i++) {
		struct text start = {0};
		text_join(&start, name, ": ", NULL);
		add_line(lines, text_string(&start), value);
		text_finish(&start);
	}
}

static void finish_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		text_finish(&lines->texts[i]);
	}
}

static bool send_once(struct visit *visit, const struct mcpauth_client_request *request,
	const struct message *message, struct answer *answer)
{
	struct lines lines = {0};
	cJSON *params = message->params != NULL ? cJSON_Duplicate(message->params, true)
						: cJSON_CreateObject();
	struct call call = {.method = message->method,
		.params = params,
		.name = message->name,
		.notification = message->is_notification};
	add_credentials(&lines, request);
	for (size_t i = 0; message->lines != NULL && message->lines[i] != NULL; i++) {
		add_line(&lines, message->lines[i], "");
	}
	visit->rpc.credentials = lines.list;
	bool ok = rpc_call(&visit->rpc, &call, answer);
	visit->rpc.credentials = NULL;
	cJSON_Delete(params);
	finish_lines(&lines);
	return ok;
}

static enum mcpauth_code judge(
	struct visit *visit, struct mcpauth_client_request *request, const struct answer *answer)
{
	struct text challenges[CHALLENGES] = {0};
	const char *list[CHALLENGES];
	struct text nonce = {0};
	struct mcpauth_client_answer said = MCPAUTH_CLIENT_ANSWER_INIT;
	said.status = (unsigned)answer->status;
	said.challenges = list;
	for (size_t i = 0; i < CHALLENGES; i++) {
		if (answer_header(answer, "WWW-Authenticate", i, &challenges[i])) {
			list[said.challenge_count++] = text_string(&challenges[i]);
		}
	}
	if (answer_header(answer, "DPoP-Nonce", 0, &nonce)) {
		said.dpop_nonce = text_string(&nonce);
	}
	enum mcpauth_code code = mcpauth_client_request_answered(request, &said, &visit->err);
	for (size_t i = 0; i < CHALLENGES; i++) {
		text_finish(&challenges[i]);
	}
	text_finish(&nonce);
	return code;
}

static enum mcpauth_code send_message(
	struct visit *visit, const struct message *message, struct answer *answer)
{
	struct mcpauth_client_request *request = NULL;
	enum mcpauth_code code = mcpauth_client_request_new(
		visit->client, "POST", NULL, &request, &visit->err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	do {
		code = mcpauth_client_request_prepare(request, &visit->err);
		if (code == MCPAUTH_OK && !send_once(visit, request, message, answer)) {
			code = visit_fail(visit, MCPAUTH_E_UNREACHABLE, "no answer to a message");
		}
		if (code == MCPAUTH_OK) {
			code = judge(visit, request, answer);
		}
	} while (code == MCPAUTH_RETRY);
	mcpauth_client_request_free(request);
	return code;
}

/* The revision was refused, although the server says in the same breath that it has it. */
static bool may_be_asked_again(const struct visit *visit, const cJSON *document)
{
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(document, "error");
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(error, "code");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(error, "data");
	return cJSON_IsNumber(code) && code->valueint == UNSUPPORTED_VERSION
		&& json_list_has(cJSON_GetObjectItemCaseSensitive(data, "supported"),
			text_string(&visit->rpc.version));
}

static enum mcpauth_code ask_once(
	struct visit *visit, const struct message *message, cJSON **result, bool *again)
{
	struct answer answer = {0};
	cJSON *document = NULL;
	enum mcpauth_code code = send_message(visit, message, &answer);
	if (code == MCPAUTH_OK && message->is_notification && answer.status / 100 != 2) {
		code = visit_fail(visit, MCPAUTH_E_HTTP_STATUS, "a notification is not taken");
	} else if (code == MCPAUTH_OK && !message->is_notification) {
		const cJSON *found = rpc_result(&visit->rpc, &answer, &document);
		*result = found != NULL ? cJSON_Duplicate(found, true) : NULL;
		*again = may_be_asked_again(visit, document);
	}
	if (code == MCPAUTH_OK && !message->is_notification && *result == NULL) {
		code = visit_fail(visit, MCPAUTH_E_INVALID_MESSAGE, "an answer is no result");
	}
	if (visit->rpc.session.length == 0 && !visit->rpc.stateless) {
		answer_header(&answer, "Mcp-Session-Id", 0, &visit->rpc.session);
	}
	cJSON_Delete(document);
	answer_finish(&answer);
	return code;
}

enum mcpauth_code visit_ask(struct visit *visit, const struct message *message, cJSON **result)
{
	bool again = false;
	*result = NULL;
	enum mcpauth_code code = ask_once(visit, message, result, &again);
	if (again) {
		code = ask_once(visit, message, result, &again);
	}
	return code;
}
