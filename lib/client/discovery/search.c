/* Asking well-known places for a document until one of them has it. */
#include "client/discovery/search.h"

#include "base/error_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mcpauth__search_add(struct mcpauth__search *search, char *url)
{
	size_t length = url != NULL ? strlen(url) : 0;
	bool good = url == NULL || mcpauth__words_contain(&search->places, url, length)
		|| mcpauth__words_add(&search->places, url, length);
	free(url);
	return good;
}

static enum mcpauth_code judge(const struct mcpauth__fetched *answer, struct mcpauth_error *err)
{
	if (answer->code != MCPAUTH_OK) {
		return mcpauth__fail(err, answer->code, "%s", answer->message);
	}
	if (answer->status != 200) {
		return mcpauth__fail(err, MCPAUTH_E_HTTP_STATUS, "%s%s", answer->message,
			answer->status / 100 == 3 ? ", and redirects are not followed" : "");
	}
	return MCPAUTH_OK;
}

/* @return is there anything to be had at the next place? */
static bool ask_at(const struct mcpauth__asker *asker, const char *place,
	struct mcpauth__search *search, struct mcpauth_error *why)
{
	struct mcpauth__fetched answer;
	mcpauth__ask_get(asker, place, search->learnt_from, &answer);
	why->code = judge(&answer, why);
	bool is_missing = why->code == MCPAUTH_E_HTTP_STATUS && answer.status / 100 == 4;
	if (!is_missing) {
		search->source = place;
		search->text = answer.body;
		answer.body = (struct mcpauth__buf){0};
	}
	mcpauth__fetched_finish(&answer);
	return is_missing;
}

enum mcpauth_code mcpauth__search_ask(const struct mcpauth__asker *asker,
	struct mcpauth__search *search, struct mcpauth_error *err)
{
	struct mcpauth_error why;
	bool goes_on = true;
	mcpauth__fail(&why, MCPAUTH_E_HTTP_STATUS, "nothing says where to look");
	for (size_t i = 0; i < search->places.count && goes_on; i++) {
		goes_on = ask_at(asker, search->places.items[i], search, &why);
	}
	return why.code == MCPAUTH_OK ? MCPAUTH_OK
				      : mcpauth__fail(err, why.code, "%s", why.message);
}

void mcpauth__search_blame(const struct mcpauth__search *search, struct mcpauth_error *err)
{
	char prefix[MCPAUTH_ERROR_MESSAGE_SIZE / 2];
	/* Without its query, as in messages about the network. */
	snprintf(prefix, sizeof prefix, "%.*s", (int)strcspn(search->source, "?#"), search->source);
	mcpauth__error_prefix(err, prefix);
}

void mcpauth__search_finish(struct mcpauth__search *search)
{
	mcpauth__words_finish(&search->places);
	mcpauth__buf_finish(&search->text);
	*search = (struct mcpauth__search){0};
}
