/* How somebody gets to the authorization server's pages and back. */
#ifndef CLIENT_PERSON_H
#define CLIENT_PERSON_H

#include "options.h"
#include "waiting.h"

/** All zero before but for the first two, which are borrowed. */
struct person {
	const struct options *options;
	struct lines *lines;
	struct waiting waiting;
};

/** See to a login, as a mcpauth_login_fn does. */
enum mcpauth_code person_login(
	struct person *person, struct mcpauth_login *login, struct mcpauth_error *err);

/** It is over, if there was one. */
void person_is_back(struct person *person);

#endif
