/* From a token to an identity or a refusal. */
#ifndef MCPAUTH_TOKEN_VERIFIER_H
#define MCPAUTH_TOKEN_VERIFIER_H

#include "token/cache.h"
#include "token/inquiry.h"
#include "token/refused.h"

#include "base/lookup.h"

/** Whom a resource believes, and for whom its tokens must be. */
struct mcpauth__trust {
	uint64_t id;          /* no other trust ever has it, as its address might */
	const char *resource; /* borrowed */
	struct mcpauth__words audiences;
	bool audiences_given;             /* else they are the resource itself */
	const char *recipient_claim;      /* borrowed; NULL: aud alone counts */
	struct mcpauth__words recipients; /* its accepted values */
	bool any_audience;                /* nobody asks whom a token is for */
	struct mcpauth__custom custom;    /* judges in place of the issuers' keys */
	struct mcpauth__issuer **issuers; /* borrowed, the array is its own */
	size_t count;
	struct mcpauth__lookup issuers_by_name;
	const struct mcpauth__lookup *issuers_by_value; /* everybody's; borrowed */
	const struct mcpauth__scope_names *scope_names; /* likewise */
};

/** Is it one of the trust's issuers? */
bool mcpauth__trust_has(const struct mcpauth__trust *trust, const struct mcpauth__issuer *issuer);

/** Believe one more. @return false without memory; then nothing has changed */
bool mcpauth__trust_add_issuer(struct mcpauth__trust *trust, struct mcpauth__issuer *issuer);

/** Release the list of issuers, not the issuers. */
void mcpauth__trust_finish_issuers(struct mcpauth__trust *trust);

/** The one of its issuers that tokens with this `iss` are from; NULL if there is none. */
struct mcpauth__issuer *mcpauth__trust_find_issuer(
	const struct mcpauth__trust *trust, const char *value);

/** What all verifications share. Borrowed parts. */
struct mcpauth__verifier {
	const struct mcpauth__clock *clock;
	struct mcpauth__identity_pool *identities;
	struct mcpauth__cache *cache;     /* NULL: nothing is remembered */
	struct mcpauth__refused *refused; /* likewise */
	int64_t cache_ms;
	int64_t tolerance; /* seconds */
};

/** One token to verify. Borrowed for the call. */
struct mcpauth__presented {
	const struct mcpauth__trust *trust;
	const char *token;
	size_t length;                  /* of the token */
	struct mcpauth__waiter *waiter; /* as for mcpauth__document_get() */
	/* What the resource's own verifier was asked, kept by the caller from one
	 * look to the next; mcpauth__inquiry_free() in the end. Starts as NULL. */
	struct mcpauth_inquiry **inquiry;
};

/**
 * Verify as far as is possible now.
 *
 * Malformed tokens, unknown issuers and claims that do not fit are refused
 * before any key is fetched or any signature checked. With a verifier of the
 * program's own no key is ever fetched.
 *
 * @param[out] identity  caller frees with mcpauth__identity_free()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, a refusal (4xx), or why it could not be
 *         decided (2xx, 3xx)
 */
enum mcpauth_code mcpauth__verifier_check(const struct mcpauth__verifier *verifier,
	const struct mcpauth__presented *presented, struct mcpauth__identity **identity,
	struct mcpauth_error *err);

#endif
