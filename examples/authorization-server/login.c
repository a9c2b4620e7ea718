/* The login page's other half: who is there, and do they allow it. */
#define _POSIX_C_SOURCE 200809L

#include "authorize.h"
#include "log.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define TRANSACTION_SECONDS 600
#define ATTEMPTS 5

static bool has_https(const struct server *server)
{
	return strncmp(server->issuer, "https:", 6) == 0;
}

/* With the prefix no other host of the domain can set it (RFC 6265bis). */
static const char *cookie_name(const struct server *server)
{
	return has_https(server) && server->base_path[0] == '\0' ? "__Host-demo-browser"
								 : "demo-browser";
}

static bool is_secret(const char *value, size_t length)
{
	return length == SECRET_SIZE - 1
		&& strspn(value,
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			   "0123456789-_")
		>= length;
}

bool login_browser(
	const struct server *server, const struct request *request, char value[SECRET_SIZE])
{
	const char *name = cookie_name(server);
	size_t name_length = strlen(name);
	const char *at = request->cookie == NULL ? "" : request->cookie;
	while (*at != '\0') {
		at += strspn(at, "; ");
		size_t length = strcspn(at, ";");
		if (length == name_length + SECRET_SIZE && strncmp(at, name, name_length) == 0
			&& at[name_length] == '='
			&& is_secret(at + name_length + 1, SECRET_SIZE - 1)) {
			memcpy(value, at + name_length + 1, SECRET_SIZE - 1);
			value[SECRET_SIZE - 1] = '\0';
			return true;
		}
		at += length;
	}
	text_secret(value);
	return false;
}

void login_keep_browser(const struct server *server, const char *browser, struct reply *reply)
{
	char cookie[160];
	snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s",
		cookie_name(server), browser, has_https(server) ? "; Secure" : "");
	reply_header(reply, "Set-Cookie", cookie);
}

void login_show(struct server *server, struct transaction *transaction, const char *browser,
	const struct mistake *mistake, struct reply *reply)
{
	char id[SECRET_SIZE];
	struct client *client = store_find_client(
		server->store, transaction->authorization.client_id);
	if (client == NULL) {
		page_problem(400, "the client is not known any more", reply);
		transaction_free(transaction);
		return;
	}
	text_secret(id);
	text_digest(id, strlen(id), transaction->id);
	text_digest(browser, strlen(browser), transaction->browser);
	transaction->expires = time(NULL) + TRANSACTION_SECONDS;
	const struct login_page page = {client, &transaction->authorization, id, mistake};
	page_login(server, &page, reply);
	login_keep_browser(server, browser, reply);
	store_add_transaction(server->store, transaction);
}

enum verdict {
	DENY,
	RETRY,
	ALLOW
};

static bool password_is_right(const struct server *server, const struct form *form)
{
	const char *user = form_get(form, "username");
	const char *password = form_get(form, "password");
	return user != NULL && password != NULL
		&& settings_pair_matches(&server->settings.users, user, password);
}

static enum verdict judge(
	const struct server *server, const struct form *form, struct transaction *transaction)
{
	const char *decision = form_get(form, "decision");
	if (decision == NULL || strcmp(decision, "approve") != 0) {
		return DENY;
	}
	if (password_is_right(server, form)) {
		return ALLOW;
	}
	log_line(LOG_WARNING, "a login failed");
	return ++transaction->attempts < ATTEMPTS ? RETRY : DENY;
}

/* The id works once and only from the browser that got the page: a form on
 * another site knows neither the id nor the cookie. */
static struct transaction *take(
	struct server *server, const struct request *request, const struct form *form)
{
	char browser[SECRET_SIZE];
	const char *id = form_get(form, "transaction");
	if (id == NULL || !login_browser(server, request, browser)) {
		return NULL;
	}
	struct transaction *transaction = store_take_transaction(server->store, id, browser);
	if (transaction != NULL && transaction->expires <= time(NULL)) {
		transaction_free(transaction);
		transaction = NULL;
	}
	return transaction;
}

/* @param transaction  taken */
static void decide(struct server *server, const struct request *request, const struct form *form,
	struct transaction *transaction, struct reply *reply)
{
	static const struct refusal denied = {"access_denied", "the user did not allow it"};
	char browser[SECRET_SIZE];
	login_browser(server, request, browser);
	enum verdict verdict = judge(server, form, transaction);
	const struct mistake mistake = {
		form_get(form, "username"), ATTEMPTS - transaction->attempts};
	switch (verdict) {
	case ALLOW:
		authorize_grant(server, &transaction->authorization, mistake.user, browser, reply);
		break;
	case RETRY:
		login_show(server, transaction, browser, &mistake, reply);
		return;
	case DENY:
		authorize_refuse(server, &transaction->authorization, &denied, reply);
		break;
	}
	transaction_free(transaction);
}

void login_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct form form;
	const char *problem = request_form(request, &form);
	struct transaction *transaction = problem == NULL ? take(server, request, &form) : NULL;
	if (problem != NULL) {
		page_problem(400, problem, reply);
	} else if (transaction == NULL) {
		page_problem(403,
			"this page was used already, is too old, or was opened in another browser",
			reply);
	} else {
		decide(server, request, &form, transaction, reply);
	}
	form_finish(&form);
}
