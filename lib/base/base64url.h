/* base64url without padding, as RFC 7515 section 2 wants it, and nothing else. */
#ifndef MCPAUTH_BASE_BASE64URL_H
#define MCPAUTH_BASE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/** Bytes that `length` characters stand for. */
#define MCPAUTH__BASE64URL_DECODED(length) ((length) / 4 * 3 + ((length) % 4 * 3) / 4)
/** Characters that `length` bytes become, without a NUL. */
#define MCPAUTH__BASE64URL_ENCODED(length) (((length)*4 + 2) / 3)

/**
 * Decode strictly: padding, blanks, other alphabets, an impossible length and
 * bits that stand for nothing are refused.
 *
 * @param out  room for MCPAUTH__BASE64URL_DECODED(length) bytes
 * @return false if the text is not base64url
 */
bool mcpauth__base64url_decode(const char *text, size_t length, unsigned char *out);

/**
 * Encode without padding.
 *
 * @param out  room for MCPAUTH__BASE64URL_ENCODED(length) + 1 characters
 */
void mcpauth__base64url_encode(const unsigned char *data, size_t length, char *out);

#endif
