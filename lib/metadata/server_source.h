/* Where an authorization server's metadata comes from: it is found, or given by hand. */
#ifndef MCPAUTH_METADATA_SERVER_SOURCE_H
#define MCPAUTH_METADATA_SERVER_SOURCE_H

#include "metadata/server_metadata.h"
#include "net/document.h"

#include <mcpauth/issuer.h>

/** Counted, thread-safe once made. */
struct mcpauth__server_source;

/**
 * Make one; nothing is fetched.
 *
 * @param worker  borrowed until it is freed
 * @param config  an issuer's, checked, without jwks_uri; `metadata` given by hand is
 *                read now. If that is a struct, it is written as a text before
 * @param times   `stale` aside, how the document is kept
 * @return MCPAUTH_OK, why the metadata by hand cannot be used, or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_source_new(struct mcpauth__worker *worker,
	const struct mcpauth_issuer_config *config, const struct mcpauth__document_times *times,
	struct mcpauth__server_source **source, struct mcpauth_error *err);

/** One more reference. */
struct mcpauth__server_source *mcpauth__server_source_ref(struct mcpauth__server_source *source);

/** Give one back; a fetch under way holds another. NULL is accepted. */
void mcpauth__server_source_free(struct mcpauth__server_source *source);

/**
 * The metadata: by hand, or fetched at need.
 *
 * @param waiter         as for mcpauth__document_get()
 * @param[out] metadata  caller frees with mcpauth__server_metadata_free()
 * @return MCPAUTH_OK, MCPAUTH_PENDING, or why there is none (2xx, 3xx)
 */
enum mcpauth_code mcpauth__server_source_get(struct mcpauth__server_source *source,
	struct mcpauth__waiter *waiter, struct mcpauth__server_metadata **metadata,
	struct mcpauth_error *err);

/** Is it by hand, or so new that nothing is to be fetched? Then the place of the keys
 * is known, too. No lock is taken. */
bool mcpauth__server_source_is_fresh(struct mcpauth__server_source *source);

/** What it names does not answer: fetch it again if that was not done just now.
 * @return as mcpauth__document_doubt() */
bool mcpauth__server_source_doubt(
	struct mcpauth__server_source *source, struct mcpauth__waiter *waiter);

/** The metadata that was given by hand. Borrowed; NULL if none was. */
const struct mcpauth__server_metadata *mcpauth__server_source_by_hand(
	const struct mcpauth__server_source *source);

/** Is the place of the keys known? It stays so, whatever becomes of the document. */
bool mcpauth__server_source_has_jwks_uri(struct mcpauth__server_source *source);

/**
 * The place of the keys, as the last good document names it.
 *
 * @param[out] jwks_uri     caller frees with free(), also with false
 * @param[out] learnt_from  the host of that document, NULL if it was given by
 *                          hand; caller frees with free(), also with false
 * @return false if it is not known, or without memory
 */
bool mcpauth__server_source_jwks_uri(
	struct mcpauth__server_source *source, char **jwks_uri, char **learnt_from);

/**
 * The introspection endpoint (RFC 8414 section 2), as the last good document names it.
 *
 * @param[out] endpoint     NULL if it names none; caller frees with free(), also with
 *                          false
 * @param[out] learnt_from  as for mcpauth__server_source_jwks_uri()
 * @return false if there was no such document yet, or without memory
 */
bool mcpauth__server_source_introspection_endpoint(
	struct mcpauth__server_source *source, char **endpoint, char **learnt_from);

/** How often the place of the keys has become another one. Takes no lock. */
unsigned mcpauth__server_source_places(const struct mcpauth__server_source *source);

/** Seconds until the server may be asked again. */
unsigned mcpauth__server_source_retry_after(struct mcpauth__server_source *source);

#endif
