/** @file Private keys that the server signs its client assertions with, and their marks. */
#ifndef MCPAUTH_TEST_CLIENT_KEYS_H
#define MCPAUTH_TEST_CLIENT_KEYS_H

#include "subject.h"

/**
 * Mark a private key: its text, and its secret numbers in either order of bytes.
 *
 * @param algorithm  as for test_key()
 * @return the key as PEM; caller frees with free()
 */
char *client_key_make(struct subject *subject, const char *algorithm);

/** Mark the signature of the assertion in the form of a request. */
void client_key_mark_assertion(struct subject *subject, const char *form);

#endif
