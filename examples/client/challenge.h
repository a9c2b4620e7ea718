/* What a 401 or 403 says in WWW-Authenticate. */
#ifndef CLIENT_CHALLENGE_H
#define CLIENT_CHALLENGE_H

#include "http.h"

/** The parameters of a Bearer challenge; NULL where absent. */
struct challenge {
	bool found;
	char *resource_metadata;
	char *scope;
	char *error;
	char *error_description;
};

/**
 * Take the first Bearer challenge of an answer, be it one of several in a
 * header line or in one of several lines (RFC 9110 section 11.6.1).
 *
 * @param[out] challenge  caller frees with challenge_finish()
 */
void challenge_read(const struct answer *answer, struct challenge *challenge);

void challenge_finish(struct challenge *challenge);

#endif
