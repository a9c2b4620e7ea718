/* The pages that a browser is shown after a login: words of our own, never a server's. */
#include "client/login/listener_page.h"

#include <string.h>

/* Its SHA-256 stands in STYLE_HASH: no other style is applied, and no script at all. */
#define STYLE \
	":root{color-scheme:light dark}" \
	"body{margin:0;min-height:100vh;display:grid;place-items:center;overflow-wrap:anywhere;" \
	"font:1.0625rem/1.6 system-ui,sans-serif;color:#1b1f24;background:#f3f4f6}" \
	"main{box-sizing:border-box;width:min(32rem,100% - 2rem);margin:1rem 0;" \
	"padding:min(2.5rem,8vw);border-radius:.75rem;border-top:.375rem solid #1a7f4b;" \
	"background:#fff;box-shadow:0 1px 3px rgba(0,0,0,.2)}" \
	"main.bad{border-top-color:#b3261e}" \
	"h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}" \
	"p{margin:0}" \
	"@media(prefers-color-scheme:dark){" \
	"body{color:#e6e8eb;background:#121417}" \
	"main{border-top-color:#4cc38a;background:#1e2227}" \
	"main.bad{border-top-color:#f2796f}}"
#define STYLE_HASH "sha256-pepJcfKgJc/4wBn08pIw5X/J/nuC19N/u5lPgNy/53E="

#define HEAD \
	"Content-Type: text/html; charset=utf-8\r\n" \
	"Cache-Control: no-store\r\n" \
	"Content-Security-Policy: default-src 'none'; style-src '" STYLE_HASH "'; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"X-Content-Type-Options: nosniff\r\n" \
	"Connection: close\r\n"

#define PAGE_BEGIN \
	"<!DOCTYPE html>\n" \
	"<html lang=\"en\">\n" \
	"<head>\n" \
	"<meta charset=\"utf-8\">\n" \
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" \
	"<title>"
#define PAGE_STYLE "</title>\n<style>" STYLE "</style>\n</head>\n<body>\n"
#define PAGE_END "</main>\n</body>\n</html>\n"

struct page {
	unsigned status;
	const char *reason;
	const char *fields; /* further ones */
	const char *title;
	const char *text;
};

/* The token is still to be fetched, so that nobody is promised to be logged in. */
static const struct page done = {200, "OK", "", "Login received",
	"You can close this window. The program that asked for the login has the answer now, "
	"and goes on by itself."};
static const struct page other_login = {400, "Bad Request", "", "Not the login that is awaited",
	"This answer belongs to another login, perhaps an older one. The program still waits: "
	"go on in the window that it opened last, or start again there."};
static const struct page refused = {403, "Forbidden", "", "Not logged in",
	"The login was refused or given up. You can close this window; the program says more "
	"about the reason."};
static const struct page other_issuer = {400, "Bad Request", "", "Login stopped",
	"This answer did not come from the server at which the login began. For your safety "
	"it was not used. You can close this window."};
static const struct page failed = {500, "Internal Server Error", "", "Login failed",
	"The program could not go on with the login. You can close this window; the program "
	"says more about the reason."};

static const struct page refusals[] = {
	{400, "Bad Request", "", "Not understood",
		"This address only takes the answer to a login, from a browser."},
	{403, "Forbidden", "", "Another name",
		"This address only answers under the names of this machine itself."},
	{404, "Not Found", "", "Nothing here",
		"This address only takes the answer to a login, and not at this path."},
	{405, "Method Not Allowed", "Allow: GET\r\n", "Not this way",
		"This address only takes the answer to a login, which a browser asks for with "
		"GET."},
	{431, "Request Header Fields Too Large", "", "Too long",
		"The request is longer than what a login's answer can be. Without the cookies of "
		"this machine's other programs, as in a private window, it may be short enough."},
};

static bool write_page(struct mcpauth__buf *answer, const struct page *page, bool is_head)
{
	struct mcpauth__buf text = {0};
	bool is_good = page->status == 200;
	mcpauth__buf_puts(&text, PAGE_BEGIN);
	mcpauth__buf_puts(&text, page->title);
	mcpauth__buf_puts(&text, PAGE_STYLE);
	mcpauth__buf_puts(&text, is_good ? "<main>\n<h1>" : "<main class=\"bad\">\n<h1>");
	mcpauth__buf_puts(&text, page->title);
	mcpauth__buf_puts(&text, "</h1>\n<p>");
	mcpauth__buf_puts(&text, page->text);
	mcpauth__buf_puts(&text, "</p>\n" PAGE_END);
	mcpauth__buf_printf(answer, "HTTP/1.1 %u %s\r\n" HEAD "%sContent-Length: %zu\r\n\r\n",
		page->status, page->reason, page->fields, text.length);
	bool good = !text.failed
		&& mcpauth__buf_append(answer, text.data, is_head ? 0 : text.length);
	mcpauth__buf_finish(&text);
	return good;
}

bool mcpauth__listener_page_tell(struct mcpauth__buf *answer, enum mcpauth_code outcome)
{
	const struct page *page = &failed;
	switch (outcome) {
	case MCPAUTH_OK:
		page = &done;
		break;
	case MCPAUTH_E_REDIRECT:
		page = &other_login;
		break;
	case MCPAUTH_E_LOGIN_REFUSED:
	case MCPAUTH_E_LOGIN_ABANDONED:
		page = &refused;
		break;
	case MCPAUTH_E_ISSUER_MISMATCH:
		page = &other_issuer;
		break;
	default:
		break;
	}
	return write_page(answer, page, false);
}

bool mcpauth__listener_page_refuse(struct mcpauth__buf *answer, unsigned status, bool is_head)
{
	size_t i = 0;
	while (i + 1 < sizeof refusals / sizeof *refusals && refusals[i].status != status) {
		i++;
	}
	return write_page(answer, &refusals[i], is_head);
}
