/* What a verified token says, shared between all requests that bring it. */
#ifndef MCPAUTH_TOKEN_IDENTITY_H
#define MCPAUTH_TOKEN_IDENTITY_H

#include "jose/jws.h"
#include "token/claim_policy.h"
#include "token/hierarchy.h"
#include "token/identity_pool.h"
#include "token/scope_names.h"

#include <mcpauth/error.h>

#include <stdatomic.h>

/** What stays as it is from one identity at this place to the next. */
struct mcpauth__identity_place {
	atomic_uint refs; /* 0: nobody's, or not made yet */
	struct mcpauth__identity_pool *pool;
	struct mcpauth__identity *next; /* the pool's */
};

/** Counted and immutable; holds the claims, never the token. */
struct mcpauth__identity {
	struct mcpauth__identity_place place;
	struct mcpauth__arena arena; /* all that follows points into it; words are not finished */
	const char *resource;
	const char *issuer;
	const char *subject;
	const char *client_id;
	int64_t expires_at; /* seconds since 1970 */
	int64_t end;        /* that, or earlier: mcpauth__claim_policy_end() */
	int64_t not_before; /* 0 if the token does not say */
	struct mcpauth__words scopes;
	struct mcpauth__implied *implied;      /* beside them, its hierarchy held; NULL: none */
	struct mcpauth__scope_bits scope_bits; /* of both */
	struct mcpauth__words audiences;
	const cJSON *claims;
	const char *claims_json;
};

/** What an identity is made with. Borrowed; the pool until the last one is freed. */
struct mcpauth__identity_parts {
	struct mcpauth__identity_pool *pool;
	const struct mcpauth__claim_policy *policy; /* says where to look */
	const char *resource;
	const struct mcpauth__scope_names *scope_names; /* NULL: none has a bit */
	struct mcpauth__hierarchy *hierarchy; /* settled; NULL: no scope includes others */
};

/**
 * Read the claims that were checked before.
 *
 * @param jws            payload and arena are taken on success, and it is {0}; else the
 *                       caller still finishes it. Signature and header are wiped
 * @param[out] identity  caller frees with mcpauth__identity_free()
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__identity_new(struct mcpauth__jws *jws,
	const struct mcpauth__identity_parts *parts, struct mcpauth__identity **identity,
	struct mcpauth_error *err);

/** Of one with `implied`: does a granted scope include another one? Takes memory only for
 * a long one that does not end where its text does. */
bool mcpauth__identity_implies(
	const struct mcpauth__identity *identity, const char *scope, size_t length);

/** Was a scope granted, or does one that was include it? */
static inline bool mcpauth__identity_has_scope(
	const struct mcpauth__identity *identity, const char *scope, size_t length)
{
	return mcpauth__words_contain(&identity->scopes, scope, length)
		|| (identity->implied != NULL
			&& mcpauth__identity_implies(identity, scope, length));
}

/** For who holds one. */
struct mcpauth__identity *mcpauth__identity_ref(struct mcpauth__identity *identity);

/** For who knows where one was, while its pool lives. @return NULL if nobody holds
 * it; else what is there now, which may be another one */
struct mcpauth__identity *mcpauth__identity_try_ref(struct mcpauth__identity *identity);

/** NULL is accepted. */
void mcpauth__identity_free(struct mcpauth__identity *identity);

#endif
