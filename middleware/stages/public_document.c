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

enum mcpauth_stage_result mcpauth__public_document_decline(struct mcpauth_exchange *exchange)
{
	return mcpauth__exchange_answer_standard(exchange,
		strcmp(mcpauth_exchange_method(exchange), "OPTIONS") == 0
			? MCPAUTH__STANDARD_DOCUMENT_PREFLIGHT
			: MCPAUTH__STANDARD_READ_ONLY);
}

enum mcpauth_stage_result mcpauth__public_document_lack(
	struct mcpauth_exchange *exchange, unsigned retry_after)
{
	mcpauth__exchange_unavailable(exchange, retry_after);
	return set(exchange, "Access-Control-Allow-Origin", "*") ? MCPAUTH_ANSWERED
								 : MCPAUTH_FAILED;
}
