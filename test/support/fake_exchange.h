/**
 * @file
 * A request on its way through a chain without a socket, and the server it
 * arrives at: resources, one issuer with a key, a log that can be read.
 */
#ifndef MCPAUTH_TEST_FAKE_EXCHANGE_H
#define MCPAUTH_TEST_FAKE_EXCHANGE_H

#include "chain_int.h"
#include "fake_issuer.h"
#include "connection.h"

#include <semaphore.h>

#define SERVER_RESOURCE "https://api.example.com/mcp"
#define SERVER_METADATA "https://api.example.com/.well-known/oauth-protected-resource/mcp"

/** How the issuer stands. */
enum fake_reach {
	FAKE_AT_HAND, /* its keys were fetched before the first request */
	FAKE_HELD,    /* its answers wait for fake_issuer_release() */
	FAKE_DOWN     /* nobody answers */
};

struct fake_server {
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	struct fake_issuer *issuer;
	pthread_mutex_t lock; /* guards the log */
	char log[8192];       /* each line as "level code message\n" */
};

/**
 * Make a server and its chain, which protects everything.
 *
 * @param resources  up to a NULL; NULL for SERVER_RESOURCE alone
 */
void fake_server_start(
	struct fake_server *server, enum fake_reach reach, const char *const *resources);

/** How often this text is in the log. */
unsigned fake_server_logged(struct fake_server *server, const char *text);

/** Free the chain and the rest; fetches that still hang are answered first. */
void fake_server_stop(struct fake_server *server);

/** A good token for SERVER_RESOURCE as an Authorization header's value.
 * @param scope  as JSON has it. Caller frees with free() */
char *fake_server_bearer(struct fake_server *server, const char *scope);

/** What comes in. Zero: GET /mcp without a header, suspended when it waits. */
struct fake_request {
	const char *method;
	const char *path;
	const char *query;        /* without the "?" */
	const char *headers[16];  /* name, value, name, value, ... */
	const char *arguments[4]; /* likewise */
	enum mcpauth__wait_mode wait_mode;
	const char *address; /* of the peer, "192.0.2.7"; NULL: it has none */
};

struct fake_exchange {
	struct mcpauth_exchange *exchange;         /* good until finished, and while a wait lasts */
	struct mcpauth__connection own_connection; /* its connection, if it is given none */
	struct mcpauth__connection *connection;
	struct fake_request request;
	_Alignas(8) unsigned char peer[64]; /* a struct sockaddr, for whoever asks */
	atomic_uint suspends;               /* one resume each: one more ends the process */
	void (*suspended)(struct fake_exchange *fake); /* called within each; may be NULL */
	atomic_uint resumes;
	sem_t resumed;
	enum mcpauth__verdict verdict; /* of the last run */
};

/** A request that has come in, and has not run yet. */
void fake_exchange_start(
	struct fake_exchange *fake, struct fake_server *server, const struct fake_request *request);

/** The same on a connection that has been opened, after its requests before. */
void fake_exchange_start_on(struct fake_exchange *fake, struct mcpauth__connection *connection,
	const struct fake_request *request);

/** Run the stages once, as MHD's call of the access handler does. An answer is
 * edited as it is before it is sent. */
enum mcpauth__verdict fake_exchange_run(struct fake_exchange *fake);

/** Wait until it is resumed. */
void fake_exchange_await(struct fake_exchange *fake);

/** Run it until it is decided, however often it waits. */
enum mcpauth__verdict fake_exchange_serve(struct fake_exchange *fake);

/** The whole body is there; then serve. */
enum mcpauth__verdict fake_exchange_give_body(struct fake_exchange *fake, const char *body);

/** The answer's status; 0 if the request passed. */
unsigned fake_exchange_status(const struct fake_exchange *fake);

/** A header of the answer; NULL if there is none. */
const char *fake_exchange_header(const struct fake_exchange *fake, const char *name);

/** The answer's body. */
const char *fake_exchange_body(const struct fake_exchange *fake);

/** The request has ended with what it was answered, 200 where it passed. */
void fake_exchange_finish(struct fake_exchange *fake);

/** The connection broke: it has ended with status 0. */
void fake_exchange_break(struct fake_exchange *fake);

/** Start, serve, compare the status (0: it passes), finish. */
bool fake_server_answers(
	struct fake_server *server, const struct fake_request *request, unsigned status);

#endif
