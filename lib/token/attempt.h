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

/** Who knew the token. */
enum mcpauth__judge {
	MCPAUTH__JUDGE_NOBODY, /* yet */
	MCPAUTH__JUDGE_MEMORY,
	MCPAUTH__JUDGE_KEYS,
	MCPAUTH__JUDGE_STATIC,
	MCPAUTH__JUDGE_PROGRAM,
	MCPAUTH__JUDGE_INTROSPECTION
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
	struct mcpauth__jws jws;   /* of a token that is no JWT the claims alone */
	enum mcpauth__judge judge; /* keys from the beginning if there are no others */
	struct mcpauth_error *err;
};

/** One that is looked into when it is over. */
struct mcpauth__examination {
	struct mcpauth__recognition recognition;
	struct mcpauth__attempt attempt; /* of claims that were accepted no jws is left */
	struct mcpauth_error why;
};

/**
 * mcpauth__verifier_check() that leaves behind what it found, and remembers nothing.
 *
 * @param verifier          without a cache
 * @param[out] examination  caller releases the attempt's jws with mcpauth__jws_finish()
 */
enum mcpauth_code mcpauth__verifier_examine(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__examination *examination,
	struct mcpauth__identity **identity);

/** Which of the resource's issuers do the claims name? MCPAUTH_E_UNTRUSTED_ISSUER */
enum mcpauth_code mcpauth__attempt_find_issuer(struct mcpauth__attempt *attempt);

/** Is `iss` this one, whose endpoint was asked? Or MCPAUTH_E_UNTRUSTED_ISSUER */
enum mcpauth_code mcpauth__attempt_check_answerer(
	const struct mcpauth__attempt *attempt, const struct mcpauth__issuer *issuer);

/** Hold the claims against the rules; after find_issuer. */
enum mcpauth_code mcpauth__attempt_check_claims(struct mcpauth__attempt *attempt);

/** Unlike a JWT, such a token may say something else when asked about again: what is
 * remembered does not outlast the times that it named, nor `most` milliseconds. After
 * check_claims. */
void mcpauth__attempt_limit_cache(struct mcpauth__attempt *attempt, int64_t most);

/** Make the identity of claims, whatever they are worth; takes them as
 * mcpauth__identity_new() does. */
enum mcpauth_code mcpauth__attempt_identify(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

/** The token is genuine: ask the program's own check, make the identity. */
enum mcpauth_code mcpauth__attempt_conclude(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

#endif
