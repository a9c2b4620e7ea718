/* One token on its way from the caller to an identity, whoever judges it. */
#ifndef MCPAUTH_TOKEN_ATTEMPT_H
#define MCPAUTH_TOKEN_ATTEMPT_H

#include "token/claims.h"
#include "token/verifier.h"

/** When a token is looked at, and by what it is known again. */
struct mcpauth__sight {
	int64_t real;   /* seconds since 1970 */
	int64_t coarse; /* milliseconds, as mcpauth__clock_coarse() */
	bool has_key;   /* else nothing is remembered */
	struct mcpauth__digest_key key;
};

/** Made by mcpauth__verifier_check(), on its stack. */
struct mcpauth__attempt {
	const struct mcpauth__verifier *verifier;
	const struct mcpauth__presented *presented;
	const struct mcpauth__sight *sight;
	struct mcpauth__cache_entry entry; /* what will be remembered, but for its key */
	int64_t cache_ms;                  /* and for how long */
	struct mcpauth__claim_rules rules;
	struct mcpauth__jws jws; /* of a token that is no JWT the claims alone */
	struct mcpauth_error *err;
};

/** Which of the resource's issuers do the claims name? MCPAUTH_E_UNTRUSTED_ISSUER */
enum mcpauth_code mcpauth__attempt_find_issuer(struct mcpauth__attempt *attempt);

/** Hold the claims against the rules; after find_issuer. */
enum mcpauth_code mcpauth__attempt_check_claims(struct mcpauth__attempt *attempt);

/** The token is genuine: ask the program's own check, make the identity, remember. */
enum mcpauth_code mcpauth__attempt_conclude(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

/** Judge it by its issuer's keys. @return as mcpauth__verifier_check() */
enum mcpauth_code mcpauth__verify_jwt(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

/** Let the program's own verifier judge it. @return likewise; after MCPAUTH_PENDING
 * it is called again with the same inquiry */
enum mcpauth_code mcpauth__verify_custom(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

#endif
