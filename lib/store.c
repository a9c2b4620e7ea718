/* A store's request as the program sees it, and its answers. */
#include "net/shared_store_int.h"

enum mcpauth_store_operation mcpauth_store_operation(const struct mcpauth_store_request *request)
{
	return request->operation;
}

const char *mcpauth_store_key(const struct mcpauth_store_request *request)
{
	return request->key;
}

const char *mcpauth_store_value(const struct mcpauth_store_request *request, size_t *length)
{
	*length = request->length;
	return request->value;
}

unsigned mcpauth_store_seconds(const struct mcpauth_store_request *request)
{
	return request->seconds;
}

void mcpauth_store_found(struct mcpauth_store_request *request, const char *value, size_t length)
{
	struct mcpauth__store_answer answer = {.outcome = MCPAUTH_STORE_FAILED};
	if (request->operation == MCPAUTH_STORE_GET && length <= MCPAUTH__STORE_VALUE_LIMIT
		&& (value != NULL || length == 0)) {
		answer = (struct mcpauth__store_answer){
			.outcome = MCPAUTH_STORE_DONE,
			.value = length > 0 ? value : "",
			.length = length,
		};
	}
	mcpauth__store_request_end(request, &answer);
}

/* A GET that found something ends with the value instead. */
static bool may_end(enum mcpauth_store_operation operation, enum mcpauth_store_outcome outcome)
{
	switch (outcome) {
	case MCPAUTH_STORE_DONE:
		return operation != MCPAUTH_STORE_GET;
	case MCPAUTH_STORE_ABSENT:
		return operation == MCPAUTH_STORE_GET;
	case MCPAUTH_STORE_EXISTS:
		return operation == MCPAUTH_STORE_ADD;
	default:
		return false;
	}
}

void mcpauth_store_done(struct mcpauth_store_request *request, enum mcpauth_store_outcome outcome)
{
	struct mcpauth__store_answer answer = {
		.outcome = may_end(request->operation, outcome) ? outcome : MCPAUTH_STORE_FAILED};
	mcpauth__store_request_end(request, &answer);
}
