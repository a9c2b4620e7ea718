/* Verification of one token: the resource says who judges it. */
#include "token/verifier.h"

#include "token/attempt.h"

#include <string.h>

/* Can it be known again? Only its hash is kept. */
static bool identify(struct mcpauth__attempt *attempt)
{
	const char *token = attempt->presented->token;
	attempt->entry.trust = attempt->presented->trust->id;
	return attempt->verifier->cache != NULL && attempt->cache_ms > 0
		&& mcpauth__sha256(token, strlen(token), attempt->entry.digest);
}

enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err)
{
	*identity = NULL;
	/* A key that fails is forgiven if a newer one fits: only what the whole
	 * came to is the caller's. */
	struct mcpauth_error why = {0};
	bool is_custom = presented->trust->custom.verify != NULL;
	struct mcpauth__attempt attempt = {
		.verifier = verifier,
		.presented = presented,
		.cache_ms = is_custom ? presented->trust->custom.cache_ms : verifier->cache_ms,
		.rules =
			{
				.audiences = &presented->trust->audiences,
				.any_slash = !presented->trust->audiences_given,
				.recipient_claim = presented->trust->recipient_claim,
				.recipients = &presented->trust->recipients,
				.any_audience = presented->trust->any_audience,
				.now = mcpauth__clock_real(verifier->clock),
				.tolerance = verifier->tolerance,
			},
		.err = &why,
	};
	attempt.has_digest = identify(&attempt);
	enum mcpauth_code code = is_custom ? mcpauth__verify_custom(&attempt, identity)
					   : mcpauth__verify_jwt(&attempt, identity);
	mcpauth__jws_finish(&attempt.jws);
	if (code != MCPAUTH_OK && code != MCPAUTH_PENDING && err != NULL) {
		*err = why;
	}
	return code;
}
