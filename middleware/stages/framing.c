/* Refuses requests whose end two parsers could see in different places. */
#include "stages/stages.h"

#include "chain_int.h"

#include <strings.h>

/* RFC 9112 section 6.1: MHD takes any other coding for a body that lasts until
 * the connection ends, with everybody's requests in it that a proxy sends. Any
 * other to MHD is also one with blanks behind. */
static bool is_odd_coding(const struct mcpauth__known *coding)
{
	return coding->count > 1
		|| (coding->count == 1
			&& (coding->had_blanks || strcasecmp(coding->value, "chunked") != 0));
}

/* RFC 9112 sections 3.2 and 6.3: what a proxy in front reads as one request
 * must not be another one here. MHD lets the first two through. */
static bool is_ambiguous(const struct mcpauth__known *known)
{
	const struct mcpauth__known *length = &known[MCPAUTH__CONTENT_LENGTH];
	const struct mcpauth__known *coding = &known[MCPAUTH__TRANSFER_ENCODING];
	return known[MCPAUTH__HOST].count > 1 || length->count > 1
		|| (length->count > 0 && coding->count > 0) || is_odd_coding(coding);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	if (!is_ambiguous(exchange->request_headers.items)) {
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
