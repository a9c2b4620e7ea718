/* Hosts and origins, as requests and resources name them. */
#ifndef MCPAUTH_MIDDLEWARE_AUTHORITY_H
#define MCPAUTH_MIDDLEWARE_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

/** A host and perhaps a port, borrowed from a longer text. */
struct mcpauth__authority {
	const char *host; /* with the brackets of IPv6 */
	size_t host_length;
	const char *port; /* digits; NULL if there is none */
	size_t port_length;
	bool is_https; /* what the default port is, where a scheme was named */
};

/** Read "host" or "host:port", and nothing behind it. */
bool mcpauth__authority_parse(const char *text, struct mcpauth__authority *authority);

/**
 * Read the beginning of an http or https URL, up to its path.
 *
 * @param[out] rest  what follows the authority
 */
bool mcpauth__authority_of_url(
	const char *url, struct mcpauth__authority *authority, const char **rest);

/** The same host, case ignored, and the same port, a default one unspoken. */
bool mcpauth__authority_equal(
	const struct mcpauth__authority *a, const struct mcpauth__authority *b);

/** localhost, 127.0.0.0/8 or [::1]. */
bool mcpauth__authority_is_loopback(const struct mcpauth__authority *authority);

#endif
