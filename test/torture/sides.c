/* Whose code an address belongs to: a test's, the program's own, or another module's. */
#include "torture_int.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define RANGES_MAX 256

struct range {
	uintptr_t begin;
	uintptr_t end;
	enum torture_side side;
};

static struct range ranges[RANGES_MAX];
static size_t count;

static void add(uintptr_t begin, uintptr_t end, enum torture_side side)
{
	if (count == RANGES_MAX) {
		abort();
	}
	ranges[count++] = (struct range){begin, end, side};
}

/* "10a0-10f0,..." counted from the program's beginning. */
static void read_ranges(const char *name, uintptr_t base, enum torture_side side)
{
	const char *text = getenv(name);
	while (text != NULL && *text != '\0') {
		char *after;
		uintptr_t begin = strtoul(text, &after, 16);
		uintptr_t end = strtoul(after + 1, &after, 16);
		add(base + begin, base + end, side);
		text = *after == ',' ? after + 1 : after;
	}
}

static void add_code(const struct dl_phdr_info *info, enum torture_side side)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
			uintptr_t begin = info->dlpi_addr + part->p_vaddr;
			add(begin, begin + part->p_memsz, side);
		}
	}
}

/* _start, below all that the first thread does, belongs to nobody. */
static void add_entry(void)
{
	uintptr_t entry = getauxval(AT_ENTRY);
	add(entry, entry + 64, SIDE_NEUTRAL);
}

static int on_module(struct dl_phdr_info *info, size_t size, void *user)
{
	bool *first = user;
	(void)size;
	if (*first) {
		/* The program itself; what is a test's in it stands before the whole. */
		read_ranges("TORTURE_TEST", info->dlpi_addr, SIDE_TEST);
		read_ranges("TORTURE_NEUTRAL", info->dlpi_addr, SIDE_NEUTRAL);
		add_entry();
		add_code(info, SIDE_OURS);
		*first = false;
	} else if (strstr(info->dlpi_name, "libcmocka") != NULL) {
		add_code(info, SIDE_TEST);
	} else if (strstr(info->dlpi_name, "ld-linux") != NULL) {
		/* Threads' storage, taken and kept by the loader. */
		add_code(info, SIDE_LOADER);
	}
	return 0;
}

void torture_sides_init(void)
{
	bool first = true;
	dl_iterate_phdr(on_module, &first);
}

enum torture_side torture_side(const void *address)
{
	for (size_t i = 0; i < count; i++) {
		if ((uintptr_t)address >= ranges[i].begin && (uintptr_t)address < ranges[i].end) {
			return ranges[i].side;
		}
	}
	return SIDE_FOREIGN;
}

/* Are the callers from here on those of the other, too? */
static bool has_callers(const struct trace *trace, int from, const struct trace *other)
{
	int count = trace->depth - from;
	return count <= other->depth
		&& memcmp(trace->frames + from, other->frames + other->depth - count,
			   (size_t)count * sizeof *trace->frames)
		== 0;
}

bool torture_trace_is_of_test(const struct trace *end, const struct trace *failure)
{
	bool found = false;
	for (int i = 0; i < end->depth; i++) {
		enum torture_side side = torture_side(end->frames[i]);
		if (side == SIDE_OURS) {
			return found && has_callers(end, i, failure);
		}
		found = found || side == SIDE_TEST;
	}
	return found && end->depth < TRACE_MAX;
}

bool torture_trace_is_check(const struct trace *trace)
{
	for (int i = 0; i < trace->depth; i++) {
		Dl_info info = {0};
		dladdr(trace->frames[i], &info);
		const char *module = info.dli_fname != NULL ? info.dli_fname : "";
		if (strstr(module, "libc.so") == NULL && strstr(module, "libtorture") == NULL) {
			return strstr(module, "libcmocka") != NULL;
		}
	}
	return false;
}

void torture_trace(struct trace *trace)
{
	trace->depth = backtrace(trace->frames, TRACE_MAX);
}
