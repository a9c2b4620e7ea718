/**
 * @file
 * What differs between the two interfaces of libjwt: its calls of 1.x and 2.x, and the
 * checker of 3.x. One file each; the build takes the one that fits what is there.
 */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include "server.h"

#include <stdbool.h>

struct hand_key;

/** Ends the process if the key of `options` cannot be used. @return free with hand_key_free() */
struct hand_key *hand_key_new(const struct server_options *options);

void hand_key_free(struct hand_key *key);

/**
 * Is it signed with the key, from the issuer, for the resource, and still good?
 *
 * @param[out] scope  room for its scopes, a NUL behind them; empty if it has none
 */
bool hand_key_check(const struct hand_key *key, const char *token, char *scope, size_t size);

#endif
