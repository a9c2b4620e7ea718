/**
 * @file
 * Issuers: the authorization servers whose tokens a resource accepts.
 */
#ifndef MCPAUTH_ISSUER_H
#define MCPAUTH_ISSUER_H

#include <mcpauth/auth.h>
#include <mcpauth/metadata.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where an issuer's metadata is looked for. */
enum mcpauth_discovery {
	/** The three well-known URLs in the order of the MCP specification. */
	MCPAUTH_DISCOVERY_AUTO = 0,
	/** RFC 8414: /.well-known/oauth-authorization-server before the path. */
	MCPAUTH_DISCOVERY_OAUTH = 1,
	/** OpenID Connect Discovery: /.well-known/openid-configuration after the path. */
	MCPAUTH_DISCOVERY_OIDC = 2
};

/**
 * A check of the program's own, after all others, for a token whose signature
 * is good, or which a verifier of the program's own accepted.
 *
 * Any thread, several at once; must be quick. A good verdict is remembered with
 * the token (`token_cache_seconds`), a bad one asked for again.
 *
 * @param claims    borrowed for the call
 * @param resource  where the token is used; borrowed for the call
 * @param user      as given beside the function
 * @return false to refuse it: MCPAUTH_E_CLAIM_CHECK
 */
typedef bool (*mcpauth_claims_fn)(const struct cJSON *claims, const char *resource, void *user);

/**
 * An issuer. At most one of `metadata_url`, `metadata`, `server_metadata`,
 * `jwks_uri` and `jwks` is given; with none of them its metadata is discovered at first
 * need. Strings are copied, compared byte for byte and shown exactly as they
 * stand here. Lists are separated by blanks.
 */
struct mcpauth_issuer_config {
	size_t size;        /**< set by MCPAUTH_ISSUER_CONFIG_INIT */
	const char *issuer; /**< what `iss` must equal; https, or http on loopback */
	/** Shown in `authorization_servers`; default `issuer`. */
	const char *advertised_url;
	enum mcpauth_discovery discovery; /**< where its metadata is looked for */
	const char *metadata_url;         /**< fetch the metadata from here */
	const char *metadata;             /**< metadata by hand, a JSON text (RFC 8414 section 2) */
	const struct mcpauth_server_metadata *server_metadata; /**< the same as a struct; copied */
	const char *jwks_uri; /**< keys are here; nothing is discovered */
	/** The keys by hand, a JSON text (RFC 7517 section 5): nothing is fetched, and
	 * whoever changes them makes a successor. */
	const char *jwks;
	/** Changes fetched metadata, and metadata given by hand, before it is checked. */
	mcpauth_transpile_fn transpile;
	void *transpile_user; /**< borrowed until the last mcpauth_free() */
	/** Use no metadata that has an error by provider.h. Without this, what only
	 * clients need to find there is named in the log, once: Entra ID does PKCE
	 * and does not say so. */
	bool strict_metadata;

	/** Accepted `alg` values; default all ten and Ed25519:
	 * RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA. */
	const char *algorithms;
	/** Take only `typ` at+jwt (RFC 9068 section 4), not JWT or none. */
	bool strict_type;
	/** Seconds since `iat` after which a token is too old, and `iat` must be
	 * there; default 0: as long as `exp` says. */
	unsigned max_age;
	/** Claims that must be there, whatever they hold. */
	const char *required_claims;
	/** Where the scopes are: the first claim of these that is there counts; default
	 * "scope scp scopes". For Auth0's roles "permissions". */
	const char *scope_claims;
	/** Where the client is; default "client_id azp cid appid". */
	const char *client_claims;
	/** Where the subject is; default "sub". */
	const char *subject_claims;
	mcpauth_claims_fn check_claims; /**< default: no further check */
	void *check_claims_user;        /**< borrowed until the last mcpauth_free() */
};

/** Fills a struct mcpauth_issuer_config with the defaults. */
#define MCPAUTH_ISSUER_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_issuer_config) \
	}

/**
 * Let a resource accept an issuer's tokens. Nothing is fetched yet.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE. The same issuer
 * may be added to several resources with an equal configuration; its keys are
 * kept once.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @param config    copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_URL,
 *         MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_DUPLICATE (already this
 *         resource's, or known with another configuration),
 *         MCPAUTH_E_INVALID_JSON, MCPAUTH_E_INVALID_METADATA,
 *         MCPAUTH_E_ISSUER_MISMATCH, MCPAUTH_E_NO_JWKS_URI,
 *         MCPAUTH_E_TRANSPILE, MCPAUTH_E_UNFIT_PROVIDER (metadata by hand),
 *         MCPAUTH_E_INVALID_KEYS (`jwks`, also without a usable key), or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_issuer(struct mcpauth *auth, const char *resource,
	const struct mcpauth_issuer_config *config, struct mcpauth_error *err);

/**
 * Accept one more `iss` value from an issuer, signed by the same keys, as the
 * two token versions of Entra ID need it.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param issuer    one that was added; borrowed for the call
 * @param value     the further `iss`; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_ISSUER, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_accept_issuer_value(
	struct mcpauth *auth, const char *issuer, const char *value, struct mcpauth_error *err);

/**
 * Check the claims of an issuer that was added without `check_claims`, as those
 * of a settings file are.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param issuer    one that was added; borrowed for the call
 * @param check     as `check_claims` of struct mcpauth_issuer_config
 * @param user      given to check; borrowed until the last mcpauth_free() of the
 *                  object and its successors
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_ISSUER, MCPAUTH_E_INVALID_ARGUMENT or
 *         MCPAUTH_E_DUPLICATE (it has one)
 */
MCPAUTH_API enum mcpauth_code mcpauth_set_claims_check(struct mcpauth *auth, const char *issuer,
	mcpauth_claims_fn check, void *user, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
