/* Bytes in hexadecimal digits. */
#ifndef MCPAUTH_MONITORING_HEX_H
#define MCPAUTH_MONITORING_HEX_H

#include <stddef.h>

/** Two small digits a byte, and a NUL. @param text  room for 2 * length + 1 */
static inline void mcpauth__hex_write(const unsigned char *bytes, size_t length, char *text)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < length; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

#endif
