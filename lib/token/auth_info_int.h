/* How an auth info is made, and what is behind it. */
#ifndef MCPAUTH_TOKEN_AUTH_INFO_INT_H
#define MCPAUTH_TOKEN_AUTH_INFO_INT_H

#include "token/identity.h"

#include <mcpauth/auth_info.h>

/**
 * An auth info: an identity and the token that proved it.
 *
 * @param identity  taken, also on failure
 * @return NULL without memory
 */
struct mcpauth_auth_info *mcpauth__auth_info_new(
	struct mcpauth__identity *identity, const char *token);

/**
 * The same in the caller's room, without a copy.
 *
 * @param identity  taken
 * @param token     borrowed until the info is freed
 */
struct mcpauth_auth_info *mcpauth__auth_info_init(
	struct mcpauth_auth_info_room *room, struct mcpauth__identity *identity, const char *token);

/** Whom it names. Borrowed from it; NULL for NULL. */
const struct mcpauth__identity *mcpauth__auth_info_identity(const struct mcpauth_auth_info *info);

/** When its time is over: `exp`, or earlier if the issuer has a max_age. Seconds
 * since 1970; 0 for NULL. */
int64_t mcpauth__auth_info_end(const struct mcpauth_auth_info *info);

#endif
