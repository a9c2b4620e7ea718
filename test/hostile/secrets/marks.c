/* Finding pieces of masked secrets in any bytes, in one pass. */
#include "marks.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (1u << 17)
#define WINDOWS_MAX 65000

struct window {
	uint16_t next; /* of the same slot; 0: none */
	uint16_t offset;
	uint16_t mark;
};

static struct mark marks[MARKS_MAX];
static size_t mark_count;
static uint16_t slots[SLOTS];
static struct window windows[WINDOWS_MAX]; /* the first stays unused */
static size_t window_count = 1;

static unsigned char mask(size_t at)
{
	return (unsigned char)(at * 37 + 0xa9);
}

static unsigned char byte_of(const struct mark *mark, size_t at)
{
	return mark->masked[at] ^ mask(at);
}

void mark_make(struct mark *mark, const char *name, const void *secret, size_t length)
{
	const unsigned char *bytes = secret;
	*mark = (struct mark){.length = length};
	if (length > MARK_SIZE) {
		abort();
	}
	snprintf(mark->name, sizeof mark->name, "%s", name);
	for (size_t i = 0; i < length; i++) {
		mark->masked[i] = bytes[i] ^ mask(i);
	}
}

void mark_show(const struct mark *mark, char *secret)
{
	for (size_t i = 0; i < mark->length; i++) {
		secret[i] = (char)byte_of(mark, i);
	}
	secret[mark->length] = '\0';
}

static uint32_t slot_of(uint32_t first)
{
	return first * 2654435761u >> 15;
}

size_t marks_add(const struct mark *mark)
{
	if (mark_count == MARKS_MAX || window_count + mark->length > WINDOWS_MAX) {
		abort();
	}
	marks[mark_count] = *mark;
	for (size_t i = 0; i + MARK_PIECE <= mark->length; i++) {
		unsigned char first[4];
		uint32_t word;
		for (size_t j = 0; j < sizeof first; j++) {
			first[j] = byte_of(mark, i + j);
		}
		memcpy(&word, first, sizeof word);
		windows[window_count] = (struct window){
			slots[slot_of(word)], (uint16_t)i, (uint16_t)mark_count};
		slots[slot_of(word)] = (uint16_t)window_count++;
	}
	return mark_count++;
}

void marks_clear(void)
{
	memset(slots, 0, sizeof slots);
	mark_count = 0;
	window_count = 1;
}

const struct mark *marks_at(size_t number)
{
	return &marks[number];
}

/* How much of the mark lies there, from this place in it. */
static size_t common(const struct window *window, const unsigned char *data, size_t length)
{
	const struct mark *mark = &marks[window->mark];
	size_t same = 0;
	while (same < length && window->offset + same < mark->length
		&& data[same] == byte_of(mark, window->offset + same)) {
		same++;
	}
	return same;
}

static bool is_at(const unsigned char *data, size_t length, uint16_t number, struct marks_hit *hit)
{
	hit->length = 0;
	for (; number != 0; number = windows[number].next) {
		size_t same = common(&windows[number], data, length);
		if (same >= MARK_PIECE && same > hit->length) {
			hit->mark = windows[number].mark;
			hit->offset = windows[number].offset;
			hit->length = same;
		}
	}
	return hit->length > 0;
}

bool marks_find(const void *data, size_t length, struct marks_hit *hit)
{
	const unsigned char *bytes = data;
	for (size_t i = 0; i + MARK_PIECE <= length; i++) {
		uint32_t word;
		memcpy(&word, bytes + i, sizeof word);
		uint16_t number = slots[slot_of(word)];
		if (number != 0 && is_at(bytes + i, length - i, number, hit)) {
			hit->at = i;
			return true;
		}
	}
	return false;
}
