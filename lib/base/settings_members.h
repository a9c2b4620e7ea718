/* What a settings file may say to the middleware: checked in the one library,
 * stored in the structs of the other, so that no name can differ. */
#ifndef MCPAUTH_BASE_SETTINGS_MEMBERS_H
#define MCPAUTH_BASE_SETTINGS_MEMBERS_H

#include "base/settings_table.h"

/** The fields of struct mcpauth_chain_config: X(name, type, least). */
#define MCPAUTH__CHAIN_MEMBERS(X) \
	X(refused_body_limit, MCPAUTH__SETTINGS_SIZE, 1) \
	X(refused_body_ms, MCPAUTH__SETTINGS_NUMBER, 1) \
	X(connection_timeout, MCPAUTH__SETTINGS_NUMBER, 1) \
	X(connection_limit, MCPAUTH__SETTINGS_NUMBER, 1) \
	X(connection_memory, MCPAUTH__SETTINGS_SIZE, 32768)

/** Those of struct mcpauth_policy that the rest may have too. */
#define MCPAUTH__POLICY_MEMBERS(X) \
	X(resource, MCPAUTH__SETTINGS_STRING, 0) \
	X(scopes, MCPAUTH__SETTINGS_WORDS, 1) \
	X(any_scopes, MCPAUTH__SETTINGS_WORDS, 1) \
	X(allow_error_details, MCPAUTH__SETTINGS_FLAG, 0) \
	X(omit_granted_scopes, MCPAUTH__SETTINGS_FLAG, 0)

/** Those that only a route has. */
#define MCPAUTH__ROUTE_MEMBERS(X) X(methods, MCPAUTH__SETTINGS_WORDS, 1)

#endif
