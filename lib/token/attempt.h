/* One token on its way from the caller to an identity, whoever judges it. */
#ifndef MCPAUTH_TOKEN_ATTEMPT_H
#define MCPAUTH_TOKEN_ATTEMPT_H

#include "token/claims.h"
#include "token/verifier.h"

/** Made by mcpauth__verifier_check(), on its stack. */
struct mcpauth__attempt {
	const struct mcpauth__verifier *verifier;
	const struct mcpauth__presented *presented;
	struct mcpauth__cache_entry entry; /* what will be remembered */
	int64_t cache_ms;                  /* and for how long */
	bool has_digest;                   /* entry.digest is the token's */
	struct mcpauth__claim_rules rules;
	struct mcpauth__jws jws; /* of a token that is no JWT the claims alone */
	struct mcpauth_error *err;
};

/** Look the token up. The identity is the caller's. @return false if it is not
 * remembered, or is out of its time: then err says so */
bool mcpauth__attempt_remembered(
	struct mcpauth__attempt *attempt, struct mcpauth__identity **identity);

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
