/*
 * Tags of texts, by which a text is known again: a message authentication code that takes
 * a fraction of a hash's time.
 *
 * It is GMAC (NIST SP 800-38D) with AES-128, under a key that is drawn when the object is
 * made and never leaves it. All tags have one nonce. So they must not be shown to anybody:
 * whoever saw two of them could make more. Where nobody sees one, a text that is made up
 * has a given text's tag with a chance of (bytes / 16 + 2) / 2^128 at most.
 */
#ifndef MCPAUTH_BASE_QUICK_MAC_H
#define MCPAUTH_BASE_QUICK_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A key, and what works with it. Any thread. */
struct mcpauth__quick_mac;

/** Of one object only; tags of two have nothing to do with each other. */
struct mcpauth__quick_tag {
	uint64_t words[2];
};

/** @return caller frees with mcpauth__quick_mac_free(); NULL without memory, or if GnuTLS
 * has no random bytes */
struct mcpauth__quick_mac *mcpauth__quick_mac_new(void);

/** While nobody uses it. NULL is accepted. */
void mcpauth__quick_mac_free(struct mcpauth__quick_mac *mac);

/**
 * The tag of a text, without a lock.
 *
 * @param[out] tag  undefined with false
 * @return false if it cannot be told now, of which the caller must not depend: other threads
 *         have the parts that were tried, or GnuTLS refuses
 */
bool mcpauth__quick_mac_tag(struct mcpauth__quick_mac *mac, const void *text, size_t length,
	struct mcpauth__quick_tag *tag);

/** Are they equal? The time taken tells nothing of where they differ. */
static inline bool mcpauth__quick_tags_are_equal(
	const struct mcpauth__quick_tag *a, const struct mcpauth__quick_tag *b)
{
	return ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1])) == 0;
}

#endif
