/* How somebody gets to the authorization server's pages and back. */
#include "person.h"

#include "browser.h"
#include "http.h"
#include "report.h"
#include "say.h"

#include <stdio.h>

static enum mcpauth_code fail(
	struct mcpauth_error *err, enum mcpauth_code code, const char *message)
{
	err->code = code;
	snprintf(err->message, sizeof(err->message), "%s", message);
	return code;
}

static enum mcpauth_code log_in_headless(
	const struct person *person, struct mcpauth_login *login, struct mcpauth_error *err)
{
	const struct options *options = person->options;
	struct text redirect = {0};
	struct visit visit = {.url = mcpauth_login_url(login),
		.redirect_uri = mcpauth_login_redirect_uri(login),
		.user = options->user,
		.password = options->password,
		.allow_loopback = url_is_loopback(options->url),
		.ca_file = options->ca_file};
	enum mcpauth_code code = MCPAUTH_E_LOGIN_ABANDONED;
	if (browse(&visit, &redirect)) {
		code = mcpauth_login_redirected(login, text_string(&redirect), err);
	} else {
		fail(err, code, "the forms could not be filled in without a person");
	}
	text_finish(&redirect);
	return code;
}

static void show(const struct person *person, const char *url)
{
	if (person->options->json) {
		return;
	}
	if (person->options->login == LOGIN_PASTE) {
		tell("Open this in a browser and log in:\n\n%s\n\nThen paste the address that "
		     "the browser ends at, whether or not it shows a page:",
			url);
	} else if (person->options->login == LOGIN_SHOW) {
		tell("Open this in a browser of this machine and log in:\n\n%s\n", url);
	} else {
		tell("The browser opens. If it does not, open this and log in:\n\n%s\n", url);
	}
}

enum mcpauth_code person_login(
	struct person *person, struct mcpauth_login *login, struct mcpauth_error *err)
{
	const struct options *options = person->options;
	struct mcpauth_error none = {0};
	struct lines *lines = options->login == LOGIN_PASTE ? person->lines : NULL;
	/* First: whoever reads the address may give up at once. */
	if (options->login != LOGIN_HEADLESS && !waiting_begin(&person->waiting, login, lines)) {
		return fail(err, MCPAUTH_E_SYSTEM, "nobody can be waited for");
	}
	if (options->json) {
		report_login(mcpauth_login_url(login), mcpauth_login_redirect_uri(login));
	}
	if (options->login == LOGIN_HEADLESS) {
		return log_in_headless(person, login, err);
	}
	show(person, mcpauth_login_url(login));
	/* Without a browser here there may be another one: the address was shown. */
	if (options->login == LOGIN_BROWSER
		&& mcpauth_login_open_browser(login, &none) != MCPAUTH_OK) {
		tell("No browser opens: %s", none.message);
	}
	return MCPAUTH_OK;
}

void person_is_back(struct person *person)
{
	waiting_end(&person->waiting);
}
