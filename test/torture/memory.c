/* An allocator put before the C library's: it lets one chosen allocation fail. */
#include "torture_int.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

API void *reallocarray(void *old, size_t count, size_t size);
API int posix_memalign(void **block, size_t alignment, size_t size);
API void *aligned_alloc(size_t alignment, size_t size);
API void *memalign(size_t alignment, size_t size);
API void *malloc(size_t size);
API void *calloc(size_t count, size_t size);
API void *realloc(void *old, size_t size);
API void free(void *block);

static struct torture_shared before_main;
struct torture_shared *torture_shared = &before_main;

static atomic_bool counting;
static atomic_ulong failing; /* the number; 0: none */
static _Thread_local __attribute__((tls_model("initial-exec"))) int paused;

void torture_pause(void)
{
	paused++;
}

void torture_resume(void)
{
	paused--;
}

API void torture_begin(unsigned long number)
{
	atomic_store(&torture_shared->counted, 0);
	atomic_store(&torture_shared->failed, false);
	atomic_store(&failing, number);
	atomic_store(&counting, true);
}

API unsigned long torture_end(void)
{
	atomic_store(&counting, false);
	return atomic_load(&torture_shared->counted);
}

API bool torture_failed(void)
{
	return atomic_load(&torture_shared->failed);
}

/* The chosen one: it fails unless a test asked for it, who could not go on. */
static void choose(void)
{
	struct stack stack;
	torture_pause();
	torture_trace(&torture_shared->failure);
	torture_stack(&stack);
	if (stack.is_of_test) {
		_exit(END_LEFT_OUT);
	}
	atomic_store(&torture_shared->failed, true);
	torture_resume();
}

static bool fails(const void *caller)
{
	if (paused > 0 || !atomic_load(&counting) || torture_side(caller) == SIDE_TEST) {
		return false;
	}
	unsigned long number = atomic_fetch_add(&torture_shared->counted, 1) + 1;
	torture_stack_note(number);
	bool chosen = torture_stack_is_chosen() ? torture_stack_fails(caller)
						: number == atomic_load(&failing);
	if (!chosen) {
		return false;
	}
	choose();
	errno = ENOMEM;
	return true;
}

static void *note(void *block, const void *caller)
{
	if (block != NULL) {
		torture_block_add(block, caller);
	}
	return block;
}

void *malloc(size_t size)
{
	return fails(CALLER) ? NULL : note(__libc_malloc(size), CALLER);
}

void *calloc(size_t count, size_t size)
{
	return fails(CALLER) ? NULL : note(__libc_calloc(count, size), CALLER);
}

static void *again(void *old, size_t size, const void *caller)
{
	if ((old == NULL || size > 0) && fails(caller)) {
		return NULL;
	}
	/* First: as soon as it is given back, another thread can have it. */
	torture_block_remove(old);
	void *block = __libc_realloc(old, size);
	if (block == NULL && size > 0) {
		note(old, caller);
	}
	return note(block, caller);
}

void *realloc(void *old, size_t size)
{
	return again(old, size, CALLER);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return again(old, count * size, CALLER);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
	if (fails(CALLER)) {
		return ENOMEM;
	}
	void *made = note(__libc_memalign(alignment, size), CALLER);
	*block = made != NULL ? made : *block;
	return made != NULL ? 0 : ENOMEM;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails(CALLER) ? NULL : note(__libc_memalign(alignment, size), CALLER);
}

void *memalign(size_t alignment, size_t size)
{
	return fails(CALLER) ? NULL : note(__libc_memalign(alignment, size), CALLER);
}

void free(void *block)
{
	int kept = errno;
	torture_block_remove(block);
	__libc_free(block);
	errno = kept;
}
