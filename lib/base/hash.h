/* SHA-256 and comparison in constant time. */
#ifndef MCPAUTH_BASE_HASH_H
#define MCPAUTH_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>

#define MCPAUTH__SHA256_SIZE 32

/** SHA-256 of some bytes. @return false if GnuTLS refuses */
bool mcpauth__sha256(const void *data, size_t length, unsigned char digest[MCPAUTH__SHA256_SIZE]);

/** Are they equal? The time taken tells nothing of where they differ. */
bool mcpauth__equal_bytes(const void *a, const void *b, size_t length);

#endif
