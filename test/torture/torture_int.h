/* What the parts of the preloaded allocator share. */
#ifndef MCPAUTH_TEST_TORTURE_INT_H
#define MCPAUTH_TEST_TORTURE_INT_H

#include "torture.h"

#include <signal.h>
#include <stdatomic.h>

#define TRACE_MAX 24
#define NOTED_MAX 256

struct trace {
	int depth;
	void *frames[TRACE_MAX];
};

/* What a process and the one that started it both see. */
struct torture_shared {
	atomic_ulong counted;
	atomic_bool failed;
	struct trace failure;
	atomic_bool ended; /* by abort() or a signal, there: */
	void *aborted_by;  /* NULL: a signal, or the C library itself */
	bool returned;     /* main() came back */
	void *address;     /* that a signal is about */
	struct trace end;
	char wrong[256];
	int noted;
	struct trace living[NOTED_MAX];
};

extern struct torture_shared *torture_shared;

enum torture_side {
	SIDE_FOREIGN, /* another module's */
	SIDE_OURS,
	SIDE_NEUTRAL, /* serves both the program and its tests */
	SIDE_LOADER,
	SIDE_TEST
};

/** Whose code is this? */
enum torture_side torture_side(const void *address);

/** Whose is it all in all: that of the innermost frame in the program. */
enum torture_side torture_trace_side(const struct trace *trace);

/** Did a test end it over what it had asked for itself? Not so if the library had
 * called that test: then the allocation must have failed in the same call. */
bool torture_trace_is_of_test(const struct trace *end, const struct trace *failure);

/** Does cmocka stand innermost in it, but for the C library? */
bool torture_trace_is_check(const struct trace *trace);

/** Read the program's own ranges from the environment. */
void torture_sides_init(void);

void torture_trace(struct trace *trace);

/** Keep the list of living blocks. */
void torture_block_add(void *block, const void *caller);
void torture_block_remove(void *block);

/** Count no allocation of this thread's from here on. */
void torture_pause(void);
void torture_resume(void);

/** Catch what ends the process. */
void torture_ends_init(void);

#endif
