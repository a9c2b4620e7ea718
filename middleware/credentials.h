/* The Authorization header (RFC 6750 section 2.1), as far as it is told without the token. */
#ifndef MCPAUTH_MIDDLEWARE_CREDENTIALS_H
#define MCPAUTH_MIDDLEWARE_CREDENTIALS_H

/**
 * Find where the token of a header's value begins; it ends with the value. Whether it can
 * be one is not asked: there may be none.
 *
 * @param value  without blanks at its ends; borrowed
 * @return inside value; NULL if this is another scheme
 */
const char *mcpauth__credentials_token(const char *value);

#endif
