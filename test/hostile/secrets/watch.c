/* free() and realloc() that look at what is given back. */
#define _GNU_SOURCE
#include "watch.h"

#include "marks.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct finding {
	void *caller;
	size_t mark;
	size_t length;
	size_t count;
};

/* glibc's own, beneath the names that are taken here. */
extern void __libc_free(void *memory);
extern void *__libc_realloc(void *memory, size_t size);

static atomic_bool watching;
static bool overwriting;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct finding findings[WATCH_MAX];
static size_t finding_count;

/* Called from within free(): nothing here may allocate. */
static void note(void *caller, const struct marks_hit *hit)
{
	size_t i = 0;
	pthread_mutex_lock(&lock);
	while (i < finding_count && i < WATCH_MAX
		&& (findings[i].caller != caller || findings[i].mark != hit->mark)) {
		i++;
	}
	if (i == finding_count) {
		finding_count++;
		findings[i % WATCH_MAX] = (struct finding){.caller = caller, .mark = hit->mark};
	}
	struct finding *finding = &findings[i % WATCH_MAX];
	finding->count++;
	finding->length = hit->length > finding->length ? hit->length : finding->length;
	pthread_mutex_unlock(&lock);
}

static void look(void *memory, void *caller)
{
	size_t size = malloc_usable_size(memory);
	struct marks_hit hit;
	for (size_t at = 0; marks_find((char *)memory + at, size - at, &hit);
		at += hit.at + hit.length) {
		note(caller, &hit);
	}
	if (overwriting) {
		memset(memory, 0, size);
	}
}

static void give_back(void *memory, void *caller)
{
	if (memory != NULL && atomic_load(&watching)) {
		look(memory, caller);
	}
	__libc_free(memory);
}

void free(void *memory)
{
	give_back(memory, __builtin_return_address(0));
}

/* Always to another place, so that the old one is looked at. */
void *realloc(void *memory, size_t size)
{
	void *caller = __builtin_return_address(0);
	if (memory == NULL || size == 0 || !atomic_load(&watching)) {
		return __libc_realloc(memory, size);
	}
	size_t before = malloc_usable_size(memory);
	void *moved = malloc(size);
	if (moved != NULL) {
		memcpy(moved, memory, before < size ? before : size);
		give_back(memory, caller);
	}
	return moved;
}

void watch_begin(bool overwrite)
{
	finding_count = 0;
	overwriting = overwrite;
	atomic_store(&watching, true);
}

static void tell(const struct finding *finding, struct watch_finding *told)
{
	Dl_info info = {0};
	Dl_info own = {0};
	dladdr(finding->caller, &info);
	dladdr(&watching, &own);
	const char *path = info.dli_fname != NULL ? info.dli_fname : "?";
	const char *slash = strrchr(path, '/');
	bool is_own = info.dli_fbase == own.dli_fbase;
	snprintf(told->library, sizeof told->library, "%s",
		is_own                  ? "program"
			: slash != NULL ? slash + 1
					: path);
	snprintf(told->function, sizeof told->function, "%s+%#lx",
		info.dli_sname != NULL ? info.dli_sname : "",
		(unsigned long)((char *)finding->caller - (char *)info.dli_fbase));
	told->mark = finding->mark;
	told->length = finding->length;
	told->count = finding->count;
}

size_t watch_end(struct watch_finding *told, size_t room)
{
	atomic_store(&watching, false);
	pthread_mutex_lock(&lock);
	size_t count = finding_count;
	for (size_t i = 0; i < count && i < room; i++) {
		tell(&findings[i], &told[i]);
	}
	pthread_mutex_unlock(&lock);
	return count;
}
