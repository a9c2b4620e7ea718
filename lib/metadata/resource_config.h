/* What may be said of a protected resource, and keeping a copy of it. */
#ifndef MCPAUTH_METADATA_RESOURCE_CONFIG_H
#define MCPAUTH_METADATA_RESOURCE_CONFIG_H

#include <mcpauth/resource.h>

/**
 * Can a resource be declared like this?
 *
 * @param allow_http  plain http beyond loopback, too
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL, MCPAUTH_E_INVALID_ARGUMENT,
 *         MCPAUTH_E_UNSUPPORTED or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__resource_config_check(
	const struct mcpauth_resource_config *config, bool allow_http, struct mcpauth_error *err);

/**
 * Copy it with all its strings.
 *
 * @param to  to be finished also if this fails
 * @return false without memory
 */
bool mcpauth__resource_config_copy(
	struct mcpauth_resource_config *to, const struct mcpauth_resource_config *from);

/** Release a copy's strings. */
void mcpauth__resource_config_finish(struct mcpauth_resource_config *config);

/**
 * Can this be said in another language: "resource_name#de", a text or a URL?
 *
 * @return as mcpauth__resource_config_check()
 */
enum mcpauth_code mcpauth__translation_check(
	const char *member, const char *text, struct mcpauth_error *err);

/**
 * What requests for two URLs have in common exactly if nobody could tell them
 * apart: scheme and host without regard to case, the default port filled in, the
 * query as it stands, the path decoded.
 *
 * @param[out] place  for comparing only; caller frees with free()
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_URL or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__resource_place(const char *url, char **place, struct mcpauth_error *err);

#endif
