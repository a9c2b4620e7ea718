/* Scopes that are put together from several places, for one text that asks for all. */
#ifndef MCPAUTH_MIDDLEWARE_SCOPE_LIST_H
#define MCPAUTH_MIDDLEWARE_SCOPE_LIST_H

#include "base/words.h"

#include <mcpauth/demand.h>

#include <stdbool.h>
#include <stddef.h>

/** Each once, in the order of their coming. Starts as {0}. */
struct mcpauth__scope_list {
	struct mcpauth__words words;
	bool are_incomplete; /* there was no memory for one */
};

/** Put one behind the others. */
void mcpauth__scope_list_put(struct mcpauth__scope_list *list, const char *scope, size_t length);

/** Put those of a text, separated by blanks; NULL has none. */
void mcpauth__scope_list_put_text(struct mcpauth__scope_list *list, const char *text);

/** Put those of another list. */
void mcpauth__scope_list_put_all(
	struct mcpauth__scope_list *list, const struct mcpauth__scope_list *other);

/**
 * Put what is demanded: what is needed all, then one of each of its lists.
 *
 * @param holder  who perhaps holds one of such a list, which must not be lost when others
 *                are asked for; NULL: the first is put
 */
void mcpauth__scope_list_put_demand(struct mcpauth__scope_list *list,
	const struct mcpauth_demand *demand, const struct mcpauth_auth_info *holder);

/** All of them in one text; the list is {0} again. @return caller frees with free(); NULL
 * without memory */
char *mcpauth__scope_list_take(struct mcpauth__scope_list *list);

/** Release it; it is {0} again. */
void mcpauth__scope_list_finish(struct mcpauth__scope_list *list);

#endif
