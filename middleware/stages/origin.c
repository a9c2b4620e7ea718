/* Keeps foreign web pages away, also those that rebound a name to this address. */
#include "stages/stages.h"

#include "base/error_int.h"
#include "chain_int.h"

#include <stdio.h>

/* What to call if it should have been let in: behind a proxy this is the first
 * thing that goes wrong. */
static void log_refusal(
	struct mcpauth *auth, enum mcpauth_code code, const char *value, const char *call)
{
	char line[256];
	const char *what = code == MCPAUTH_E_FOREIGN_HOST ? "Host" : "Origin";
	if (!mcpauth_log_wants(auth, MCPAUTH_LOG_INFO, code)) {
		return;
	}
	snprintf(
		line, sizeof line, "%s \"%.120s\" refused: %s() would allow it", what, value, call);
	mcpauth__make_printable(line);
	mcpauth_log(auth, MCPAUTH_LOG_INFO, code, NULL, line);
}

static enum mcpauth_stage_result refuse(struct mcpauth_exchange *exchange,
	enum mcpauth__standard_answer which, const char *value, const char *call)
{
	log_refusal(exchange->rules->auth, mcpauth__standard_answer_reason(which), value, call);
	return mcpauth__exchange_answer_standard(exchange, which);
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	(void)user;
	const struct mcpauth__authorities *authorities = &exchange->rules->authorities;
	const char *host = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_HOST);
	const char *origin = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_ORIGIN);
	/* HTTP/1.0 may name no host; a browser always does. */
	if (host != NULL && !mcpauth__authorities_have_host(authorities, host)) {
		return refuse(
			exchange, MCPAUTH__STANDARD_FOREIGN_HOST, host, "mcpauth_chain_allow_host");
	}
	if (mcpauth__exchange_field_count(exchange, MCPAUTH__HEADER_ORIGIN) > 1
		|| (origin != NULL
			&& !mcpauth__authorities_have_origin(authorities, origin, host))) {
		return refuse(exchange, MCPAUTH__STANDARD_FOREIGN_ORIGIN, origin,
			"mcpauth_chain_allow_origin");
	}
	return MCPAUTH_NEXT;
}

void mcpauth__stage_origin(struct mcpauth_stage *stage)
{
	*stage = (struct mcpauth_stage)MCPAUTH_STAGE_INIT;
	stage->name = "origin";
	stage->on_request = on_request;
}
