/* What the parts of the preloaded allocator share. */
#ifndef MCPAUTH_TEST_TORTURE_INT_H
#define MCPAUTH_TEST_TORTURE_INT_H

#include "torture.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_MAX 24
#define NOTED_MAX 256
#define TIMED_MAX 512 /* of one program */

struct trace {
	int depth;
	void *frames[TRACE_MAX];
};

/* The same calls have the same numbers in each process. */
struct stack {
	uint64_t within; /* the libraries: up to the first frame of a test */
	uint64_t whole;
	uint64_t innermost;
	bool is_of_test; /* whose frame is the innermost in the program */
};

/* An allocation known by its stack. */
struct point {
	unsigned long number; /* in the run that counted: only a name */
	unsigned long innermost;
	unsigned long whole;
	unsigned long time; /* which one that has this stack, from 1 */
	unsigned long test; /* in which test, from 1; 0: before them */
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
	double took[TIMED_MAX]; /* each test, in milliseconds */
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

/** Did a test end it over what it had asked for itself? Not so if the library had
 * called that test: then the allocation must have failed in the same call. */
bool torture_trace_is_of_test(const struct trace *end, const struct trace *failure);

/** Does cmocka stand innermost in it, but for the C library? */
bool torture_trace_is_check(const struct trace *trace);

/** Read the program's own ranges from the environment. */
void torture_sides_init(void);

void torture_trace(struct trace *trace);

/** Learn what is loaded, and the program's units from the environment. */
void torture_stacks_init(void);

void torture_stack(struct stack *stack);

/** From here on, also in the processes forked, note who has which stack. */
void torture_stacks_begin(void);
void torture_stack_note(unsigned long number);

/** This one is to fail, whatever its number will be. Borrowed for good. */
void torture_stack_choose(const struct point *point);
bool torture_stack_is_chosen(void);
bool torture_stack_is_noted(void);

/** Has this test to be run for it? */
bool torture_stack_is_within(unsigned long test);

/** The number of the test that runs; 0: none has begun. */
unsigned long torture_test(void);

/** Is it this allocation? */
bool torture_stack_fails(const void *caller);

/** Report and forget what was noted. */
void torture_stacks_end(FILE *report);

/** Keep the list of living blocks. */
void torture_block_add(void *block, const void *caller);
void torture_block_remove(void *block);

/** Count no allocation of this thread's from here on. */
void torture_pause(void);
void torture_resume(void);

/** Catch what ends the process. */
void torture_ends_init(void);

#endif
