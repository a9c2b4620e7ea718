/* Answers that are the same for many requests: made once, then shown to all. */
#ifndef MCPAUTH_MIDDLEWARE_SHARED_ANSWER_H
#define MCPAUTH_MIDDLEWARE_SHARED_ANSWER_H

#include "answer_int.h"

#include <stdatomic.h>
#include <stdint.h>

struct mcpauth__shared_content;

/** One of them. Starts zeroed: it is made when it is first needed. Any thread. */
struct mcpauth__shared_answer {
	_Atomic(struct mcpauth__shared_content *) made;
};

/**
 * Show it.
 *
 * @param answer  its old content is released; borrows the new until the shared one is
 *                finished
 * @return false if it is not made yet; then nothing has changed
 */
bool mcpauth__shared_answer_show(
	struct mcpauth__shared_answer *shared, struct mcpauth_answer *answer);

/**
 * Let all requests to come have this answer. Whoever comes first decides; without
 * memory nothing is kept.
 *
 * @param answer  whole; from now on it shows what is kept
 */
void mcpauth__shared_answer_keep(
	struct mcpauth__shared_answer *shared, struct mcpauth_answer *answer);

/** Releases what an HTTP server made. */
typedef void (*mcpauth__rendered_free_fn)(void *rendered);

/** What the HTTP server made of it; NULL: nothing yet. @param shared  is made */
void *mcpauth__shared_answer_rendered(const struct mcpauth__shared_answer *shared);

/**
 * Keep what the HTTP server made of it. Whoever comes first decides.
 *
 * @param shared    is made
 * @param rendered  taken
 * @param free_it   releases it, the same in every call
 * @return what is kept now
 */
void *mcpauth__shared_answer_keep_rendered(
	struct mcpauth__shared_answer *shared, void *rendered, mcpauth__rendered_free_fn free_it);

/** What the HTTP server made of it with the date of one second. Starts zeroed. */
struct mcpauth__dated_answer {
	void *rendered;
	mcpauth__rendered_free_fn rendered_free;
	int64_t second; /* since 1970 */
};

/**
 * Have what was made of it with a date to oneself, and make it anew if it is old.
 *
 * @param shared  is made
 * @return given back with mcpauth__shared_answer_give_dated(); NULL: another thread
 *         has it just now
 */
struct mcpauth__dated_answer *mcpauth__shared_answer_take_dated(
	const struct mcpauth__shared_answer *shared);

/** After a take that got it, by the same thread. */
void mcpauth__shared_answer_give_dated(const struct mcpauth__shared_answer *shared);

/** Release it; it is zeroed again. */
void mcpauth__shared_answer_finish(struct mcpauth__shared_answer *shared);

#endif
