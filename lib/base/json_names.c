/* Finding a name that occurs twice among an object's members. */
#include "base/json_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Up to here names are compared with each other, beyond they are sorted. */
#define COMPARED_MAX 24
/* Up to here what is sorted lies on the stack. */
#define STACK_MAX 128

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is one of this name in front of it? */
static bool is_second(const cJSON *object, const cJSON *member)
{
	for (const cJSON *other = object->child; other != member; other = other->next) {
		if (strcmp(other->string, member->string) == 0) {
			return true;
		}
	}
	return false;
}

/* Most names differ in what they begin with; only those that do not are compared. */
static const cJSON *find_among_few(const cJSON *object)
{
	uint64_t seen = 0;
	for (const cJSON *member = object->child; member != NULL; member = member->next) {
		const unsigned char *name = (const unsigned char *)member->string;
		unsigned hash = name[0] == '\0' ? 0 : name[0] * 7u + name[1];
		uint64_t bit = UINT64_C(1) << (hash & 63);
		if ((seen & bit) != 0 && is_second(object, member)) {
			return member;
		}
		seen |= bit;
	}
	return NULL;
}

/* Sorted once there are many members: comparing each with each would let a
 * megabyte of tiny members take minutes. */
static const cJSON *find_among_many(const cJSON *object, size_t count, const char **names)
{
	size_t at = 0;
	for (const cJSON *member = object->child; member != NULL; member = member->next) {
		names[at++] = member->string;
	}
	qsort(names, count, sizeof *names, compare_names);
	for (at = 1; at < count && strcmp(names[at - 1], names[at]) != 0; at++) {
	}
	const cJSON *member = at < count ? object->child : NULL;
	while (member != NULL
		&& (strcmp(member->string, names[at]) != 0 || !is_second(object, member))) {
		member = member->next;
	}
	return member;
}

bool mcpauth__json_find_repeated(const cJSON *object, size_t count, const cJSON **repeated)
{
	const char *here[STACK_MAX];
	if (count <= COMPARED_MAX) {
		*repeated = find_among_few(object);
		return true;
	}
	const char **names = count <= STACK_MAX ? here : malloc(count * sizeof *names);
	*repeated = names != NULL ? find_among_many(object, count, names) : NULL;
	if (names != here) {
		free(names);
	}
	return names != NULL;
}
