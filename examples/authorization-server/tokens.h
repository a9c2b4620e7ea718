/* Making tokens: access tokens, ID tokens, refresh tokens. */
#ifndef AUTHORIZATION_SERVER_TOKENS_H
#define AUTHORIZATION_SERVER_TOKENS_H

#include "server.h"

/* What to make, and from which grant. */
struct issue {
	const struct grant *grant;
	const char *scope;      /* within the grant's */
	const cJSON *resources; /* among the grant's; empty: the issuer itself */
	bool refresh;           /* with a refresh token */
	bool first;             /* straight from a code: the nonce belongs in */
};

/**
 * The body of a successful answer (RFC 6749 section 5.1).
 *
 * @return the caller deletes; NULL if signing failed
 */
cJSON *tokens_issue(struct server *server, const struct issue *issue);

#endif
