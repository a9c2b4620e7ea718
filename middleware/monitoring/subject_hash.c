/* Hashes principals under a key, for logs. */
#include "monitoring/subject_hash.h"

#include "base/error_int.h"
#include "base/hash.h"
#include "base/wipe.h"
#include "monitoring/hex.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_KEY_LENGTH 32

enum mcpauth_code mcpauth__subject_hash_init(struct mcpauth__subject_hash *hash, const void *key,
	size_t length, struct mcpauth_error *err)
{
	if (key == NULL ? length > 0 : length < MCPAUTH__SUBJECT_KEY_MIN) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a key for subjects has %d bytes or more", MCPAUTH__SUBJECT_KEY_MIN);
	}
	hash->length = key == NULL ? RANDOM_KEY_LENGTH : length;
	hash->key = malloc(hash->length);
	if (hash->key == NULL) {
		return mcpauth__no_memory(err);
	}
	if (key != NULL) {
		memcpy(hash->key, key, length);
	} else if (gnutls_rnd(GNUTLS_RND_KEY, hash->key, hash->length) < 0) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "randomness is not to be had");
	}
	return MCPAUTH_OK;
}

void mcpauth__subject_hash_finish(struct mcpauth__subject_hash *hash)
{
	if (hash->key != NULL) {
		mcpauth__wipe(hash->key, hash->length);
	}
	free(hash->key);
	*hash = (struct mcpauth__subject_hash){0};
}

static bool add(gnutls_hmac_hd_t hmac, const char *text)
{
	unsigned char prefix[8];
	uint64_t length = strlen(text);
	for (size_t i = 0; i < sizeof prefix; i++) {
		prefix[i] = (unsigned char)(length >> 8 * (sizeof prefix - 1 - i));
	}
	return gnutls_hmac(hmac, prefix, sizeof prefix) == 0
		&& gnutls_hmac(hmac, text, (size_t)length) == 0;
}

bool mcpauth__subject_hash_write(const struct mcpauth__subject_hash *hash, const char *issuer,
	const char *subject, char digits[MCPAUTH__SUBJECT_DIGITS_SIZE])
{
	gnutls_hmac_hd_t hmac;
	unsigned char digest[MCPAUTH__SHA256_SIZE] = {0};
	if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, hash->key, hash->length) < 0) {
		return false;
	}
	bool good = add(hmac, issuer) && add(hmac, subject);
	gnutls_hmac_deinit(hmac, digest);
	/* There GnuTLS 3.8 leaves the key as it read it. */
	mcpauth__wipe_stack_of_mac();
	mcpauth__hex_write(digest, MCPAUTH__SUBJECT_DIGITS_SIZE / 2, digits);
	return good;
}
