/* Searching the memory of this process, mapping by mapping. */
#include "memory.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART ((size_t)1 << 20)

/* What is searched is copied here first, so hits in here are none. */
static unsigned char part[PART];

struct search {
	struct memory_finding *findings;
	size_t room;
	size_t count;
	int memory;
};

struct mapping {
	uintptr_t begin;
	uintptr_t end;
	char name[64];
};

static bool is_own(uintptr_t address)
{
	uintptr_t own = (uintptr_t)part;
	return address >= own && address < own + PART;
}

static void take(struct search *search, const struct mapping *mapping, struct marks_hit hit)
{
	if (is_own(hit.at)) {
		return;
	}
	if (search->count < search->room) {
		struct memory_finding *finding = &search->findings[search->count];
		finding->hit = hit;
		memcpy(finding->where, mapping->name, sizeof finding->where);
	}
	search->count++;
}

/* A part overlaps the next one, lest a piece lie across their border. */
static void search_part(struct search *search, const struct mapping *mapping, uintptr_t begin)
{
	size_t size = mapping->end - begin < PART ? mapping->end - begin : PART;
	ssize_t got = pread(search->memory, part, size, (off_t)begin);
	size_t left = got > 0 ? (size_t)got : 0;
	size_t at = 0;
	struct marks_hit hit;
	while (marks_find(part + at, left - at, &hit)) {
		size_t end = at + hit.at + hit.length;
		hit.at += begin + at;
		take(search, mapping, hit);
		at = end;
	}
}

static void search_mapping(struct search *search, const struct mapping *mapping)
{
	for (uintptr_t begin = mapping->begin; begin < mapping->end; begin += PART - MARK_PIECE) {
		search_part(search, mapping, begin);
	}
}

static bool read_mapping(const char *line, struct mapping *mapping)
{
	unsigned long begin;
	unsigned long end;
	char rights[8];
	int named = 0;
	if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &begin, &end, rights, &named) < 3) {
		abort();
	}
	mapping->begin = begin;
	mapping->end = end;
	snprintf(mapping->name, sizeof mapping->name, "%.*s", (int)strcspn(line + named, "\n"),
		line + named);
	/* glibc's usual stack of a thread. */
	if (mapping->name[0] == '\0') {
		strcpy(mapping->name, end - begin == 8ul << 20 ? "[stack of a thread]" : "[heap]");
	}
	return strncmp(rights, "rw", 2) == 0;
}

size_t memory_search(struct memory_finding *findings, size_t room)
{
	char line[512];
	struct mapping mapping;
	struct search search = {findings, room, 0, open("/proc/self/mem", O_RDONLY)};
	FILE *maps = fopen("/proc/self/maps", "r");
	if (maps == NULL || search.memory < 0) {
		abort();
	}
	while (fgets(line, sizeof line, maps) != NULL) {
		if (read_mapping(line, &mapping)) {
			search_mapping(&search, &mapping);
		}
	}
	fclose(maps);
	close(search.memory);
	return search.count;
}
