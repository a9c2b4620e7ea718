/**
 * @file
 * What all servers that are compared share: the command line, the daemon, and
 * the application, which answers every request with the same bytes.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

/** The command line; unused options stay NULL or 0. */
struct server_options {
	uint16_t port;
	unsigned threads;
	bool poll;
	bool daemon_options;       /**< bare: the options which the library sets, too */
	const char *issuer;        /**< whose tokens are good */
	const char *resource;      /**< for whom they must be */
	const char *jwks;          /**< where the issuer's keys are */
	const char *key;           /**< limit, hand: a file with the public key (PEM) */
	const char *algorithm;     /**< limit, hand: RS256, ES256 or EdDSA */
	unsigned connection_limit; /**< 0 for the default */
	unsigned cache_entries;    /**< ours: verified tokens remembered; 0 for the default */
	bool no_cache;             /**< ours: none is */
};

/** How a program's daemon differs from that of the others. */
struct server_daemon {
	unsigned flags; /**< beside those that say how it runs */
	MHD_AccessHandlerCallback handler;
	void *user;
	struct MHD_OptionItem *options;  /**< NULL for none */
	void (*before_stop)(void *user); /**< NULL for nothing to do */
};

/** The application: a whole request, then the one response. `response` is its `cls`. */
enum MHD_Result server_handle(void *response, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **con_cls);

/** The response that all requests share. Ends the process without memory. */
struct MHD_Response *server_response(void);

/** A 401 that all refused requests share. Ends the process without memory. */
struct MHD_Response *server_refusal(void);

/** The text behind "Bearer ". @return borrowed from the connection; NULL if there is none */
const char *server_token(struct MHD_Connection *connection);

/** A file as a string. Ends the process if it cannot be read. @return caller frees with free() */
char *server_read_file(const char *path);

/** Reads the command line; a mistake ends the process. To be called first in main(). */
void server_parse(struct server_options *options, int argc, char **argv);

/** Serves until SIGTERM. @return the exit status */
int server_run(const struct server_options *options, const struct server_daemon *how);

#endif
