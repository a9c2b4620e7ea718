/* What an OAuth endpoint's answer comes to before its body is read, and how long a failure
 * is remembered. */
#ifndef MCPAUTH_ENDPOINT_ENDPOINT_H
#define MCPAUTH_ENDPOINT_ENDPOINT_H

#include "net/worker.h"

/**
 * Is it an answer that can be read?
 *
 * @param response  to a POST; borrowed for the call
 * @param refused   the code for a 4xx that is no "later"; the message then has the
 *                  error code that the endpoint gives (RFC 6749 section 5.2)
 * @return MCPAUTH_OK with 200; `refused`; MCPAUTH_E_HTTP_STATUS; or why there is no
 *         answer
 */
enum mcpauth_code mcpauth__endpoint_check(const struct mcpauth__response *response,
	enum mcpauth_code refused, struct mcpauth_error *err);

/** Is it an error code that may be told and kept (RFC 6749 section 5.2): a lower-case word
 * of at most 40 letters? NULL is none. */
bool mcpauth__endpoint_is_error(const char *text);

/**
 * For how long is a failure remembered, so that an endpoint in trouble is not asked at
 * each request?
 *
 * @param code  what asking, or reading the answer, came to
 * @return milliseconds; 0: it says nothing of the endpoint or of what it was asked
 */
int64_t mcpauth__endpoint_failure_ms(enum mcpauth_code code);

#endif
