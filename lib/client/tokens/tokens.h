/* Getting a token for a session: refreshed, or anew. */
#ifndef MCPAUTH_TOKENS_TOKENS_H
#define MCPAUTH_TOKENS_TOKENS_H

#include "client/discovery/challenge.h"
#include "client/session/session.h"

/** Why a token is needed. Borrowed. */
struct mcpauth__need {
	const struct mcpauth__challenge *challenge; /* NULL: nobody was asked yet */
	const char *refused; /* the access token that was shown; NULL: none was */
	bool is_step_up;     /* it was good, but not for this */
};

/**
 * Refresh tokens, once for all who want that, in this process and others. That it fails is
 * told to the log alone: whoever needs one sees what is held then.
 *
 * @param tokens  what is to be replaced; what is held afterwards
 * @return MCPAUTH_OK, MCPAUTH_E_CANCELLED, MCPAUTH_E_INVALID_ARGUMENT: from within a
 *         callback; MCPAUTH_E_TOKEN_STORAGE: it is expired, and the storage fails; or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__tokens_refresh(
	struct mcpauth__errand *errand, struct mcpauth__tokens *tokens, struct mcpauth_error *err);

/** The same before a server has said anything: who waited while another one's refresh failed
 * does not ask again. */
enum mcpauth_code mcpauth__tokens_refresh_ahead(
	struct mcpauth__errand *errand, struct mcpauth__tokens *tokens, struct mcpauth_error *err);

/**
 * Get a token by discovery, registration and the session's grant, unless somebody else
 * has got one since.
 *
 * @return MCPAUTH_OK: one was got for this; MCPAUTH_RETRY: the session holds another one,
 *         which somebody else got; or as mcpauth_client_request_answered()
 */
enum mcpauth_code mcpauth__tokens_obtain(struct mcpauth__errand *errand,
	const struct mcpauth__need *need, struct mcpauth_error *err);

/** Revoke and forget what is held. */
enum mcpauth_code mcpauth__tokens_forget(struct mcpauth__errand *errand, struct mcpauth_error *err);

#endif
