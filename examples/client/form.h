/* The login and consent forms of an authorization server, read without a
 * browser. */
#ifndef CLIENT_FORM_H
#define CLIENT_FORM_H

#include "text.h"

/** A form filled in as a person would who agrees. */
struct form {
	/** As it stands in the page; empty means the page itself. */
	struct text action;
	/** What to post, form encoded. */
	struct text fields;
	/** Whether it asked for a user name or password. */
	bool wants_login;
};

/**
 * Fill in the first form of a page that is sent by POST: hidden inputs as
 * they are, a text input with the user, a password input with the password,
 * and the button `decision=approve`, else the first that has a name.
 *
 * @param[out] form  caller frees with form_finish()
 * @return false if the page holds no such form
 */
bool form_fill(const char *page, const char *user, const char *password, struct form *form);

void form_finish(struct form *form);

#endif
