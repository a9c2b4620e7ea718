/* Documents that everybody may read, scripts of every origin among them. */
#ifndef MCPAUTH_MIDDLEWARE_PUBLIC_DOCUMENT_H
#define MCPAUTH_MIDDLEWARE_PUBLIC_DOCUMENT_H

#include "exchange_int.h"

/** Is it to be shown: GET or HEAD? */
bool mcpauth__public_document_is_read(const struct mcpauth_exchange *exchange);

/** Show it. @return MCPAUTH_ANSWERED or MCPAUTH_FAILED */
enum mcpauth_stage_result mcpauth__public_document_show(
	struct mcpauth_exchange *exchange, const char *json);

/** Answer any other method: OPTIONS, or 405. @return likewise */
enum mcpauth_stage_result mcpauth__public_document_decline(struct mcpauth_exchange *exchange);

/** There is none just now: 503. @return likewise */
enum mcpauth_stage_result mcpauth__public_document_lack(
	struct mcpauth_exchange *exchange, unsigned retry_after);

#endif
