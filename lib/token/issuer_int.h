/* An issuer as it was configured, and whence its keys come. */
#ifndef MCPAUTH_TOKEN_ISSUER_INT_H
#define MCPAUTH_TOKEN_ISSUER_INT_H

#include "token/claim_policy.h"
#include "endpoint/introspector.h"
#include "endpoint/key_source.h"

#include <mcpauth/issuer.h>

/** Thread-safe once made. */
struct mcpauth__issuer;

/** What an issuer is made with. */
struct mcpauth__issuer_parts {
	struct mcpauth__worker *worker; /* borrowed until it is freed */
	const struct mcpauth__document_times *times;
	struct mcpauth__key_source *keys; /* another one's, to be shared; or NULL */
};

/** Make one; nothing is fetched. */
enum mcpauth_code mcpauth__issuer_new(const struct mcpauth__issuer_parts *parts,
	const struct mcpauth_issuer_config *config, struct mcpauth__issuer **issuer,
	struct mcpauth_error *err);

/** NULL is accepted. */
void mcpauth__issuer_free(struct mcpauth__issuer *issuer);

/** Its identifier, and what resource documents show. Borrowed. */
const char *mcpauth__issuer_identifier(const struct mcpauth__issuer *issuer);
const char *mcpauth__issuer_advertised_url(const struct mcpauth__issuer *issuer);

/** Was it made with an equal configuration? */
bool mcpauth__issuer_has_config(
	const struct mcpauth__issuer *issuer, const struct mcpauth_issuer_config *config);

/** Accept one more `iss`. Before the first token only. @return it, the issuer's own;
 * NULL without memory */
const char *mcpauth__issuer_accept(struct mcpauth__issuer *issuer, const char *value);

/** What it accepts as `iss` besides its identifier. Borrowed. */
const struct mcpauth__words *mcpauth__issuer_accepted(const struct mcpauth__issuer *issuer);

/** Let the program check claims, too. Before the first token only. @return false
 * if there is such a check already */
bool mcpauth__issuer_set_check(struct mcpauth__issuer *issuer, mcpauth_claims_fn check, void *user);

/** Let its endpoint be asked whose a token is. Before the first token only.
 *
 * @param introspector  taken, also on failure
 * @return false if there is one already
 */
bool mcpauth__issuer_set_introspector(
	struct mcpauth__issuer *issuer, struct mcpauth__introspector *introspector);

/** What is asked whose a token is. Borrowed; NULL if nobody is. */
struct mcpauth__introspector *mcpauth__issuer_introspector(const struct mcpauth__issuer *issuer);

/** Bits of the accepted algorithms. */
unsigned mcpauth__issuer_algorithms(const struct mcpauth__issuer *issuer);

/** What its tokens' claims must be like. Borrowed. */
const struct mcpauth__claim_policy *mcpauth__issuer_claim_policy(
	const struct mcpauth__issuer *issuer);

/** Where its keys come from. Borrowed. */
struct mcpauth__key_source *mcpauth__issuer_key_source(const struct mcpauth__issuer *issuer);

/** Do the keys of that generation serve at `now` (mcpauth__clock_coarse())? Takes no lock. */
bool mcpauth__issuer_has_keys_of(
	const struct mcpauth__issuer *issuer, uint64_t generation, int64_t now);

/** Where its metadata comes from. Borrowed; NULL if only the place of its keys is
 * configured. */
struct mcpauth__server_source *mcpauth__issuer_server_source(const struct mcpauth__issuer *issuer);

#endif
