/* Answers that are the same for many requests: made once, then shown to all. */
#ifndef MCPAUTH_MIDDLEWARE_FIXED_H
#define MCPAUTH_MIDDLEWARE_FIXED_H

#include "answer_int.h"

#include <stdatomic.h>

typedef void (*mcpauth__rendered_free_fn)(void *rendered);

/** An answer that nobody changes any more. */
struct mcpauth__fixed {
	struct mcpauth_answer answer;
	_Atomic(void *) rendered; /* what the HTTP server made of it; NULL: nothing yet */
	_Atomic(mcpauth__rendered_free_fn) rendered_free;
};

/** A place for one. Starts zeroed: it is made when it is first needed. Any thread. */
struct mcpauth__fixed_place {
	_Atomic(struct mcpauth__fixed *) made;
};

/**
 * Show what is kept there.
 *
 * @param answer  its old content is released; borrows the new until the place is finished
 * @return false if nothing is kept there; then nothing has changed
 */
bool mcpauth__fixed_show(struct mcpauth__fixed_place *place, struct mcpauth_answer *answer);

/**
 * Keep an answer for all requests to come. Whoever comes first decides; without
 * memory nothing is kept.
 *
 * @param answer  whole; from now on it shows what is kept
 */
void mcpauth__fixed_keep(struct mcpauth__fixed_place *place, struct mcpauth_answer *answer);

/** What the HTTP server made of it; NULL: nothing yet. */
void *mcpauth__fixed_rendered(struct mcpauth__fixed *fixed);

/**
 * Keep what the HTTP server made of it. Whoever comes first decides.
 *
 * @param rendered  taken
 * @param free_it   releases it, the same in every call
 * @return what is kept now
 */
void *mcpauth__fixed_keep_rendered(
	struct mcpauth__fixed *fixed, void *rendered, mcpauth__rendered_free_fn free_it);

/** Release what is kept there. */
void mcpauth__fixed_finish(struct mcpauth__fixed_place *place);

#endif
