/**
 * @file
 * Changing a chain that is in use: by calls, or from a settings file.
 */
#ifndef MCPAUTH_RELOAD_H
#define MCPAUTH_RELOAD_H

#include <mcpauth/chain.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Begin to change a chain that is in use: from here to mcpauth_chain_commit()
 * or mcpauth_chain_abandon() the calls that build (protect, publish, allow, trust, add
 * a header, serve, accept, mcpauth_chain_configure()) speak of a new set that starts
 * empty and so protects everything, while requests go on with the old one. Stages, what
 * they remember and count, the application's handler and struct mcpauth_chain_config
 * stay as they are.
 *
 * One thread at a time; requests may run.
 *
 * @param chain     borrowed for the call
 * @param auth      often a mcpauth_new_successor(); it has at least one resource,
 *                  and none is added after this. The chain keeps a reference
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE (there is none),
 *         MCPAUTH_E_DUPLICATE (a change is under way) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_revise(
	struct mcpauth_chain *chain, struct mcpauth *auth, struct mcpauth_error *err);

/** End a change: requests that begin from now on see the new set, those under
 * way end with the one they began with. No request sees something of both. What
 * was in force before is released once no connection served with it is left: an
 * idle one lets go of it at its next request, or when it is closed (see
 * connection_timeout). Without a change nothing happens. */
MCPAUTH_API void mcpauth_chain_commit(struct mcpauth_chain *chain);

/** End a change: it never was. Without one nothing happens. */
MCPAUTH_API void mcpauth_chain_abandon(struct mcpauth_chain *chain);

/**
 * Put the section "chain" of a settings file into a configuration; fields that
 * the file does not name stay as they are.
 *
 * @param settings        borrowed for the call
 * @param[in,out] config  filled in
 * @param[out] err        optional; written only on failure
 * @return MCPAUTH_OK or MCPAUTH_E_INVALID_SETTINGS
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_settings_apply(const struct mcpauth_settings *settings,
	struct mcpauth_chain_config *config, struct mcpauth_error *err);

/**
 * Add the stages that a settings file names: its sections "cors", "rate_limit",
 * "access_log", "metrics".
 *
 * Before the first request, once: mcpauth_chain_new_from_settings() does it.
 *
 * @param chain     borrowed for the call
 * @param settings  borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, or what the call that a section stands for returned, with its line
 *         in the message
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_settings_add_stages(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, struct mcpauth_error *err);

/**
 * Add what a settings file says of routes, operations, origins, hosts, proxies, headers,
 * legacy metadata and logouts (its sections "routes", "rest", "allowed_origins",
 * "allowed_hosts", "trusted_proxies", "headers", "issuer_metadata", "logout").
 *
 * @param chain     new, or being revised; borrowed for the call
 * @param settings  those that mcpauth_configure() was given; borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, or what the call that a member stands for returned, with
 *         the member's line in the message
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_configure(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, struct mcpauth_error *err);

/**
 * Adds what a settings file cannot say: verifiers and checks of the program's
 * own to `auth`, routes of its own to `chain`. Runs after the file was read,
 * at the start and at each reload, so that none of it is lost.
 *
 * Must not add stages, which stay from one reload to the next; what it commits or
 * abandons is ignored. The file's "issuer_metadata" can only name an issuer of the
 * file's, since it is read before.
 *
 * @param auth      new, with the file's resources and issuers; borrowed for the call
 * @param chain     speaks of the rules being built; borrowed for the call
 * @param user      as given beside the function
 * @param[out] err  to be filled in on failure; never NULL
 * @return MCPAUTH_OK, or why the new rules must not come into force
 */
typedef enum mcpauth_code (*mcpauth_prepare_fn)(
	struct mcpauth *auth, struct mcpauth_chain *chain, void *user, struct mcpauth_error *err);

/** What a settings file is read with. */
struct mcpauth_chain_setup {
	size_t size; /**< set by MCPAUTH_CHAIN_SETUP_INIT */
	/** Log, clock, fetch; the file's section "auth" takes precedence. NULL for the
	 * defaults; borrowed for the call. */
	const struct mcpauth_config *config;
	/** Likewise, with the section "chain". */
	const struct mcpauth_chain_config *chain_config;
	mcpauth_prepare_fn prepare; /**< NULL: the file says it all */
	void *prepare_user;         /**< borrowed until mcpauth_chain_free() */
};

/** Fills a struct mcpauth_chain_setup with the defaults. */
#define MCPAUTH_CHAIN_SETUP_INIT \
	{ \
		.size = sizeof(struct mcpauth_chain_setup) \
	}

/**
 * Make a chain, and the object it stands on, as a settings file wants them.
 *
 * @param settings    borrowed for the call
 * @param setup       NULL for the defaults; copied
 * @param[out] chain  caller frees with mcpauth_chain_free(); NULL on failure
 * @param[out] err    optional; written only on failure
 * @return as mcpauth_settings_apply(), mcpauth_new(), mcpauth_configure(),
 *         mcpauth_chain_settings_apply(), mcpauth_chain_new(),
 *         mcpauth_chain_settings_add_stages(), mcpauth_chain_configure() and prepare
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_new_from_settings(
	const struct mcpauth_settings *settings, const struct mcpauth_chain_setup *setup,
	struct mcpauth_chain **chain, struct mcpauth_error *err);

/**
 * Say what a reload of a chain that was made by calls does besides its file.
 * Before the first request.
 *
 * @param chain    borrowed for the call
 * @param prepare  NULL: nothing, all is in the file
 * @param user     given to prepare; borrowed until mcpauth_chain_free()
 */
MCPAUTH_API void mcpauth_chain_set_prepare(
	struct mcpauth_chain *chain, mcpauth_prepare_fn prepare, void *user);

/**
 * New resources, issuers and routes from a settings file, for a chain in use. On
 * failure everything stays as it was. The sections "auth" and "chain" and those of the
 * stages hold from the program's start: what they say now is not looked at.
 *
 * One thread at a time; requests may run. A chain that was made by calls must
 * have been told with mcpauth_chain_set_prepare() what is to be done besides: what
 * it was built of is not in the file, and would be lost.
 *
 * @param chain     borrowed for the call
 * @param settings  borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return as mcpauth_configure(), mcpauth_chain_revise(), mcpauth_chain_configure()
 *         and prepare; MCPAUTH_E_UNSUPPORTED for a chain that was not told
 */
MCPAUTH_API enum mcpauth_code mcpauth_chain_reload(struct mcpauth_chain *chain,
	const struct mcpauth_settings *settings, struct mcpauth_error *err);

/** The object whose resources and issuers are in force for requests that begin
 * now. Any thread. @return a reference: caller frees with mcpauth_free() */
MCPAUTH_API struct mcpauth *mcpauth_chain_auth(struct mcpauth_chain *chain);

#ifdef __cplusplus
}
#endif

#endif
