/* What an OAuth endpoint's answer comes to before its body is read. */
#ifndef MCPAUTH_TOKEN_ENDPOINT_H
#define MCPAUTH_TOKEN_ENDPOINT_H

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

#endif
