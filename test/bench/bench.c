/* Measuring cases in turn. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15
#define PASSES 10 /* of a round */
#define SLICE_NS 5e6
#define QUICK_ROUNDS 2
#define QUICK_PASSES 1
#define QUICK_SLICE_NS 1e4

static const void *volatile kept;

void bench_need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "bench: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

void bench_keep(const void *result)
{
	kept = result;
}

static void usage(const char *program)
{
	fprintf(stderr, "usage: %s [--rounds N] [--quick] [--json FILE] [--do N CASE]\n", program);
	exit(2);
}

/* 1 to limit; 0 is none. */
static uint64_t read_number(const char *text, uint64_t limit)
{
	char *end;
	unsigned long long number = text != NULL ? strtoull(text, &end, 10) : 0;
	return number > 0 && *end == '\0' && number <= limit ? number : 0;
}

/* @return how many arguments it was; 0 if it is none of them */
static int read_option(struct bench *bench, char **argv)
{
	if (strcmp(argv[0], "--quick") == 0) {
		bench->is_quick = true;
		return 1;
	}
	if (strcmp(argv[0], "--json") == 0 && argv[1] != NULL) {
		bench->json = argv[1];
		return 2;
	}
	if (strcmp(argv[0], "--rounds") == 0) {
		bench->rounds = (unsigned)read_number(argv[1], STATISTICS_LIMIT);
		return bench->rounds > 0 ? 2 : 0;
	}
	if (strcmp(argv[0], "--do") == 0) {
		bench->only_times = read_number(argv[1], UINT32_MAX);
		bench->only = bench->only_times > 0 ? argv[2] : NULL;
		return bench->only != NULL ? 3 : 0;
	}
	return 0;
}

void bench_init(struct bench *bench, int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	*bench = (struct bench){.program = name != NULL ? name + 1 : argv[0]};
	for (int i = 1; i < argc;) {
		int read = read_option(bench, argv + i);
		if (read == 0) {
			usage(bench->program);
		}
		i += read;
	}
	if (bench->rounds == 0) {
		bench->rounds = bench->is_quick ? QUICK_ROUNDS : ROUNDS;
	}
}

static struct bench_case *add(struct bench *bench, const char *name, const char *unit)
{
	bench_need(bench->count < BENCH_CASES_LIMIT, "too many cases");
	struct bench_case *added = &bench->cases[bench->count++];
	snprintf(added->name, sizeof added->name, "%s", name);
	added->unit = unit;
	added->divisor = 1;
	added->values = calloc(bench->rounds, sizeof *added->values);
	bench_need(added->values != NULL, "out of memory");
	return added;
}

struct bench_case *bench_time(struct bench *bench, const char *name, bench_run_fn run, void *user)
{
	struct bench_case *added = add(bench, name, "ns");
	added->run = run;
	added->user = user;
	return added;
}

struct bench_case *bench_measure(struct bench *bench, const char *name, const char *unit,
	bench_measure_fn measure, void *user)
{
	struct bench_case *added = add(bench, name, unit);
	added->measure = measure;
	added->user = user;
	return added;
}

struct bench_case *bench_difference(struct bench *bench, const char *name,
	const struct bench_case *from, const struct bench_case *less, double divisor)
{
	struct bench_case *added = add(bench, name, from->unit);
	added->from = from;
	added->less = less;
	added->divisor = divisor;
	return added;
}

struct bench_case *bench_besides(
	struct bench *bench, const char *name, const char *unit, const double *found)
{
	struct bench_case *added = add(bench, name, unit);
	added->found = found;
	return added;
}

/* The thread's own CPU time: what others do on the machine is not in it. */
static double cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double slice_ns(const struct bench_case *timed)
{
	double begin = cpu_ns();
	timed->run(timed->times, timed->user);
	return cpu_ns() - begin;
}

/* A slice long enough that reading the clock does not count. */
static void size_slice(struct bench_case *timed, double wanted_ns)
{
	timed->times = 1;
	double took = slice_ns(timed);
	while (took < wanted_ns / 8) {
		timed->times *= 4;
		took = slice_ns(timed);
	}
	uint64_t times = (uint64_t)((double)timed->times * wanted_ns / took);
	timed->times = times > 0 ? times : 1;
}

static bool is_measured(const struct bench_case *of)
{
	return of->run != NULL || of->measure != NULL;
}

static double derived(const struct bench_case *of, unsigned round)
{
	return of->found != NULL
		? *of->found
		: (of->from->values[round] - of->less->values[round]) / of->divisor;
}

/* Each pass begins with another case. */
static void time_slices(struct bench *bench, unsigned round, unsigned passes)
{
	for (unsigned pass = 0; pass < passes; pass++) {
		size_t first = (size_t)round * passes + pass;
		for (size_t i = 0; i < bench->count; i++) {
			struct bench_case *at = &bench->cases[(i + first) % bench->count];
			if (at->run != NULL) {
				at->values[round] += slice_ns(at) / (double)at->times / passes;
			}
		}
	}
}

/* What is timed is timed a little at a time, so that a moment in which the machine is slow
 * hits all alike. What follows from others comes last. */
static void measure_round(struct bench *bench, unsigned round)
{
	for (size_t i = 0; i < bench->count; i++) {
		struct bench_case *at = &bench->cases[(i + round) % bench->count];
		if (at->measure != NULL) {
			at->values[round] = at->measure(at->user);
		}
	}
	time_slices(bench, round, bench->is_quick ? QUICK_PASSES : PASSES);
	for (size_t i = 0; i < bench->count; i++) {
		if (!is_measured(&bench->cases[i])) {
			bench->cases[i].values[round] = derived(&bench->cases[i], round);
		}
	}
}

struct row {
	struct statistics value;
	struct statistics ratio;
};

/* Ratios first: the values are sorted only afterwards. */
static void read_rows(struct bench *bench, struct row *rows)
{
	double scratch[STATISTICS_LIMIT];
	for (size_t i = 0; i < bench->count; i++) {
		const struct bench_case *of = &bench->cases[i];
		if (of->over != NULL) {
			rows[i].ratio = statistics_of_ratios(
				of->values, of->over->values, scratch, bench->rounds);
		}
	}
	for (size_t i = 0; i < bench->count; i++) {
		rows[i].value = statistics_of(bench->cases[i].values, bench->rounds);
	}
}

static void print_row(const struct bench_case *of, const struct row *row)
{
	printf("%-44s %-6s %11.1f %11.1f %11.1f - %-10.1f", of->name, of->unit, row->value.median,
		row->value.min, row->value.low, row->value.high);
	if (of->over != NULL) {
		printf(" %7.3f %7.3f - %-7.3f (%s)", row->ratio.median, row->ratio.low,
			row->ratio.high, of->over->name);
	}
	putchar('\n');
}

static void print_rows(const struct bench *bench, const struct row *rows)
{
	printf("%s, %u rounds%s\n", bench->program, bench->rounds,
		bench->is_quick ? " (quick: the figures mean nothing)" : "");
	printf("%-44s %-6s %11s %11s %11s   %-10s %7s %7s\n", "case", "unit", "median", "min",
		"95 % from", "to", "ratio", "95 %");
	for (size_t i = 0; i < bench->count; i++) {
		print_row(&bench->cases[i], &rows[i]);
	}
}

static void write_statistics(FILE *file, const char *name, const struct statistics *of)
{
	fprintf(file, ",\"%s\":{\"median\":%.6g,\"min\":%.6g,\"low\":%.6g,\"high\":%.6g}", name,
		of->median, of->min, of->low, of->high);
}

static void write_row(FILE *file, const struct bench_case *of, const struct row *row)
{
	fprintf(file, "{\"name\":\"%s\",\"unit\":\"%s\"", of->name, of->unit);
	write_statistics(file, "value", &row->value);
	if (of->over != NULL) {
		fprintf(file, ",\"over\":\"%s\"", of->over->name);
		write_statistics(file, "ratio", &row->ratio);
	}
	fputc('}', file);
}

static bool write_rows(const struct bench *bench, const struct row *rows)
{
	FILE *file = fopen(bench->json, "w");
	if (file == NULL) {
		return false;
	}
	fprintf(file, "{\"program\":\"%s\",\"rounds\":%u,\"quick\":%s,\"cases\":[", bench->program,
		bench->rounds, bench->is_quick ? "true" : "false");
	for (size_t i = 0; i < bench->count; i++) {
		fputs(i > 0 ? ",\n" : "\n", file);
		write_row(file, &bench->cases[i], &rows[i]);
	}
	fputs("\n]}\n", file);
	return fclose(file) == 0;
}

void bench_do(const struct bench_case *timed, uint64_t times)
{
	timed->run(times, timed->user);
}

/* What the first time costs more is over before. */
static void do_only(const struct bench *bench)
{
	size_t i = 0;
	while (i < bench->count
		&& (bench->cases[i].run == NULL
			|| strcmp(bench->cases[i].name, bench->only) != 0)) {
		i++;
	}
	bench_need(i < bench->count, "no such case is timed");
	bench->cases[i].run(1, bench->cases[i].user);
	bench_do(&bench->cases[i], bench->only_times);
}

static void measure_all(struct bench *bench)
{
	struct row rows[BENCH_CASES_LIMIT] = {0};
	for (size_t i = 0; i < bench->count; i++) {
		if (bench->cases[i].run != NULL) {
			size_slice(&bench->cases[i], bench->is_quick ? QUICK_SLICE_NS : SLICE_NS);
		}
	}
	for (unsigned round = 0; round < bench->rounds; round++) {
		measure_round(bench, round);
	}
	read_rows(bench, rows);
	print_rows(bench, rows);
	bench_need(bench->json == NULL || write_rows(bench, rows), "cannot write the file");
}

int bench_finish(struct bench *bench)
{
	if (bench->only != NULL) {
		do_only(bench);
	} else {
		measure_all(bench);
	}
	for (size_t i = 0; i < bench->count; i++) {
		free(bench->cases[i].values);
	}
	return EXIT_SUCCESS;
}
