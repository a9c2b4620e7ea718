/* Serves an issuer's metadata as this server's own, for clients of the MCP revision 2025-03-26. */
#include "stages/stages.h"

#include "exchange_int.h"
#include "stages/public_document.h"

#include <stdlib.h>
#include <string.h>

static const char own_path[] = "/.well-known/oauth-authorization-server";

static void wake(void *user)
{
	mcpauth_exchange_continue(user);
}

static enum mcpauth_code ask(struct mcpauth_exchange *exchange, char **document)
{
	struct mcpauth_metadata_wait *pending = *mcpauth_exchange_slot(exchange);
	if (pending != NULL) {
		return mcpauth_metadata_wait_resume(pending, document, NULL);
	}
	struct mcpauth_metadata_request request = MCPAUTH_METADATA_REQUEST_INIT;
	request.issuer = exchange->rules->metadata_issuer;
	request.wake = wake;
	request.user = exchange;
	enum mcpauth_code code = mcpauth_metadata_start(
		mcpauth_exchange_auth(exchange), &request, document, &pending, NULL);
	*mcpauth_exchange_slot(exchange) = pending;
	return code;
}

static enum mcpauth_stage_result show(struct mcpauth_exchange *exchange)
{
	char *document;
	enum mcpauth_code code = ask(exchange, &document);
	if (code == MCPAUTH_PENDING) {
		return MCPAUTH_WAIT;
	}
	if (code != MCPAUTH_OK) {
		/* The issuer belongs to at least one of the resources, so the longest
		 * pause among them is long enough for it. */
		return mcpauth__public_document_lack(
			exchange, mcpauth__rules_retry_after(exchange->rules));
	}
	enum mcpauth_stage_result result = mcpauth__public_document_show(exchange, document);
	free(document);
	return result;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	if (exchange->rules->metadata_issuer == NULL
		|| strcmp(mcpauth_exchange_path(exchange), own_path) != 0) {
		return MCPAUTH_NEXT;
	}
	return mcpauth__public_document_is_read(exchange)
		? show(exchange)
		: mcpauth__public_document_decline(exchange);
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	(void)status;
	(void)user;
	mcpauth_metadata_wait_free(*mcpauth_exchange_slot(exchange));
}

void mcpauth__stage_issuer_metadata(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "issuer_metadata";
	stage->on_request = on_request;
	stage->on_finish = on_finish;
}
