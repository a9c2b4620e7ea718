/* The Authorization header (RFC 6750 section 2.1). */
#ifndef MCPAUTH_MIDDLEWARE_CREDENTIALS_H
#define MCPAUTH_MIDDLEWARE_CREDENTIALS_H

#include <mcpauth/error.h>

#include <stddef.h>

/**
 * Find the token in a header's value.
 *
 * @param value       without blanks at its ends; borrowed
 * @param length      of the value
 * @param[out] token  inside value; NULL unless MCPAUTH_OK
 * @return MCPAUTH_OK, MCPAUTH_E_NO_CREDENTIALS (another scheme) or
 *         MCPAUTH_E_INVALID_REQUEST (no token, or what cannot be one)
 */
enum mcpauth_code mcpauth__credentials_parse(const char *value, size_t length, const char **token);

#endif
