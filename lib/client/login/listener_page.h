/* What a listener on loopback says to a browser. */
#ifndef MCPAUTH_LOGIN_LISTENER_PAGE_H
#define MCPAUTH_LOGIN_LISTENER_PAGE_H

#include "base/buf.h"

#include <mcpauth/error.h>

/** Append the answer to a redirect, by what it came to. @return false without memory */
bool mcpauth__listener_page_tell(struct mcpauth__buf *answer, enum mcpauth_code outcome);

/**
 * Append the answer to a request that is no redirect.
 *
 * @param status   400, 403, 404, 405 or 431
 * @param is_head  without the page itself
 * @return false without memory
 */
bool mcpauth__listener_page_refuse(struct mcpauth__buf *answer, unsigned status, bool is_head);

#endif
