/* Verifications in one thread and in two of one process, by wall clock, beside
 * GnuTLS alone: what this machine's two cores can give at best. */
#include "bare.h"
#include "bench.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 2

/** Threads that do the same thing, each to something of its own. */
struct crew {
	unsigned count;
	uint64_t times; /* by each */
	bench_run_fn run;
	void *users[THREADS];
	pthread_barrier_t start;
	double unhindered; /* times a second, had no other process taken a core */
};

struct worker {
	struct crew *crew;
	void *user;
	double begin;
	double end;
	double waited; /* of that: ready to run, but without a core */
};

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds that this thread was ready to run and had no core; 0 where the system
 * does not count them. A thread that waits for a lock is not ready. */
static double seconds_without_core(void)
{
	unsigned long long ran = 0;
	unsigned long long waited = 0;
	FILE *file = fopen("/proc/thread-self/schedstat", "r");
	if (file == NULL) {
		return 0;
	}
	if (fscanf(file, "%llu %llu", &ran, &waited) != 2) {
		waited = 0;
	}
	fclose(file);
	return (double)waited / 1e9;
}

static void *work(void *user)
{
	struct worker *worker = user;
	pthread_barrier_wait(&worker->crew->start);
	double waited = seconds_without_core();
	worker->begin = seconds();
	worker->crew->run(worker->crew->times, worker->user);
	worker->end = seconds();
	worker->waited = seconds_without_core() - waited;
	return NULL;
}

/* From the first one's begin to the last one's end. */
static double span(const struct worker *workers, unsigned count)
{
	double begin = workers[0].begin;
	double end = workers[0].end;
	for (unsigned i = 1; i < count; i++) {
		begin = workers[i].begin < begin ? workers[i].begin : begin;
		end = workers[i].end > end ? workers[i].end : end;
	}
	return end - begin;
}

/* Times a second, of all threads together. */
static double throughput(void *user)
{
	struct crew *crew = user;
	struct worker workers[THREADS] = {0};
	pthread_t threads[THREADS];
	crew->unhindered = 0;
	pthread_barrier_init(&crew->start, NULL, crew->count);
	for (unsigned i = 0; i < crew->count; i++) {
		workers[i].crew = crew;
		workers[i].user = crew->users[i];
		bench_need(pthread_create(&threads[i], NULL, work, &workers[i]) == 0,
			"starting a thread");
	}
	for (unsigned i = 0; i < crew->count; i++) {
		pthread_join(threads[i], NULL);
		crew->unhindered += (double)crew->times
			/ (workers[i].end - workers[i].begin - workers[i].waited);
	}
	pthread_barrier_destroy(&crew->start);
	return (double)(crew->count * crew->times) / span(workers, crew->count);
}

/** What is done in one thread and in two. */
struct contest {
	const char *name;
	bench_run_fn run;
	uint64_t times; /* so that a round takes about 0.2 s */
	struct crew crews[THREADS];
};

/** One algorithm: each thread has tokens of its own. */
struct ground {
	struct subject subject;
	struct subject_tokens tokens[THREADS];
	struct bare bare[THREADS];
};

static void start(struct ground *ground, const struct subject_config *config, size_t count)
{
	struct subject_tokens all;
	subject_start(&ground->subject, config);
	subject_tokens_sign(&all, &ground->subject, NULL, THREADS * count);
	for (unsigned i = 0; i < THREADS; i++) {
		ground->tokens[i] = (struct subject_tokens){
			&ground->subject, all.items + i * count, count, 0};
		bare_init(&ground->bare[i], &ground->tokens[i]);
	}
}

static void stop(struct ground *ground)
{
	struct subject_tokens all = ground->tokens[0];
	all.count *= THREADS;
	for (unsigned i = 0; i < THREADS; i++) {
		bare_finish(&ground->bare[i]);
	}
	subject_tokens_finish(&all);
	subject_stop(&ground->subject);
}

/* What came out, and what would have without other processes. */
static void add_crew(struct bench *bench, const struct contest *contest, struct crew *crew)
{
	char name[64];
	const char *plural = crew->count > 1 ? "s" : "";
	snprintf(name, sizeof name, "%s, %u thread%s", contest->name, crew->count, plural);
	bench_measure(bench, name, "1/s", throughput, crew);
	snprintf(name, sizeof name, "%s, %u thread%s, unhindered", contest->name, crew->count,
		plural);
	bench_besides(bench, name, "1/s", &crew->unhindered);
}

static void add_contest(struct bench *bench, struct contest *contest, struct ground *ground)
{
	bool is_bare = contest->run == bare_run;
	struct bench_case *one = &bench->cases[bench->count];
	for (unsigned i = 0; i < THREADS; i++) {
		struct crew *crew = &contest->crews[i];
		crew->count = i + 1;
		crew->times = bench->is_quick ? 2 : contest->times;
		crew->run = contest->run;
		for (unsigned j = 0; j < THREADS; j++) {
			crew->users[j] = is_bare ? (void *)&ground->bare[j]
						 : (void *)&ground->tokens[j];
		}
		add_crew(bench, contest, crew);
	}
	one[2].over = &one[0];
	one[3].over = &one[1];
}

int main(int argc, char **argv)
{
	static const struct subject_config configs[] = {
		{.algorithm = "RS256"}, {.algorithm = "ES256"}, {.has_system_clock = true}};
	static struct ground grounds[3];
	static struct contest contests[] = {
		{"RS256, GnuTLS alone", bare_run, 4000, {{0}}},
		{"RS256, never seen", subject_run_cold, 4000, {{0}}},
		{"ES256, GnuTLS alone", bare_run, 1000, {{0}}},
		{"ES256, never seen", subject_run_cold, 1000, {{0}}},
		{"seen before", subject_run_hot, 200000, {{0}}},
	};
	struct bench bench;
	bench_init(&bench, argc, argv);
	size_t count = bench.is_quick ? 1 : 1000;
	for (unsigned i = 0; i < 3; i++) {
		start(&grounds[i], &configs[i], configs[i].has_system_clock ? 1 : count);
	}
	for (unsigned i = 0; i < sizeof contests / sizeof *contests; i++) {
		add_contest(&bench, &contests[i], &grounds[i / 2]);
	}
	int status = bench_finish(&bench);
	for (unsigned i = 0; i < 3; i++) {
		stop(&grounds[i]);
	}
	return status;
}
