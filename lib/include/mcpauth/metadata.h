/**
 * @file
 * What authorization servers say of themselves (RFC 8414, OpenID Connect
 * Discovery): given by hand, changed before it is used, and read.
 */
#ifndef MCPAUTH_METADATA_H
#define MCPAUTH_METADATA_H

#include <mcpauth/auth.h>
#include <mcpauth/verification.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cJSON;

/**
 * An authorization server's metadata by hand. Every member stands in the
 * document under its own name if it is not NULL or false, and `issuer` as the
 * issuer's configuration has it; lists are separated by blanks. Strings are copied.
 */
struct mcpauth_server_metadata {
	size_t size; /**< set by MCPAUTH_SERVER_METADATA_INIT */
	const char *authorization_endpoint;
	const char *token_endpoint;
	const char *jwks_uri; /**< needed to verify tokens */
	const char *registration_endpoint;
	const char *introspection_endpoint;
	const char *revocation_endpoint;
	const char *userinfo_endpoint;
	const char *service_documentation;
	const char *op_policy_uri;
	const char *op_tos_uri;
	const char *scopes_supported;
	/** Lists whose values hold blanks themselves, such as "code id_token", go
	 * into `more`. */
	const char *response_types_supported;
	const char *response_modes_supported;
	const char *grant_types_supported;
	const char *ui_locales_supported;
	const char *token_endpoint_auth_methods_supported;
	const char *token_endpoint_auth_signing_alg_values_supported;
	const char *revocation_endpoint_auth_methods_supported;
	const char *revocation_endpoint_auth_signing_alg_values_supported;
	const char *introspection_endpoint_auth_methods_supported;
	const char *introspection_endpoint_auth_signing_alg_values_supported;
	const char *code_challenge_methods_supported;
	bool client_id_metadata_document_supported;
	bool authorization_response_iss_parameter_supported;
	/** A JSON object with whatever else it has to say; no name that is given
	 * above, too. */
	const char *more;
};

/** Fills a struct mcpauth_server_metadata with the defaults. */
#define MCPAUTH_SERVER_METADATA_INIT \
	{ \
		.size = sizeof(struct mcpauth_server_metadata) \
	}

/**
 * Changes a document before it is checked and used: add, drop or change members
 * with libcjson's functions. A program that calls those links libcjson itself
 * (`pkg-config --cflags --libs libcjson`): this library does not pass it on.
 *
 * On the network thread, where it must be quick, or within the call that brings
 * metadata by hand.
 *
 * @param metadata  an object, to be changed in place; borrowed for the call
 * @param user      as given beside the function
 * @return false to refuse the document: MCPAUTH_E_TRANSPILE
 */
typedef bool (*mcpauth_transpile_fn)(struct cJSON *metadata, void *user);

/** Whose metadata is wanted. Strings are borrowed for the call. */
struct mcpauth_metadata_request {
	size_t size; /**< set by MCPAUTH_METADATA_REQUEST_INIT */
	/** One that was added, other than with its keys alone. */
	const char *issuer;
	mcpauth_wake_fn wake; /**< needed, as in struct mcpauth_verification_request */
	void *user;           /**< given to wake */
};

/** Fills a struct mcpauth_metadata_request with the defaults. */
#define MCPAUTH_METADATA_REQUEST_INIT \
	{ \
		.size = sizeof(struct mcpauth_metadata_request) \
	}

/** Somebody who waits for an issuer's metadata. */
struct mcpauth_metadata_wait;

/**
 * An issuer's metadata as it is in use: transpiled, checked, with all members
 * that are not known here. Fetched at need and kept; an old one serves while the
 * issuer cannot be asked, for a day at most.
 *
 * Any number of threads; does not block.
 *
 * @param auth           built; borrowed until the wait ends
 * @param request        borrowed for the call
 * @param[out] document  JSON, caller frees with free(); NULL unless MCPAUTH_OK
 * @param[out] pending   only with MCPAUTH_PENDING; caller frees with
 *                       mcpauth_metadata_wait_free()
 * @param[out] err       optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_PENDING, MCPAUTH_E_UNKNOWN_ISSUER,
 *         MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_UNSUPPORTED (only its
 *         keys are known), why there is none (2xx, 3xx) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_metadata_start(struct mcpauth *auth,
	const struct mcpauth_metadata_request *request, char **document,
	struct mcpauth_metadata_wait **pending, struct mcpauth_error *err);

/**
 * Go on after a wait. Only after its wake.
 *
 * @param wait           stays the caller's
 * @param[out] document  as for mcpauth_metadata_start()
 * @param[out] err       as for mcpauth_metadata_start()
 * @return as mcpauth_metadata_start(); with MCPAUTH_PENDING wake is called once more
 */
MCPAUTH_API enum mcpauth_code mcpauth_metadata_wait_resume(
	struct mcpauth_metadata_wait *wait, char **document, struct mcpauth_error *err);

/**
 * May mcpauth_metadata_start() be asked for this issuer? Nothing is fetched.
 *
 * @param auth      borrowed for the call
 * @param issuer    borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_ISSUER or MCPAUTH_E_UNSUPPORTED (only its
 *         keys are known)
 */
MCPAUTH_API enum mcpauth_code mcpauth_metadata_can_start(
	const struct mcpauth *auth, const char *issuer, struct mcpauth_error *err);

/** End a wait, as mcpauth_verification_free() does. NULL is accepted. */
MCPAUTH_API void mcpauth_metadata_wait_free(struct mcpauth_metadata_wait *wait);

#ifdef __cplusplus
}
#endif

#endif
