/**
 * @file
 * The OAuth client: for programs that call a protected MCP server. Finds out whom to
 * ask for tokens, registers, lets a person log in, keeps and refreshes tokens, and asks
 * for more scopes where the server wants them.
 */
#ifndef MCPAUTH_CLIENT_H
#define MCPAUTH_CLIENT_H

#include <mcpauth/auth.h>
#include <mcpauth/login.h>
#include <mcpauth/token_storage.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the client gets tokens. */
enum mcpauth_client_grant {
	/** A person logs in: authorization code with PKCE (OAuth 2.1 section 4.1). */
	MCPAUTH_GRANT_AUTHORIZATION_CODE = 0,
	/** The program is asked for by itself (RFC 6749 section 4.4). */
	MCPAUTH_GRANT_CLIENT_CREDENTIALS = 1,
	/** A company's identity provider vouches for a person who is logged in there:
	 * token exchange for an ID-JAG (RFC 8693), which is then a grant (RFC 7523).
	 * Needs mcpauth_client_set_enterprise() (client_grant.h). */
	MCPAUTH_GRANT_ENTERPRISE = 2,
	/** The platform on which the program runs vouches for it: a JWT of the
	 * program's own as a grant (RFC 7523 section 2.1). Needs
	 * mcpauth_client_set_workload(). */
	MCPAUTH_GRANT_WORKLOAD = 3
};

/** When tokens are bound to a key of the client's (DPoP, RFC 9449). */
enum mcpauth_client_dpop {
	/** Where the server and its issuer both say that they take it. */
	MCPAUTH_DPOP_IF_OFFERED = 0,
	/** A bound token that was kept before is not used. */
	MCPAUTH_DPOP_NEVER = 1,
	/** A token that is not bound is refused; one that was kept before is not used. */
	MCPAUTH_DPOP_ALWAYS = 2
};

/** What the client is about. */
enum mcpauth_client_step {
	MCPAUTH_STEP_DISCOVER = 0, /**< looks for metadata of the server, and of its issuer */
	MCPAUTH_STEP_REGISTER = 1, /**< RFC 7591, or asks the program who the client is */
	MCPAUTH_STEP_LOGIN = 2,    /**< waits for a person */
	MCPAUTH_STEP_TOKEN = 3,    /**< asks for a token */
	MCPAUTH_STEP_REFRESH = 4,  /**< unless another process turns out to have done it */
	MCPAUTH_STEP_STEP_UP = 5   /**< the server wants more scopes than the token has */
};

/**
 * Told what the client is about, for a line on a screen.
 *
 * Called on the thread on which the request is prepared or answered.
 *
 * @param step    what begins
 * @param detail  whom it asks, or for what; printable ASCII without secrets, up to
 *                1,023 characters; borrowed for the call
 * @param user    as given beside the function
 */
typedef void (*mcpauth_client_step_fn)(
	enum mcpauth_client_step step, const char *detail, void *user);

/** A client id that somebody was asked for. All NULL before. */
struct mcpauth_client_identity {
	char *client_id;     /**< taken; released with free() */
	char *client_secret; /**< likewise, wiped before; NULL: a public client */
};

/**
 * Asked who the client is at an issuer that does not let clients register themselves.
 *
 * @param issuer         borrowed for the call
 * @param[out] identity  what is kept for this issuer from now on; taken in any case
 * @param user           as given beside the function
 * @return false if nobody knows
 */
typedef bool (*mcpauth_client_identify_fn)(
	const char *issuer, struct mcpauth_client_identity *identity, void *user);

/** A client. Thread-safe once its grant is set up (client_grant.h). */
struct mcpauth_client;

/**
 * What a client is. Zero is the default everywhere. Strings are copied by
 * mcpauth_client_new(); what callbacks are given must live until the client is
 * released.
 *
 * Callbacks, those of client_grant.h and of the storage too, are called on the thread on
 * which a request is prepared or answered (with mcpauth_client_request_start() on the
 * library's), one at a time for each client, and may take their time; other requests that
 * need a token wait meanwhile. They must not release a request of the same client; a call
 * that would have to wait for the one that calls them is MCPAUTH_E_INVALID_ARGUMENT.
 */
struct mcpauth_client_config {
	size_t size;        /**< set by MCPAUTH_CLIENT_CONFIG_INIT */
	const char *server; /**< needed: the MCP server's URL, https, or http on loopback */
	enum mcpauth_client_grant grant;

	/** Which of the server's authorization servers is asked; default: the first. With
	 * client_id, the one that it is for. Another one is MCPAUTH_E_ISSUER_MISMATCH, and
	 * tokens of another one that were kept before are not used. Needed with
	 * client_secret, and where somebody vouches for the client
	 * (MCPAUTH_GRANT_ENTERPRISE, _WORKLOAD). */
	const char *issuer;
	/** Then leave it to the server who gets that secret or assertion: for a server
	 * that is trusted with it. */
	bool allow_any_issuer;

	/** Who the client is, if it was registered before. Else client_metadata_url is
	 * taken where the issuer reads such documents, else the client registers itself
	 * (RFC 7591), else `identify` is asked. */
	const char *client_id;
	const char *client_secret;
	/** PEM, for `private_key_jwt` (RFC 7523 section 2.2): instead of a secret. */
	const char *private_key;
	const char *key_id;        /**< `kid` of its JWTs; default: none */
	const char *key_algorithm; /**< default: by the key, as in introspection.h */
	/** How the client authenticates, by its name in metadata: `none`,
	 * `client_secret_basic`, `client_secret_post`, `private_key_jwt`. Default: what
	 * the issuer supports and the client has what it takes for. */
	const char *authentication;
	/** Where a document says who the client is: https, with a path. */
	const char *client_metadata_url;
	bool never_register; /**< no RFC 7591 */
	mcpauth_client_identify_fn identify;

	/** How the client presents itself when it registers. */
	const char *client_name; /**< default: "mcpauth client" */
	const char *client_uri;

	/** Asked for besides what the server names; separated by blanks. */
	const char *scope;
	/** Do not ask for `offline_access`, with which issuers that know it give
	 * refresh tokens. */
	bool no_offline_access;
	/** How often one request may ask for more scopes; default 2, MCPAUTH_NONE for
	 * never. */
	unsigned step_up_limit;

	/** Where an authorization response is sent: https, or http on loopback, or a
	 * scheme of the program's own with a dot in it (RFC 8252 section 7). Default:
	 * a free port on 127.0.0.1, and the library listens there. If this is on
	 * loopback with a port it listens on that; else mcpauth_login_redirected() has
	 * to be called. */
	const char *redirect_uri;
	mcpauth_login_fn login; /**< default: the desktop's browser is opened */
	bool no_login;          /**< nobody is there: MCPAUTH_E_LOGIN_REQUIRED */
	/** Seconds in which a person has to log in; default 300. */
	unsigned login_seconds;

	/** Where tokens are kept; default: in memory. A reference is taken. */
	struct mcpauth_token_storage *storage;
	enum mcpauth_client_dpop dpop;

	/** The server's metadata may name hosts with private addresses: those of a
	 * network of one's own. Default: only public ones, and the server's host. */
	bool allow_private_addresses;
	/** Talk to servers of 2025-03-26 without protected-resource metadata: then the
	 * server's own origin is its issuer, and `issuer` can be no other. */
	bool allow_missing_resource_metadata;
	/** Seconds before a token expires when it is refreshed; default 30, at most half
	 * of its lifetime. MCPAUTH_NONE: not before. */
	unsigned refresh_ahead;
	/** Milliseconds that asking one other server may take; default 10000. */
	unsigned timeout_ms;

	mcpauth_client_step_fn step; /**< default: nobody is told */
	void *user;                  /**< given to login, identify and step */
};

/** Fills a struct mcpauth_client_config with the defaults. */
#define MCPAUTH_CLIENT_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_client_config) \
	}

/**
 * Make a client of one server. Nothing is asked and nothing is read yet.
 *
 * @param auth         lends its network thread, clock and log, and how it treats TLS,
 *                     proxies and plain http; a reference is kept. Needs neither
 *                     resources nor issuers
 * @param config       borrowed for the call
 * @param[out] client  caller frees with mcpauth_client_free(); NULL on failure
 * @param[out] err     optional; written only on failure
 * @return MCPAUTH_OK; MCPAUTH_E_INVALID_URL; MCPAUTH_E_INVALID_ARGUMENT: what cannot be,
 *         or would not be used; or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_new(struct mcpauth *auth,
	const struct mcpauth_client_config *config, struct mcpauth_client **client,
	struct mcpauth_error *err);

/** Keep it: each call wants one mcpauth_client_free(). Any thread. @return `client` */
MCPAUTH_API struct mcpauth_client *mcpauth_client_ref(struct mcpauth_client *client);

/** Give it back; the last one wipes what it holds. Requests hold it, too. NULL is
 * accepted. */
MCPAUTH_API void mcpauth_client_free(struct mcpauth_client *client);

/**
 * Get a token now, without a request that is refused first: metadata at its well-known
 * place, then as for a 401.
 *
 * Any thread. Blocks as mcpauth_client_request_answered() does. A token that is good is
 * kept, and one that can be refreshed is refreshed.
 *
 * @param client    borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return as mcpauth_client_request_answered(), MCPAUTH_OK for MCPAUTH_RETRY
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_authorize(
	struct mcpauth_client *client, struct mcpauth_error *err);

/**
 * Log out: revoke the tokens where the issuer has an endpoint for that (RFC 7009), and
 * forget them, also if it cannot be reached. The registration stays. Any thread; blocks
 * while another one gets a token, which may wait for a person, and while the issuer is
 * asked.
 *
 * @param client    borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_STORAGE: they are forgotten here, but may be in the
 *         storage still; MCPAUTH_E_INVALID_ARGUMENT: from within a callback; or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_logout(
	struct mcpauth_client *client, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
