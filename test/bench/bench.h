/**
 * @file
 * Cases that are measured in turn, so that the noise of a machine hits all of
 * them alike, and a table of what came out.
 */
#ifndef MCPAUTH_BENCH_BENCH_H
#define MCPAUTH_BENCH_BENCH_H

#include "statistics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_CASES_LIMIT 64

/** Do the thing so many times. Whatever does not come out as it should ends the
 * process: bench_need(). */
typedef void (*bench_run_fn)(uint64_t times, void *user);

/** Measure once. @return the value, more than 0 */
typedef double (*bench_measure_fn)(void *user);

struct bench_case {
	char name[64];
	const char *unit;
	bench_run_fn run;
	bench_measure_fn measure;
	void *user;
	uint64_t times;                /* in a slice */
	const struct bench_case *over; /* it is compared with this one; or NULL */
	const struct bench_case *from; /* not measured: from's value ... */
	const struct bench_case *less; /* ... less this one's, */
	double divisor;                /* by this */
	const double *found;           /* not measured: what another case has left here */
	double *values;                /* one a round */
};

/** Storage of main()'s. */
struct bench {
	const char *program;
	const char *json; /* the file for --json, or NULL */
	const char *only; /* the case of --do, or NULL */
	uint64_t only_times;
	unsigned rounds;
	bool is_quick; /* a smoke run: make little, measure next to nothing */
	size_t count;
	struct bench_case cases[BENCH_CASES_LIMIT];
};

/** Read `--json FILE`, `--rounds N`, `--quick`, and `--do N CASE`, which does that
 * case and measures nothing; anything else ends the process with status 2. */
void bench_init(struct bench *bench, int argc, char **argv);

/**
 * Add a case that is timed: CPU nanoseconds of this thread for one time.
 *
 * @param name  copied
 * @param user  given to run; borrowed until bench_finish()
 */
struct bench_case *bench_time(struct bench *bench, const char *name, bench_run_fn run, void *user);

/** Add one that measures itself, in a unit of its own. */
struct bench_case *bench_measure(struct bench *bench, const char *name, const char *unit,
	bench_measure_fn measure, void *user);

/** Add what follows from two others: (from - less) / divisor, round by round. */
struct bench_case *bench_difference(struct bench *bench, const char *name,
	const struct bench_case *from, const struct bench_case *less, double divisor);

/** Add a value that another case has found besides its own, in the same round.
 * @param found  borrowed until bench_finish() */
struct bench_case *bench_besides(
	struct bench *bench, const char *name, const char *unit, const double *found);

/** Measure all, print the table, write the file, release. @return main()'s status */
int bench_finish(struct bench *bench);

/** Do a case; a name by which callgrind can tell it from what prepares it. */
void bench_do(const struct bench_case *timed, uint64_t times);

/** It must be so, or nothing measured here means anything: else the process ends. */
void bench_need(bool good, const char *what);

/** Look at a result, so that no compiler leaves out what led to it. */
void bench_keep(const void *result);

#endif
