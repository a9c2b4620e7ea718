/* Refuses requests whose end two parsers could see in different places. */
#include "stages/stages.h"

#include "chain_int.h"

#include <stddef.h>

/* RFC 9112 sections 3.2 and 6.3: what a proxy in front reads as one request
 * must not be another one here. MHD lets the first two through. */
static bool is_ambiguous(struct mcpauth_exchange *exchange)
{
	return mcpauth_exchange_header(exchange, "Host", 1) != NULL
		|| mcpauth_exchange_header(exchange, "Content-Length", 1) != NULL
		|| (mcpauth_exchange_header(exchange, "Content-Length", 0) != NULL
			&& mcpauth_exchange_header(exchange, "Transfer-Encoding", 0) != NULL);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	if (!is_ambiguous(exchange)) {
		return MCPAUTH_NEXT;
	}
	if (mcpauth__exchange_error(exchange, 400, "invalid_request",
		"The request names its host or its length more than once") != MCPAUTH_ANSWERED) {
		return MCPAUTH_FAILED;
	}
	return mcpauth_answer_set_header(&exchange->answer, "Connection", "close") == MCPAUTH_OK
		? MCPAUTH_ANSWERED : MCPAUTH_FAILED;
}

void mcpauth__stage_framing(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "framing";
	stage->on_request = on_request;
}
