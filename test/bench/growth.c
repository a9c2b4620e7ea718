/* What may grow without costing a request anything: keys, resources, issuers;
 * and the token's length, which may cost what it costs to read. */
#include "bench.h"
#include "subject.h"

#include <stdio.h>

/** One size of one thing, for tokens seen before and for new ones. */
struct size {
	struct subject steady;
	struct subject subject;
	struct subject_tokens hot;
	struct subject_tokens cold;
};

static void start(struct size *size, const struct subject_config *config,
	const struct subject_claims *claims, size_t count)
{
	struct subject_config steady = *config;
	steady.has_system_clock = true;
	subject_start(&size->steady, &steady);
	subject_start(&size->subject, config);
	subject_tokens_sign(&size->hot, &size->steady, claims, 1);
	subject_tokens_sign(&size->cold, &size->subject, claims, count);
}

static void stop(struct size *size)
{
	subject_tokens_finish(&size->cold);
	subject_tokens_finish(&size->hot);
	subject_stop(&size->subject);
	subject_stop(&size->steady);
}

#define SIZES 4

/** The sizes of one thing, each compared with the first. */
struct series {
	const char *thing;
	unsigned counts[SIZES]; /* the first are as large as a smoke run wants; 0: no more */
	struct size sizes[SIZES];
	struct bench_case *hot;
	struct bench_case *cold;
};

enum thing {
	KEYS,
	RESOURCES,
	ISSUERS,
	BYTES,
	THINGS
};

static void start_size(const struct bench *bench, struct series *series, enum thing thing, size_t i)
{
	unsigned count = series->counts[i];
	struct subject_config config = {
		.keys = thing == KEYS ? count : 1,
		.resources = thing == RESOURCES ? count : 1,
		.issuers = thing == ISSUERS ? count : 1,
	};
	/* Without kid and typ the longest stays below the 16 KiB that a token may have. */
	struct subject_claims claims = {
		.size = thing == BYTES ? count : 0,
		.kid = thing == BYTES ? "" : NULL,
	};
	start(&series->sizes[i], &config, &claims, bench->is_quick ? 2 : 256);
}

static void add_size(struct bench *bench, struct series *series, size_t i)
{
	char name[64];
	const char *plural = series->counts[i] > 1 ? "s" : "";
	snprintf(name, sizeof name, "%u %s%s, seen before", series->counts[i], series->thing,
		plural);
	struct bench_case *hot = bench_time(bench, name, subject_run_hot, &series->sizes[i].hot);
	snprintf(
		name, sizeof name, "%u %s%s, never seen", series->counts[i], series->thing, plural);
	struct bench_case *cold = bench_time(bench, name, subject_run_cold, &series->sizes[i].cold);
	series->hot = i == 0 ? hot : series->hot;
	series->cold = i == 0 ? cold : series->cold;
	hot->over = i == 0 ? NULL : series->hot;
	cold->over = i == 0 ? NULL : series->cold;
}

int main(int argc, char **argv)
{
	static struct series all[THINGS] = {
		[KEYS] = {.thing = "key", .counts = {1, 10, 100, 1000}},
		[RESOURCES] = {.thing = "resource", .counts = {1, 10, 100, 1000}},
		[ISSUERS] = {.thing = "issuer", .counts = {1, 10, 100}},
		[BYTES] = {.thing = "byte", .counts = {300, 1000, 4000, 12000}},
	};
	struct bench bench;
	bench_init(&bench, argc, argv);
	for (unsigned thing = 0; thing < THINGS; thing++) {
		struct series *series = &all[thing];
		for (size_t i = 0; i < SIZES; i++) {
			if (bench.is_quick && i > 1) {
				series->counts[i] = 0;
			}
			if (series->counts[i] > 0) {
				start_size(&bench, series, (enum thing)thing, i);
				add_size(&bench, series, i);
			}
		}
	}
	int status = bench_finish(&bench);
	for (unsigned thing = 0; thing < THINGS; thing++) {
		for (size_t i = 0; i < SIZES && all[thing].counts[i] > 0; i++) {
			stop(&all[thing].sizes[i]);
		}
	}
	return status;
}
