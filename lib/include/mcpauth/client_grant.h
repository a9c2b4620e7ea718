/**
 * @file
 * Where the OAuth client's grants come from when nobody logs in at the issuer itself: a
 * company's identity provider, or the platform on which the program runs.
 */
#ifndef MCPAUTH_CLIENT_GRANT_H
#define MCPAUTH_CLIENT_GRANT_H

#include <mcpauth/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/** For MCPAUTH_GRANT_ENTERPRISE: the company's identity provider. Strings are copied. */
struct mcpauth_enterprise_config {
	size_t size;                /**< set by MCPAUTH_ENTERPRISE_CONFIG_INIT */
	const char *token_endpoint; /**< needed: of the identity provider */
	const char *client_id;      /**< needed: this client there */
	const char *client_secret;  /**< NULL: none is sent */
	/** Needed: the person's ID token. Called for each new token, on the thread that
	 * prepares or answers a request. @return on the heap, wiped and released with
	 * free(); NULL: there is none, MCPAUTH_E_LOGIN_REQUIRED */
	char *(*id_token)(void *user);
	void *user; /**< given to id_token; borrowed until the client is released */
};

/** Fills a struct mcpauth_enterprise_config with the defaults. */
#define MCPAUTH_ENTERPRISE_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_enterprise_config) \
	}

/**
 * Say where the ID-JAG comes from. Once, by one thread, before the first request.
 *
 * @param client    borrowed for the call
 * @param config    borrowed for the call
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_DUPLICATE, MCPAUTH_E_IN_USE or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_set_enterprise(struct mcpauth_client *client,
	const struct mcpauth_enterprise_config *config, struct mcpauth_error *err);

/**
 * For MCPAUTH_GRANT_WORKLOAD: the platform's JWT about the program, new for each token.
 *
 * @param issuer  of the authorization server, which must be its audience; borrowed
 * @param user    as given beside the function
 * @return on the heap, wiped and released with free(); NULL: there is none,
 *         MCPAUTH_E_LOGIN_REQUIRED
 */
typedef char *(*mcpauth_workload_fn)(const char *issuer, void *user);

/**
 * Say where the JWT comes from. Once, by one thread, before the first request.
 *
 * @param client    borrowed for the call
 * @param workload  called on the thread that prepares or answers a request
 * @param user      given to it; borrowed until the client is released
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT, MCPAUTH_E_DUPLICATE or
 *         MCPAUTH_E_IN_USE
 */
MCPAUTH_API enum mcpauth_code mcpauth_client_set_workload(struct mcpauth_client *client,
	mcpauth_workload_fn workload, void *user, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
