/**
 * @file
 * Variables that release themselves at the end of their scope, for gcc and clang.
 *
 * @code
 * MCPAUTH_AUTO(auth_info) *who = NULL;
 * code = mcpauth_verify(auth, resource, token, &who, &err);
 * @endcode
 */
#ifndef MCPAUTH_AUTO_H
#define MCPAUTH_AUTO_H

#include <mcpauth/mcpauth.h>

static inline void mcpauth_auto_free_auth_info(struct mcpauth_auth_info **info)
{
	mcpauth_auth_info_free(*info);
}

static inline void mcpauth_auto_free_verification(struct mcpauth_verification **verification)
{
	mcpauth_verification_free(*verification);
}

static inline void mcpauth_auto_free_settings(struct mcpauth_settings **settings)
{
	mcpauth_settings_free(*settings);
}

static inline void mcpauth_auto_free_logout_wait(struct mcpauth_logout_wait **wait)
{
	mcpauth_logout_free(*wait);
}

static inline void mcpauth_auto_free_exchanged_token(struct mcpauth_exchanged_token **token)
{
	mcpauth_exchanged_token_free(*token);
}

static inline void mcpauth_auto_free_token_exchange_wait(struct mcpauth_token_exchange_wait **wait)
{
	mcpauth_token_exchange_wait_free(*wait);
}

static inline void mcpauth_auto_free_client_request(struct mcpauth_client_request **request)
{
	mcpauth_client_request_free(*request);
}

/** Declare a pointer to `struct mcpauth_<noun>` that is freed with its scope. For
 * auth_info, verification, settings, logout_wait, exchanged_token, token_exchange_wait and
 * client_request, which live as long as a call; what lives longer is freed by hand. Always
 * initialise it. */
#define MCPAUTH_AUTO(noun) __attribute__((cleanup(mcpauth_auto_free_##noun))) struct mcpauth_##noun

#endif
