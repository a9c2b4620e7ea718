/* The query of a request, which MHD itself hands over in pieces only. */
#ifndef MCPAUTH_MIDDLEWARE_QUERY_H
#define MCPAUTH_MIDDLEWARE_QUERY_H

#include <stdbool.h>
#include <stddef.h>

/** One per connection, of the request under way. Starts as {0}. */
struct mcpauth__query {
	char *room; /* NUL-terminated; if is_there and not is_lost. Stays from request to request */
	size_t size;   /* bytes of the room */
	bool is_there; /* the target has one */
	bool is_lost;  /* it has, and there was no memory for it */
};

/** Copy it out of a request's target, in place of the one before. */
void mcpauth__query_keep(struct mcpauth__query *query, const char *target);

/** Wipe it, and keep no more room than an idle connection may. */
void mcpauth__query_forget(struct mcpauth__query *query);

/** Wipe it and release its room. Zeroed storage is accepted. */
void mcpauth__query_finish(struct mcpauth__query *query);

#endif
