/**
 * @file
 * A protected MHD server on 127.0.0.1, run in any way MHD knows. `/open` is
 * public, everything else wants a token; its own handler answers with the
 * caller's subject. Whatever fails here ends the process.
 */
#ifndef MCPAUTH_TEST_DAEMON_H
#define MCPAUTH_TEST_DAEMON_H

#include <mcpauth/mhd.h>

#define DAEMON_RESOURCE "https://mcp.example.com/mcp"
#define DAEMON_ISSUER "https://issuer.example.com"

struct daemon;

enum daemon_way {
	DAEMON_EPOLL, /* an internal thread */
	DAEMON_SELECT,
	DAEMON_POLL,
	DAEMON_POOL,    /* of four threads */
	DAEMON_THREADS, /* one per connection */
	/* A loop of the test's own that sleeps in select() for up to 60 s, and
	 * that on_wake wakes through a pipe. */
	DAEMON_EXTERNAL,
	DAEMON_WAYS
};

/** Zero is the default everywhere. Pointers are borrowed until daemon_free(). */
struct daemon_config {
	enum daemon_way way;
	unsigned issuer_port; /* keys are at its /keys */
	const char *jwks_uri; /* or here; plain http is then allowed anywhere */
	MHD_AccessHandlerCallback handler;
	void *handler_user;
	struct mcpauth_mhd_callbacks callbacks; /* .size may stay 0 */
	/* Add to what has been built so far. */
	void (*prepare)(struct mcpauth *auth, struct mcpauth_chain *chain, void *user);
	void *prepare_user;
	mcpauth_log_fn log;
	void *log_user;
	unsigned deadline_ms;
	unsigned refused_body_ms;
	size_t refused_body_limit;
	bool without_chain;   /* MHD alone, handler and callbacks as given */
	bool without_suspend; /* no MCPAUTH_MHD_FLAGS */
	bool without_clock;   /* MHD_USE_SUPPRESS_DATE_NO_CLOCK */
	bool without_options; /* no mcpauth_mhd_options() */
	const char *tls_key;  /* PEM; NULL: no TLS */
	const char *tls_certificate;
};

/** Start one. */
struct daemon *daemon_new(const struct daemon_config *config);

/** Drain for up to 5 s, in an external loop from within it, and stop MHD.
 * @return requests that had no answer when MHD was stopped */
unsigned daemon_stop(struct daemon *daemon);

/** Stop it, if that is still to be done, and release all. NULL is accepted. */
void daemon_free(struct daemon *daemon);

unsigned daemon_port(const struct daemon *daemon);
struct mcpauth_chain *daemon_chain(const struct daemon *daemon);

/** The way's name, for messages. */
const char *daemon_way_name(enum daemon_way way);

/** The key set that the tokens below are signed with. @return borrowed for ever */
const char *daemon_keys(void);

/** A token that it accepts. @return caller frees with free() */
char *daemon_token(const char *subject);

/** The same from an issuer that prepare() added. @return caller frees with free() */
char *daemon_token_from(const char *issuer, const char *subject);

/** The handler it has when none is given: takes the whole body, then answers
 * 200 with the subject, or with "nobody". */
enum MHD_Result daemon_handler(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls);

/** Answer with a text and keep nothing of it. */
enum MHD_Result daemon_answer(struct MHD_Connection *connection, unsigned status, const char *text);

#endif
