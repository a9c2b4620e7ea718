/* The pages a person sees: login with consent, logout, a problem, the front page. */
#define _POSIX_C_SOURCE 200809L

#include "page.h"
#include "clients.h"

#include <stdlib.h>
#include <string.h>

static const char style[] =
	":root{color-scheme:light dark;--line:#c8ccd4;--panel:#fff;--ground:#f2f4f7;"
	"--text:#1b1f27;--soft:#555d6b;--main:#1f5fd0;--main-text:#fff;--warn:#7a4b00;"
	"--warn-ground:#fff3d6;--bad:#a3161f}"
	"@media(prefers-color-scheme:dark){:root{--line:#3b4250;--panel:#1d222b;"
	"--ground:#12151b;--text:#e8ebf0;--soft:#a5adbb;--main:#7aa7ff;--main-text:#0b1730;"
	"--warn:#ffd98a;--warn-ground:#3a2d0c;--bad:#ff8d93}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--ground);color:var(--text);"
	"font:1rem/1.5 system-ui,sans-serif}"
	"main{max-width:28rem;margin:0 auto;padding:1rem}"
	".panel{background:var(--panel);border:1px solid var(--line);border-radius:.75rem;"
	"padding:1.25rem}"
	".warn{background:var(--warn-ground);color:var(--warn);text-align:center;"
	"font-weight:700;padding:.75rem 1rem;margin:0}"
	"h1{font-size:1.3rem;line-height:1.3;margin:0 0 .75rem;overflow-wrap:anywhere}"
	"dt{color:var(--soft);font-size:.875rem}"
	"dd{margin:0 0 .75rem;overflow-wrap:anywhere}"
	"ul{margin:0;padding-left:1.25rem}"
	"label{display:block;margin:.75rem 0 .25rem}"
	"input{width:100%;font:inherit;padding:.6rem;border:1px solid var(--line);"
	"border-radius:.5rem;background:var(--ground);color:var(--text)}"
	".buttons{display:flex;gap:.75rem;margin-top:1.25rem}"
	"button{flex:1;font:inherit;font-weight:600;padding:.7rem;border-radius:.5rem;"
	"border:1px solid var(--line);background:transparent;color:var(--text)}"
	"button.main{background:var(--main);border-color:var(--main);color:var(--main-text)}"
	":focus-visible{outline:3px solid var(--main);outline-offset:2px}"
	".bad{color:var(--bad);font-weight:600}";

/* No form-action: Chromium applies it to every redirect after the form, and where
 * a client's own callback leads is not known here. */
static void send_page(FILE *out, char **body, const char *nonce, struct reply *reply)
{
	char policy[160];
	fputs("</main></body></html>\n", out);
	if (fclose(out) != 0) {
		must(NULL);
	}
	snprintf(policy, sizeof policy,
		"default-src 'none'; style-src 'nonce-%s'; "
		"base-uri 'none'; frame-ancestors 'none'",
		nonce);
	reply->type = "text/html; charset=utf-8";
	reply->body = *body;
	reply->length = strlen(*body);
	reply_header(reply, "Content-Security-Policy", policy);
	reply_header(reply, "X-Frame-Options", "DENY");
	reply_header(reply, "Referrer-Policy", "no-referrer");
}

static FILE *open_page(char **body, size_t *length, const char *title, char *nonce)
{
	FILE *out = must(open_memstream(body, length));
	text_secret(nonce);
	fprintf(out,
		"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		"<title>%s</title><style nonce=\"%s\">%s</style></head><body>"
		"<p class=\"warn\">DEMO SERVER: FOR TRYING THINGS OUT ONLY</p><main>",
		title, nonce, style);
	return out;
}

static void write_html(FILE *out, const char *before, const char *text, const char *after)
{
	fputs(before, out);
	text_write_html(out, text);
	fputs(after, out);
}

static void write_host(FILE *out, const char *uri)
{
	const char *host = strstr(uri, "://") + 3;
	char *copy = must(strndup(host, strcspn(host, "/?")));
	write_html(out, "<dt>It sends you back to</dt><dd>", copy, "");
	fputs(redirect_is_loopback(uri) ? " (a program on this computer)</dd>" : "</dd>", out);
	free(copy);
}

static void write_items(FILE *out, const char *title, const cJSON *list)
{
	const cJSON *item;
	if (cJSON_GetArraySize(list) == 0) {
		return;
	}
	fprintf(out, "<dt>%s</dt><dd><ul>", title);
	cJSON_ArrayForEach(item, list)
	{
		write_html(out, "<li>", item->valuestring, "</li>");
	}
	fputs("</ul></dd>", out);
}

static void write_scopes(FILE *out, const char *scope)
{
	fputs("<dt>It asks for</dt><dd><ul>", out);
	while (*scope != '\0') {
		size_t length = strcspn(scope, " ");
		char *one = must(strndup(scope, length));
		write_html(out, "<li>", one, "</li>");
		free(one);
		scope += length;
		scope += *scope == ' ';
	}
	fputs("</ul></dd>", out);
}

static void write_form_fields(FILE *out, const char *base, const char *id)
{
	write_html(out, "<form method=\"post\" action=\"", base, "/login\">");
	write_html(out, "<input type=\"hidden\" name=\"transaction\" value=\"", id, "\">");
	fputs("<label for=\"username\">User name</label>"
	      "<input id=\"username\" name=\"username\" autocomplete=\"username\" "
	      "autocapitalize=\"none\" spellcheck=\"false\" required autofocus>"
	      "<label for=\"password\">Password</label>"
	      "<input id=\"password\" name=\"password\" type=\"password\" "
	      "autocomplete=\"current-password\" required>"
	      "<div class=\"buttons\">"
	      "<button class=\"main\" name=\"decision\" value=\"approve\">"
	      "Log in and allow</button>"
	      "<button name=\"decision\" value=\"deny\" formnovalidate>Deny</button>"
	      "</div></form>",
		out);
}

void page_login(const struct server *server, const struct login_page *page, struct reply *reply)
{
	char nonce[SECRET_SIZE];
	char *body = NULL;
	size_t length;
	const struct client *client = page->client;
	const char *name = client->name == NULL ? "A client without a name" : client->name;
	FILE *out = open_page(&body, &length, "Allow access?", nonce);
	write_html(out, "<div class=\"panel\"><h1>", name, " wants access</h1><dl>");
	write_html(out, "<dt>Client, which chose its name itself</dt><dd>", client->id, "</dd>");
	write_host(out, page->what->redirect_uri);
	write_scopes(out, page->what->scope);
	write_items(out, "To be used at", page->what->resources);
	fputs("</dl>", out);
	if (page->mistake != NULL) {
		write_html(out, "<p class=\"bad\" role=\"alert\">", page->mistake, "</p>");
	}
	write_form_fields(out, server->base, page->id);
	fputs("</div>", out);
	send_page(out, &body, nonce, reply);
}

void page_logout(
	const struct server *server, const char *user, const char *confirm, struct reply *reply)
{
	char nonce[SECRET_SIZE];
	char *body = NULL;
	size_t length;
	FILE *out = open_page(&body, &length, "Log out?", nonce);
	write_html(out, "<div class=\"panel\"><h1>Log out, ", user, "?</h1>");
	fputs("<p>All that you allowed in this browser will end.</p>", out);
	write_html(out, "<form method=\"post\" action=\"", server->base, "/end_session\">");
	write_html(out, "<input type=\"hidden\" name=\"confirm\" value=\"", confirm, "\">");
	fputs("<div class=\"buttons\"><button class=\"main\">Log out</button></div></form></div>",
		out);
	reply->status = 200;
	send_page(out, &body, nonce, reply);
}

void page_done(const char *title, const char *text, struct reply *reply)
{
	char nonce[SECRET_SIZE];
	char *body = NULL;
	size_t length;
	FILE *out = open_page(&body, &length, title, nonce);
	write_html(out, "<div class=\"panel\"><h1>", title, "</h1>");
	write_html(out, "<p>", text, "</p></div>");
	reply->status = 200;
	send_page(out, &body, nonce, reply);
}

void page_problem(unsigned status, const char *problem, struct reply *reply)
{
	char nonce[SECRET_SIZE];
	char *body = NULL;
	size_t length;
	FILE *out = open_page(&body, &length, "This cannot go on", nonce);
	write_html(out, "<div class=\"panel\"><h1>This cannot go on</h1><p>", problem,
		".</p><p>Go back to the program that sent you here.</p></div>");
	reply->status = status;
	send_page(out, &body, nonce, reply);
}

void front_page_answer(struct server *server, const struct request *request, struct reply *reply)
{
	char nonce[SECRET_SIZE];
	char *body = NULL;
	size_t length;
	(void)request;
	FILE *out = open_page(&body, &length, "Demo authorization server", nonce);
	write_html(out, "<div class=\"panel\"><h1>Demo authorization server</h1><p>Issuer: ",
		server->issuer,
		"</p><p>Clients find what they need from the issuer alone; "
		"there is nothing to do on this page.</p>");
	write_html(out, "<p><a href=\"", server->base, "/end_session\">Log out</a></p></div>");
	reply->status = 200;
	send_page(out, &body, nonce, reply);
}
