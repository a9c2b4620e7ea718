/* One token on its way from the caller to an identity, whoever judges it. */
#ifndef MCPAUTH_TOKEN_ATTEMPT_H
#define MCPAUTH_TOKEN_ATTEMPT_H

#include "token/claims.h"
#include "token/verifier.h"

/** When a token is looked at, and by what it is known again. */
struct mcpauth__recognition {
	int64_t now;    /* seconds since 1970 */
	int64_t now_ms; /* as mcpauth__clock_coarse() */
	bool has_key;   /* else nothing is remembered */
	struct mcpauth__digest_key key;
};

/** Made by mcpauth__verifier_check(), on its stack. */
struct mcpauth__attempt {
	const struct mcpauth__verifier *verifier;
	const struct mcpauth__presented *presented;
	const struct mcpauth__recognition *recognition;
	struct mcpauth__issuer *issuer; /* once it is found: who knows the token */
	uint64_t generation;            /* of its keys that were tried last */
	bool recalled;                  /* nobody judges it: it was judged before */
	bool without_keys;              /* they have no say in it, today or when they change */
	int64_t cache_ms;               /* for how long the identity may be remembered */
	struct mcpauth__claim_rules rules;
	struct mcpauth__jws jws; /* of a token that is no JWT the claims alone */
	struct mcpauth_error *err;
};

/** Which of the resource's issuers do the claims name? MCPAUTH_E_UNTRUSTED_ISSUER */
enum mcpauth_code mcpauth__attempt_find_issuer(struct mcpauth__attempt *attempt);

/** Hold the claims against the rules; after find_issuer. */
enum mcpauth_code mcpauth__attempt_check_claims(struct mcpauth__attempt *attempt);

/** Unlike a JWT, such a token may say something else when asked about again: what is
 * remembered does not outlast the times that it named, nor `most` milliseconds. After
 * check_claims. */
void mcpauth__attempt_limit_cache(struct mcpauth__attempt *attempt, int64_t most);

/** The token is genuine: ask the program's own check, make the identity. */
enum mcpauth_code mcpauth__attempt_conclude(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

#endif
