/* What the linker puts before malloc() and its like. */
#include "scarce_memory.h"

#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Until one fails; 0: none does. */
static _Thread_local unsigned left;
static _Thread_local bool failed;
static _Thread_local bool is_paused;

static bool fails(void)
{
	if (is_paused) {
		return false;
	}
	bool now = left == 1;
	left -= left > 0 ? 1 : 0;
	failed = failed || now;
	return now;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void scarce_memory_begin(unsigned number)
{
	left = number;
	failed = false;
}

bool scarce_memory_end(void)
{
	left = 0;
	return failed;
}

void scarce_memory_pause(bool paused)
{
	is_paused = paused;
}
