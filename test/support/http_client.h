/**
 * @file
 * A client that speaks HTTP/1.1 to 127.0.0.1 byte by byte, so that a test can
 * say what no well-behaved client says. Nothing here waits without a bound.
 */
#ifndef MCPAUTH_TEST_HTTP_CLIENT_H
#define MCPAUTH_TEST_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

/** How long an answer may take that nothing holds up. */
#define HTTP_CLIENT_MS 10000

/** One connection. One thread's. */
struct http_client;

/** One answer. Starts as {0}. */
struct http_response {
	unsigned status;
	char *head; /* the status line and all fields, NUL-terminated */
	char *body; /* whole, out of its chunks, NUL-terminated */
	size_t length;
};

/** Connect. Whatever fails here ends the process. */
struct http_client *http_client_new(unsigned port);

/** The same with TLS; whose certificate it is, is not asked. NULL if the
 * handshake fails. */
struct http_client *http_client_new_tls(unsigned port);

/** Close. NULL is accepted. */
void http_client_free(struct http_client *client);

/** Close so that the peer gets an error instead of an end. */
void http_client_break(struct http_client *client);

/** Say no more, but go on listening. */
void http_client_finish_sending(struct http_client *client);

/** Send bytes. @return false if the peer did not take them in 10 s, or closed */
bool http_client_send(struct http_client *client, const void *data, size_t length);

/** Send a text. As http_client_send(). */
bool http_client_say(struct http_client *client, const char *text);

/** Send bytes as one chunk of a chunked body; 0 bytes end it. */
bool http_client_send_chunk(struct http_client *client, const void *data, size_t length);

/** Ask for a path with GET and this access token, or none for NULL. */
bool http_client_get(struct http_client *client, const char *path, const char *token);

/** A request's head; `fields` are whole lines, each with its \r\n. */
bool http_client_head(
	struct http_client *client, const char *method, const char *path, const char *fields);

/**
 * Read one answer; one of the group 1xx counts, and has no body. Nor has the one
 * to a HEAD that was sent last.
 *
 * @param[out] response  caller releases with http_response_finish(); its old
 *                       content is released
 * @return false if there was none in time, or only a part of one
 */
bool http_client_read(struct http_client *client, struct http_response *response, unsigned ms);

/** Wait for the peer to close. @return false if it did not, or said something */
bool http_client_is_closed(struct http_client *client, unsigned ms);

/** The bytes that came and were not read as an answer. */
size_t http_client_pending(const struct http_client *client);

/** The value of the first field of this name, case ignored, copied into
 * `value`. @return false if there is none */
bool http_response_field(
	const struct http_response *response, const char *name, char *value, size_t size);

/** Release it; it is {0} again. */
void http_response_finish(struct http_response *response);

/**
 * Read one answer on each of many connections at once.
 *
 * @param responses  as many as clients, each {0} or still to be read
 * @return how many of the responses are there, older ones included
 */
size_t http_clients_read(struct http_client *const *clients, struct http_response *responses,
	size_t count, unsigned ms);

/** Milliseconds that never step, for measuring how long something took. */
long http_client_clock(void);

#endif
