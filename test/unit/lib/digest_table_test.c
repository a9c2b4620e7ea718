/* The table by itself: what is found, what makes room, what a stamp tells. */
#include "token/digest_table.h"

#include "support/check.h"
#include "support/token_key.h"

#include <pthread.h>
#include <stdatomic.h>

#define WORDS 3

static struct mcpauth__digest_key numbered(unsigned number, uint64_t trust)
{
	return token_key(&number, sizeof number, trust);
}

static uint64_t put(struct mcpauth__digest_table *table, unsigned number, int64_t until)
{
	struct mcpauth__digest_key key = numbered(number, 1);
	uint64_t former[WORDS];
	uint64_t record[WORDS] = {(uint64_t)until, number, ~(uint64_t)number};
	mcpauth__digest_table_put(table, &key, record, former);
	return former[1];
}

static bool has(const struct mcpauth__digest_table *table, unsigned number)
{
	struct mcpauth__digest_key key = numbered(number, 1);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WORDS];
	bool found = mcpauth__digest_table_find(table, &key, record, &stamp);
	if (found) {
		assert_true(record[1] == number && record[2] == ~(uint64_t)number);
	}
	return found;
}

static void finds_what_was_put_for_the_same_trust(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(64, WORDS, 0);
	assert_non_null(table);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WORDS];
	put(table, 7, 1000);
	struct mcpauth__digest_key same = numbered(7, 1);
	struct mcpauth__digest_key other = numbered(7, 2);
	assert_true(mcpauth__digest_table_find(table, &same, record, &stamp));
	assert_int_equal(record[0], 1000);
	assert_false(mcpauth__digest_table_find(table, &other, record, &stamp));
	assert_false(has(table, 8));
	mcpauth__digest_table_free(table);
}

static void every_word_of_a_key_counts(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(4, WORDS, 0);
	assert_non_null(table);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WORDS] = {1};
	uint64_t former[WORDS];
	struct mcpauth__digest_key key = numbered(1, 1);
	mcpauth__digest_table_put(table, &key, record, former);
	for (size_t i = 0; i < MCPAUTH__DIGEST_KEY_WORDS; i++) {
		struct mcpauth__digest_key near = key;
		near.words[i] ^= 1;
		assert_false(mcpauth__digest_table_find(table, &near, record, &stamp));
	}
	assert_true(mcpauth__digest_table_find(table, &key, record, &stamp));
	mcpauth__digest_table_free(table);
}

static void one_key_takes_one_place_and_gives_back_what_was_there(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(4, WORDS, 0);
	assert_non_null(table);
	assert_int_equal(put(table, 1, 10), 0);
	assert_int_equal(put(table, 2, 1000), 0);
	assert_int_equal(put(table, 2, 900), 2);
	assert_int_equal(put(table, 3, 1000), 0);
	assert_int_equal(put(table, 4, 1000), 0);
	assert_true(has(table, 1) && has(table, 2) && has(table, 3) && has(table, 4));
	mcpauth__digest_table_free(table);
}

static void what_ends_first_makes_room(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(4, WORDS, 0);
	assert_non_null(table);
	for (unsigned i = 1; i <= 4; i++) {
		put(table, i, i == 3 ? 1 : 10 + (int64_t)i);
	}
	assert_int_equal(put(table, 5, 100), 3);
	assert_int_equal(put(table, 6, 100), 1);
	assert_true(has(table, 2) && has(table, 4) && has(table, 5) && has(table, 6));
	mcpauth__digest_table_free(table);
}

static unsigned shown;

static void count(const uint64_t *record)
{
	shown += record[1] != 0 ? 1 : 0;
}

static void never_holds_more_than_it_may(void **state)
{
	(void)state;
	static const struct {
		unsigned allowed;
		unsigned held;
	} sizes[] = {{0, 4}, {7, 4}, {8, 8}, {63, 32}, {64, 64}, {100, 64}};
	for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
		struct mcpauth__digest_table *table = mcpauth__digest_table_new(
			sizes[size].allowed, WORDS, 0);
		assert_non_null(table);
		for (unsigned i = 1; i <= 1000; i++) {
			put(table, i, (int64_t)i);
			assert_true(has(table, i));
		}
		shown = 0;
		mcpauth__digest_table_each(table, count);
		assert_int_equal(shown, sizes[size].held);
		mcpauth__digest_table_free(table);
	}
	mcpauth__digest_table_free(NULL);
}

static void a_stamp_tells_that_something_changed(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(4, WORDS, 0);
	assert_non_null(table);
	struct mcpauth__digest_key key = numbered(1, 1);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WORDS];
	put(table, 1, 10);
	assert_true(mcpauth__digest_table_find(table, &key, record, &stamp));
	assert_true(mcpauth__digest_table_is_unchanged(&stamp));
	put(table, 1, 10);
	assert_false(mcpauth__digest_table_is_unchanged(&stamp));
	mcpauth__digest_table_free(table);
}

static void a_tail_is_read_while_the_record_is_there(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(4, 2, 3);
	assert_non_null(table);
	struct mcpauth__digest_key key = numbered(1, 1);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[] = {10, 11, 12, 13, 14};
	uint64_t former[5];
	uint64_t head[] = {0, 0, 99};
	uint64_t tail[] = {0, 0, 99};
	mcpauth__digest_table_put(table, &key, record, former);
	assert_true(mcpauth__digest_table_find(table, &key, head, &stamp));
	assert_int_equal(head[1], 11);
	assert_int_equal(head[2], 99);
	assert_true(mcpauth__digest_table_read_tail(&stamp, tail, 2));
	assert_int_equal(tail[0], 12);
	assert_int_equal(tail[1], 13);
	assert_int_equal(tail[2], 99);
	mcpauth__digest_table_put(table, &key, record, former);
	assert_int_equal(former[4], 14);
	assert_false(mcpauth__digest_table_read_tail(&stamp, tail, 2));
	mcpauth__digest_table_free(table);
}

#define HEAD 4
#define WIDE 24
#define LOOKS 200000

/** One writer at a bucket of four, and those who read it meanwhile. */
struct crowd {
	struct mcpauth__digest_table *table;
	struct mcpauth__digest_key keys[6];
	atomic_bool over;
	atomic_uint torn;
};

static void *read_all(void *argument)
{
	struct crowd *crowd = argument;
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WIDE];
	for (unsigned i = 0; i < LOOKS; i++) {
		if (!mcpauth__digest_table_find(crowd->table, &crowd->keys[i % 6], record, &stamp)
			|| !mcpauth__digest_table_read_tail(&stamp, record + HEAD, WIDE - HEAD)) {
			continue;
		}
		for (size_t word = 2; word < WIDE; word++) {
			atomic_fetch_add(&crowd->torn, record[word] != record[1] ? 1 : 0);
		}
		atomic_fetch_add(&crowd->torn, record[1] % 6 != i % 6 ? 1 : 0);
	}
	atomic_store(&crowd->over, true);
	return NULL;
}

static void a_reader_never_sees_half_a_record(void **state)
{
	(void)state;
	pthread_t threads[2];
	uint64_t record[WIDE];
	uint64_t former[WIDE];
	struct crowd crowd = {.table = mcpauth__digest_table_new(4, HEAD, WIDE - HEAD)};
	assert_non_null(crowd.table);
	for (unsigned i = 0; i < 6; i++) {
		crowd.keys[i] = numbered(i, 1);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &crowd), 0);
	}
	for (uint64_t i = 0; !atomic_load(&crowd.over); i++) {
		for (size_t word = 0; word < WIDE; word++) {
			record[word] = i;
		}
		mcpauth__digest_table_put(crowd.table, &crowd.keys[i % 6], record, former);
	}
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(crowd.torn, 0);
	mcpauth__digest_table_free(crowd.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_was_put_for_the_same_trust),
		cmocka_unit_test(every_word_of_a_key_counts),
		cmocka_unit_test(one_key_takes_one_place_and_gives_back_what_was_there),
		cmocka_unit_test(what_ends_first_makes_room),
		cmocka_unit_test(never_holds_more_than_it_may),
		cmocka_unit_test(a_stamp_tells_that_something_changed),
		cmocka_unit_test(a_tail_is_read_while_the_record_is_there),
		cmocka_unit_test(a_reader_never_sees_half_a_record),
	};
	return cmocka_run_group_tests_name("digest_table", tests, NULL, NULL);
}
