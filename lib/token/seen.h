/* Names that count once, remembered until what they name is too old. */
#ifndef MCPAUTH_TOKEN_SEEN_H
#define MCPAUTH_TOKEN_SEEN_H

#include "base/hash.h"

#include <stdint.h>

#define MCPAUTH__SEEN_LIMIT 1024

/** At most MCPAUTH__SEEN_LIMIT of them. Any thread. */
struct mcpauth__seen;

/** @return NULL without memory, or a lock */
struct mcpauth__seen *mcpauth__seen_new(void);

/** While nobody uses it. NULL is accepted. */
void mcpauth__seen_free(struct mcpauth__seen *seen);

/**
 * Remember a name unless it is remembered already: of all who come with the same at
 * the same time one is told that it was added. If there is no room the name that
 * ends first is forgotten.
 *
 * @param digest  SHA-256 of the name
 * @param now     seconds since 1970
 * @param until   likewise: from then on it is as if it had never been seen
 * @return false if it was seen before
 */
bool mcpauth__seen_add(struct mcpauth__seen *seen, const unsigned char digest[MCPAUTH__SHA256_SIZE],
	int64_t now, int64_t until);

#endif
