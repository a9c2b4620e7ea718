/* The resources' metadata documents, and where they are published. */
#ifndef MCPAUTH_MIDDLEWARE_PUBLISHED_H
#define MCPAUTH_MIDDLEWARE_PUBLISHED_H

#include "shared_answer.h"

#include <mcpauth/chain.h>

#include <stdbool.h>

/** All of them; each is made when it is asked for. Any thread. */
struct mcpauth__published;

/** One of them. */
struct mcpauth__publication;

/** What a request says of the document it wants. Borrowed. */
struct mcpauth__wanted {
	const char *path;  /* decoded */
	const char *query; /* NULL if there is none */
	const char *host;  /* the Host header; or NULL */
};

/** @param auth  borrowed until mcpauth__published_free() */
enum mcpauth_code mcpauth__published_new(
	struct mcpauth *auth, struct mcpauth__published **published, struct mcpauth_error *err);

/** NULL is accepted. */
void mcpauth__published_free(struct mcpauth__published *published);

/** Is anything published at this path, whatever the query? */
bool mcpauth__published_has_path(const struct mcpauth__published *published, const char *path);

/** Find what a request wants (RFC 9728 section 3.1), in a time that does not grow
 * with what is published. NULL: nothing, or nothing that can be told from another. */
struct mcpauth__publication *mcpauth__published_find(
	const struct mcpauth__published *published, const struct mcpauth__wanted *wanted);

/** The answer that shows it. */
struct mcpauth__shared_answer *mcpauth__publication_answer(
	struct mcpauth__publication *publication);

/**
 * Make a document's text.
 *
 * @param[out] document  caller frees with free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_ISSUER, which the log has been told, or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__published_document(const struct mcpauth__published *published,
	struct mcpauth__publication *publication, char **document);

#endif
