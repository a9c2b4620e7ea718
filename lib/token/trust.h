/* Whom a resource believes. */
#ifndef MCPAUTH_TOKEN_TRUST_H
#define MCPAUTH_TOKEN_TRUST_H

#include "token/hierarchy.h"
#include "token/inquiry.h"
#include "token/issuer_int.h"
#include "token/scope_names.h"
#include "token/static_tokens.h"

#include "base/lookup.h"
#include "base/words.h"

/** Whom a resource believes, and for whom its tokens must be. */
struct mcpauth__trust {
	uint64_t id;          /* no other trust ever has it, as its address might */
	const char *resource; /* borrowed */
	struct mcpauth__words audiences;
	bool audiences_given;             /* else they are the resource itself */
	const char *recipient_claim;      /* borrowed; NULL: aud alone counts */
	struct mcpauth__words recipients; /* its accepted values */
	bool any_audience;                /* nobody asks whom a token is for */
	/* Who else judges its tokens than its issuers' keys. */
	struct mcpauth__static_tokens static_tokens;
	struct mcpauth__custom custom;
	bool has_other_judges;            /* mcpauth__trust_settle(): such, or introspection */
	struct mcpauth__issuer **issuers; /* borrowed, the array is its own */
	size_t count;
	struct mcpauth__lookup issuers_by_name;
	const struct mcpauth__lookup *issuers_by_value; /* everybody's; borrowed */
	const struct mcpauth__scope_names *scope_names; /* likewise */
	struct mcpauth__hierarchy *hierarchy;           /* its own; NULL: no scope has others */
};

/** Is it one of the trust's issuers? */
bool mcpauth__trust_has(const struct mcpauth__trust *trust, const struct mcpauth__issuer *issuer);

/** Believe one more. @return false without memory; then nothing has changed */
bool mcpauth__trust_add_issuer(struct mcpauth__trust *trust, struct mcpauth__issuer *issuer);

/** All that is to be added was: see who judges, and which scopes include which. */
void mcpauth__trust_settle(struct mcpauth__trust *trust);

/** Release the list of issuers, not the issuers. */
void mcpauth__trust_finish_issuers(struct mcpauth__trust *trust);

/** The one of its issuers that tokens with this `iss` are from; NULL if there is none. */
struct mcpauth__issuer *mcpauth__trust_find_issuer(
	const struct mcpauth__trust *trust, const char *value);

#endif
