/* A stand-in for the user and their browser, for --headless. */
#include "browser.h"

#include "form.h"
#include "http.h"
#include "say.h"

#include <string.h>

#define STEPS 20

/* One page after another; all zero before but for `visit`. */
struct walk {
	const struct visit *visit;
	struct http http;
	struct text at;
	struct answer answer;
	struct form form;
	bool posting;
	bool signed_in;
};

static bool is_ours(const struct visit *visit, const char *location)
{
	size_t length = strlen(visit->redirect_uri);
	return strncmp(location, visit->redirect_uri, length) == 0
		&& (location[length] == '?' || location[length] == '\0');
}

static bool follow(struct walk *walk, struct text *redirect)
{
	struct text location = {0};
	struct text next = {0};
	bool ok = answer_header(&walk->answer, "Location", 0, &location)
		&& url_resolve(text_string(&walk->at), text_string(&location), &next);
	if (!ok) {
		complain("a redirect without a usable Location");
	} else if (is_ours(walk->visit, text_string(&location))) {
		text_join(redirect, text_string(&location), NULL);
		note("redirected to %s, which is this client", walk->visit->redirect_uri);
	} else if (walk->posting && walk->answer.status >= 307) {
		ok = complain("a redirect wants the login form sent again");
	} else {
		text_finish(&walk->at);
		text_join(&walk->at, text_string(&next), NULL);
		walk->posting = false;
	}
	text_finish(&location);
	text_finish(&next);
	return ok;
}

static bool fill_in(struct walk *walk)
{
	const struct visit *visit = walk->visit;
	struct text target = {0};
	if (!form_fill(
		    text_string(&walk->answer.body), visit->user, visit->password, &walk->form)) {
		return complain("the authorization server answered %ld, with "
				"no form this client understands",
			walk->answer.status);
	}
	if (walk->form.wants_login && walk->signed_in) {
		return complain("the login form came back: wrong user name or "
				"password? (--user, --password)");
	}
	bool ok = url_resolve(text_string(&walk->at), text_string(&walk->form.action), &target)
		/* The password is for the authorization server alone. */
		&& url_same_origin(text_string(&target), visit->url);
	if (!ok) {
		complain("the form is to be sent elsewhere than to the "
			 "authorization server");
	} else {
		text_finish(&walk->at);
		text_join(&walk->at, text_string(&target), NULL);
		walk->posting = true;
		walk->signed_in |= walk->form.wants_login;
		if (walk->form.wants_login) {
			note("a login form; signing in as %s", visit->user);
		} else {
			note("a consent form; agreeing");
		}
	}
	text_finish(&target);
	return ok;
}

static bool next_page(struct walk *walk, struct text *redirect)
{
	struct request request = {.url = text_string(&walk->at),
		.body = walk->posting ? &walk->form.fields : NULL,
		.headers = (const char *const[]){"Accept: text/html", NULL}};
	if (!http_send(&walk->http, &request, &walk->answer)) {
		return false;
	}
	long status = walk->answer.status;
	if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) {
		return follow(walk, redirect);
	}
	/* A wrong password brings the form back under either status. */
	if (status == 200 || (walk->posting && (status == 401 || status == 403))) {
		return fill_in(walk);
	}
	detail("%s", text_string(&walk->answer.body));
	return complain("the authorization server answered %ld", status);
}

bool browse(const struct visit *visit, struct text *redirect)
{
	struct walk walk = {.visit = visit};
	bool ok = http_init(&walk.http, true);
	walk.http.allow_loopback = visit->allow_loopback;
	if (ok) {
		http_trust(&walk.http, visit->ca_file);
	}
	text_finish(redirect);
	text_join(&walk.at, visit->url, NULL);
	for (int i = 0; ok && redirect->length == 0; i++) {
		ok = i < STEPS ? next_page(&walk, redirect) : complain("the login does not end");
	}
	http_finish(&walk.http);
	text_finish(&walk.at);
	answer_finish(&walk.answer);
	form_finish(&walk.form);
	return ok;
}
