/* The public keys of those who prove who they are with a signed JWT. */
#ifndef AUTHORIZATION_SERVER_PUBLIC_KEY_H
#define AUTHORIZATION_SERVER_PUBLIC_KEY_H

#include "jwt.h"

/* In JWS headers, and in the metadata. */
#define PUBLIC_KEY_ALGORITHMS "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519"

struct public_key;

/**
 * Read a file with one public key, as PEM (SubjectPublicKeyInfo) or as a JWK.
 *
 * @param[out] why  written only on failure
 * @return the caller frees with public_key_free(); NULL on failure
 */
struct public_key *public_key_read(const char *path, const char **why);
void public_key_free(struct public_key *key);

/** Whether the JWT was signed with this key, by an algorithm that fits it. */
bool public_key_verifies(const struct public_key *key, const struct jwt *jwt);

#endif
