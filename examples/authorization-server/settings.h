/* What the command line says. */
#ifndef AUTHORIZATION_SERVER_SETTINGS_H
#define AUTHORIZATION_SERVER_SETTINGS_H

#include "introspectors.h"

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_PAIRS 32

enum algorithm {
	RS256,
	PS256,
	ES256,
	EDDSA
};

/* A name and its secret, split at the first colon. */
struct pair {
	char *name;
	char *secret;
};

struct pairs {
	struct pair list[SETTINGS_PAIRS];
	unsigned count;
};

struct settings {
	uint16_t port;
	unsigned threads;
	const char *issuer; /* borrowed from argv; NULL: made from the port */
	char *scopes;       /* separated by spaces */
	bool only_these_scopes;
	struct pairs users;
	struct pairs user_scopes; /* a user's name and a scope that is kept for such users */
	struct introspectors introspectors;
	bool auto_approve;
	bool no_client_documents;
	bool opaque;
	enum algorithm algorithm;
	long access_token_lifetime;
};

/**
 * Read the command line; --help and mistakes end the program.
 *
 * @param[out] settings  to be released with settings_finish()
 */
void settings_read(struct settings *settings, int argc, char **argv);

void settings_finish(struct settings *settings);

/**
 * What somebody may have of these scopes: those that --user-scope keeps for nobody,
 * or for this user.
 *
 * @param user  NULL for a client that acts for no user
 * @return a normalised list, empty if nothing is left; caller frees
 */
char *settings_scopes_for(const struct settings *settings, const char *user, const char *scopes);

/** The secret that goes with a name is this one; told in constant time. */
bool settings_pair_matches(const struct pairs *pairs, const char *name, const char *secret);

#endif
