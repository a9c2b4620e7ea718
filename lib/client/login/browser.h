/* Opening a URL in the desktop's browser. */
#ifndef MCPAUTH_LOGIN_BROWSER_H
#define MCPAUTH_LOGIN_BROWSER_H

#include <mcpauth/error.h>

/**
 * Start the program that shows URLs, never through a shell, and do not wait for it: the
 * one that BROWSER names (its first entry; `%s` as an argument of its own is the URL),
 * else xdg-open, else open. It inherits no descriptor and stays no zombie.
 *
 * @param url  http or https
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_NO_BROWSER or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__browser_open(const char *url, struct mcpauth_error *err);

#endif
