/* Which scopes a client asks for. */
#ifndef MCPAUTH_DISCOVERY_SCOPES_H
#define MCPAUTH_DISCOVERY_SCOPES_H

#include "client/discovery/authorization_server.h"
#include "client/discovery/challenge.h"
#include "client/discovery/resource_metadata.h"

/** What is known when scopes are chosen. Borrowed; each but server may be NULL. */
struct mcpauth__scope_choice {
	const char *challenge; /* scope of the challenge: what this request needs */
	const struct mcpauth__resource_metadata *metadata;
	const struct mcpauth__authorization_server *server;
	const char *configured; /* the program's own */
	const char *requested;  /* before: with 403 they stay (SEP-2350) */
	bool wants_offline;     /* offline_access, if the issuer knows it (SEP-2207) */
};

/** So many scopes are asked for, the first ones. */
#define MCPAUTH__SCOPE_LIMIT 1000

/**
 * Choose: the challenge's, else all that the metadata lists, else none; those of the
 * program and those of before are added, and offline_access unless it would be the only
 * one: who asks for none gets what the issuer gives by default. Nothing twice, and nothing
 * that is no scope (RFC 6749 section 3.3).
 *
 * @param[out] scope  caller frees; NULL if there is none to ask for, or on failure
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__scopes_choose(
	const struct mcpauth__scope_choice *choice, char **scope, struct mcpauth_error *err);

/** Is each of `wanted`, as far as it would be asked for, among `scopes`? NULL is none. */
bool mcpauth__scopes_have(const char *scopes, const char *wanted);

#endif
