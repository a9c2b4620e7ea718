/* The list of living blocks, in storage that is not taken from any heap. */
#include "torture_int.h"

#include <stdint.h>
#include <stdlib.h>

#define API __attribute__((visibility("default")))
#define SLOTS ((size_t)1 << 21)
#define REMOVED ((void *)1)

struct slot {
	void *block; /* NULL: free, and nothing was ever behind it */
	const void *caller;
	unsigned long number;
	/* In the order of their numbers; 0: none, since that is the ends' own. */
	unsigned before;
	unsigned after;
};

static struct slot slots[SLOTS + 1];
static size_t used;
static unsigned long number;
static atomic_flag lock = ATOMIC_FLAG_INIT;
/* With TORTURE_TRACE the whole traces of the last ones. */
#define TRACES 65536
static struct trace traces[TRACES];
static bool tracing;

static void take(void)
{
	while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) {
	}
}

static void give(void)
{
	atomic_flag_clear_explicit(&lock, memory_order_release);
}

/* Neighbours stay neighbours: each page of the list that is touched anew is copied
 * for the process that touches it. */
static size_t place_of(const void *block)
{
	uintptr_t at = (uintptr_t)block / 16;
	return 1 + (at + at / SLOTS * 0x9E3779B1u) % SLOTS;
}

static size_t next_to(size_t at)
{
	return at == SLOTS ? 1 : at + 1;
}

static void link_last(size_t at)
{
	unsigned last = slots[0].before;
	slots[at].before = last;
	slots[at].after = 0;
	slots[last].after = (unsigned)at;
	slots[0].before = (unsigned)at;
}

static void unlink_from(size_t at)
{
	slots[slots[at].before].after = slots[at].after;
	slots[slots[at].after].before = slots[at].before;
}

static void trace_block(unsigned long which)
{
	torture_pause();
	torture_trace(&traces[which % TRACES]);
	torture_resume();
}

void torture_block_add(void *block, const void *caller)
{
	take();
	size_t at = place_of(block);
	while (slots[at].block != NULL && slots[at].block != REMOVED) {
		at = next_to(at);
	}
	if (slots[at].block == NULL && ++used > SLOTS / 8 * 7) {
		abort();
	}
	unsigned long which = ++number;
	slots[at] = (struct slot){.block = block, .caller = caller, .number = which};
	link_last(at);
	give();
	if (tracing) {
		trace_block(which);
	}
}

/* Nothing is behind these any more: they need not be passed over. */
static void tidy(size_t at)
{
	if (slots[next_to(at)].block != NULL) {
		return;
	}
	while (slots[at].block == REMOVED) {
		slots[at].block = NULL;
		used--;
		at = at == 1 ? SLOTS : at - 1;
	}
}

void torture_block_remove(void *block)
{
	if (block == NULL) {
		return;
	}
	take();
	size_t at = place_of(block);
	while (slots[at].block != NULL && slots[at].block != block) {
		at = next_to(at);
	}
	/* Only what was taken before this library was there is not in the list. */
	if (slots[at].block == block) {
		unlink_from(at);
		slots[at].block = REMOVED;
		tidy(at);
	}
	give();
}

API unsigned long torture_now(void)
{
	tracing = getenv("TORTURE_TRACE") != NULL;
	take();
	unsigned long now = number;
	give();
	return now;
}

/* A thread's own storage stays with its stack, which is kept for the next thread. */
static bool is_counted(const struct slot *slot)
{
	return torture_side(slot->caller) != SIDE_TEST && torture_side(slot->caller) != SIDE_LOADER;
}

API size_t torture_living(unsigned long since)
{
	size_t living = 0;
	take();
	for (size_t i = slots[0].before; slots[i].number > since; i = slots[i].before) {
		living += is_counted(&slots[i]) ? 1 : 0;
	}
	give();
	return living;
}

static void note_one(const struct slot *slot)
{
	struct trace *noted = &torture_shared->living[torture_shared->noted++];
	*noted = (struct trace){1, {(void *)(uintptr_t)slot->caller}};
	if (tracing) {
		*noted = traces[slot->number % TRACES];
	}
}

API void torture_note_living(unsigned long since)
{
	take();
	size_t i = slots[0].before;
	for (; slots[i].number > since && torture_shared->noted < NOTED_MAX; i = slots[i].before) {
		if (is_counted(&slots[i])) {
			note_one(&slots[i]);
		}
	}
	give();
}
