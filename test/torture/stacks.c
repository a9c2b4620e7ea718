/* Knows an allocation by its call stack: the same in each run, and in each program. */
#include "torture_int.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FRAMES_MAX 64
#define PIECES_MAX 2048
#define STACKS ((size_t)1 << 20)

/* Code that stays together, wherever it is loaded or linked to. */
struct piece {
	uintptr_t begin;
	uintptr_t end;
	uint64_t name; /* 0: this library */
};

struct pieces {
	size_t count;
	struct piece all[PIECES_MAX];
};

struct noted {
	atomic_ulong whole; /* 0: free */
	atomic_ulong within;
	atomic_ulong innermost;
	atomic_ulong first;
	atomic_ulong second;
	atomic_ulong tests[2]; /* of the first and the second */
};

static struct pieces units;   /* of the program */
static struct pieces modules; /* all that is loaded */
static struct noted *notes;   /* while they are wanted */
static const struct point *chosen;
static atomic_ulong times; /* that the chosen one was seen */

static uint64_t mixed(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) + 0x9E3779B97F4A7C15u;
	hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
	hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
	return hash ^ hash >> 31;
}

static uint64_t name_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	uint64_t hash = 1;
	for (const char *c = slash != NULL ? slash + 1 : file; *c != '\0'; c++) {
		hash = mixed(hash, (unsigned char)*c);
	}
	return hash;
}

static void add(struct pieces *pieces, uintptr_t begin, uintptr_t end, uint64_t name)
{
	if (pieces->count == PIECES_MAX) {
		abort();
	}
	pieces->all[pieces->count++] = (struct piece){begin, end, name};
}

/* "10a0-10f0=0123456789abcdef,..." counted from the program's beginning. */
static void read_units(uintptr_t base)
{
	const char *text = getenv("TORTURE_UNITS");
	while (text != NULL && *text != '\0') {
		char *after;
		uintptr_t begin = strtoul(text, &after, 16);
		uintptr_t end = strtoul(after + 1, &after, 16);
		add(&units, base + begin, base + end, strtoul(after + 1, &after, 16));
		text = *after == ',' ? after + 1 : after;
	}
}

static int on_module(struct dl_phdr_info *info, size_t size, void *user)
{
	bool *first = user;
	(void)size;
	if (*first) {
		read_units(info->dlpi_addr);
		*first = false;
	}
	uint64_t name = strstr(info->dlpi_name, "libtorture") != NULL ? 0
								      : name_of(info->dlpi_name);
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
			uintptr_t begin = info->dlpi_addr + part->p_vaddr;
			add(&modules, begin, begin + part->p_memsz, name);
		}
	}
	return 0;
}

static int by_begin(const void *one, const void *other)
{
	const struct piece *a = one;
	const struct piece *b = other;
	return (a->begin > b->begin) - (a->begin < b->begin);
}

static void sort(struct pieces *pieces)
{
	qsort(pieces->all, pieces->count, sizeof *pieces->all, by_begin);
}

static const struct piece *piece_of(const struct pieces *pieces, uintptr_t address)
{
	size_t low = 0;
	size_t high = pieces->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (pieces->all[middle].end <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	bool found = low < pieces->count && pieces->all[low].begin <= address;
	return found ? &pieces->all[low] : NULL;
}

/* @return 0: a frame of this library */
static uint64_t frame_name(const void *frame)
{
	/* The call; what comes behind it may be another's. */
	uintptr_t address = (uintptr_t)frame - 1;
	const struct piece *piece = piece_of(&units, address);
	piece = piece != NULL ? piece : piece_of(&modules, address);
	if (piece != NULL) {
		return piece->name == 0 ? 0 : mixed(piece->name, address - piece->begin);
	}
	Dl_info info = {0};
	if (dladdr((void *)address, &info) == 0 || info.dli_fname == NULL) {
		return 1;
	}
	return mixed(name_of(info.dli_fname), address - (uintptr_t)info.dli_fbase);
}

static bool is_among(const uint64_t *names, size_t count, uint64_t name)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i] == name) {
			return true;
		}
	}
	return false;
}

/* A frame counts once, so that recursion makes no end of stacks. */
void torture_stack(struct stack *stack)
{
	void *frames[FRAMES_MAX];
	uint64_t names[FRAMES_MAX];
	size_t count = 0;
	enum torture_side owner = SIDE_FOREIGN;
	*stack = (struct stack){.whole = 1};
	int depth = backtrace(frames, FRAMES_MAX);
	for (int i = 0; i < depth; i++) {
		uint64_t name = frame_name(frames[i]);
		if (name == 0 || is_among(names, count, name)) {
			continue;
		}
		enum torture_side side = stack->within != 0 ? SIDE_TEST : torture_side(frames[i]);
		if (stack->within == 0 && side == SIDE_TEST) {
			stack->within = stack->whole;
		}
		bool owned = owner == SIDE_FOREIGN && (side == SIDE_TEST || side == SIDE_OURS);
		owner = owned ? side : owner;
		stack->innermost = count == 0 ? name : stack->innermost;
		names[count++] = name;
		stack->whole = mixed(stack->whole, name);
	}
	stack->within = stack->within != 0 ? stack->within : stack->whole;
	stack->is_of_test = owner == SIDE_TEST;
}

void torture_stacks_init(void)
{
	bool first = true;
	dl_iterate_phdr(on_module, &first);
	sort(&units);
	sort(&modules);
}

void torture_stacks_begin(void)
{
	void *made = mmap(NULL, STACKS * sizeof *notes, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	notes = made != MAP_FAILED ? made : NULL;
}

static void note(const struct stack *stack, unsigned long number)
{
	for (size_t i = 0; i < STACKS; i++) {
		struct noted *at = &notes[(stack->whole + i) % STACKS];
		unsigned long free = 0;
		if (atomic_compare_exchange_strong(&at->whole, &free, stack->whole)) {
			atomic_store(&at->within, stack->within);
			atomic_store(&at->innermost, stack->innermost);
			atomic_store(&at->tests[0], torture_test());
			atomic_store(&at->first, number);
			return;
		}
		if (free == stack->whole) {
			unsigned long none = 0;
			if (atomic_compare_exchange_strong(&at->second, &none, number)) {
				atomic_store(&at->tests[1], torture_test());
			}
			return;
		}
	}
	abort();
}

void torture_stack_note(unsigned long number)
{
	struct stack stack;
	if (notes == NULL) {
		return;
	}
	torture_pause();
	torture_stack(&stack);
	if (!stack.is_of_test) {
		note(&stack, number);
	}
	torture_resume();
}

/* A line: the stack within the libraries, the whole, the innermost frame; the first
 * two that had it; their tests, and how long the first one's took. */
void torture_stacks_end(FILE *report)
{
	for (size_t i = 0; notes != NULL && i < STACKS; i++) {
		if (notes[i].first != 0) {
			fprintf(report, "stack\t%lx\t%lx\t%lx\t%lu\t%lu\t%lu\t%lu\t%.1f\n",
				notes[i].within, notes[i].whole, notes[i].innermost, notes[i].first,
				notes[i].second, notes[i].tests[0], notes[i].tests[1],
				torture_shared->took[notes[i].tests[0] % TIMED_MAX]);
		}
	}
	if (notes != NULL) {
		munmap(notes, STACKS * sizeof *notes);
		notes = NULL;
	}
}

void torture_stack_choose(const struct point *point)
{
	chosen = point;
}

bool torture_stack_is_chosen(void)
{
	return chosen != NULL;
}

/* Most have another caller, and need not be looked at any further. */
bool torture_stack_fails(const void *caller)
{
	struct stack stack;
	if (frame_name(caller) != chosen->innermost) {
		return false;
	}
	torture_pause();
	torture_stack(&stack);
	torture_resume();
	return stack.whole == chosen->whole && atomic_fetch_add(&times, 1) + 1 == chosen->time;
}

bool torture_stack_is_noted(void)
{
	return notes != NULL;
}

bool torture_stack_is_within(unsigned long test)
{
	return chosen->test == test || chosen->test == 0;
}
