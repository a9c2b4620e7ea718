/* Looking for a document at one well-known place after the other. */
#ifndef MCPAUTH_DISCOVERY_SEARCH_H
#define MCPAUTH_DISCOVERY_SEARCH_H

#include "base/words.h"
#include "client/ask.h"

/** Where to look, and what was found. Starts as {0}. */
struct mcpauth__search {
	struct mcpauth__words places; /* URLs in their order */
	const char *learnt_from;      /* as for mcpauth__ask_get(); borrowed */
	struct mcpauth__buf text;     /* the document */
	const char *source;           /* its URL, or the one that ended the search; borrowed
				       * from places. NULL: each of them said 4xx */
};

/** Add a place, unless it is among them. @param url  taken; NULL is none.
 * @return false without memory */
bool mcpauth__search_add(struct mcpauth__search *search, char *url);

/**
 * Ask: 200 is the document, a 4xx leads to the next place, anything else ends the search.
 *
 * @return MCPAUTH_OK or a code of the group 2xx, MCPAUTH_E_HTTP_STATUS with `source` NULL
 *         where no place has one; or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__search_ask(const struct mcpauth__asker *asker,
	struct mcpauth__search *search, struct mcpauth_error *err);

/** Put the document's place before why it cannot be used. */
void mcpauth__search_blame(const struct mcpauth__search *search, struct mcpauth_error *err);

/** Release it; it is {0} again. */
void mcpauth__search_finish(struct mcpauth__search *search);

#endif
