/* SHA-256, what is made of it with a key, and comparison in constant time. */
#ifndef MCPAUTH_BASE_HASH_H
#define MCPAUTH_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>

#define MCPAUTH__SHA256_SIZE 32

/** Bytes that only some know. Borrowed. */
struct mcpauth__secret {
	const void *data;
	size_t length;
};

/** SHA-256 of some bytes. @return false if GnuTLS refuses */
bool mcpauth__sha256(const void *data, size_t length, unsigned char digest[MCPAUTH__SHA256_SIZE]);

/** HMAC-SHA-256 (RFC 2104) of some bytes. @return false if GnuTLS refuses */
bool mcpauth__hmac_sha256(const unsigned char key[MCPAUTH__SHA256_SIZE], const void *data,
	size_t length, unsigned char mac[MCPAUTH__SHA256_SIZE]);

/**
 * A key for one use alone, by HKDF with SHA-256 (RFC 5869): whoever has it learns nothing
 * of the secret, nor of its keys for other uses.
 *
 * @param label  of the use, the salt; a constant
 * @param info   what tells its keys apart; NULL and "" are the same
 * @return false if GnuTLS refuses
 */
bool mcpauth__derive_key(const struct mcpauth__secret *secret, const char *label, const char *info,
	unsigned char key[MCPAUTH__SHA256_SIZE]);

/** Are they equal? The time taken tells nothing of where they differ. */
bool mcpauth__equal_bytes(const void *a, const void *b, size_t length);

#endif
