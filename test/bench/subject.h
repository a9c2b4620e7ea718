/**
 * @file
 * What is measured: a library with resources, issuers and keys by hand, so that
 * nothing is fetched, and tokens for it.
 */
#ifndef MCPAUTH_BENCH_SUBJECT_H
#define MCPAUTH_BENCH_SUBJECT_H

#include "support/test_key.h"

#include <mcpauth/mcpauth.h>

#include <stdatomic.h>
#include <stdint.h>

/** How a library is made; what is NULL or 0 is what one usually has. */
struct subject_config {
	const char *algorithm; /* of the key that signs; RS256 */
	unsigned keys;         /* of each issuer; 1 */
	unsigned issuers;      /* of the first resource; 1 */
	unsigned resources;    /* 1 */
	/** The system's clock tells the time, as in a program, so subject_forget()
	 * does nothing. Else a clock that is moved. */
	bool has_system_clock;
};

/** The resource, the issuer and the key are the last ones: whatever grows is
 * looked through as far as it goes. */
struct subject {
	struct mcpauth *auth;
	const struct test_key *key;
	const char *algorithm;
	char kid[32];
	char issuer[128];
	char resource[128];
	_Atomic int64_t ahead_ms; /* of the system's monotonic clock */
};

/** Make one. Stays where it is until subject_stop(). */
void subject_start(struct subject *subject, const struct subject_config *config);
void subject_stop(struct subject *subject);

/** Let so much time pass that all tokens are as good as never seen, as long as
 * they live: a day. Any thread. */
void subject_forget(struct subject *subject);

/** Tokens that differ. */
struct subject_tokens {
	struct subject *subject;
	char **items;
	size_t count;
	size_t next;
};

/** What is in a token; what is NULL or 0 is what makes it a good one. */
struct subject_claims {
	size_t size;        /* bytes of the claims; 565 */
	const char *scope;  /* "read" */
	const char *issuer; /* the subject's */
	const char *kid;    /* the subject's; "" leaves `kid` and `typ` out */
	bool is_expired;    /* an hour ago */
	bool is_spoiled;    /* its signature is that of another token */
};

/** Sign some. @param claims  NULL for good ones. Finish with subject_tokens_finish() */
void subject_tokens_sign(struct subject_tokens *tokens, struct subject *subject,
	const struct subject_claims *claims, size_t count);
void subject_tokens_finish(struct subject_tokens *tokens);

/** One after the other. When they begin again, the subject has forgotten them. */
const char *subject_tokens_next(struct subject_tokens *tokens);

/** A token's payload: JSON of exactly so many bytes. Caller frees with free() */
char *subject_payload(
	const struct subject *subject, const struct subject_claims *claims, size_t number);

/** Verify without blocking, as a server does. It must come out as wanted. */
void subject_verify(const struct subject *subject, const char *token, enum mcpauth_code want);

/** A case: the first token again and again, seen once before. @param user  tokens */
void subject_run_hot(uint64_t times, void *user);

/** A case: each token is new. @param user  tokens */
void subject_run_cold(uint64_t times, void *user);

#endif
