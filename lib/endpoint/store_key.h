/* Under which keys things lie in a store. */
#ifndef MCPAUTH_ENDPOINT_STORE_KEY_H
#define MCPAUTH_ENDPOINT_STORE_KEY_H

#include "base/hash.h"
#include "net/shared_store.h"

/** Printable ASCII, ends with a NUL; holds hashes only. */
struct mcpauth__store_key {
	char text[MCPAUTH__STORE_KEY_SIZE];
};

/** Whose answers they are. What one endpoint says to one client of a token another
 * client may not hear (RFC 7662 section 4): nobody believes what another one heard, nor
 * what one heard who is content with less. Borrowed. */
struct mcpauth__store_scope {
	const char *issuer;
	const char *endpoint;  /* NULL: the issuer's metadata names it */
	const char *client_id; /* NULL: none */
	bool signed_answers;   /* nothing else is taken */
};

/** The part of the scope that is in its answers' keys. */
struct mcpauth__store_section {
	char text[33]; /* half a SHA-256 in hexadecimal, ends with a NUL */
};

/* Where these can fail: @return false if nothing can be hashed. */

bool mcpauth__store_section_make(
	struct mcpauth__store_section *section, const struct mcpauth__store_scope *scope);

/** Of an answer about the token of this digest. */
void mcpauth__store_key_of_answer(struct mcpauth__store_key *key,
	const struct mcpauth__store_section *section, const unsigned char *digest);

/** Of a logout token that was seen. */
bool mcpauth__store_key_of_jti(struct mcpauth__store_key *key, const char *issuer, const char *jti);

/** Of the sign that a token is forgotten. */
void mcpauth__store_key_of_forgotten_token(
	struct mcpauth__store_key *key, const unsigned char *digest);

/** Of the sign that an issuer's subject, or session, is forgotten. */
bool mcpauth__store_key_of_forgotten_subject(
	struct mcpauth__store_key *key, const char *issuer, const char *subject);
bool mcpauth__store_key_of_forgotten_session(
	struct mcpauth__store_key *key, const char *issuer, const char *session);

#endif
