/* Where an issuer's keys come from: its metadata, or a place that is configured. */
#ifndef MCPAUTH_ENDPOINT_KEY_SOURCE_H
#define MCPAUTH_ENDPOINT_KEY_SOURCE_H

#include "jose/jwks.h"
#include "jose/jws.h"
#include "metadata/server_source.h"
#include "net/document.h"

#include <mcpauth/issuer.h>

/** Counted, thread-safe once made. */
struct mcpauth__key_source;

/** A set of keys, and which fetch it came from. */
struct mcpauth__keys {
	struct mcpauth__jwks *set; /* the caller's reference */
	uint64_t generation;       /* grows with every good fetch of other ones; 0: none yet */
};

/**
 * Make one; nothing is fetched.
 *
 * @param worker  borrowed until it is freed
 * @param config  an issuer's, checked; `metadata` given by hand is read now. If that
 *                is a struct, it is written as a text before
 * @return MCPAUTH_OK, why the metadata by hand cannot be used, or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__key_source_new(struct mcpauth__worker *worker,
	const struct mcpauth_issuer_config *config, const struct mcpauth__document_times *times,
	struct mcpauth__key_source **source, struct mcpauth_error *err);

/** One more reference. */
struct mcpauth__key_source *mcpauth__key_source_ref(struct mcpauth__key_source *source);

/** Give one back; a fetch under way holds another. NULL is accepted. */
void mcpauth__key_source_free(struct mcpauth__key_source *source);

/**
 * The keys, discovered and fetched at need.
 *
 * @param waiter     as for mcpauth__document_get()
 * @param[out] keys  caller frees the set with mcpauth__jwks_free(); zeroed unless
 *                   it is MCPAUTH_OK
 * @return MCPAUTH_OK, MCPAUTH_PENDING, or why there are none (2xx, 3xx)
 */
enum mcpauth_code mcpauth__key_source_get(struct mcpauth__key_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err);

/** Newer keys than those of a generation: as mcpauth__document_renew(). */
enum mcpauth_code mcpauth__key_source_renew(struct mcpauth__key_source *source, uint64_t generation,
	struct mcpauth__waiter *waiter, struct mcpauth__keys *keys, struct mcpauth_error *err);

/**
 * Check a signature with the issuer's keys, with newer ones if these do not fit.
 *
 * @param waiter           as for mcpauth__document_get()
 * @param[out] generation  of the keys that were tried last
 * @return MCPAUTH_OK, MCPAUTH_PENDING, MCPAUTH_E_UNKNOWN_KEY, MCPAUTH_E_BAD_SIGNATURE,
 *         or why it cannot be told (2xx, 3xx, MCPAUTH_E_NO_MEMORY)
 */
enum mcpauth_code mcpauth__key_source_verify(struct mcpauth__key_source *source,
	const struct mcpauth__jws *jws, struct mcpauth__waiter *waiter, uint64_t *generation,
	struct mcpauth_error *err);

/** The generation of the keys that serve at `now` (mcpauth__clock_coarse()); 0 if
 * there are none. Takes no lock. */
uint64_t mcpauth__key_source_generation(const struct mcpauth__key_source *source, int64_t now);

/** Until when no newer keys than those of `generation` can be had, as
 * mcpauth__document_renewable_at(); INT64_MAX for keys by hand. */
int64_t mcpauth__key_source_renewable_at(struct mcpauth__key_source *source, uint64_t generation);

/** What names the place of the keys. Borrowed from the source; NULL if that place, or
 * the keys themselves, were configured. */
struct mcpauth__server_source *mcpauth__key_source_server(const struct mcpauth__key_source *source);

/** Seconds until the issuer may be asked again. */
unsigned mcpauth__key_source_retry_after(struct mcpauth__key_source *source);

#endif
