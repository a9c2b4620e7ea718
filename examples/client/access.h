/* What lets the program in: the library's OAuth client around each message. */
#ifndef CLIENT_ACCESS_H
#define CLIENT_ACCESS_H

#include "person.h"
#include "rpc.h"

#include <mcpauth/client.h>

/** All zero before. */
struct access {
	struct mcpauth *auth;
	struct mcpauth_client *client;
	struct person person;
	/** Whether the last message was not let in. */
	bool is_refused;
};

/**
 * Open it. Nobody is asked yet.
 *
 * @param options  borrowed until access_close(), as are the lines
 * @return false after complaining; access_close() in either case
 */
bool access_open(struct access *access, const struct options *options, struct lines *lines);

void access_close(struct access *access);

/**
 * Send one message, as often as it takes with a better token.
 *
 * @param[out] answer  caller frees
 * @return false after complaining
 */
bool access_send(
	struct access *access, struct rpc *rpc, const struct call *call, struct answer *answer);

/** Sign in if need be, and print the access token. @return false after complaining */
bool access_print_token(struct access *access);

/** Revoke and forget the tokens. @return false after complaining */
bool access_log_out(struct access *access);

#endif
