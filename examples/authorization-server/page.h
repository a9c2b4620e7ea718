/* The pages a person sees. */
#ifndef AUTHORIZATION_SERVER_PAGE_H
#define AUTHORIZATION_SERVER_PAGE_H

#include "server.h"

/* A login that did not succeed. */
struct mistake {
	const char *user; /* as it was typed; NULL if it was not */
	unsigned tries_left;
};

struct login_page {
	const struct client *client;
	const struct authorization *what;
	const char *id;                /* of the transaction; goes into the form */
	const struct mistake *mistake; /* NULL at first */
};

/** The login and consent page. */
void page_login(const struct server *server, const struct login_page *login, struct reply *reply);

/** "Log out?", asked of a person. @param confirm goes into the form */
void page_logout(
	const struct server *server, const char *user, const char *confirm, struct reply *reply);

/** Something is done. */
void page_done(const char *title, const char *text, struct reply *reply);

/** Something is wrong that must not be sent to any redirect URI. */
void page_problem(unsigned status, const char *problem, struct reply *reply);

#endif
