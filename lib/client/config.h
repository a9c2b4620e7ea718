/* What a program says of its client: checked, and kept. */
#ifndef MCPAUTH_CLIENT_CONFIG_H
#define MCPAUTH_CLIENT_CONFIG_H

#include <mcpauth/client.h>
#include <mcpauth/client_grant.h>

/**
 * Can a client be like this?
 *
 * @param allow_http  plain http beyond loopback, too
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__client_config_check(
	const struct mcpauth_client_config *config, bool allow_http, struct mcpauth_error *err);

/** Copy it with all its strings and the defaults filled in; the storage is borrowed.
 * @param to  to be finished also if this fails. @return false without memory */
bool mcpauth__client_config_copy(
	struct mcpauth_client_config *to, const struct mcpauth_client_config *from);

/** Wipe and release a copy's strings. */
void mcpauth__client_config_finish(struct mcpauth_client_config *config);

/** The same three for an identity provider. */
enum mcpauth_code mcpauth__enterprise_config_check(
	const struct mcpauth_enterprise_config *config, bool allow_http, struct mcpauth_error *err);
bool mcpauth__enterprise_config_copy(
	struct mcpauth_enterprise_config *to, const struct mcpauth_enterprise_config *from);
void mcpauth__enterprise_config_finish(struct mcpauth_enterprise_config *config);

#endif
