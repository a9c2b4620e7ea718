/* Keys of tokens, for tests of what remembers tokens. */
#ifndef TEST_SUPPORT_TOKEN_KEY_H
#define TEST_SUPPORT_TOKEN_KEY_H

#include "support/check.h"

#include "token/digest_table.h"

/** What a token is remembered by; any bytes will do. */
static inline struct mcpauth__digest_key token_key(const void *token, size_t length, uint64_t trust)
{
	struct mcpauth__digest_key key;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	assert_true(mcpauth__sha256(token, length, digest));
	mcpauth__digest_key_make(&key, digest, trust);
	return key;
}

#endif
