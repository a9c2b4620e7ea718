/* What a verification comes to, for whoever looks into one. */
#ifndef MCPAUTH_VERIFICATION_INT_H
#define MCPAUTH_VERIFICATION_INT_H

#include "auth_int.h"

/** A verification is over: one more of its kind in the statistics. @return `code` */
enum mcpauth_code mcpauth__verification_count(const struct mcpauth *auth,
	const struct mcpauth__progress *progress, enum mcpauth_code code);

/**
 * Ask the program whether a token is revoked that is good by itself.
 *
 * @param identity  taken
 * @return MCPAUTH_OK, MCPAUTH_E_REVOKED or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__verification_confirm(const struct mcpauth *auth,
	struct mcpauth__identity *identity, const char *token, struct mcpauth_error *err);

#endif
