/* A stand-in for the user and their browser, for --headless. */
#ifndef CLIENT_BROWSER_H
#define CLIENT_BROWSER_H

#include "text.h"

struct visit {
	/** The authorization URL. */
	const char *url;
	/** Where to stop, without asking it. */
	const char *redirect_uri;
	const char *user;
	const char *password;
	/** See struct http. */
	bool allow_loopback;
	/** Whom to trust; NULL: the system's authorities. */
	const char *ca_file;
};

/**
 * Open the authorization URL, sign in and agree.
 *
 * @param[out] redirect  the redirect to the client, whole
 * @return false after complaining
 */
bool browse(const struct visit *visit, struct text *redirect);

#endif
