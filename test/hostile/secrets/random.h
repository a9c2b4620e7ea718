/** @file Randomness that a test knows beforehand. */
#ifndef MCPAUTH_TEST_RANDOM_H
#define MCPAUTH_TEST_RANDOM_H

#include <stdbool.h>

#define RANDOM_KEY_SIZE 32

/**
 * Take these bytes for random, the next time that a key of this size is wanted.
 *
 * @param bytes  borrowed until then
 * @param times  1: the next one; 2: the one behind it
 */
void random_set(const unsigned char *bytes, unsigned times);

/** Were they taken? */
bool random_is_used(void);

#endif
