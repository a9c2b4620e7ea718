/* The command line that every example server takes, and what is built from it. */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H

#include <mcpauth/mhd.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Values one option may be given. */
#define OPTIONS_LIST 16

/** The values of an option that may be repeated, borrowed from argv. */
struct options_list {
	const char *at[OPTIONS_LIST];
	size_t count;
};

/**
 * What was asked for. The program fills in the first five before
 * options_parse(); the rest starts as zero. Strings are borrowed from argv.
 * Released with options_finish().
 */
struct example_options {
	const char *summary; /**< one line for --help */
	const char *name;    /**< the resource's name for people */
	const char *path;    /**< what is protected, as in "/mcp"; the path of --resource
			      * takes its place */
	const char *scope;   /**< required unless --scope says otherwise; or NULL */
	/** Shown in the metadata besides those required, blanks between; or NULL. */
	const char *scopes_supported;

	uint16_t port; /**< 0 for a free one */
	unsigned threads;
	bool no_auth;
	enum mcpauth_level log_level;
	const char *resource; /**< NULL for http://127.0.0.1:PORT and the path */
	struct options_list issuers;
	const char *jwks[OPTIONS_LIST]; /**< for the issuer of this index; or NULL */
	struct options_list audiences;
	struct options_list scopes;
	struct options_list origins;
	char *own_path; /**< what path points to, if it is that of --resource */
};

/** Read the command line. On a mistake, or for --help, says so and exits. */
void options_parse(struct example_options *options, int argc, char **argv);

/** Release what options_parse() made. After mcpauth_free(). */
void options_finish(struct example_options *options);

/**
 * Set up authorization: the resource, its issuers and audiences, and a chain
 * that protects `path` with the required scopes. Says on stderr what failed.
 *
 * @param options     borrowed until mcpauth_free(): the log level is read from it
 * @param port        where the program listens, for the default resource
 * @param[out] auth   caller frees with mcpauth_free(), also on failure
 * @param[out] chain  caller frees with mcpauth_chain_free(), also on failure
 */
bool options_build(const struct example_options *options, uint16_t port, struct mcpauth **auth,
	struct mcpauth_chain **chain);

/** What to give as MHD_OPTION_THREAD_POOL_SIZE; 0 means no pool. */
unsigned options_pool(const struct example_options *options);

/** Say on stderr that something failed, and why. @return false */
bool options_say(const char *what, const struct mcpauth_error *err);

#endif
