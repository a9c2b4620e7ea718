/**
 * @file
 * Secrets that are looked for in memory, kept in a form that is not found itself:
 * every byte is masked by its place.
 */
#ifndef MCPAUTH_TEST_MARKS_H
#define MCPAUTH_TEST_MARKS_H

#include <stdbool.h>
#include <stddef.h>

/** So many bytes in a row of a secret, from anywhere in it, count as found. */
#define MARK_PIECE 12
#define MARK_SIZE 2048
#define MARKS_MAX 250

struct mark {
	char name[32];
	size_t length;
	unsigned char masked[MARK_SIZE];
};

/** A piece of a secret that lies somewhere. */
struct marks_hit {
	size_t at;     /* in what was searched */
	size_t mark;   /* whose piece it is */
	size_t offset; /* which one: from where in the mark */
	size_t length;
};

/** Hide a secret of at most MARK_SIZE bytes. */
void mark_make(struct mark *mark, const char *name, const void *secret, size_t length);

/** The secret itself, for MARK_SIZE bytes and a NUL; the caller wipes it. */
void mark_show(const struct mark *mark, char *secret);

/** Look for this one from now on. Not while somebody searches. @return its number */
size_t marks_add(const struct mark *mark);

/** Look for none of them any more; numbers begin anew. */
void marks_clear(void);

/** What a number stands for. */
const struct mark *marks_at(size_t number);

/** Find the first piece of any mark, as long as it is. @return false if there is none */
bool marks_find(const void *data, size_t length, struct marks_hit *hit);

#endif
