/* SHA-256, HMAC, HKDF and comparison in constant time, by GnuTLS. */
#include "base/hash.h"

#include "base/wipe.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <limits.h>
#include <string.h>

bool mcpauth__sha256(const void *data, size_t length, unsigned char digest[MCPAUTH__SHA256_SIZE])
{
	bool good = gnutls_hash_fast(GNUTLS_DIG_SHA256, data, length, digest) == 0;
	/* There GnuTLS has its context, with the last bytes in it: the end of a token. */
	mcpauth__wipe_stack_of_hash();
	return good;
}

bool mcpauth__hmac_sha256(const unsigned char key[MCPAUTH__SHA256_SIZE], const void *data,
	size_t length, unsigned char mac[MCPAUTH__SHA256_SIZE])
{
	bool good = gnutls_hmac_fast(
			    GNUTLS_MAC_SHA256, key, MCPAUTH__SHA256_SIZE, data, length, mac)
		== 0;
	/* Its context there is as good as the key. */
	mcpauth__wipe_stack_of_mac();
	return good;
}

static gnutls_datum_t datum_of(const void *data, size_t length)
{
	return (gnutls_datum_t){(unsigned char *)data, (unsigned)length};
}

bool mcpauth__derive_key(const struct mcpauth__secret *secret, const char *label, const char *info,
	unsigned char key[MCPAUTH__SHA256_SIZE])
{
	unsigned char extracted[MCPAUTH__SHA256_SIZE];
	const char *use = info != NULL ? info : "";
	const gnutls_datum_t given = datum_of(secret->data, secret->length);
	const gnutls_datum_t salt = datum_of(label, strlen(label));
	const gnutls_datum_t told = datum_of(use, strlen(use));
	const gnutls_datum_t half = datum_of(extracted, sizeof extracted);
	bool good = secret->length <= UINT_MAX
		&& gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &given, &salt, extracted) == 0
		&& gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &half, &told, key, MCPAUTH__SHA256_SIZE)
			== 0;
	mcpauth__wipe_stack_of_mac();
	mcpauth__wipe(extracted, sizeof extracted);
	return good;
}

bool mcpauth__equal_bytes(const void *a, const void *b, size_t length)
{
	return gnutls_memcmp(a, b, length) == 0;
}
