/* What a settings file is once it was read. */
#ifndef MCPAUTH_SETTINGS_INT_H
#define MCPAUTH_SETTINGS_INT_H

#include "base/settings_table.h"

#include <mcpauth/settings.h>

struct mcpauth_settings {
	char *name; /* of the file, without its folder; NULL if it was no file */
	char *text;
	cJSON *tree;
};

/** An element of `static_tokens`; by call its parts are arguments. */
struct mcpauth__settings_static_token {
	const char *token;
	const char *claims;
};

/** Everything a file may say; the struct is in the member's text. */
extern const struct mcpauth__settings_member mcpauth__settings_file[];
extern const struct mcpauth__settings_member mcpauth__settings_auth[];     /* mcpauth_config */
extern const struct mcpauth__settings_member mcpauth__settings_resource[]; /* ..._resource_config */
extern const struct mcpauth__settings_member mcpauth__settings_issuer[];   /* ..._issuer_config */
/** ..._introspection_config */
extern const struct mcpauth__settings_member mcpauth__settings_introspection[];
extern const struct mcpauth__settings_member mcpauth__settings_static_tokens[]; /* the one above */

/** Fill a struct, with file and line before what goes wrong. */
enum mcpauth_code mcpauth__settings_read_section(const struct mcpauth_settings *settings,
	struct mcpauth__settings_filling *filling, const cJSON *object, struct mcpauth_error *err);

/** Put file and line of a value before what a call said. @return `code` */
enum mcpauth_code mcpauth__settings_at(const struct mcpauth_settings *settings, const cJSON *value,
	enum mcpauth_code code, struct mcpauth_error *err);

#endif
