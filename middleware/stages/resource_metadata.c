/* Serves the protected resources' metadata documents (RFC 9728 section 3). */
#include "stages/stages.h"

#include "chain_int.h"
#include "published.h"
#include "stages/public_document.h"

#include <stdlib.h>
#include <string.h>

/* All of them are below, and most requests are not: nothing else of a request
 * is looked at before that. */
static bool is_well_known(const char *path)
{
	static const char well_known[] = "/.well-known";
	size_t length = sizeof well_known - 1;
	return path[0] == '/' && path[1] == '.' && strncmp(path, well_known, length) == 0
		&& (path[length] == '/' || path[length] == '\0');
}

/* Clients probe many well-known URLs. What nobody declared must be a 404: a
 * challenge would send them in circles. */
static bool is_nobodys(const struct mcpauth_exchange *exchange)
{
	return exchange->route == NULL || exchange->route->kind == MCPAUTH__ROUTE_REST
		|| mcpauth__published_has_path(
			exchange->rules->published, mcpauth_exchange_path(exchange));
}

static enum mcpauth_stage_result refuse_path(struct mcpauth_exchange *exchange)
{
	return mcpauth__exchange_answer_standard(exchange, MCPAUTH__STANDARD_NO_DOCUMENT);
}

/* The answer is made when it is first wanted. */
static enum mcpauth_code show(
	struct mcpauth_exchange *exchange, struct mcpauth__publication *publication)
{
	struct mcpauth__shared_answer *shared = mcpauth__publication_answer(publication);
	char *document;
	if (mcpauth__shared_answer_show(shared, &exchange->answer)) {
		return MCPAUTH_OK;
	}
	enum mcpauth_code code = mcpauth__published_document(
		exchange->rules->published, publication, &document);
	if (code == MCPAUTH_OK
		&& mcpauth__public_document_show(exchange, document) != MCPAUTH_ANSWERED) {
		code = MCPAUTH_E_NO_MEMORY;
	}
	if (code == MCPAUTH_OK) {
		mcpauth__shared_answer_keep(shared, &exchange->answer);
	}
	free(document);
	return code;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	struct mcpauth__wanted wanted = {.path = mcpauth_exchange_path(exchange)};
	if (!is_well_known(wanted.path)) {
		return MCPAUTH_NEXT;
	}
	wanted.query = mcpauth_exchange_query(exchange);
	wanted.host = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_HOST);
	struct mcpauth__publication *found = mcpauth__published_find(
		exchange->rules->published, &wanted);
	if (found == NULL) {
		return is_nobodys(exchange) ? refuse_path(exchange) : MCPAUTH_NEXT;
	}
	enum mcpauth_code code = show(exchange, found);
	if (code != MCPAUTH_OK) {
		return code == MCPAUTH_E_UNKNOWN_ISSUER ? refuse_path(exchange) : MCPAUTH_FAILED;
	}
	return mcpauth__public_document_is_read(exchange)
		? MCPAUTH_ANSWERED
		: mcpauth__public_document_decline(exchange);
}

void mcpauth__stage_resource_metadata(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "resource_metadata";
	stage->on_request = on_request;
}
