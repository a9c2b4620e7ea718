/* The command line that every example server takes. */
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
 * What was asked for. The program fills in the first six before
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
	/** Adds the routes that are the program's own to every set of rules, new ones
	 * after a reload too; NULL for none. */
	enum mcpauth_code (*add_routes)(struct mcpauth_chain *chain, struct mcpauth_error *err);

	uint16_t port; /**< 0 for a free one */
	unsigned threads;
	bool no_auth;
	enum mcpauth_level log_level;
	const char *config;   /**< a settings file in place of all that follows; or NULL */
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

/** Let `path` be that of this resource. */
void options_take_path(struct example_options *options, const char *resource);

/** What to give as MHD_OPTION_THREAD_POOL_SIZE; 0 means no pool. */
unsigned options_pool(const struct example_options *options);

#endif
