/* Refuses requests whose parts two parsers could see in different places. */
#include "stages/stages.h"

#include "chain_int.h"

/* RFC 9112 sections 3.2, 5.1 and 6.3: what a proxy in front reads as one request
 * must not be another one here. MHD lets most of it through. */
static bool is_ambiguous(const struct mcpauth__request_headers *headers)
{
	unsigned hosts = headers->items[MCPAUTH__HEADER_HOST].count;
	unsigned lengths = headers->items[MCPAUTH__HEADER_CONTENT_LENGTH].count;
	unsigned codings = headers->items[MCPAUTH__HEADER_TRANSFER_ENCODING].count;
	return hosts > 1 || lengths > 1 || headers->have_padded_names
		|| (codings > 0
			&& (lengths > 0 || mcpauth__request_headers_hide_body_end(headers)));
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	if (!exchange->arrival.path_is_cut && !is_ambiguous(&exchange->request_headers)) {
		return MCPAUTH_NEXT;
	}
	exchange->reason = MCPAUTH_E_FRAMING;
	mcpauth__exchange_error(exchange, 400, "invalid_request",
		"It is not clear which host or path the request is for, or where it ends");
	mcpauth_answer_set_header(&exchange->answer, "Connection", "close");
	return MCPAUTH_ANSWERED;
}

void mcpauth__stage_framing(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "framing";
	stage->on_request = on_request;
}
