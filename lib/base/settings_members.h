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
	X(connection_memory, MCPAUTH__SETTINGS_SIZE, 32768) \
	X(message_limit, MCPAUTH__SETTINGS_SIZE, 1)

/** Those of struct mcpauth_policy that the rest may have too. */
#define MCPAUTH__POLICY_MEMBERS(X) \
	X(resource, MCPAUTH__SETTINGS_STRING, 0) \
	X(scopes, MCPAUTH__SETTINGS_WORDS, 1) \
	X(any_scopes, MCPAUTH__SETTINGS_WORDS, 1) \
	X(allow_error_details, MCPAUTH__SETTINGS_FLAG, 0) \
	X(omit_granted_scopes, MCPAUTH__SETTINGS_FLAG, 0) \
	X(allow_anonymous, MCPAUTH__SETTINGS_FLAG, 0)

/** Those that only a route has. */
#define MCPAUTH__ROUTE_MEMBERS(X) X(methods, MCPAUTH__SETTINGS_WORDS, 1)

/** Those of struct mcpauth_operation, an element of a policy's "operations". */
#define MCPAUTH__OPERATION_MEMBERS(X) \
	X(method, MCPAUTH__SETTINGS_STRING, 0) \
	X(name, MCPAUTH__SETTINGS_STRING, 0) \
	X(scopes, MCPAUTH__SETTINGS_WORDS, 1) \
	X(any_scopes, MCPAUTH__SETTINGS_WORDS, 1) \
	X(allow_anonymous, MCPAUTH__SETTINGS_FLAG, 0)

/** Those of the structs that stages are added with: N(name, least, most, none) is a
 * number, of which zero may be none. */
#define MCPAUTH__CORS_MEMBERS(X, N) \
	X(methods, MCPAUTH__SETTINGS_WORDS, 1) \
	X(headers, MCPAUTH__SETTINGS_WORDS, 1) \
	X(exposed, MCPAUTH__SETTINGS_WORDS, 1) \
	N(max_age, 1, MCPAUTH__SETTINGS_MOST, true)
/* Seconds until the last failure of a burst must be forgotten: no factor can be more. */
#define MCPAUTH__THIRTY_DAYS (30u * 24 * 3600)
#define MCPAUTH__RATE_LIMIT_MEMBERS(X, N) \
	N(address_burst, 1, MCPAUTH__THIRTY_DAYS, true) \
	N(address_seconds, 1, MCPAUTH__THIRTY_DAYS, false) \
	N(subject_burst, 1, MCPAUTH__THIRTY_DAYS, true) \
	N(subject_seconds, 1, MCPAUTH__THIRTY_DAYS, false) \
	N(entries, 1024, 1u << 24, false)
#define MCPAUTH__ACCESS_LOG_MEMBERS(X, N) X(omit_request_id, MCPAUTH__SETTINGS_FLAG, 0)
#define MCPAUTH__METRICS_MEMBERS(X, N) \
	X(path, MCPAUTH__SETTINGS_STRING, 0) \
	X(omit_path, MCPAUTH__SETTINGS_FLAG, 0)

#endif
