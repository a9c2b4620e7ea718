/* Fetching what every issuer publishes, before the first token comes. */
#include "auth_int.h"

#include "base/error_int.h"
#include "base/sleeper.h"
#include "net/wait.h"

static enum mcpauth_code prefetch_one(
	struct mcpauth *auth, struct mcpauth__issuer *issuer, struct mcpauth_error *err)
{
	struct mcpauth__sleeper sleeper;
	struct mcpauth__wait waiting;
	struct mcpauth__keys keys;
	enum mcpauth_code code;
	mcpauth__sleeper_init(&sleeper);
	mcpauth__wait_init(&waiting, auth->runtime->worker, 2 * auth->runtime->deadline_ms,
		mcpauth__sleeper_wake, &sleeper);
	do {
		if (mcpauth__wait_begin(&waiting, NULL) != MCPAUTH_OK) {
			code = mcpauth__fail(err, MCPAUTH_E_OVERLOADED, "too many wait already");
			break;
		}
		code = mcpauth__key_source_get(
			mcpauth__issuer_key_source(issuer), waiting.waiter, &keys, err);
		/* Nobody may be left who still knows this stack. What was found
		 * counts all the same, even if the deadline woke us just then. */
		if (mcpauth__wait_settle(&waiting, code) == MCPAUTH_PENDING) {
			mcpauth__sleeper_sleep(&sleeper);
			mcpauth__wait_resume(&waiting);
		}
		mcpauth__jwks_free(keys.set);
	} while (code == MCPAUTH_PENDING && !mcpauth__wait_is_over(&waiting));
	mcpauth__sleeper_finish(&sleeper);
	return code != MCPAUTH_PENDING
		? code
		: mcpauth__fail(err, MCPAUTH_E_TIMEOUT, "the issuer took too long");
}

/* Not for resources whose verifier is the program's own, and asked first; nor of an
 * issuer that is asked about its tokens. */
static bool needs_keys(const struct mcpauth *auth, const struct mcpauth__issuer *issuer)
{
	if (mcpauth__issuer_introspector(issuer) != NULL) {
		return false;
	}
	for (size_t i = 0; i < auth->resource_count; i++) {
		const struct mcpauth__trust *trust = &auth->resources[i]->trust;
		bool judged_first = trust->custom.verify != NULL && !trust->custom.last;
		if (!judged_first && mcpauth__trust_has(trust, issuer)) {
			return true;
		}
	}
	return false;
}

enum mcpauth_code mcpauth_prefetch(struct mcpauth *auth, struct mcpauth_error *err)
{
	enum mcpauth_code first = MCPAUTH_OK;
	struct mcpauth__keys keys;
	for (size_t i = 0; i < auth->issuer_count; i++) {
		if (!needs_keys(auth, auth->issuers[i])) {
			continue;
		}
		/* Starts them all, so that they are waited for side by side. */
		mcpauth__key_source_get(
			mcpauth__issuer_key_source(auth->issuers[i]), NULL, &keys, NULL);
		mcpauth__jwks_free(keys.set);
	}
	for (size_t i = 0; i < auth->issuer_count; i++) {
		if (!needs_keys(auth, auth->issuers[i])) {
			continue;
		}
		enum mcpauth_code code = prefetch_one(
			auth, auth->issuers[i], first == MCPAUTH_OK ? err : NULL);
		if (code != MCPAUTH_OK && first == MCPAUTH_OK) {
			first = code;
			mcpauth__error_prefix(err, mcpauth__issuer_identifier(auth->issuers[i]));
		}
	}
	return first;
}
