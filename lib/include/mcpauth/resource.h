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
	const char *resource_policy_uri;
	const char *resource_tos_uri;
};

/** Fills a struct mcpauth_resource_config with the defaults. */
#define MCPAUTH_RESOURCE_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_resource_config) \
	}

/**
 * Declare a protected resource.
 *
 * One thread, before the first token.
 *
 * @param auth      borrowed for the call
 * @param config    copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_DUPLICATE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_add_resource(struct mcpauth *auth,
	const struct mcpauth_resource_config *config, struct mcpauth_error *err);

/**
 * Accept a value in `aud`. The first call replaces the default, which is the
 * resource identifier itself; call it with that one too to keep it. What is
 * given here is compared byte for byte; in the default one trailing slash more
 * or less makes no difference.
 *
 * One thread, before the first token.
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
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_RESOURCE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_resource_document(const struct mcpauth *auth,
	const char *resource, char **document, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
