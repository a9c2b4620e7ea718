/* An issuer at work: where its keys are and what they are now. */
#ifndef MCPAUTH_TOKEN_ISSUER_INT_H
#define MCPAUTH_TOKEN_ISSUER_INT_H

#include "base/words.h"
#include "jose/jwks.h"
#include "net/document.h"

#include <mcpauth/issuer.h>

/** Thread-safe once made. */
struct mcpauth__issuer;

/** Make one; nothing is fetched. `worker` is borrowed until it is freed. */
enum mcpauth_code mcpauth__issuer_new(struct mcpauth__worker *worker,
	const struct mcpauth_issuer_config *config, const struct mcpauth__document_times *times,
	struct mcpauth__issuer **issuer, struct mcpauth_error *err);

/** After the worker is freed. NULL is accepted. */
void mcpauth__issuer_free(struct mcpauth__issuer *issuer);

/** Its identifier, and what resource documents show. Borrowed. */
const char *mcpauth__issuer_identifier(const struct mcpauth__issuer *issuer);
const char *mcpauth__issuer_advertised_url(const struct mcpauth__issuer *issuer);

/** Was it made with an equal configuration? */
bool mcpauth__issuer_has_config(
	const struct mcpauth__issuer *issuer, const struct mcpauth_issuer_config *config);

/** Accept one more `iss`. Before the first token only. @return false without memory */
bool mcpauth__issuer_accept(struct mcpauth__issuer *issuer, const char *value);

/** Is this one of its `iss` values, byte for byte? */
bool mcpauth__issuer_is(const struct mcpauth__issuer *issuer, const char *value);

/** Bits of the accepted algorithms. */
unsigned mcpauth__issuer_algorithms(const struct mcpauth__issuer *issuer);

/** Is only `typ` at+jwt accepted? */
bool mcpauth__issuer_is_strict(const struct mcpauth__issuer *issuer);

/** A set of keys, and which fetch it came from. */
struct mcpauth__keys {
	struct mcpauth__jwks *set; /* the caller's reference */
	uint64_t generation;
};

/**
 * The keys, discovered and fetched at need.
 *
 * @param waiter  as for mcpauth__document_get()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, or why there are none (2xx, 3xx)
 */
enum mcpauth_code mcpauth__issuer_keys(struct mcpauth__issuer *issuer,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err);

/** Newer keys than those of a generation: as mcpauth__document_renew(). */
enum mcpauth_code mcpauth__issuer_newer_keys(struct mcpauth__issuer *issuer, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err);

/** The generation of the keys that serve now; 0 if there are none. */
uint64_t mcpauth__issuer_generation(struct mcpauth__issuer *issuer);

/** Seconds until it may be asked again. */
unsigned mcpauth__issuer_retry_after(struct mcpauth__issuer *issuer);

#endif
