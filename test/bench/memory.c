/* Bytes that each thing takes: on the heap, and in the memory that the process
 * really has. Each measurement has a process of its own. */
#include "bench.h"
#include "subject.h"

#include "support/fake_exchange.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/** What the process has. */
struct usage {
	double heap;
	double resident; /* 0 where the system does not say */
};

/* Without the pages of libraries, which a new process reads in again. */
static double resident_bytes(void)
{
	char line[256];
	unsigned long long kilobytes = 0;
	FILE *file = fopen("/proc/self/status", "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL
		&& sscanf(line, "RssAnon: %llu", &kilobytes) != 1) {
	}
	if (file != NULL) {
		fclose(file);
	}
	return (double)kilobytes * 1024;
}

static struct usage usage_now(void)
{
	struct mallinfo2 info = mallinfo2();
	return (struct usage){(double)info.uordblks + (double)info.hblkhd, resident_bytes()};
}

/** Something to be made so and so often. */
struct growth {
	void (*prepare)(struct growth *growth); /* not measured */
	void (*make)(struct growth *growth);
	const char *algorithm;
	unsigned keys;
	unsigned count;    /* of what is made */
	struct usage each; /* what was found */
	/* As the two need it: */
	struct subject subject;
	struct subject_tokens *tokens;
	struct fake_server server;
	struct fake_exchange *exchanges;
};

/* In a child, which leaves nothing behind but its figures. */
static void measure_here(struct growth *growth, int to)
{
	if (growth->prepare != NULL) {
		growth->prepare(growth);
	}
	malloc_trim(0);
	struct usage before = usage_now();
	growth->make(growth);
	/* What was only needed meanwhile is given back. */
	malloc_trim(0);
	struct usage after = usage_now();
	after.heap = (after.heap - before.heap) / growth->count;
	after.resident = (after.resident - before.resident) / growth->count;
	bench_need(write(to, &after, sizeof after) == sizeof after, "writing figures");
}

static double measure(void *user)
{
	struct growth *growth = user;
	int ends[2];
	int status;
	bench_need(pipe(ends) == 0, "making a pipe");
	pid_t child = fork();
	bench_need(child >= 0, "making a process");
	if (child == 0) {
		measure_here(growth, ends[1]);
		_exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	bench_need(read(ends[0], &growth->each, sizeof growth->each) == sizeof growth->each,
		"reading figures");
	close(ends[0]);
	bench_need(waitpid(child, &status, 0) == child && status == 0, "measuring");
	return growth->each.heap;
}

static void start_subject(struct growth *growth)
{
	struct subject_config config = {.algorithm = growth->algorithm, .keys = growth->keys};
	subject_start(&growth->subject, &config);
}

/* The first one pays for what is made once. */
static void prepare_tokens(struct growth *growth)
{
	start_subject(growth);
	subject_verify(&growth->subject, growth->tokens->items[growth->count], MCPAUTH_OK);
}

static void verify_tokens(struct growth *growth)
{
	for (unsigned i = 0; i < growth->count; i++) {
		subject_verify(&growth->subject, growth->tokens->items[i], MCPAUTH_OK);
	}
}

static void prepare_exchanges(struct growth *growth)
{
	start_subject(growth);
	growth->exchanges = calloc(growth->count, sizeof *growth->exchanges);
	bench_need(growth->exchanges != NULL
			&& mcpauth_chain_new(
				   growth->subject.auth, NULL, &growth->server.chain, NULL)
				== MCPAUTH_OK
			&& mcpauth_chain_publish(growth->server.chain, "/open", NULL, NULL)
				== MCPAUTH_OK,
		"making a chain");
	/* The array itself is not what is measured. */
	for (unsigned i = 0; i < growth->count; i++) {
		growth->exchanges[i].verdict = MCPAUTH__PASS;
	}
}

static void begin_exchanges(struct growth *growth)
{
	static const struct fake_request request = {
		.method = "POST", .path = "/open", .headers = {"Host", "api.example.com"}};
	for (unsigned i = 0; i < growth->count; i++) {
		fake_exchange_start(&growth->exchanges[i], &growth->server, &request);
		bench_need(fake_exchange_serve(&growth->exchanges[i]) == MCPAUTH__PASS,
			"a request did not pass");
	}
}

static void add_growth(struct bench *bench, const char *thing, struct growth *growth)
{
	char name[64];
	snprintf(name, sizeof name, "%.50s, heap", thing);
	bench_measure(bench, name, "bytes", measure, growth);
	snprintf(name, sizeof name, "%.50s, resident", thing);
	bench_besides(bench, name, "bytes", &growth->each.resident);
}

/* An object with a thousand keys, less one with a single key. */
static void add_keys(struct bench *bench, struct growth *few, struct growth *many)
{
	char name[64];
	struct bench_case *cases = &bench->cases[bench->count];
	snprintf(name, sizeof name, "struct mcpauth, 1 key, %s", few->algorithm);
	add_growth(bench, name, few);
	snprintf(name, sizeof name, "struct mcpauth, %u keys, %s", many->keys, many->algorithm);
	add_growth(bench, name, many);
	snprintf(name, sizeof name, "a key of %u, %s, heap", many->keys, many->algorithm);
	bench_difference(bench, name, &cases[2], &cases[0], many->keys - 1);
	snprintf(name, sizeof name, "a key of %u, %s, resident", many->keys, many->algorithm);
	bench_difference(bench, name, &cases[3], &cases[1], many->keys - 1);
}

int main(int argc, char **argv)
{
	static const char *const algorithms[] = {"RS256", "ES256"};
	static const struct subject_config usual;
	static struct growth sets[2][2];
	static struct growth tokens_growth = {.prepare = prepare_tokens, .make = verify_tokens};
	static struct growth exchanges = {.prepare = prepare_exchanges, .make = begin_exchanges};
	struct bench bench;
	struct subject signer;
	struct subject_tokens tokens;
	bench_init(&bench, argc, argv);
	unsigned count = bench.is_quick ? 2 : 1000;
	subject_start(&signer, &usual);
	subject_tokens_sign(&tokens, &signer, NULL, count + 1);
	for (unsigned i = 0; i < 2; i++) {
		struct growth one = {
			.make = start_subject, .algorithm = algorithms[i], .keys = 1, .count = 1};
		sets[i][0] = one;
		sets[i][1] = one;
		sets[i][1].keys = count;
		add_keys(&bench, &sets[i][0], &sets[i][1]);
	}
	tokens_growth.tokens = &tokens;
	tokens_growth.count = count;
	exchanges.count = count;
	add_growth(&bench, "a verified token remembered", &tokens_growth);
	add_growth(&bench, "a request under way", &exchanges);
	int status = bench_finish(&bench);
	subject_tokens_finish(&tokens);
	subject_stop(&signer);
	return status;
}
