/* Clients: the rules for their metadata, how they are found, how they prove it. */
#ifndef AUTHORIZATION_SERVER_CLIENTS_H
#define AUTHORIZATION_SERVER_CLIENTS_H

#include "server.h"

/* Why something about a client is refused. */
struct refusal {
	const char *error;
	const char *description;
};

/**
 * Fill a client from its metadata (RFC 7591 section 2), id and secret aside.
 *
 * @param metadata      borrowed for the call
 * @param[out] refusal  written only on failure
 */
bool client_read(struct client *client, const cJSON *metadata, struct refusal *refusal);

/**
 * Whether a redirect URI is one of the client's, byte for byte; the port of a
 * loopback one is free (RFC 8252 section 7.3).
 */
bool client_may_redirect(const struct client *client, const char *uri);

/** Whether a redirect URI goes to a program that listens on the user's own machine. */
bool redirect_is_loopback(const char *uri);

/** Whether it goes to the program that opens URIs of this scheme (RFC 8252 section 7.1). */
bool redirect_is_private(const char *uri);

/**
 * The client of this id: registered here, or described by a document at the
 * URL that the id is. May let go of the lock while it fetches that.
 *
 * @param[out] why  written only on failure
 * @return borrowed until the next client is added; NULL if there is none
 */
struct client *clients_find(struct server *server, const char *id, const char **why);

/** Whether an id has the form of a metadata document's URL. */
bool client_document_is_url(const char *id);

/**
 * Fetch and read a client id metadata document.
 *
 * Blocks; to be called without the lock.
 *
 * @param[out] why  written only on failure
 * @return the caller frees with client_free(); NULL on failure
 */
struct client *client_document_fetch(const char *url, const char **why);

/**
 * Who sends this request to an endpoint for clients (RFC 6749 section 2.3).
 *
 * @return NULL after filling in the reply with an error
 */
struct client *client_authenticate(struct server *server, const struct request *request,
	const struct form *form, struct reply *reply);

/**
 * Which protected resource asks: a confidential client, or one that the command line
 * names.
 *
 * @return its id, borrowed until a client is added; NULL after filling in the reply
 */
const char *introspector_authenticate(struct server *server, const struct request *request,
	const struct form *form, struct reply *reply);

#endif
