/* Who called, in digits that tell nobody who that is. */
#ifndef MCPAUTH_MONITORING_SUBJECT_HASH_H
#define MCPAUTH_MONITORING_SUBJECT_HASH_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

/** Bytes that the digits take, their final NUL included. */
#define MCPAUTH__SUBJECT_DIGITS_SIZE 17

/** Bytes of the shortest key. */
#define MCPAUTH__SUBJECT_KEY_MIN 16

/** A key. Starts as {0}. */
struct mcpauth__subject_hash {
	unsigned char *key;
	size_t length;
};

/**
 * Take a key.
 *
 * @param key     copied; NULL for a random one
 * @param length  bytes, at least MCPAUTH__SUBJECT_KEY_MIN; 0 with NULL
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_SYSTEM (no random numbers) or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__subject_hash_init(struct mcpauth__subject_hash *hash, const void *key,
	size_t length, struct mcpauth_error *err);

/** Wipe the key and release it; it is {0} again. */
void mcpauth__subject_hash_finish(struct mcpauth__subject_hash *hash);

/**
 * The digits of a principal: 8 bytes of HMAC-SHA-256 over issuer and subject, each behind
 * its length in 8 bytes, most significant first, so that no two principals make one text.
 *
 * @return false without memory
 */
bool mcpauth__subject_hash_write(const struct mcpauth__subject_hash *hash, const char *issuer,
	const char *subject, char digits[MCPAUTH__SUBJECT_DIGITS_SIZE]);

#endif
