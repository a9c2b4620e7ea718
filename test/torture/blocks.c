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
};

static struct slot slots[SLOTS];
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

static size_t place_of(const void *block)
{
	return (size_t)((uintptr_t)block / 16 * 0x9E3779B97F4A7C15u >> 20) % SLOTS;
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
		at = (at + 1) % SLOTS;
	}
	if (slots[at].block == NULL && ++used > SLOTS / 8 * 7) {
		abort();
	}
	unsigned long which = ++number;
	slots[at] = (struct slot){block, caller, which};
	give();
	if (tracing) {
		trace_block(which);
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
		at = (at + 1) % SLOTS;
	}
	/* Only what was taken before this library was there is not in the list. */
	if (slots[at].block == block) {
		bool last = slots[(at + 1) % SLOTS].block == NULL;
		slots[at].block = last ? NULL : REMOVED;
		used -= last ? 1 : 0;
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
static bool is_counted(const struct slot *slot, unsigned long since)
{
	return slot->block != NULL && slot->block != REMOVED && slot->number > since
		&& torture_side(slot->caller) != SIDE_TEST
		&& torture_side(slot->caller) != SIDE_LOADER;
}

API size_t torture_living(unsigned long since)
{
	size_t living = 0;
	take();
	for (size_t i = 0; i < SLOTS; i++) {
		living += is_counted(&slots[i], since) ? 1 : 0;
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
	for (size_t i = 0; i < SLOTS && torture_shared->noted < NOTED_MAX; i++) {
		if (is_counted(&slots[i], since)) {
			note_one(&slots[i]);
		}
	}
	give();
}
