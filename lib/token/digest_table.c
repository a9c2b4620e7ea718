/* A bounded table that many threads read while some write. */
#include "token/digest_table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4
#define LOCKS 16
#define TRIES 4
#define LINE_WORDS 8
#define RECORD_LIMIT 32

/* A bucket: its sequence number, the first word of each way's key, then for each
 * way the rest of the key and the record.
 *
 * The sequence is odd while a writer is at work. A writer stores each word with
 * release, so whoever loads a new word with acquire sees the odd number, too, when
 * he loads the sequence again; and whoever sees the even number that a writer left
 * sees all that he wrote. So two equal even numbers have one record between them. */
typedef _Atomic uint64_t shared_word;

enum {
	SEQUENCE,
	TAGS,
	PLACES = TAGS + WAYS
};

/* Of a key, without the tag. */
#define REST_WORDS (MCPAUTH__DIGEST_KEY_WORDS - 1)

struct mcpauth__digest_table {
	pthread_mutex_t locks[LOCKS];
	size_t buckets; /* a power of two */
	size_t head;
	size_t words; /* with the tail */
	size_t stride;
	void *block;
	shared_word *shared; /* in the block, where a cache line begins */
};

void mcpauth__digest_key_make(struct mcpauth__digest_key *key,
	const unsigned char digest[MCPAUTH__SHA256_SIZE], uint64_t trust)
{
	_Static_assert(MCPAUTH__SHA256_SIZE == REST_WORDS * sizeof key->words[0], "all of it");
	memcpy(key->words, digest, MCPAUTH__SHA256_SIZE);
	key->words[REST_WORDS] = trust;
}

struct mcpauth__digest_table *mcpauth__digest_table_new(
	unsigned entries, unsigned head, unsigned tail)
{
	size_t words = (size_t)head + tail;
	struct mcpauth__digest_table *table = words <= RECORD_LIMIT ? calloc(1, sizeof *table)
								    : NULL;
	if (table == NULL) {
		return NULL;
	}
	table->buckets = 1;
	while (table->buckets * 2 * WAYS <= entries) {
		table->buckets *= 2;
	}
	table->head = head;
	table->words = words;
	size_t used = PLACES + WAYS * (REST_WORDS + words);
	table->stride = (used + LINE_WORDS - 1) / LINE_WORDS * LINE_WORDS;
	/* Not aligned_alloc() and a loop of zeros: untouched pages cost nothing. */
	table->block = calloc(table->buckets * table->stride + LINE_WORDS, sizeof(shared_word));
	if (table->block == NULL) {
		free(table);
		return NULL;
	}
	uintptr_t line = LINE_WORDS * sizeof(shared_word);
	uintptr_t start = (uintptr_t)table->block;
	table->shared = (shared_word *)((char *)table->block + (line - start % line) % line);
	for (int i = 0; i < LOCKS; i++) {
		pthread_mutex_init(&table->locks[i], NULL);
	}
	return table;
}

void mcpauth__digest_table_free(struct mcpauth__digest_table *table)
{
	if (table == NULL) {
		return;
	}
	for (int i = 0; i < LOCKS; i++) {
		pthread_mutex_destroy(&table->locks[i]);
	}
	free(table->block);
	free(table);
}

/* The digest is as good as random, so its first word chooses the bucket. */
static size_t bucket_of(
	const struct mcpauth__digest_table *table, const struct mcpauth__digest_key *key)
{
	return (size_t)key->words[0] & (table->buckets - 1);
}

static shared_word *bucket_at(const struct mcpauth__digest_table *table, size_t bucket)
{
	return table->shared + bucket * table->stride;
}

static shared_word *rest_at(
	const struct mcpauth__digest_table *table, shared_word *bucket, size_t way)
{
	return bucket + PLACES + way * (REST_WORDS + table->words);
}

static shared_word *record_at(
	const struct mcpauth__digest_table *table, shared_word *bucket, size_t way)
{
	return rest_at(table, bucket, way) + REST_WORDS;
}

static void load(void *to, const shared_word *from, size_t count)
{
	unsigned char *bytes = to;
	for (size_t i = 0; i < count; i++) {
		uint64_t word = atomic_load_explicit(&from[i], memory_order_acquire);
		memcpy(bytes + i * sizeof word, &word, sizeof word);
	}
}

static void store(shared_word *to, const uint64_t *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		atomic_store_explicit(&to[i], from[i], memory_order_release);
	}
}

/* The tag chooses; the rest is compared to its end, whatever differs. */
static bool has_key(const struct mcpauth__digest_table *table, shared_word *bucket, size_t way,
	const struct mcpauth__digest_key *key)
{
	uint64_t difference = 0;
	if (atomic_load_explicit(&bucket[TAGS + way], memory_order_acquire) != key->words[0]) {
		return false;
	}
	const shared_word *rest = rest_at(table, bucket, way);
	for (size_t i = 0; i < REST_WORDS; i++) {
		difference |= atomic_load_explicit(&rest[i], memory_order_acquire)
			^ key->words[i + 1];
	}
	return difference == 0;
}

/* The way of this key; WAYS if there is none. */
static size_t find_way(const struct mcpauth__digest_table *table, shared_word *bucket,
	const struct mcpauth__digest_key *key)
{
	size_t way = 0;
	while (way < WAYS && !has_key(table, bucket, way, key)) {
		way++;
	}
	return way;
}

bool mcpauth__digest_table_is_unchanged(const struct mcpauth__digest_stamp *stamp)
{
	const shared_word *bucket = bucket_at(stamp->table, stamp->bucket);
	return (stamp->sequence & 1) == 0
		&& atomic_load_explicit(&bucket[SEQUENCE], memory_order_acquire) == stamp->sequence;
}

bool mcpauth__digest_table_find(const struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, uint64_t *record,
	struct mcpauth__digest_stamp *stamp)
{
	*stamp = (struct mcpauth__digest_stamp){.table = table, .bucket = bucket_of(table, key)};
	shared_word *bucket = bucket_at(table, stamp->bucket);
	for (int i = 0; i < TRIES; i++) {
		stamp->sequence = atomic_load_explicit(&bucket[SEQUENCE], memory_order_acquire);
		stamp->way = find_way(table, bucket, key);
		if (stamp->way < WAYS) {
			load(record, record_at(table, bucket, stamp->way), table->head);
		}
		if (mcpauth__digest_table_is_unchanged(stamp)) {
			return stamp->way < WAYS;
		}
	}
	return false;
}

bool mcpauth__digest_table_read_tail(
	const struct mcpauth__digest_stamp *stamp, void *words, size_t count)
{
	const struct mcpauth__digest_table *table = stamp->table;
	const shared_word *record = record_at(table, bucket_at(table, stamp->bucket), stamp->way);
	load(words, record + table->head, count);
	return mcpauth__digest_table_is_unchanged(stamp);
}

static int64_t end_of(const struct mcpauth__digest_table *table, shared_word *bucket, size_t way)
{
	return (int64_t)atomic_load_explicit(record_at(table, bucket, way), memory_order_relaxed);
}

/* Its own, else the one that ends first. Under the lock. */
static size_t way_to_replace(const struct mcpauth__digest_table *table, shared_word *bucket,
	const struct mcpauth__digest_key *key)
{
	size_t way = find_way(table, bucket, key);
	if (way < WAYS) {
		return way;
	}
	way = 0;
	for (size_t i = 1; i < WAYS; i++) {
		if (end_of(table, bucket, i) < end_of(table, bucket, way)) {
			way = i;
		}
	}
	return way;
}

/* What an empty place holds: no digest is zeros. */
static const struct mcpauth__digest_key no_key;
static const uint64_t no_record[RECORD_LIMIT];

static pthread_mutex_t *lock_of(struct mcpauth__digest_table *table, size_t bucket)
{
	return &table->locks[bucket % LOCKS];
}

/* Give a place another key and record. Under the lock. */
static void write_place(struct mcpauth__digest_table *table, shared_word *bucket, size_t way,
	const struct mcpauth__digest_key *key, const uint64_t *record)
{
	uint64_t sequence = atomic_load_explicit(&bucket[SEQUENCE], memory_order_relaxed);
	atomic_store_explicit(&bucket[SEQUENCE], sequence + 1, memory_order_relaxed);
	store(&bucket[TAGS + way], key->words, 1);
	store(rest_at(table, bucket, way), &key->words[1], REST_WORDS);
	store(record_at(table, bucket, way), record, table->words);
	atomic_store_explicit(&bucket[SEQUENCE], sequence + 2, memory_order_release);
}

/* Under the lock. */
static bool has_grown(const struct mcpauth__digest_guard *guard)
{
	return guard->count != NULL && atomic_load(guard->count) != guard->was;
}

bool mcpauth__digest_table_put_guarded(struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, const uint64_t *record,
	const struct mcpauth__digest_guard *guard, uint64_t *former)
{
	size_t number = bucket_of(table, key);
	shared_word *bucket = bucket_at(table, number);
	pthread_mutex_lock(lock_of(table, number));
	bool good = !has_grown(guard);
	if (good) {
		size_t way = way_to_replace(table, bucket, key);
		load(former, record_at(table, bucket, way), table->words);
		write_place(table, bucket, way, key, record);
	}
	pthread_mutex_unlock(lock_of(table, number));
	return good;
}

void mcpauth__digest_table_put(struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, const uint64_t *record, uint64_t *former)
{
	static const struct mcpauth__digest_guard nobody_counts;
	mcpauth__digest_table_put_guarded(table, key, record, &nobody_counts, former);
}

bool mcpauth__digest_table_remove(struct mcpauth__digest_table *table,
	const struct mcpauth__digest_key *key, uint64_t *former)
{
	size_t number = bucket_of(table, key);
	shared_word *bucket = bucket_at(table, number);
	memset(former, 0, table->words * sizeof *former);
	pthread_mutex_lock(lock_of(table, number));
	size_t way = find_way(table, bucket, key);
	if (way < WAYS) {
		load(former, record_at(table, bucket, way), table->words);
		write_place(table, bucket, way, &no_key, no_record);
	}
	pthread_mutex_unlock(lock_of(table, number));
	return way < WAYS;
}

/* Empty a place if what is there is concerned. Under the lock. */
static bool empty_place(struct mcpauth__digest_table *table, shared_word *bucket, size_t way,
	const struct mcpauth__digest_removal *removal, uint64_t *former)
{
	struct mcpauth__digest_key key;
	load(key.words, &bucket[TAGS + way], 1);
	load(&key.words[1], rest_at(table, bucket, way), REST_WORDS);
	if (memcmp(&key, &no_key, sizeof key) == 0) {
		return false;
	}
	load(former, record_at(table, bucket, way), table->words);
	if (!removal->concerns(&key, former, removal->user)) {
		return false;
	}
	write_place(table, bucket, way, &no_key, no_record);
	return true;
}

static size_t empty_bucket(struct mcpauth__digest_table *table, size_t number,
	const struct mcpauth__digest_removal *removal)
{
	uint64_t formers[WAYS][RECORD_LIMIT];
	size_t count = 0;
	pthread_mutex_lock(lock_of(table, number));
	for (size_t way = 0; way < WAYS; way++) {
		shared_word *bucket = bucket_at(table, number);
		count += empty_place(table, bucket, way, removal, formers[count]) ? 1 : 0;
	}
	pthread_mutex_unlock(lock_of(table, number));
	for (size_t i = 0; i < count && removal->gone != NULL; i++) {
		removal->gone(formers[i], removal->user);
	}
	return count;
}

size_t mcpauth__digest_table_remove_all(
	struct mcpauth__digest_table *table, const struct mcpauth__digest_removal *removal)
{
	size_t count = 0;
	for (size_t i = 0; i < table->buckets; i++) {
		count += empty_bucket(table, i, removal);
	}
	return count;
}

void mcpauth__digest_table_each(
	const struct mcpauth__digest_table *table, void (*show)(const uint64_t *record))
{
	uint64_t record[RECORD_LIMIT];
	for (size_t i = 0; i < table->buckets * WAYS; i++) {
		shared_word *bucket = bucket_at(table, i / WAYS);
		load(record, record_at(table, bucket, i % WAYS), table->words);
		show(record);
	}
}
