/**
 * @file
 * Protected resources and the documents that describe them (RFC 9728).
 */
#ifndef MCPAUTH_RESOURCE_H
#define MCPAUTH_RESOURCE_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A protected resource. Strings are copied and published exactly as they
 * stand here; what is NULL is left out of the document.
 */
struct mcpauth_resource_config {
	size_t size; /**< set by MCPAUTH_RESOURCE_CONFIG_INIT */
	/** The resource identifier (RFC 8707 section 2): an absolute URL without
	 * a fragment, https or on loopback. The URL that clients are given. */
	const char *resource;
	/** `scopes_supported`, separated by blanks. */
	const char *scopes_supported;
	const char *resource_name;          /**< for people */
	const char *resource_documentation; /**< a URL for developers */
	const char *resource_policy_uri;    /**< how what clients get may be used */
	const char *resource_tos_uri;       /**< terms of service */
	/** Only "header", the default, is possible: MCP wants no other way. */
	const char *bearer_methods_supported;
	/** Keys of the resource's own, for answers that it signs. */
	const char *jwks_uri;
	/** Separated by blanks, as is the next one. */
	const char *resource_signing_alg_values_supported;
	const char *authorization_details_types_supported;
	/** A JWT that somebody signed; passed through as it stands. */
	const char *signed_metadata;
	/** Nothing here checks a proof (RFC 8705, RFC 9449), so setting one of these
	 * three is refused with MCPAUTH_E_UNSUPPORTED: it would promise too much. */
	bool tls_client_certificate_bound_access_tokens;
	bool dpop_bound_access_tokens_required;
	const char *dpop_signing_alg_values_supported;
	/** A claim that may name this resource in place of `aud`, for providers whose
	 * tokens have none, such as Cognito's `client_id`: mcpauth_add_recipient(). */
	const char *recipient_claim;
	/** Do not ask whom a token is for. Tokens meant for any other server of the
	 * same issuer are then good here: only for trying things out. Logged loudly. */
	bool insecure_any_audience;
};

/** Fills a struct mcpauth_resource_config with the defaults. */
#define MCPAUTH_RESOURCE_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_resource_config) \
	}

/**
 * Declare a protected resource.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param config    copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_UNSUPPORTED, MCPAUTH_E_DUPLICATE (also if its metadata would be
 *         published at the URL of another one's) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_resource(struct mcpauth *auth,
	const struct mcpauth_resource_config *config, struct mcpauth_error *err);

/**
 * Accept a value in `aud`. The first call replaces the default, which is the
 * resource identifier itself; call it with that one too to keep it. What is
 * given here is compared byte for byte; in the default one trailing slash more
 * or less makes no difference.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @param audience  not empty; copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_audience(struct mcpauth *auth, const char *resource,
	const char *audience, struct mcpauth_error *err);

/**
 * Accept a value of the resource's `recipient_claim`: a token that has it is
 * for this resource, whatever its `aud`.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added with a recipient_claim; borrowed for the call
 * @param value     not empty, compared byte for byte; copied
 * @param[out] err  optional; written only on failure
 * @return as mcpauth_add_audience(); MCPAUTH_E_INVALID_ARGUMENT also without a
 *         recipient_claim
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_recipient(
	struct mcpauth *auth, const char *resource, const char *value, struct mcpauth_error *err);

/**
 * Say something for people in one more language (RFC 9728 section 2.1).
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @param member    with its language tag (RFC 5646): "resource_name#de". One of
 *                  resource_name, resource_documentation, resource_policy_uri,
 *                  resource_tos_uri; copied
 * @param text      copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_INVALID_URL, MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_translation(struct mcpauth *auth, const char *resource,
	const char *member, const char *text, struct mcpauth_error *err);

/**
 * The resources one after the other, in the order in which they were added.
 *
 * Any thread once built.
 *
 * @param auth   borrowed for the call
 * @param index  from 0
 * @return the identifier, borrowed from `auth`; NULL past the last one
 */
MCPAUTH_API const char *mcpauth_resource_at(const struct mcpauth *auth, size_t index);

/**
 * Where a resource's metadata document is published: its well-known URL with
 * the path inserted and the query kept (RFC 9728 section 3.1).
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @return borrowed from `auth`; NULL if there is no such resource
 */
MCPAUTH_API const char *mcpauth_resource_metadata_url(
	const struct mcpauth *auth, const char *resource);

/**
 * A resource's metadata document (RFC 9728 section 2), as JSON. It is the same
 * whether or not an authorization server answers.
 *
 * Any thread once built.
 *
 * @param auth      borrowed for the call
 * @param resource  one that was added; borrowed for the call
 * @param[out] document  caller frees with free(); NULL on failure
 * @param[out] err       optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE, MCPAUTH_E_UNKNOWN_ISSUER (it has
 *         none, and MCP wants at least one in the document) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_resource_document(const struct mcpauth *auth,
	const char *resource, char **document, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
