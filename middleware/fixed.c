/* Answers that many requests share: how they are kept, shown and released. */
#include "fixed.h"

#include <stdlib.h>

static void show(struct mcpauth__fixed *fixed, struct mcpauth_answer *answer)
{
	*answer = fixed->answer;
	answer->fixed = fixed;
}

static void fixed_free(struct mcpauth__fixed *fixed)
{
	if (fixed == NULL) {
		return;
	}
	void *rendered = atomic_load(&fixed->rendered);
	if (rendered != NULL) {
		atomic_load (&fixed->rendered_free)(rendered);
	}
	mcpauth__answer_finish(&fixed->answer);
	free(fixed);
}

bool mcpauth__fixed_show(struct mcpauth__fixed_place *place, struct mcpauth_answer *answer)
{
	struct mcpauth__fixed *fixed = atomic_load_explicit(&place->made, memory_order_acquire);
	if (fixed == NULL) {
		return false;
	}
	mcpauth__answer_finish(answer);
	show(fixed, answer);
	return true;
}

void mcpauth__fixed_keep(struct mcpauth__fixed_place *place, struct mcpauth_answer *answer)
{
	struct mcpauth__fixed *first = NULL;
	struct mcpauth__fixed *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return;
	}
	made->answer = *answer;
	if (!atomic_compare_exchange_strong(&place->made, &first, made)) {
		fixed_free(made);
		made = first;
	}
	show(made, answer);
}

void *mcpauth__fixed_rendered(struct mcpauth__fixed *fixed)
{
	return atomic_load_explicit(&fixed->rendered, memory_order_acquire);
}

void *mcpauth__fixed_keep_rendered(
	struct mcpauth__fixed *fixed, void *rendered, mcpauth__rendered_free_fn free_it)
{
	void *first = NULL;
	atomic_store(&fixed->rendered_free, free_it);
	if (atomic_compare_exchange_strong(&fixed->rendered, &first, rendered)) {
		return rendered;
	}
	free_it(rendered);
	return first;
}

void mcpauth__fixed_finish(struct mcpauth__fixed_place *place)
{
	fixed_free(atomic_exchange(&place->made, NULL));
}
