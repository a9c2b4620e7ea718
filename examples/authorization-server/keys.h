/* The one signing key: made at start, shown as a JWK, used for JWTs. */
#ifndef AUTHORIZATION_SERVER_KEYS_H
#define AUTHORIZATION_SERVER_KEYS_H

#include "settings.h"

#include <cjson/cJSON.h>

struct keys;

/** @return NULL if the key could not be made */
struct keys *keys_new(enum algorithm algorithm);
void keys_free(struct keys *keys);

/** The name of the algorithm as it stands in a JWS header. */
const char *keys_algorithm(const struct keys *keys);

/** A JWK set with the public key; the caller deletes it. */
cJSON *keys_public(const struct keys *keys);

/**
 * A signed compact JWT.
 *
 * @param type    header member typ
 * @param claims  borrowed for the call
 * @return NULL if signing failed; the caller frees
 */
char *keys_sign(const struct keys *keys, const char *type, const cJSON *claims);

#endif
