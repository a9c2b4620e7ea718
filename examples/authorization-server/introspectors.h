/* Who may introspect by the command line, and how each proves who it is. */
#ifndef AUTHORIZATION_SERVER_INTROSPECTORS_H
#define AUTHORIZATION_SERVER_INTROSPECTORS_H

#include "public_key.h"
#include "text.h"

#define INTROSPECTORS 32

enum introspector_proof {
	PROOF_SECRET,
	PROOF_KEY,
	PROOF_BEARER
};

struct introspector {
	char *id;
	enum introspector_proof proof;
	uint8_t secret[DIGEST_SIZE]; /* of the secret, or of the bearer token */
	struct public_key *key;      /* only with PROOF_KEY */
	char *logout_uri;            /* where its logout tokens go; NULL: nowhere */
};

/* One id may stand here more than once, with several proofs. */
struct introspectors {
	struct introspector list[INTROSPECTORS];
	unsigned count;
};

/**
 * Add what an option says.
 *
 * @param text      ID:SECRET, or ID:FILE with a key or a bearer token
 * @return NULL, or why not; never with the text in it
 */
const char *introspectors_add(
	struct introspectors *introspectors, enum introspector_proof proof, const char *text);

/** Where logout tokens of the last one that was added go. @return NULL, or why not */
const char *introspectors_set_logout_uri(struct introspectors *introspectors, const char *uri);

void introspectors_finish(struct introspectors *introspectors);

/** Whether one of them proves itself in this way. */
bool introspectors_have(const struct introspectors *introspectors, enum introspector_proof proof);

/**
 * Whose secret or bearer token this is; told in constant time.
 *
 * @param id  NULL: anybody's
 * @return borrowed; NULL if it is nobody's
 */
const struct introspector *introspectors_by_secret(const struct introspectors *introspectors,
	enum introspector_proof proof, const char *id, const char *secret);

/** Whose key has signed this JWT, among those of one id. Borrowed, or NULL. */
const struct introspector *introspectors_by_signature(
	const struct introspectors *introspectors, const char *id, const struct jwt *jwt);

#endif
