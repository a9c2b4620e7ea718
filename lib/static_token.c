/* Letting a resource accept tokens that are written down. */
#include "auth_int.h"

#include <stdio.h>

/* As much of the name as leaves room for the rest. */
static void warn(struct mcpauth *auth, const char *resource)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE];
	snprintf(line, sizeof line, "A STATIC TOKEN OPENS %.150s TO WHOEVER CAN READ THE PROGRAM",
		resource);
	mcpauth__make_printable(line);
	mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL, line);
}

enum mcpauth_code mcpauth_add_static_token(struct mcpauth *auth, const char *resource,
	const char *token, const char *claims, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_unused_resource(auth, resource, &found, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__static_tokens_add(&found->trust.static_tokens, token, claims, err);
	}
	if (code == MCPAUTH_OK) {
		warn(auth, found->config.resource);
	}
	return code;
}
