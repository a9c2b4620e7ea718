/*
 * Tags of texts, by which a text is known again, and what was noted beside it is known to
 * belong to it: a message authentication code that takes a fraction of a hash's time.
 *
 * It is that of GCM (NIST SP 800-38D) with AES-128, under a key that is drawn when the object
 * is made and never leaves it. The text is what GCM only authenticates, the digest beside it,
 * folded to 96 bits, the nonce. So one nonce has many texts, and tags must not be shown to
 * anybody: whoever saw two of them could make more. Where nobody sees one, a text that is
 * made up has the tag of another with the same digest with a chance of (bytes / 16 + 2) /
 * 2^128 at most.
 *
 * It is no hash: whoever has the key and a tag has 128 bits of the text, and a text of which
 * no more than that is unknown as a whole. Shorter ones than MCPAUTH__QUICK_MAC_LEAST get no
 * tag.
 */
#ifndef MCPAUTH_BASE_QUICK_MAC_H
#define MCPAUTH_BASE_QUICK_MAC_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the shortest text that gets a tag. */
#define MCPAUTH__QUICK_MAC_LEAST 128

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

/** A text, and the hash that is noted beside it. Borrowed. */
struct mcpauth__quick_text {
	const void *text;
	size_t length;
	const unsigned char *digest; /* MCPAUTH__SHA256_SIZE bytes */
};

/**
 * The tag of both, without a lock.
 *
 * @param[out] tag  undefined with false
 * @return false if there is none, without which the caller must do: the text is too short,
 *         other threads have the parts that were tried, or GnuTLS refuses
 */
bool mcpauth__quick_mac_tag(struct mcpauth__quick_mac *mac, const struct mcpauth__quick_text *text,
	struct mcpauth__quick_tag *tag);

/** Are they equal? The time taken tells nothing of where they differ. */
static inline bool mcpauth__quick_tags_are_equal(
	const struct mcpauth__quick_tag *a, const struct mcpauth__quick_tag *b)
{
	return ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1])) == 0;
}

#endif
