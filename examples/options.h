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

/** How an issuer is asked about tokens (RFC 7662). */
struct options_introspection {
	const char *endpoint;           /**< NULL: its metadata names it */
	const char *client_id;          /**< for logout tokens, too */
	const char *client_secret_file; /**< this, */
	bool client_secret_post;        /**< in the form, not in a header */
	const char *private_key_file;   /**< or this; neither: it is not asked */
	const char *key_id;
	bool accept_active_as_audience;
	bool introspect_jwts;
	bool require_signed_answers;
};

/** An authorization server, and what follows it on the command line. */
struct options_issuer {
	const char *url;
	const char *jwks; /**< or NULL */
	struct options_introspection introspection;
};

struct argp;

/**
 * What was asked for. The program fills in the first eleven before
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
	/** Says what the operations at `path` need, once; the table holds after a reload
	 * too. NULL for a server without MCP. */
	enum mcpauth_code (*add_operations)(
		struct mcpauth_operations *operations, struct mcpauth_error *err);
	/** Every issuer's, whatever is asked for. */
	bool accept_active_as_audience;
	bool introspect_jwts;   /**< likewise */
	const struct argp *own; /**< options that no other program has; or NULL */
	void *own_input;        /**< their parser's */

	uint16_t port; /**< 0 for a free one */
	unsigned threads;
	bool no_auth;
	enum mcpauth_level log_level;
	const char *access_log;      /**< a file's name, or "-"; or NULL */
	const char *metrics;         /**< the path they are read at; or NULL */
	bool rate_limit;             /**< for failed authentications */
	struct options_list proxies; /**< whose X-Forwarded-For is believed */
	enum mcpauth_list_mode list; /**< what tools/list does with tools out of reach */
	const char *redis;           /**< where the store is that processes share; or NULL */
	const char *config;          /**< a settings file in place of all that follows; or NULL */
	const char *resource;        /**< NULL for http://127.0.0.1:PORT and the path */
	struct options_issuer issuers[OPTIONS_LIST];
	size_t issuer_count;
	struct options_list audiences;
	struct options_list scopes;
	struct options_list origins;
	unsigned token_cache;    /**< seconds, MCPAUTH_NONE for 0; 0: the library's default */
	const char *logout_path; /**< or NULL */
	char *own_path;          /**< what path points to, if it is that of --resource */
};

/** Read the command line. On a mistake, or for --help, says so and exits. */
void options_parse(struct example_options *options, int argc, char **argv);

/** Release what options_parse() made. After mcpauth_free(). */
void options_finish(struct example_options *options);

/** Let `path` be that of this resource. */
void options_take_path(struct example_options *options, const char *resource);

/** Is this issuer asked about tokens? */
bool options_introspect(const struct options_issuer *issuer);

/** What this server is to those who post logout tokens; NULL if it is nobody. */
const char *options_client_id(const struct example_options *options);

/** What to give as MHD_OPTION_THREAD_POOL_SIZE; 0 means no pool. */
unsigned options_pool(const struct example_options *options);

#endif
