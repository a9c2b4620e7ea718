/* The pages a person sees: login with consent, logout, a problem, the front page. */
#define _POSIX_C_SOURCE 200809L

#include "page.h"
#include "clients.h"

#include <stdlib.h>
#include <string.h>

/* Lengths in rem grow with the reader's own size of text. */
static const char style[] =
	":root{color-scheme:light dark;--ground:#f2f4f7;--panel:#fff;--line:#d3d7de;"
	"--edge:#6f7787;--text:#1b1f27;--soft:#555d6b;--main:#1f5fd0;--main-text:#fff;"
	"--warn:#6b4100;--warn-ground:#fff0c9;--bad:#a3161f}"
	"@media(prefers-color-scheme:dark){:root{--ground:#12151b;--panel:#1d222b;"
	"--line:#343b48;--edge:#8791a2;--text:#e8ebf0;--soft:#a5adbb;--main:#8ab1ff;"
	"--main-text:#0b1730;--warn:#ffd98a;--warn-ground:#3a2d0c;--bad:#ff9ba0}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--ground);color:var(--text);"
	"font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"header{background:var(--warn-ground);color:var(--warn);text-align:center;"
	"font-size:1.125rem;font-weight:700;padding:.75rem 1rem}"
	"header p{margin:0}"
	"main{max-width:32rem;margin:1.5rem auto;padding:1.5rem;background:var(--panel);"
	"border:1px solid var(--line);border-radius:.75rem}"
	"h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}"
	"h2{font-size:1.125rem;line-height:1.25;margin:1.5rem 0 .5rem;padding-top:1.25rem;"
	"border-top:1px solid var(--line)}"
	"p{margin:0 0 .75rem}"
	"dl{margin:1rem 0 0}"
	"dt{color:var(--soft);font-size:.875rem}"
	"dd{margin:0 0 .75rem}"
	"ul{margin:0;padding-left:1.25rem}"
	"strong{font-weight:600}"
	".bad{color:var(--bad);font-weight:600;border-left:.25rem solid;padding-left:.75rem}"
	"label{display:block;font-weight:600;margin:.75rem 0 .25rem}"
	"input,button{font:inherit;min-height:2.75rem;padding:.5rem .75rem;"
	"border:1px solid var(--edge);border-radius:.5rem;color:var(--text)}"
	"input{width:100%;background:var(--ground)}"
	"[aria-invalid]{border-color:var(--bad)}"
	".buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}"
	"button{flex:1 1 11rem;font-weight:600;background:transparent;cursor:pointer}"
	"button:hover{text-decoration:underline}"
	"button.main{background:var(--main);border-color:var(--main);color:var(--main-text)}"
	"a{color:var(--main)}"
	":focus-visible{outline:3px solid var(--main);outline-offset:2px}"
	"@media(max-width:30rem){main{margin:0;padding:1.25rem 1rem;border-width:0 0 1px;"
	"border-radius:0}}";

struct page {
	FILE *out;
	char *html;
	size_t length;
};

static void begin(struct page *page, const char *title)
{
	*page = (struct page){0};
	page->out = must(open_memstream(&page->html, &page->length));
	fprintf(page->out,
		"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		"<title>%s - Demo authorization server</title><style>%s</style></head><body>"
		"<header><p>DEMO SERVER: FOR TRYING THINGS OUT ONLY</p></header><main>",
		title, style);
}

/* The style by its hash, in base64url as CSP 3 has it; nothing else is loaded or run. No
 * form-action: Chromium applies it to every redirect after the form, and where a client's
 * own callback leads is not known here. */
static void add_policy(struct reply *reply)
{
	char policy[160];
	uint8_t digest[DIGEST_SIZE];
	text_digest(style, sizeof style - 1, digest);
	char *hash = text_base64url(digest, sizeof digest);
	snprintf(policy, sizeof policy,
		"default-src 'none'; style-src 'sha256-%s='; "
		"base-uri 'none'; frame-ancestors 'none'",
		hash);
	reply_header(reply, "Content-Security-Policy", policy);
	free(hash);
}

static void end(struct page *page, unsigned status, struct reply *reply)
{
	fputs("</main></body></html>\n", page->out);
	if (fclose(page->out) != 0) {
		must(NULL);
	}
	reply->status = status;
	reply->type = "text/html; charset=utf-8";
	reply->body = page->html;
	reply->length = page->length;
	add_policy(reply);
	reply_header(reply, "X-Frame-Options", "DENY");
	reply_header(reply, "Referrer-Policy", "no-referrer");
}

static void write_html(FILE *out, const char *before, const char *text, const char *after)
{
	fputs(before, out);
	text_write_html(out, text);
	fputs(after, out);
}

/* Words of others, kept from turning ours around where they run from right to left. */
static void write_foreign(FILE *out, const char *before, const char *text, const char *after)
{
	fputs(before, out);
	write_html(out, "<bdi>", text, "</bdi>");
	fputs(after, out);
}

static void write_resources(FILE *out, const cJSON *resources)
{
	const cJSON *resource;
	fputs("<dt>Where it may act (resource)</dt>", out);
	cJSON_ArrayForEach(resource, resources)
	{
		write_foreign(out, "<dd>", resource->valuestring, "</dd>");
	}
	if (cJSON_GetArraySize(resources) == 0) {
		fputs("<dd>At this server alone: it named no resource</dd>", out);
	}
}

static void write_scopes(FILE *out, const char *scope)
{
	fputs("<dt>What it may do (scopes)</dt><dd><ul>", out);
	while (*scope != '\0') {
		size_t length = strcspn(scope, " ");
		char *one = must(strndup(scope, length));
		write_foreign(out, "<li>", one, "</li>");
		free(one);
		scope += length;
		scope += *scope == ' ';
	}
	fputs("</ul></dd>", out);
}

static void write_host(FILE *out, const char *uri)
{
	/* Its own scheme says more about a program than what follows. */
	bool is_private = redirect_is_private(uri);
	const char *host = is_private ? uri : strstr(uri, "://") + 3;
	char *copy = must(strndup(host, strcspn(host, is_private ? "?" : "/?")));
	write_foreign(out, "<dt>Where you go next</dt><dd>", copy, "");
	fputs(is_private || redirect_is_loopback(uri) ? " (a program on this computer)</dd>"
						      : "</dd>",
		out);
	free(copy);
}

static void write_request(FILE *out, const struct login_page *login)
{
	const char *name = login->client->name == NULL ? "" : login->client->name;
	if (name[strspn(name, " ")] == '\0') {
		fputs("<h1>A client without a name wants access</h1>", out);
	} else {
		write_foreign(out, "<h1>&ldquo;", name, "&rdquo; wants access</h1>");
	}
	fputs("<p>If you allow it, it acts in your name, within these limits:</p><dl>", out);
	write_resources(out, login->what->resources);
	write_scopes(out, login->what->scope);
	write_host(out, login->what->redirect_uri);
	write_foreign(out, "<dt>Who it is (client id; its name is its own choice)</dt><dd>",
		login->client->id, "</dd></dl>");
}

/* The field to go on with after a mistake gets the focus, and with it reads the mistake
 * out. At first none does: what is asked for comes before who is asked. */
static void write_fields(FILE *out, const struct mistake *mistake)
{
	static const char wrong[] = " aria-invalid=\"true\" aria-describedby=\"mistake\"";
	const char *state = mistake == NULL ? "" : wrong;
	const char *user = mistake == NULL || mistake->user == NULL ? "" : mistake->user;
	const char *user_focus = mistake != NULL && *user == '\0' ? " autofocus" : "";
	const char *password_focus = *user != '\0' ? " autofocus" : "";
	write_html(out,
		"<label for=\"username\">User name</label>"
		"<input id=\"username\" name=\"username\" autocomplete=\"username\" "
		"autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\" required "
		"value=\"",
		user, "\"");
	fprintf(out, "%s%s><label for=\"password\">Password</label>", state, user_focus);
	fprintf(out,
		"<input id=\"password\" name=\"password\" type=\"password\" "
		"autocomplete=\"current-password\" required%s%s>",
		state, password_focus);
}

static void write_login(FILE *out, const struct server *server, const struct login_page *login)
{
	write_html(out, "<h2 id=\"login\">Log in to allow it</h2><p>You log in at <strong>",
		server->issuer, "</strong>.");
	if (settings_pair_matches(&server->settings.users, "demo_user", "demo_password")) {
		fputs(" To try it: <strong>demo_user</strong> with the password "
		      "<strong>demo_password</strong>.",
			out);
	}
	write_html(out, "</p><form method=\"post\" aria-labelledby=\"login\" action=\"",
		server->base, "/login\">");
	write_html(out, "<input type=\"hidden\" name=\"transaction\" value=\"", login->id, "\">");
	if (login->mistake != NULL) {
		fprintf(out,
			"<p class=\"bad\" id=\"mistake\" role=\"alert\">"
			"User name or password is not right. Tries left: %u.</p>",
			login->mistake->tries_left);
	}
	write_fields(out, login->mistake);
	fputs("<div class=\"buttons\">"
	      "<button class=\"main\" name=\"decision\" value=\"approve\">"
	      "Log in and allow</button>"
	      "<button name=\"decision\" value=\"deny\" formnovalidate>Deny</button>"
	      "</div></form>",
		out);
}

void page_login(const struct server *server, const struct login_page *login, struct reply *reply)
{
	struct page page;
	begin(&page, login->mistake == NULL ? "Allow access?" : "Error: Allow access?");
	write_request(page.out, login);
	write_login(page.out, server, login);
	end(&page, login->mistake == NULL ? 200 : 403, reply);
}

void page_logout(
	const struct server *server, const char *user, const char *confirm, struct reply *reply)
{
	struct page page;
	begin(&page, "Log out?");
	write_html(page.out, "<h1>Log out, ", user, "?</h1>");
	fputs("<p>All that you allowed in this browser will end. To stay logged in, "
	      "close this page.</p>",
		page.out);
	write_html(page.out, "<form method=\"post\" action=\"", server->base, "/end_session\">");
	write_html(page.out, "<input type=\"hidden\" name=\"confirm\" value=\"", confirm, "\">");
	fputs("<div class=\"buttons\"><button class=\"main\">Log out</button></div></form>",
		page.out);
	end(&page, 200, reply);
}

void page_done(const char *title, const char *text, struct reply *reply)
{
	struct page page;
	begin(&page, title);
	write_html(page.out, "<h1>", title, "</h1>");
	write_html(page.out, "<p>", text, " You can close this page.</p>");
	end(&page, 200, reply);
}

void page_problem(unsigned status, const char *problem, struct reply *reply)
{
	struct page page;
	begin(&page, "This cannot go on");
	write_html(page.out, "<h1>This cannot go on</h1><p class=\"bad\">What is wrong: ", problem,
		".</p><p>Go back to the program that sent you here, and start again there.</p>");
	end(&page, status, reply);
}

void front_page_answer(struct server *server, const struct request *request, struct reply *reply)
{
	struct page page;
	(void)request;
	begin(&page, "Nothing to do here");
	write_html(page.out, "<h1>Demo authorization server</h1><p>Issuer: <strong>",
		server->issuer,
		"</strong></p><p>Clients find what they need from the issuer alone; "
		"there is nothing to do on this page.</p>");
	write_html(page.out, "<p><a href=\"", server->base, "/end_session\">Log out</a></p>");
	end(&page, 200, reply);
}
