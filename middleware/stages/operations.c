/* Reads the MCP message that is posted, and lets it pass if its operation may be called. */
#include "stages/stages.h"

#include "base/error_int.h"
#include "chain_int.h"
#include "log_line.h"
#include "mcp/message.h"
#include "mcp/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wants_body(const struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	return exchange->route != NULL
		&& mcpauth__route_takes_message(exchange->route, exchange->arrival.method);
}

static enum mcpauth_stage_result refuse(struct mcpauth_exchange *exchange, enum mcpauth_code code,
	const char *scopes, const char *details)
{
	return mcpauth_exchange_refuse(exchange, code, scopes, details) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

/* JSON-RPC 2.0 section 5.1: the id as it was sent, and null if that cannot be told. */
static char *describe(const struct mcpauth__message_fault *fault, size_t *length)
{
	struct mcpauth__buf buf = {0};
	mcpauth__buf_puts(&buf, "{\"jsonrpc\":\"2.0\",\"id\":");
	if (fault->id == NULL) {
		mcpauth__buf_puts(&buf, "null");
	} else {
		mcpauth__buf_append(&buf, fault->id, fault->id_length);
	}
	mcpauth__buf_printf(
		&buf, ",\"error\":{\"code\":%d,\"message\":\"%s\"}}", fault->rpc_code, fault->text);
	*length = buf.length;
	return mcpauth__buf_take(&buf);
}

static enum mcpauth_stage_result refuse_message(
	struct mcpauth_exchange *exchange, const struct mcpauth__message_fault *fault)
{
	size_t length;
	enum mcpauth_code code = MCPAUTH_E_NO_MEMORY;
	char *body = describe(fault, &length);
	mcpauth__log_line(
		exchange, MCPAUTH_LOG_INFO, fault->reason, "message refused: ", fault->text);
	if (body != NULL) {
		code = mcpauth_exchange_answer(exchange, 400, "application/json", body, length);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_answer_set_header(&exchange->answer, "Cache-Control", "no-store");
	}
	free(body);
	exchange->reason = fault->reason;
	return code == MCPAUTH_OK ? MCPAUTH_ANSWERED : refuse(exchange, code, NULL, NULL);
}

static bool is_repeated(const struct mcpauth_exchange *exchange, enum mcpauth__header_name name)
{
	return mcpauth__exchange_field_count(exchange, name) > 1;
}

static enum mcpauth_code read_message(
	struct mcpauth_exchange *exchange, struct mcpauth__message_fault *fault)
{
	size_t length;
	const char *body = mcpauth_exchange_body(exchange, &length);
	const struct mcpauth__message_headers headers = {
		.method = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_MCP_METHOD),
		.name = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_MCP_NAME),
		.revision = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_MCP_PROTOCOL_VERSION),
		.are_repeated = is_repeated(exchange, MCPAUTH__HEADER_MCP_METHOD)
			|| is_repeated(exchange, MCPAUTH__HEADER_MCP_NAME)
			|| is_repeated(exchange, MCPAUTH__HEADER_MCP_PROTOCOL_VERSION),
	};
	enum mcpauth_code code = mcpauth__message_read(body, length, &exchange->message, fault);
	if (code == MCPAUTH_OK
		&& !mcpauth__message_fits_headers(exchange->message, &headers, fault)) {
		code = fault->reason;
	}
	return code;
}

/** What becomes of an operation. */
struct decision {
	enum mcpauth_code code;           /* MCPAUTH_OK: it may be called */
	const char *missing;              /* a scope, borrowed from the route or a table, or NULL */
	struct mcpauth__scope_list named; /* by checks, besides */
};

/* What one table does not list no other one opens. Who is not known may yet turn out to
 * be somebody: to him nothing is told of what there is. */
static enum mcpauth_code worse(
	const struct mcpauth_auth_info *who, enum mcpauth_code code, enum mcpauth_code other)
{
	if (who == NULL && other != MCPAUTH_OK) {
		return MCPAUTH_E_NO_CREDENTIALS;
	}
	return code == MCPAUTH_OK || other == MCPAUTH_E_NOT_LISTED ? other : code;
}

static void judge(const struct mcpauth_exchange *exchange, struct decision *decision)
{
	const struct mcpauth__route *route = exchange->route;
	const struct mcpauth_auth_info *who = exchange->info;
	const char *method = mcpauth_message_method(exchange->message);
	const char *name = mcpauth_message_name(exchange->message);
	decision->missing = who == NULL ? NULL : mcpauth_demand_missing(route->demand, who);
	decision->code = decision->missing == NULL ? MCPAUTH_OK : MCPAUTH_E_INSUFFICIENT_SCOPE;
	for (size_t i = 0; i < route->table_count; i++) {
		const char *missing = NULL;
		enum mcpauth_code code = mcpauth__operations_judge(
			route->tables[i], method, name, who, &missing);
		decision->code = worse(who, decision->code, code);
		decision->missing = decision->missing == NULL ? missing : decision->missing;
	}
}

/* Only whoever has the scopes is worth the program's time. */
static void ask(const struct mcpauth_exchange *exchange, struct decision *decision)
{
	const struct mcpauth__route *route = exchange->route;
	for (size_t i = 0; i < route->table_count; i++) {
		enum mcpauth_code code = mcpauth__operations_ask(
			route->tables[i], exchange->message, exchange->info, &decision->named);
		if (code != MCPAUTH_OK && code != MCPAUTH_E_INSUFFICIENT_SCOPE) {
			decision->code = code;
			return;
		}
		decision->code = code == MCPAUTH_OK ? decision->code : code;
	}
	/* Nobody has a token that could lack one. */
	if (decision->code == MCPAUTH_E_INSUFFICIENT_SCOPE && exchange->info == NULL) {
		decision->code = MCPAUTH_E_NO_CREDENTIALS;
	}
}

static void write_reason(const struct decision *decision, char *why, size_t size)
{
	if (decision->code == MCPAUTH_E_NOT_LISTED) {
		snprintf(why, size, "it is not listed");
	} else if (decision->missing != NULL) {
		snprintf(why, size, "the scope %.100s was not granted", decision->missing);
	} else {
		snprintf(why, size, "its check said %s%s", mcpauth_code_name(decision->code),
			decision->code == MCPAUTH_E_INVALID_ARGUMENT ? ", or named what is no scope"
								     : "");
	}
}

/* What a caller did is no news, another server that fails is some, and the program that
 * cannot decide has to be mended. */
static enum mcpauth_level level_of(enum mcpauth_code code)
{
	if ((code >= 400 && code < 500) || code == MCPAUTH_E_NOT_LISTED
		|| code == MCPAUTH_E_UNKNOWN_HANDLE) {
		return MCPAUTH_LOG_INFO;
	}
	return code >= 200 && code < 400 ? MCPAUTH_LOG_WARNING : MCPAUTH_LOG_ERROR;
}

static void log_refusal(
	struct mcpauth_exchange *exchange, const struct decision *decision, const char *why)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE];
	const char *method = mcpauth_message_method(exchange->message);
	const char *name = mcpauth_message_name(exchange->message);
	snprintf(line, sizeof line, "%.60s%s%.90s: %.100s", method == NULL ? "a response" : method,
		name == NULL ? "" : " ", name == NULL ? "" : name, why);
	mcpauth__log_line(
		exchange, level_of(decision->code), decision->code, "operation refused: ", line);
}

/* All that it needs besides the route's own. @return caller frees with free(); NULL without
 * memory */
static char *list_scopes(const struct mcpauth_exchange *exchange, const struct decision *decision)
{
	struct mcpauth__scope_list list = {.are_incomplete = false};
	for (size_t i = 0; i < exchange->route->table_count; i++) {
		mcpauth__operations_put_scopes(exchange->route->tables[i],
			mcpauth_message_method(exchange->message),
			mcpauth_message_name(exchange->message), exchange->info, &list);
	}
	mcpauth__scope_list_put_all(&list, &decision->named);
	return mcpauth__scope_list_take(&list);
}

static enum mcpauth_stage_result refuse_operation(
	struct mcpauth_exchange *exchange, const struct decision *decision)
{
	char why[160];
	write_reason(decision, why, sizeof why);
	/* Whoever brings nothing is about to be told how: no news for anybody. */
	if (decision->code != MCPAUTH_E_NO_CREDENTIALS) {
		log_refusal(exchange, decision, why);
	}
	if (decision->code != MCPAUTH_E_NO_CREDENTIALS
		&& decision->code != MCPAUTH_E_INSUFFICIENT_SCOPE) {
		return refuse(exchange, decision->code, NULL, why);
	}
	char *scopes = list_scopes(exchange, decision);
	enum mcpauth_stage_result result = scopes == NULL
		? refuse(exchange, MCPAUTH_E_NO_MEMORY, NULL, NULL)
		: refuse(exchange, decision->code, *scopes == '\0' ? NULL : scopes, why);
	free(scopes);
	return result;
}

static enum mcpauth_stage_result decide(struct mcpauth_exchange *exchange)
{
	struct decision decision = {.code = MCPAUTH_OK};
	judge(exchange, &decision);
	if (decision.code == MCPAUTH_OK) {
		ask(exchange, &decision);
	}
	enum mcpauth_stage_result result = decision.code == MCPAUTH_OK
		? MCPAUTH_NEXT
		: refuse_operation(exchange, &decision);
	mcpauth__scope_list_finish(&decision.named);
	return result;
}

static enum mcpauth_stage_result admit(struct mcpauth_exchange *exchange)
{
	struct mcpauth__message_fault fault;
	enum mcpauth_code code = read_message(exchange, &fault);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return refuse(exchange, code, NULL, NULL);
	}
	if (code != MCPAUTH_OK) {
		return refuse_message(exchange, &fault);
	}
	return exchange->chain->everybody ? MCPAUTH_NEXT : decide(exchange);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	return wants_body(exchange, user) ? admit(exchange) : MCPAUTH_NEXT;
}

void mcpauth__stage_operations(struct mcpauth_stage *stage, size_t message_limit)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "operations";
	stage->body_limit = message_limit;
	stage->wants_body = wants_body;
	stage->on_request = on_request;
}
