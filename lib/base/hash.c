/* SHA-256 and comparison in constant time, by GnuTLS. */
#include "base/hash.h"

#include "base/wipe.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

bool mcpauth__sha256(const void *data, size_t length, unsigned char digest[MCPAUTH__SHA256_SIZE])
{
	bool good = gnutls_hash_fast(GNUTLS_DIG_SHA256, data, length, digest) == 0;
	/* There GnuTLS has its context, with the last bytes in it: the end of a token. */
	mcpauth__wipe_stack_of_hash();
	return good;
}

bool mcpauth__equal_bytes(const void *a, const void *b, size_t length)
{
	return gnutls_memcmp(a, b, length) == 0;
}
