/* Answers that many requests share: how they are kept, shown and released. */
#include "shared_answer.h"

#include <stdlib.h>

/* The answer stays as it was made. What the HTTP server makes of it follows when it
 * is first sent, and then stays, too. */
struct mcpauth__shared_content {
	struct mcpauth_answer answer;
	_Atomic(void *) rendered; /* NULL: nothing yet */
	_Atomic(mcpauth__rendered_free_fn) rendered_free;
};

static struct mcpauth__shared_content *content_of(const struct mcpauth__shared_answer *shared)
{
	return atomic_load_explicit(&shared->made, memory_order_acquire);
}

static void show(struct mcpauth__shared_answer *shared,
	const struct mcpauth__shared_content *content, struct mcpauth_answer *answer)
{
	*answer = content->answer;
	answer->shared = shared;
}

static void content_free(struct mcpauth__shared_content *content)
{
	if (content == NULL) {
		return;
	}
	void *rendered = atomic_load(&content->rendered);
	mcpauth__rendered_free_fn rendered_free = atomic_load(&content->rendered_free);
	if (rendered != NULL) {
		rendered_free(rendered);
	}
	mcpauth__answer_finish(&content->answer);
	free(content);
}

bool mcpauth__shared_answer_show(
	struct mcpauth__shared_answer *shared, struct mcpauth_answer *answer)
{
	const struct mcpauth__shared_content *content = content_of(shared);
	if (content == NULL) {
		return false;
	}
	mcpauth__answer_finish(answer);
	show(shared, content, answer);
	return true;
}

void mcpauth__shared_answer_keep(
	struct mcpauth__shared_answer *shared, struct mcpauth_answer *answer)
{
	struct mcpauth__shared_content *first = NULL;
	struct mcpauth__shared_content *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return;
	}
	made->answer = *answer;
	if (!atomic_compare_exchange_strong(&shared->made, &first, made)) {
		content_free(made);
		made = first;
	}
	show(shared, made, answer);
}

void *mcpauth__shared_answer_rendered(const struct mcpauth__shared_answer *shared)
{
	return atomic_load_explicit(&content_of(shared)->rendered, memory_order_acquire);
}

void *mcpauth__shared_answer_keep_rendered(
	struct mcpauth__shared_answer *shared, void *rendered, mcpauth__rendered_free_fn free_it)
{
	struct mcpauth__shared_content *content = content_of(shared);
	void *first = NULL;
	atomic_store(&content->rendered_free, free_it);
	if (atomic_compare_exchange_strong(&content->rendered, &first, rendered)) {
		return rendered;
	}
	free_it(rendered);
	return first;
}

void mcpauth__shared_answer_finish(struct mcpauth__shared_answer *shared)
{
	content_free(atomic_exchange(&shared->made, NULL));
}
