/* A bounded table of small records, known by a token's SHA-256; read without a lock. */
#ifndef MCPAUTH_TOKEN_DIGEST_TABLE_H
#define MCPAUTH_TOKEN_DIGEST_TABLE_H

#include "base/hash.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCPAUTH__DIGEST_KEY_WORDS 5

/** What a record is known by: the SHA-256 of a token, and the trust that judged it. */
struct mcpauth__digest_key {
	uint64_t words[MCPAUTH__DIGEST_KEY_WORDS];
};

/** Bounded; any thread. All its memory is taken at once, and touched as it fills. */
struct mcpauth__digest_table;

/** Where a record was found, and when. */
struct mcpauth__digest_stamp {
	const struct mcpauth__digest_table *table;
	size_t bucket;
	size_t way;
	uint64_t sequence;
};

/** Make a key. */
void mcpauth__digest_key_make(struct mcpauth__digest_key *key,
	const unsigned char digest[MCPAUTH__SHA256_SIZE], uint64_t trust);

/**
 * @param entries  at most so many records, four or more
 * @param head     words of one record that every look-up reads. The first is the
 *                 time at which it ends, an int64_t
 * @param tail     words behind those, which are read where somebody wants them
 * @return NULL without memory
 */
struct mcpauth__digest_table *mcpauth__digest_table_new(
	unsigned entries, unsigned head, unsigned tail);

/** While nobody uses it. NULL is accepted. */
void mcpauth__digest_table_free(struct mcpauth__digest_table *table);

/**
 * Look up, without a lock. A reader whom writers disturb again and again finds
 * nothing: that costs a verification, never a wrong answer.
 *
 * @param[out] record  a copy of its head; undefined if nothing is found
 * @param[out] stamp   for the two below
 */
bool mcpauth__digest_table_find(const struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, uint64_t *record,
	struct mcpauth__digest_stamp *stamp);

/** Is what was found still there? */
bool mcpauth__digest_table_is_unchanged(const struct mcpauth__digest_stamp *stamp);

/**
 * Read the first words of the tail of what was found.
 *
 * @param words  at any address, so that text need not be copied once more
 * @return false if it is not there any more: the words are undefined then
 */
bool mcpauth__digest_table_read_tail(
	const struct mcpauth__digest_stamp *stamp, void *words, size_t count);

/**
 * Put a record in the place of the one with this key; else of the one that ends
 * first among those that share its bucket.
 *
 * @param record       copied: the head, and the tail behind it
 * @param[out] former  what was there before; zeros if nothing was
 */
void mcpauth__digest_table_put(struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, const uint64_t *record, uint64_t *former);

/** A count that must not have grown. */
struct mcpauth__digest_guard {
	const _Atomic uint64_t *count; /* NULL: nobody counts */
	uint64_t was;
};

/**
 * The same, unless the guard's count has grown: it is looked at while no removal can
 * be at work in this bucket.
 *
 * @return false if it has: then nothing is put
 */
bool mcpauth__digest_table_put_guarded(struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, const uint64_t *record,
	const struct mcpauth__digest_guard *guard, uint64_t *former);

/**
 * Take the record of a key out.
 *
 * @param[out] former  what was there; zeros if nothing was
 * @return false if nothing was
 */
bool mcpauth__digest_table_remove(struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, uint64_t *former);

/** What is to be taken out, and what becomes of it. */
struct mcpauth__digest_removal {
	/* Does this one go? Asked while it cannot be replaced: must not use the table. */
	bool (*concerns)(const struct mcpauth__digest_key *key, const uint64_t *record, void *user);
	/* It is gone. May use the table. NULL: nobody needs to know. */
	void (*gone)(const uint64_t *former, void *user);
	void *user;
};

/**
 * Take all those out that are concerned and were put before this is called; of those
 * that are put meanwhile some stay. Empty places are not asked about.
 *
 * @return how many are gone
 */
size_t mcpauth__digest_table_remove_all(
	struct mcpauth__digest_table *table, const struct mcpauth__digest_removal *removal);

/** Show each record, the empty ones (zeros) too. While nobody uses the table. */
void mcpauth__digest_table_each(
	const struct mcpauth__digest_table *table, void (*show)(const uint64_t *record));

#endif
