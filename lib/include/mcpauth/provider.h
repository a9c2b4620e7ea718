/**
 * @file
 * Is an authorization server fit for MCP? What its metadata lacks, and what else
 * can be found out without logging in.
 */
#ifndef MCPAUTH_PROVIDER_H
#define MCPAUTH_PROVIDER_H

#include <mcpauth/issuer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is looked at. Numbers are never reused. */
enum mcpauth_finding {
	/** The document is JSON, and its members have the right types (RFC 8414 section 2). */
	MCPAUTH_FINDING_METADATA = 1,
	/** There is such a document at a well-known URL. */
	MCPAUTH_FINDING_METADATA_FOUND = 2,
	/** `issuer` is the one that was asked (RFC 8414 section 3.3). */
	MCPAUTH_FINDING_ISSUER = 3,
	/** Every endpoint is https, or http on loopback. */
	MCPAUTH_FINDING_ENDPOINTS = 4,
	/** `code` is among the response types. */
	MCPAUTH_FINDING_CODE_RESPONSE_TYPE = 5,
	/** `authorization_code` is among the grant types, which it also is by default. */
	MCPAUTH_FINDING_AUTHORIZATION_CODE_GRANT = 6,
	/** Code challenge methods are named (RFC 7636). */
	MCPAUTH_FINDING_PKCE = 7,
	/** `S256` is among them. */
	MCPAUTH_FINDING_S256 = 8,
	/** `jwks_uri` is there. */
	MCPAUTH_FINDING_JWKS_URI = 9,
	/** The keys can be fetched and at least one can verify tokens. */
	MCPAUTH_FINDING_KEYS = 10,
	/** Clients may register themselves (RFC 7591). */
	MCPAUTH_FINDING_DYNAMIC_REGISTRATION = 11,
	/** Clients may be known by a URL of their own. */
	MCPAUTH_FINDING_CLIENT_ID_METADATA_DOCUMENT = 12,
	/** Authorization answers name the issuer (RFC 9207). */
	MCPAUTH_FINDING_ISS_PARAMETER = 13,
	/** Resource indicators are understood (RFC 8707). */
	MCPAUTH_FINDING_RESOURCE_INDICATORS = 14
};

/** How bad it is. */
enum mcpauth_severity {
	MCPAUTH_SEVERITY_PASSED = 0,
	MCPAUTH_SEVERITY_WARNING = 1, /**< works, with what the message says */
	MCPAUTH_SEVERITY_ERROR = 2    /**< clients cannot log in, or tokens not be verified */
};

/**
 * The name of a finding. MCP Auth's, where it has one:
 * `server_metadata_valid` / `invalid_server_metadata`,
 * `code_response_type_supported` / `code_response_type_not_supported`,
 * `authorization_code_grant_supported` / `..._not_supported`,
 * `pkce_supported` / `pkce_not_supported`,
 * `s256_code_challenge_method_supported` / `..._not_supported`,
 * `dynamic_registration_supported` / `..._not_supported`;
 * and ours: `metadata_found` / `metadata_not_found`, `issuer_matches` /
 * `issuer_mismatch`, `endpoints_secure` / `insecure_endpoint`,
 * `jwks_uri_present` / `missing_jwks_uri`, `keys_usable` / `no_usable_keys`,
 * `client_id_metadata_document_supported` / `..._not_supported`,
 * `iss_parameter_supported` / `..._not_supported`,
 * `resource_indicators_supported` / `..._not_supported`.
 *
 * @param finding  which
 * @param passed   the first of the two names, else the second
 * @return a constant; "unknown" for a number that is no finding
 */
MCPAUTH_API const char *mcpauth_finding_name(enum mcpauth_finding finding, bool passed);

/**
 * Receives one finding. What cannot be looked at, because a member is missing or
 * of a wrong type or a server does not answer, is not told about; S256 neither
 * where there is no PKCE at all.
 *
 * @param finding   what was looked at; each once at most
 * @param severity  how it is
 * @param message   one line: what was found and what to do about it; borrowed
 *                  for the call
 * @param user      as given beside the function
 */
typedef void (*mcpauth_finding_fn)(enum mcpauth_finding finding, enum mcpauth_severity severity,
	const char *message, void *user);

/**
 * Look at a document alone; nothing is fetched.
 *
 * @param issuer    whom it is asked about; NULL leaves that question out
 * @param metadata  JSON text; borrowed for the call
 * @param found     called from within for each finding; NULL: nobody is told
 * @param user      given to found
 * @param[out] err  optional; the first error
 * @return MCPAUTH_OK, MCPAUTH_E_UNFIT_PROVIDER if there was an error,
 *         MCPAUTH_E_INVALID_ARGUMENT (no metadata) or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_check_metadata(const char *issuer, const char *metadata,
	mcpauth_finding_fn found, void *user, struct mcpauth_error *err);

/**
 * Look at an authorization server: find its metadata, look at it, fetch its keys.
 *
 * Blocks the calling thread, at most three times the deadline; so not from a
 * callback of the library's. `transpile` is called on this thread. With `jwks_uri`
 * the metadata is discovered for the clients' sake, and the keys are fetched there.
 *
 * @param auth      lends its network thread and configuration; need not have
 *                  this issuer or any resource. Borrowed for the call
 * @param issuer    which one, and how to find its metadata; borrowed for the call
 * @param found     called from within, on this thread; NULL: nobody is told
 * @param user      given to found
 * @param[out] err  optional; the first error
 * @return MCPAUTH_OK: fit, perhaps with warnings; MCPAUTH_E_UNFIT_PROVIDER: not
 *         fit; a code of the group 2xx if it could not be told; MCPAUTH_E_SYSTEM
 *         (no thread to be had); or as mcpauth_add_issuer()
 */
MCPAUTH_API enum mcpauth_code mcpauth_check_provider(struct mcpauth *auth,
	const struct mcpauth_issuer_config *issuer, mcpauth_finding_fn found, void *user,
	struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
