/* What is built from an example server's options: the library's object and its chain. */
#ifndef EXAMPLES_SETUP_H
#define EXAMPLES_SETUP_H

#include "options.h"

/** A server's authorization. Starts as {0}. */
struct setup {
	struct example_options *options; /**< borrowed until setup_finish() */
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	/** What the operations at `path` need; NULL if the program has none. */
	struct mcpauth_operations *operations;
	int log_descriptor;        /**< of --access-log's file; 0: there is none */
	struct redis_store *store; /**< NULL without --redis */
};

/**
 * Set authorization up: the resource, its issuers and audiences, and a chain
 * that protects `path` with the required scopes; or what --config says. Then
 * `path` becomes that of the file's first resource. Says on stderr what failed.
 *
 * @param setup    to be finished, also on failure
 * @param options  parsed
 * @param port     where the program listens, for the default resource
 */
bool setup_build(struct setup *setup, struct example_options *options, uint16_t port);

/**
 * Read --config again and let requests that begin from now on go by it. If it
 * has a mistake, says so on stderr, and all stays as it was.
 *
 * @param setup  the struct setup; its shape is serve_until_stopped()'s
 */
void setup_reload(void *setup);

/** What tools/list goes by. @return borrowed from `setup`; NULL with --no-auth: whoever
 * calls may do everything, though nobody is known */
const struct mcpauth_operations *setup_list_filter(const struct setup *setup);

/** Release it, after MHD_stop_daemon(). */
void setup_finish(struct setup *setup);

/** Say on stderr that something failed, and why. @return false */
bool setup_say(const char *what, const struct mcpauth_error *err);

#endif
