/**
 * @file
 * A web server on 127.0.0.1 that says what a test has written down for it,
 * good or bad. Its threads end with it.
 */
#ifndef MCPAUTH_TEST_LOOPBACK_H
#define MCPAUTH_TEST_LOOPBACK_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdbool.h>
#include <stddef.h>

struct loopback;

enum loopback_manner {
	LOOPBACK_PLAIN,    /* answer, and keep the connection */
	LOOPBACK_HELD,     /* answer after loopback_release() */
	LOOPBACK_DRIPPING, /* one byte every 20 ms, for ever */
	LOOPBACK_RESET,    /* break the connection instead of answering */
	LOOPBACK_RAW,      /* the body is all that is said, head included; then close */
	LOOPBACK_CUT       /* promise a body, send half of it, and close */
};

/** What is said at a path. Strings are the test's. */
struct loopback_page {
	const char *path;
	unsigned status;
	const char *headers; /* whole lines, each with its \r\n; NULL: none */
	const char *body;    /* NULL: none */
	size_t repeat;       /* how often the body; 0: once */
	bool chunked;        /* so that its length is not told beforehand */
	enum loopback_manner manner;
};

/** Start it. Paths that are not written down are answered with 404. */
struct loopback *loopback_new(const struct loopback_page *pages, size_t count);

/** The same with TLS and a certificate for localhost and own.test. */
struct loopback *loopback_new_tls(const struct loopback_page *pages, size_t count);

/** Whom a server with TLS claims to be. Borrowed for the call, but for the priorities. */
struct loopback_identity {
	gnutls_x509_crt_t *chain; /* its own certificate first */
	unsigned length;
	gnutls_x509_privkey_t key;
	const char *priorities; /* what it offers, in the words of GnuTLS; NULL: its defaults */
};

/** The same with TLS and an identity of the test's. */
struct loopback *loopback_new_as(
	const struct loopback_page *pages, size_t count, const struct loopback_identity *identity);

/** Break what is open. The next one finds the server as before. */
void loopback_hang_up(struct loopback *loopback);

/** Break what is open and wait for the threads. NULL is accepted. */
void loopback_free(struct loopback *loopback);

unsigned loopback_port(const struct loopback *loopback);

/** Where the certificate to trust lies; gone with the server. */
const char *loopback_ca_file(const struct loopback *loopback);

/** How many connections and requests there were so far. */
unsigned loopback_connections(struct loopback *loopback);
unsigned loopback_requests(struct loopback *loopback);

/** How many connections took a TLS session of an earlier one up again. */
unsigned loopback_resumptions(struct loopback *loopback);

/** The last request's head, copied into `text`. */
void loopback_last_request(struct loopback *loopback, char *text, size_t size);

/** The last request's body, copied into `text`: "" if it had none. */
void loopback_last_body(struct loopback *loopback, char *text, size_t size);

/** Let all held answers go, now and from now on. */
void loopback_release(struct loopback *loopback);

#endif
