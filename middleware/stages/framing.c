/* Refuses requests whose end two parsers could see in different places. */
#include "stages/stages.h"

#include "chain_int.h"

#include <stddef.h>
#include <strings.h>

/* RFC 9112 section 6.1: MHD takes any other coding for a body that lasts until
 * the connection ends, with everybody's requests in it that a proxy sends. Any
 * other to MHD is also one with blanks behind, so they are not trimmed here. */
static bool is_odd_coding(struct mcpauth_exchange *exchange)
{
	const char *coding = exchange->arrival.transport->header(
		exchange->arrival.user, "Transfer-Encoding", 0);
	return coding != NULL
		&& (strcasecmp(coding, "chunked") != 0
			|| mcpauth_exchange_header(exchange, "Transfer-Encoding", 1) != NULL);
}

/* RFC 9112 sections 3.2 and 6.3: what a proxy in front reads as one request
 * must not be another one here. MHD lets the first two through. */
static bool is_ambiguous(struct mcpauth_exchange *exchange)
{
	return mcpauth_exchange_header(exchange, "Host", 1) != NULL
		|| mcpauth_exchange_header(exchange, "Content-Length", 1) != NULL
		|| (mcpauth_exchange_header(exchange, "Content-Length", 0) != NULL
			&& mcpauth_exchange_header(exchange, "Transfer-Encoding", 0) != NULL)
		|| is_odd_coding(exchange);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	if (!is_ambiguous(exchange)) {
		return MCPAUTH_NEXT;
	}
	mcpauth__exchange_error(exchange, 400, "invalid_request",
		"It is not clear which host the request is for, or where it ends");
	mcpauth_answer_set_header(&exchange->answer, "Connection", "close");
	return MCPAUTH_ANSWERED;
}

void mcpauth__stage_framing(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "framing";
	stage->on_request = on_request;
}
