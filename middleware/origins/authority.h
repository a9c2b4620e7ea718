/* Hosts and origins, as requests and resources name them. */
#ifndef MCPAUTH_ORIGINS_AUTHORITY_H
#define MCPAUTH_ORIGINS_AUTHORITY_H

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

/** RFC 1035 section 2.3.4: a longer name is nobody's. */
#define MCPAUTH__HOST_LENGTH 255

/** Room for any host with any port. */
#define MCPAUTH__AUTHORITY_SIZE (MCPAUTH__HOST_LENGTH + sizeof ":65535")

/**
 * Write it so that equal ones are the same bytes: in small letters, the port, if it was
 * named, without noughts in front.
 *
 * @param[out] text  NUL-terminated
 * @return its length; 0: no host has such a name, and nothing was written
 */
size_t mcpauth__authority_write(
	const struct mcpauth__authority *authority, char text[MCPAUTH__AUTHORITY_SIZE]);

/**
 * The other way to name the same: with the scheme's own port, or without.
 *
 * @param[out] twin  borrows as `authority` does
 * @return false if there is none, since it has another port
 */
bool mcpauth__authority_twin(
	const struct mcpauth__authority *authority, struct mcpauth__authority *twin);

/** localhost, 127.0.0.0/8 or [::1]. */
bool mcpauth__authority_is_loopback(const struct mcpauth__authority *authority);

/** Is it loopback as clients mostly name it, "127.0.0.1" and perhaps a port? Tells that
 * without reading it into an authority; of any other, loopback or not, it tells nothing. */
bool mcpauth__authority_is_plain_loopback(const char *text);

#endif
