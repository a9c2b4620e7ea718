/**
 * @file
 * Tokens' signatures verified by GnuTLS and nothing else: what no verification
 * can cost less than.
 */
#ifndef MCPAUTH_BENCH_BARE_H
#define MCPAUTH_BENCH_BARE_H

#include "subject.h"

struct bare_signature {
	gnutls_datum_t message; /* borrowed from the token */
	gnutls_datum_t raw;     /* as JWS has it */
	gnutls_datum_t encoded; /* as GnuTLS wants it: DER for ECDSA, else the same */
};

struct bare {
	gnutls_pubkey_t key;
	gnutls_sign_algorithm_t algorithm;
	struct bare_signature *items;
	size_t count;
	size_t next;
};

/** Take signatures out of tokens, which live longer. Finish with bare_finish() */
void bare_init(struct bare *bare, const struct subject_tokens *tokens);
void bare_finish(struct bare *bare);

/** One after the other, and again from the first. */
const struct bare_signature *bare_next(struct bare *bare);

/** A case: gnutls_pubkey_verify_data2() of the next. @param user  bare */
void bare_run(uint64_t times, void *user);

#endif
