/* Makes names for requests: a counter that a permutation hides. */
#include "monitoring/request_id.h"

#include "monitoring/hex.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

bool mcpauth__request_ids_init(struct mcpauth__request_ids *ids)
{
	uint64_t random[2];
	if (gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof random) < 0) {
		return false;
	}
	atomic_init(&ids->next, random[0]);
	ids->key = random[1];
	return true;
}

/* Each step can be undone, so that different numbers stay different. (The constants are
 * those of SplitMix64.) With the key, two names do not show at a glance how many requests
 * there were between them; more is not needed of a name. */
static uint64_t permute(uint64_t number, uint64_t key)
{
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return (number ^ number >> 31) ^ key;
}

void mcpauth__request_ids_next(
	struct mcpauth__request_ids *ids, char text[MCPAUTH__REQUEST_ID_SIZE])
{
	uint64_t number = permute(
		atomic_fetch_add_explicit(&ids->next, 1, memory_order_relaxed), ids->key);
	unsigned char bytes[8];
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (unsigned char)(number >> 8 * i);
	}
	mcpauth__hex_write(bytes, sizeof bytes, text);
}
