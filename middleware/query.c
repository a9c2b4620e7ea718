/* What a request's target has behind its question mark, kept as it was sent. */
#include "query.h"

#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_SIZE_MAX 256

/* A client may have put a token there, which is refused for that (RFC 6750 section 2.3). */
static void wipe(struct mcpauth__query *query)
{
	if (query->room != NULL) {
		mcpauth__wipe(query->room, strlen(query->room));
	}
}

static bool make_room(struct mcpauth__query *query, size_t size)
{
	if (query->room != NULL && size <= query->size) {
		return true;
	}
	free(query->room);
	query->room = malloc(size);
	query->size = query->room == NULL ? 0 : size;
	return query->room != NULL;
}

/* What an idle connection keeps is small, whatever it was once asked. */
void mcpauth__query_forget(struct mcpauth__query *query)
{
	if (query->is_there) {
		wipe(query);
	}
	query->is_there = false;
	query->is_lost = false;
	if (query->size > IDLE_SIZE_MAX) {
		free(query->room);
		query->room = NULL;
		query->size = 0;
	}
}

void mcpauth__query_keep(struct mcpauth__query *query, const char *target)
{
	/* RFC 3986 section 3.4. MHD cuts at the same place, whatever stands before. */
	const char *question_mark = strchr(target, '?');
	mcpauth__query_forget(query);
	query->is_there = question_mark != NULL;
	if (question_mark == NULL) {
		return;
	}
	size_t size = strlen(question_mark);
	query->is_lost = !make_room(query, size);
	if (!query->is_lost) {
		memcpy(query->room, question_mark + 1, size);
	}
}

void mcpauth__query_finish(struct mcpauth__query *query)
{
	mcpauth__query_forget(query);
	free(query->room);
	*query = (struct mcpauth__query){0};
}
