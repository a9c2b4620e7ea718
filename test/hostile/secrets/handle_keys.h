/** @file The key that the server seals handles with, and its marks. */
#ifndef MCPAUTH_TEST_HANDLE_KEYS_H
#define MCPAUTH_TEST_HANDLE_KEYS_H

#include "subject.h"

/**
 * Mark a key, all that is made of it on the way to a seal, and what HMAC makes of those
 * (RFC 2104 section 2), and let the server make handles with it, and check some.
 *
 * @param secret  32 bytes or more
 */
void handle_keys_use(struct subject *subject, const char *secret);

/** Mark 32 bytes of a key, and what HMAC makes of them. */
void handle_keys_mark(struct subject *subject, const char *name, const unsigned char *key);

/** Let it release the handles. @return had its memory one of the marks until now, once, and
 * that the one of the key that it needs? Others are printed */
bool handle_keys_end(struct subject *subject);

#endif
