/* Logging out: by an ID token, or by a page that asks the person at the browser
 * (OpenID Connect RP-Initiated Logout 1.0, without the way back to the client). */
#define _POSIX_C_SOURCE 200809L

#include "authorize.h"
#include "log.h"
#include "logout.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

/* All that came from the session's logins ends, and who wants to know is told. */
static void end(struct server *server, const struct session *session)
{
	log_line(LOG_INFO, "user %s logs out", session->user);
	logouts_tell(server, session);
	store_end_session(server->store, session);
}

/* An ID token that was given out here is known by its digest, like all tokens: its
 * signature and its age need no second look. */
static const struct session *session_of_hint(struct server *server, const char *hint)
{
	const struct credential *credential = store_find_credential(
		server->store, hint, CREDENTIAL_IDENTITY);
	const struct grant *grant = credential == NULL
		? NULL
		: store_find_grant(server->store, credential->grant);
	return grant == NULL ? NULL : store_find_session(server->store, grant->session);
}

static void confirm_of(const char *browser, char confirm[SECRET_SIZE])
{
	uint8_t digest[DIGEST_SIZE];
	text_digest(browser, strlen(browser), digest);
	char *text = text_base64url(digest, sizeof digest);
	memcpy(confirm, text, SECRET_SIZE);
	free(text);
}

/* What a page of another site cannot know, nor make this browser send. */
static bool is_confirmed(const struct form *form, const char *browser)
{
	char right[SECRET_SIZE];
	uint8_t wanted[DIGEST_SIZE];
	uint8_t given[DIGEST_SIZE];
	const char *shown = form_get(form, "confirm");
	if (shown == NULL) {
		return false;
	}
	confirm_of(browser, right);
	text_digest(right, strlen(right), wanted);
	text_digest(shown, strlen(shown), given);
	return text_digest_equal(wanted, given);
}

static void ask_browser(struct server *server, const struct request *request,
	const struct form *form, struct reply *reply)
{
	char browser[SECRET_SIZE];
	char confirm[SECRET_SIZE];
	const struct session *session = NULL;
	if (login_browser(server, request, browser)) {
		session = store_session_of(server->store, browser);
	}
	if (session == NULL) {
		page_done("Nobody is logged in", "There is no login in this browser.", reply);
		return;
	}
	if (strcmp(request->method, "POST") != 0 || !is_confirmed(form, browser)) {
		confirm_of(browser, confirm);
		page_logout(server, session->user, confirm, reply);
		return;
	}
	while (session != NULL) {
		end(server, session);
		session = store_session_of(server->store, browser);
	}
	page_done("Logged out", "All that you allowed in this browser has ended.", reply);
}

static void answer(struct server *server, const struct request *request, const struct form *form,
	struct reply *reply)
{
	const char *hint = form_get(form, "id_token_hint");
	const struct session *session = hint == NULL ? NULL : session_of_hint(server, hint);
	if (hint == NULL) {
		ask_browser(server, request, form, reply);
	} else if (session == NULL) {
		page_problem(400, "this login has ended, or never was", reply);
	} else {
		end(server, session);
		page_done("Logged out", "All that you allowed has ended.", reply);
	}
}

void end_session_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct form form;
	const char *problem = request_form(request, &form);
	if (problem != NULL) {
		page_problem(400, problem, reply);
	} else {
		answer(server, request, &form, reply);
	}
	form_finish(&form);
}
