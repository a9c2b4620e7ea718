/* URLs: what may be asked, and where documents are published. */
#ifndef MCPAUTH_NET_URL_H
#define MCPAUTH_NET_URL_H

#include <mcpauth/error.h>

#include <stdbool.h>

/** Parts of an absolute URL, as curl_url reads them; strings on the heap. */
struct mcpauth__url {
	char *scheme; /* "https" or "http", lower case */
	char *host;   /* as written, without the brackets of IPv6 */
	char *port;   /* NULL if not written */
	char *path;   /* "" if there is none, else from "/" on, as written */
	char *query;  /* NULL if there is none */
	bool has_fragment;
	bool has_user;
};

/**
 * Take an absolute http or https URL apart, changing nothing in it.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__url_parse(
	const char *text, struct mcpauth__url *url, struct mcpauth_error *err);

/** Release the parts; it is {0} again. */
void mcpauth__url_finish(struct mcpauth__url *url);

/** Its port, the scheme's own if none is written. */
unsigned mcpauth__url_port(const struct mcpauth__url *url);

/** Are scheme, host and port the same (RFC 6454 section 4)? */
bool mcpauth__url_is_same_origin(const struct mcpauth__url *a, const struct mcpauth__url *b);

/** Is the host loopback: localhost, *.localhost, 127.0.0.0/8 or ::1? */
bool mcpauth__url_is_loopback(const struct mcpauth__url *url);

/** May a browser take the host for this machine, in whichever form? More do than are
 * loopback: this is for refusing. */
bool mcpauth__url_may_be_this_machine(const struct mcpauth__url *url);

/**
 * May this URL stand in a configuration: https (http on loopback, or anywhere
 * with `allow_http`), no user, no fragment?
 *
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__url_check(const char *text, bool allow_http, struct mcpauth_error *err);

/**
 * A well-known URL with the path inserted behind it: scheme, authority,
 * "/.well-known/", `name`, the path without its final slash, the query
 * (RFC 8414 section 3.1, RFC 9728 section 3.1).
 *
 * @param[out] result  caller frees with free()
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__url_well_known_inserted(
	const char *text, const char *name, char **result, struct mcpauth_error *err);

/**
 * A well-known URL behind the path, as OpenID Connect Discovery section 4 has
 * it: the issuer without its final slash, "/.well-known/", `name`.
 */
enum mcpauth_code mcpauth__url_well_known_appended(
	const char *text, const char *name, char **result, struct mcpauth_error *err);

#endif
