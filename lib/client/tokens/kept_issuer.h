/* What is needed to ask the issuer of tokens that are kept, without looking for it. */
#ifndef MCPAUTH_TOKENS_KEPT_ISSUER_H
#define MCPAUTH_TOKENS_KEPT_ISSUER_H

#include "client/grants/grants.h"
#include "client/session/session.h"

/** Starts as {0}. */
struct mcpauth__kept_issuer {
	struct mcpauth__authorization_server server;
	struct mcpauth__client_proof *proof;
	struct mcpauth__dpop *dpop;            /* NULL: the session's own key serves */
	struct mcpauth__grant_request request; /* of those two, and what is borrowed */
};

/**
 * Make it from what is kept.
 *
 * @param credentials  borrowed until the kept is finished
 * @param kept      {0}; caller releases it, also on failure
 * @return MCPAUTH_OK; MCPAUTH_E_LOGIN_REQUIRED: something is not there; or why what is
 *         there cannot be used
 */
enum mcpauth_code mcpauth__kept_issuer_make(const struct mcpauth__errand *errand,
	const struct mcpauth__credentials *credentials, struct mcpauth__kept_issuer *kept,
	struct mcpauth_error *err);

/** Release it; it is {0} again. */
void mcpauth__kept_issuer_finish(struct mcpauth__kept_issuer *kept);

#endif
