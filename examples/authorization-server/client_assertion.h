/* Clients that prove who they are by a JWT they signed (RFC 7523). */
#ifndef AUTHORIZATION_SERVER_CLIENT_ASSERTION_H
#define AUTHORIZATION_SERVER_CLIENT_ASSERTION_H

#include "server.h"

struct assertions *assertions_new(void);
void assertions_free(struct assertions *assertions);

/**
 * Whose assertion this is, after every check of RFC 7523 section 3; it is good once.
 *
 * @param endpoint  path of where it is shown: its URL is an audience besides the issuer
 * @param[out] why  written only on failure
 * @return borrowed from the settings; NULL on failure
 */
const struct introspector *client_assertion_check(
	struct server *server, const char *assertion, const char *endpoint, const char **why);

#endif
