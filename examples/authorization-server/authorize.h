/* From a request at /authorize to a redirect with a code or an error. */
#ifndef AUTHORIZATION_SERVER_AUTHORIZE_H
#define AUTHORIZATION_SERVER_AUTHORIZE_H

#include "clients.h"

struct mistake;

/**
 * Send the browser back with a code for what the user agreed to and may have, or
 * with an error if that is nothing.
 *
 * @param browser  value of the cookie the session is bound to
 */
void authorize_grant(struct server *server, struct authorization *authorization, const char *user,
	const char *browser, struct reply *reply);

/** Send the browser back with an error (RFC 6749 section 4.1.2.1). */
void authorize_refuse(const struct server *server, const struct authorization *authorization,
	const struct refusal *refusal, struct reply *reply);

/**
 * Show the login page for a checked request.
 *
 * @param transaction  taken; gets a fresh id
 * @param browser      value of the cookie the transaction is bound to
 * @param mistake      of the last try (page.h), or NULL
 */
void login_show(struct server *server, struct transaction *transaction, const char *browser,
	const struct mistake *mistake, struct reply *reply);

/** Have the browser keep its cookie. */
void login_keep_browser(const struct server *server, const char *browser, struct reply *reply);

/**
 * The browser's cookie, or a fresh one.
 *
 * @param[out] value  the cookie's value
 * @return whether the request had one
 */
bool login_browser(
	const struct server *server, const struct request *request, char value[SECRET_SIZE]);

#endif
