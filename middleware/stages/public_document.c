/* Answers about documents that everybody may read: the document, who may read it, 405, 503. */
#include "stages/public_document.h"

#include <string.h>

static bool set(struct mcpauth_exchange *exchange, const char *name, const char *value)
{
	return mcpauth_answer_set_header(&exchange->answer, name, value) == MCPAUTH_OK;
}

bool mcpauth__public_document_is_read(const struct mcpauth_exchange *exchange)
{
	const char *method = mcpauth_exchange_method(exchange);
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

enum mcpauth_stage_result mcpauth__public_document_show(
	struct mcpauth_exchange *exchange, const char *json)
{
	if (mcpauth_exchange_answer(exchange, 200, "application/json", json, strlen(json))
			!= MCPAUTH_OK
		|| !set(exchange, "Cache-Control", "public, max-age=3600")
		|| !set(exchange, "Access-Control-Allow-Origin", "*")) {
		return MCPAUTH_FAILED;
	}
	return MCPAUTH_ANSWERED;
}

static enum mcpauth_stage_result allow_scripts(struct mcpauth_exchange *exchange)
{
	if (mcpauth_exchange_answer(exchange, 204, NULL, NULL, 0) != MCPAUTH_OK
		|| !set(exchange, "Access-Control-Allow-Origin", "*")
		|| !set(exchange, "Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
		|| !set(exchange, "Access-Control-Allow-Headers", "*, Authorization")
		|| !set(exchange, "Access-Control-Max-Age", "3600")) {
		return MCPAUTH_FAILED;
	}
	return MCPAUTH_ANSWERED;
}

enum mcpauth_stage_result mcpauth__public_document_decline(struct mcpauth_exchange *exchange)
{
	if (strcmp(mcpauth_exchange_method(exchange), "OPTIONS") == 0) {
		return allow_scripts(exchange);
	}
	mcpauth__exchange_error(
		exchange, 405, "method_not_allowed", "This document is only for reading");
	return set(exchange, "Allow", "GET, HEAD, OPTIONS") ? MCPAUTH_ANSWERED : MCPAUTH_FAILED;
}

enum mcpauth_stage_result mcpauth__public_document_lack(
	struct mcpauth_exchange *exchange, unsigned retry_after)
{
	mcpauth__exchange_unavailable(exchange, retry_after);
	return set(exchange, "Access-Control-Allow-Origin", "*") ? MCPAUTH_ANSWERED
								 : MCPAUTH_FAILED;
}
