/*
 * A message authentication code that takes a fraction of a hash's time, for knowing a
 * text again.
 *
 * It is GMAC (NIST SP 800-38D) with AES-128, under a key that is drawn when the object is
 * made and never leaves it. All MACs have one nonce, so they must not leave the process
 * either: whoever saw two of them could make more. Two texts that nobody chose with a MAC
 * before his eyes have the same one with a chance of 2^-120 or less.
 */
#ifndef MCPAUTH_BASE_QUICK_MAC_H
#define MCPAUTH_BASE_QUICK_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Any thread. */
struct mcpauth__quick_mac;

/** A MAC. */
struct mcpauth__quick_tag {
	uint64_t words[2];
};

/** @return NULL without memory, or if GnuTLS has no random bytes */
struct mcpauth__quick_mac *mcpauth__quick_mac_new(void);

/** While nobody uses it. NULL is accepted. */
void mcpauth__quick_mac_free(struct mcpauth__quick_mac *mac);

/** Without a lock. @return false if it cannot be told: too many threads are at it just
 * now, or GnuTLS refuses */
bool mcpauth__quick_mac_make(struct mcpauth__quick_mac *mac, const void *data, size_t length,
	struct mcpauth__quick_tag *tag);

/** Are they equal? The time taken tells nothing of where they differ. */
static inline bool mcpauth__quick_tags_are_equal(
	const struct mcpauth__quick_tag *a, const struct mcpauth__quick_tag *b)
{
	return ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1])) == 0;
}

#endif
