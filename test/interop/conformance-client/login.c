/* A login without a person: the suite's authorization server asks for nothing. */
#include "login.h"

#include "http.h"

#include <stdio.h>

static enum mcpauth_code abandon(struct mcpauth_error *err, const char *why)
{
	err->code = MCPAUTH_E_LOGIN_ABANDONED;
	snprintf(err->message, sizeof(err->message), "%s", why);
	return err->code;
}

enum mcpauth_code login_at_once(struct mcpauth_login *login, struct mcpauth_error *err, void *user)
{
	struct http http;
	struct answer answer = {0};
	struct text location = {0};
	struct request request = {.url = mcpauth_login_url(login), .label = "as a browser would"};
	enum mcpauth_code code;
	(void)user;
	if (!http_init(&http, false)) {
		return abandon(err, "no HTTP client for the login");
	}
	http.allow_loopback = true;
	if (!http_send(&http, &request, &answer)) {
		code = abandon(err, "the authorization endpoint did not answer");
	} else if (answer.status / 100 != 3 || !answer_header(&answer, "Location", 0, &location)) {
		code = abandon(err, "the authorization endpoint did not redirect");
	} else {
		code = mcpauth_login_redirected(login, text_string(&location), err);
	}
	text_finish(&location);
	answer_finish(&answer);
	http_finish(&http);
	return code;
}
