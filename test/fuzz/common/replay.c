/* Runs a fuzz target without libFuzzer: its seeds, then mutations of them that are
 * the same at every run. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS_MAX 256
#define SIZE_MAX_OF_INPUT 65536
#define CHANGES_MAX 4

struct input {
	uint8_t *data;
	size_t size;
};

struct seeds {
	struct input items[SEEDS_MAX];
	size_t count;
};

static struct input current;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "%s %s: %s\n", what, which, strerror(errno));
	exit(2);
}

/* splitmix64, by Vigna: in the public domain, and the same everywhere. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t end)
{
	return (size_t)(next(state) % end);
}

/* What ends the process is what somebody will want to look at. */
static void show_input(int number)
{
	static const char digits[] = "0123456789abcdef";
	static const char title[] = "the input in hex:\n";
	char line[2 * SIZE_MAX_OF_INPUT + 1];
	size_t length = 0;
	for (; length / 2 < current.size; length += 2) {
		line[length] = digits[current.data[length / 2] >> 4];
		line[length + 1] = digits[current.data[length / 2] & 15];
	}
	line[length] = '\n';
	if (write(STDERR_FILENO, title, sizeof title - 1) < 0
		|| write(STDERR_FILENO, line, length + 1) < 0) {
		_exit(2);
	}
	signal(number, SIG_DFL);
	raise(number);
}

static void run(const uint8_t *data, size_t size)
{
	/* Just these bytes: whoever reads past them is seen. */
	current.data = malloc(size > 0 ? size : 1);
	current.size = size;
	MUST(current.data != NULL);
	if (size > 0) {
		memcpy(current.data, data, size);
	}
	LLVMFuzzerTestOneInput(current.data, size);
	free(current.data);
	current = (struct input){0};
}

static void load(struct seeds *seeds, const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	struct input *input = &seeds->items[seeds->count];
	if (file == NULL || seeds->count == SEEDS_MAX) {
		fail("cannot take the seed", path);
	}
	input->data = malloc(SIZE_MAX_OF_INPUT);
	MUST(input->data != NULL);
	input->size = fread(input->data, 1, SIZE_MAX_OF_INPUT, file);
	fclose(file);
	seeds->count++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their names: a folder has none of its own. */
static void load_all(struct seeds *seeds, const char *folder)
{
	char *names[SEEDS_MAX];
	size_t count = 0;
	struct dirent *entry;
	DIR *opened = opendir(folder);
	if (opened == NULL) {
		fail("cannot open", folder);
	}
	while ((entry = readdir(opened)) != NULL && count < SEEDS_MAX) {
		if (entry->d_name[0] != '.') {
			names[count++] = strdup(entry->d_name);
		}
	}
	closedir(opened);
	qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0; i < count; i++) {
		load(seeds, folder, names[i]);
		free(names[i]);
	}
}

static void insert(struct input *input, size_t at, const uint8_t *data, size_t size)
{
	if (input->size + size > SIZE_MAX_OF_INPUT) {
		return;
	}
	memmove(input->data + at + size, input->data + at, input->size - at);
	memcpy(input->data + at, data, size);
	input->size += size;
}

static void cut(struct input *input, size_t at, size_t size)
{
	memmove(input->data + at, input->data + at + size, input->size - at - size);
	input->size -= size;
}

/* A piece of a seed, at a place of another's: what stands there goes or stays. */
static void splice(struct input *input, const struct input *other, uint64_t *state)
{
	if (other->size == 0) {
		return;
	}
	size_t from = below(state, other->size);
	size_t size = 1 + below(state, other->size - from);
	size_t at = below(state, input->size + 1);
	size_t gone = below(state, input->size - at + 1);
	cut(input, at, below(state, 2) == 0 ? gone : 0);
	insert(input, at, other->data + from, size);
}

static void change(struct input *input, const struct seeds *seeds, uint64_t *state)
{
	/* What grammars hang on. */
	static const char telling[] = " \t\r\n\"\\\0{}[]:,.=;/?#%&@+-_~0189aAzZ\x7f\x80\xff";
	uint8_t byte = (uint8_t)telling[below(state, sizeof telling - 1)];
	size_t at = below(state, input->size + 1);
	switch (below(state, 6)) {
	case 0:
		insert(input, at, &byte, 1);
		return;
	case 1:
		splice(input, &seeds->items[below(state, seeds->count)], state);
		return;
	default:
		break;
	}
	if (at == input->size) {
		return;
	}
	switch (below(state, 4)) {
	case 0:
		input->data[at] ^= (uint8_t)(1u << below(state, 8));
		break;
	case 1:
		input->data[at] = byte;
		break;
	case 2:
		input->data[at] = (uint8_t)next(state);
		break;
	default:
		cut(input, at, 1 + below(state, input->size - at));
		break;
	}
}

static void mutate(const struct seeds *seeds, unsigned long count)
{
	uint64_t state = 1;
	struct input input = {.data = malloc(SIZE_MAX_OF_INPUT)};
	MUST(input.data != NULL);
	for (unsigned long i = 0; i < count; i++) {
		const struct input *seed = &seeds->items[below(&state, seeds->count)];
		memcpy(input.data, seed->data, seed->size);
		input.size = seed->size;
		for (size_t changes = 1 + below(&state, CHANGES_MAX); changes > 0; changes--) {
			change(&input, seeds, &state);
		}
		run(input.data, input.size);
	}
	free(input.data);
}

int main(int argc, char **argv)
{
	static struct seeds seeds;
	if (argc != 3) {
		fprintf(stderr, "usage: %s SEEDS MUTATIONS\n", argv[0]);
		return 2;
	}
	signal(SIGABRT, show_input);
	load_all(&seeds, argv[1]);
	if (seeds.count == 0) {
		fprintf(stderr, "no seed in %s\n", argv[1]);
		return 1;
	}
	run(NULL, 0);
	for (size_t i = 0; i < seeds.count; i++) {
		run(seeds.items[i].data, seeds.items[i].size);
	}
	mutate(&seeds, strtoul(argv[2], NULL, 10));
	printf("%zu seeds, %s mutations\n", seeds.count, argv[2]);
	for (size_t i = 0; i < seeds.count; i++) {
		free(seeds.items[i].data);
	}
	return 0;
}
