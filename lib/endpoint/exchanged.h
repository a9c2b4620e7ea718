/* Tokens got in exchange: from the endpoint's answer to what programs hold. */
#ifndef MCPAUTH_ENDPOINT_EXCHANGED_H
#define MCPAUTH_ENDPOINT_EXCHANGED_H

#include "net/worker.h"

#include <mcpauth/token_exchange.h>

/** `lifetime` of a token whose endpoint did not say. */
#define MCPAUTH__LIFETIME_UNKNOWN (-1)

/**
 * Read a token endpoint's answer (RFC 8693 section 2.2).
 *
 * @param response       borrowed for the call
 * @param asked_at       seconds since 1970 when it was asked, from which
 *                       `expires_in` is counted: the safe side
 * @param[out] token     caller frees with mcpauth_exchanged_token_free()
 * @param[out] lifetime  `expires_in`, or MCPAUTH__LIFETIME_UNKNOWN
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_ENDPOINT, MCPAUTH_E_INVALID_JSON, a code
 *         of the group 2xx or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__exchanged_token_read(const struct mcpauth__response *response,
	int64_t asked_at, struct mcpauth_exchanged_token **token, int64_t *lifetime,
	struct mcpauth_error *err);

#endif
