/* Which scopes the routes of a settings file want of a resource's tokens. */
#ifndef EXAMPLES_CHECK_PROVIDER_DEMANDS_H
#define EXAMPLES_CHECK_PROVIDER_DEMANDS_H

#include <cjson/cJSON.h>
#include <mcpauth/settings.h>

#include <stdbool.h>

/** What one token has to have, wherever it is used, and what it depends on where that is. */
struct demands {
	char *scopes; /**< that every route wants, separated by blanks; NULL: there is none */
	cJSON *rest;  /**< the routes that want more, an array; each with what it wants in all */
};

/**
 * Read what the routes of a resource want.
 *
 * @param settings      borrowed for the call
 * @param resource      borrowed for the call
 * @param[out] demands  caller frees with demands_finish(), also on failure
 * @return false without memory
 */
bool demands_read(
	const struct mcpauth_settings *settings, const char *resource, struct demands *demands);

void demands_finish(struct demands *demands);

/** Print the routes that want more, in one line; nothing if there are none. */
void demands_print_rest(const struct demands *demands);

/** Add a scope to a list that is separated by blanks. @param list  NULL: an empty one; on
 * failure as it was. @return false without memory */
bool demands_add_scope(char **list, const char *scope);

#endif
