/**
 * @file
 * A person's login: the URL that is opened in a browser, and the redirect that comes back
 * (RFC 8252).
 */
#ifndef MCPAUTH_LOGIN_H
#define MCPAUTH_LOGIN_H

#include <mcpauth/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A login under way. Counted; any thread. */
struct mcpauth_login;

/**
 * See to it that somebody opens mcpauth_login_url() in a browser.
 *
 * Called once for each login, on the thread that waits for it. The redirect is then
 * waited for: the library listens for it, or the program hands it to
 * mcpauth_login_redirected(), here or later, from any thread.
 *
 * @param login     borrowed for the call; mcpauth_login_ref() keeps it
 * @param[out] err  never NULL; a message for the failure
 * @param user      as given in struct mcpauth_client_config
 * @return MCPAUTH_OK; else the login ends with this code (MCPAUTH_PENDING and
 *         MCPAUTH_RETRY, which are none, as MCPAUTH_E_INVALID_ARGUMENT)
 */
typedef enum mcpauth_code (*mcpauth_login_fn)(
	struct mcpauth_login *login, struct mcpauth_error *err, void *user);

/** Keep it: each call wants one mcpauth_login_free(). @return `login` */
MCPAUTH_API struct mcpauth_login *mcpauth_login_ref(struct mcpauth_login *login);

/** Give it back. NULL is accepted. */
MCPAUTH_API void mcpauth_login_free(struct mcpauth_login *login);

/** The authorization URL: http or https, nothing else, and no secret. Borrowed. */
MCPAUTH_API const char *mcpauth_login_url(const struct mcpauth_login *login);

/** Where the browser will be sent afterwards, without its query. Borrowed. */
MCPAUTH_API const char *mcpauth_login_redirect_uri(const struct mcpauth_login *login);

/**
 * Open the authorization URL in the desktop's browser, as is done without a callback:
 * by the program that BROWSER names, else by xdg-open (macOS: open), never through a
 * shell.
 *
 * @param login     borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_NO_BROWSER or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_login_open_browser(
	struct mcpauth_login *login, struct mcpauth_error *err);

/**
 * Hand in the redirect, whole: of a window that the program watches, a scheme of its
 * own, or a line that somebody pasted. The first good one counts.
 *
 * @param login     borrowed for the call
 * @param url       borrowed for the call; up to 16 KiB
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK: taken, the login goes on with it, if only to say that it was
 *         refused; MCPAUTH_E_REDIRECT: it is not the answer to this login (another
 *         address, `state` absent or another), or MCPAUTH_E_NO_MEMORY: it waits on; or
 *         MCPAUTH_E_CANCELLED: it is over
 */
MCPAUTH_API enum mcpauth_code mcpauth_login_redirected(
	struct mcpauth_login *login, const char *url, struct mcpauth_error *err);

/** Give it up: it ends with MCPAUTH_E_LOGIN_ABANDONED. Any thread. */
MCPAUTH_API void mcpauth_login_cancel(struct mcpauth_login *login);

#ifdef __cplusplus
}
#endif

#endif
