/* Answers that many requests share: how they are kept, shown and released. */
#include "shared_answer.h"

#include <stdlib.h>

/* The answer stays as it was made. What the HTTP server makes of it follows when it
 * is first sent, and then stays, too. */
struct mcpauth__shared_content {
	struct mcpauth_answer answer;
	_Atomic(void *) rendered; /* NULL: nothing yet */
	_Atomic(mcpauth__rendered_free_fn) rendered_free;
	struct mcpauth__dated_answer dated; /* of the thread that took it */
	atomic_flag dated_is_taken;
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
	if (content->dated.rendered != NULL) {
		content->dated.rendered_free(content->dated.rendered);
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
	if (!mcpauth__answer_owns_nothing(answer)) {
		mcpauth__answer_finish(answer);
	}
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
	atomic_flag_clear(&made->dated_is_taken);
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

/* Nobody waits for it: who comes second sends what has no date yet. */
struct mcpauth__dated_answer *mcpauth__shared_answer_take_dated(
	const struct mcpauth__shared_answer *shared)
{
	struct mcpauth__shared_content *content = content_of(shared);
	bool taken = atomic_flag_test_and_set_explicit(
		&content->dated_is_taken, memory_order_acquire);
	return taken ? NULL : &content->dated;
}

void mcpauth__shared_answer_give_dated(const struct mcpauth__shared_answer *shared)
{
	atomic_flag_clear_explicit(&content_of(shared)->dated_is_taken, memory_order_release);
}

void mcpauth__shared_answer_finish(struct mcpauth__shared_answer *shared)
{
	content_free(atomic_exchange(&shared->made, NULL));
}
