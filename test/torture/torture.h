/**
 * @file
 * What the preloaded allocator offers to a program that knows of it. Without it
 * these symbols are missing: such a program is run by test/torture/run only.
 */
#ifndef MCPAUTH_TEST_TORTURE_H
#define MCPAUTH_TEST_TORTURE_H

#include <stdbool.h>
#include <stddef.h>

/** How a process ends that has more to say than 0, which is: one failed, all went well. */
enum {
	END_NOT_REACHED = 120, /* there are not that many */
	END_LEFT_OUT = 121,    /* the allocation was a test's own */
	END_ASSERTION = 122,   /* a check did not hold, since memory was short */
	END_WRONG = 123        /* torture_wrong() */
};

/** Let the allocation of this number from now on fail, from 1; 0: none, but count. */
void torture_begin(unsigned long number);

/** Let none fail any more. @return how many were counted since the beginning */
unsigned long torture_end(void);

/** Did one fail since the beginning? */
bool torture_failed(void);

/** A moment, for torture_living(). */
unsigned long torture_now(void);

/** Blocks that were taken since then and not given back. */
size_t torture_living(unsigned long since);

/** Write down who took them, for the report. */
void torture_note_living(unsigned long since);

/** Write down what was wrong, and end this process. */
void torture_wrong(const char *what);

/**
 * Run an operation in a new process for each of its allocations, and report what
 * came of each. The operation calls torture_begin() and torture_end() itself.
 * One thread, while there is no other.
 *
 * @param run   given the allocation that is to fail; 0 for none
 * @param user  given to run
 * @return exit status for main()
 */
int torture_each(void (*run)(unsigned long number, void *user), void *user);

#endif
