/* Taking records out of the table: which go, which stay, and what readers see of it. */
#include "token/digest_table.h"

#include "support/check.h"
#include "support/token_key.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define HEAD 3
#define TAIL 5
#define WORDS (HEAD + TAIL)

static struct mcpauth__digest_key numbered(unsigned number, uint64_t trust)
{
	return token_key(&number, sizeof number, trust);
}

static struct mcpauth__digest_table *new_table(unsigned entries)
{
	struct mcpauth__digest_table *table = mcpauth__digest_table_new(entries, HEAD, TAIL);
	assert_non_null(table);
	return table;
}

static void put(struct mcpauth__digest_table *table, unsigned number, uint64_t trust)
{
	struct mcpauth__digest_key key = numbered(number, trust);
	uint64_t former[WORDS];
	uint64_t record[WORDS] = {1000, number, number, number, number, number, number, number};
	mcpauth__digest_table_put(table, &key, record, former);
}

static bool has(const struct mcpauth__digest_table *table, unsigned number, uint64_t trust)
{
	struct mcpauth__digest_key key = numbered(number, trust);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[HEAD];
	return mcpauth__digest_table_find(table, &key, record, &stamp);
}

static void one_key_is_taken_out_and_gives_back_what_was_there(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = new_table(4);
	struct mcpauth__digest_key key = numbered(2, 1);
	uint64_t former[WORDS];
	for (unsigned i = 1; i <= 4; i++) {
		put(table, i, 1);
	}
	assert_true(mcpauth__digest_table_remove(table, &key, former));
	assert_int_equal(former[0], 1000);
	assert_int_equal(former[WORDS - 1], 2);
	assert_false(has(table, 2, 1));
	assert_true(has(table, 1, 1) && has(table, 3, 1) && has(table, 4, 1));
	assert_false(mcpauth__digest_table_remove(table, &key, former));
	assert_int_equal(former[0], 0);
	assert_int_equal(former[WORDS - 1], 0);
	mcpauth__digest_table_free(table);
}

static void a_removal_is_for_one_trust(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = new_table(4);
	struct mcpauth__digest_key key = numbered(2, 1);
	uint64_t former[WORDS];
	put(table, 2, 1);
	put(table, 2, 7);
	assert_true(mcpauth__digest_table_remove(table, &key, former));
	assert_false(has(table, 2, 1));
	assert_true(has(table, 2, 7));
	mcpauth__digest_table_free(table);
}

static void what_is_taken_out_makes_room_first(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = new_table(4);
	struct mcpauth__digest_key key = numbered(3, 1);
	uint64_t former[WORDS];
	for (unsigned i = 1; i <= 4; i++) {
		put(table, i, 1);
	}
	mcpauth__digest_table_remove(table, &key, former);
	put(table, 5, 1);
	assert_true(has(table, 1, 1) && has(table, 2, 1) && has(table, 4, 1) && has(table, 5, 1));
	mcpauth__digest_table_free(table);
}

/** What a removal is to take, and what it was asked and told. */
struct even {
	unsigned asked;
	unsigned gone;
	uint64_t sum;
};

static bool is_even(const struct mcpauth__digest_key *key, const uint64_t *record, void *user)
{
	struct even *even = user;
	struct mcpauth__digest_key same = numbered((unsigned)record[1], 1);
	assert_memory_equal(key, &same, sizeof same);
	even->asked++;
	return record[WORDS - 1] % 2 == 0;
}

static void count_gone(const uint64_t *former, void *user)
{
	struct even *even = user;
	even->gone++;
	even->sum += former[WORDS - 1];
}

static void takes_all_out_that_are_concerned(void **state)
{
	(void)state;
	struct even even = {0};
	struct mcpauth__digest_removal removal = {is_even, count_gone, &even};
	struct mcpauth__digest_table *table = new_table(4096);
	for (unsigned i = 1; i <= 100; i++) {
		put(table, i, 1);
	}
	assert_int_equal(mcpauth__digest_table_remove_all(table, &removal), 50);
	assert_int_equal(even.asked, 100);
	assert_int_equal(even.gone, 50);
	assert_int_equal(even.sum, 2550);
	for (unsigned i = 1; i <= 100; i++) {
		assert_int_equal(has(table, i, 1), i % 2);
	}
	even = (struct even){0};
	removal.gone = NULL;
	assert_int_equal(mcpauth__digest_table_remove_all(table, &removal), 0);
	assert_int_equal(even.asked, 50);
	mcpauth__digest_table_free(table);
}

static void an_empty_table_is_asked_about_nothing(void **state)
{
	(void)state;
	struct even even = {0};
	struct mcpauth__digest_removal removal = {is_even, count_gone, &even};
	struct mcpauth__digest_table *table = new_table(64);
	assert_int_equal(mcpauth__digest_table_remove_all(table, &removal), 0);
	assert_int_equal(even.asked, 0);
	mcpauth__digest_table_free(table);
}

static void a_stamp_tells_that_a_record_was_taken_out(void **state)
{
	(void)state;
	struct mcpauth__digest_table *table = new_table(4);
	struct mcpauth__digest_key key = numbered(1, 1);
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WORDS];
	put(table, 1, 1);
	assert_true(mcpauth__digest_table_find(table, &key, record, &stamp));
	assert_true(mcpauth__digest_table_read_tail(&stamp, record, TAIL));
	mcpauth__digest_table_remove(table, &key, record);
	assert_false(mcpauth__digest_table_is_unchanged(&stamp));
	assert_false(mcpauth__digest_table_read_tail(&stamp, record, TAIL));
	mcpauth__digest_table_free(table);
}

static void a_guard_lets_nothing_in_once_its_count_has_grown(void **state)
{
	(void)state;
	static _Atomic uint64_t count;
	struct mcpauth__digest_table *table = new_table(4);
	struct mcpauth__digest_key key = numbered(1, 1);
	struct mcpauth__digest_guard guard = {&count, 0};
	uint64_t record[WORDS] = {1000};
	uint64_t former[WORDS];
	assert_true(mcpauth__digest_table_put_guarded(table, &key, record, &guard, former));
	assert_true(has(table, 1, 1));
	assert_true(mcpauth__digest_table_remove(table, &key, former));
	atomic_fetch_add(&count, 1);
	assert_false(mcpauth__digest_table_put_guarded(table, &key, record, &guard, former));
	assert_false(has(table, 1, 1));
	guard.was = 1;
	assert_true(mcpauth__digest_table_put_guarded(table, &key, record, &guard, former));
	mcpauth__digest_table_free(table);
}

#define KEYS 6
#define FINDINGS 3000

/** Two read, one writes, two take out, all at the same bucket. */
struct crowd {
	struct mcpauth__digest_table *table;
	struct mcpauth__digest_key keys[KEYS];
	atomic_uint reading;
	atomic_uint torn;
	atomic_uint found;
	_Atomic uint64_t put;
	_Atomic uint64_t gone;
};

static void *read_all(void *argument)
{
	struct crowd *crowd = argument;
	struct mcpauth__digest_stamp stamp;
	uint64_t record[WORDS];
	for (unsigned i = 0; atomic_load(&crowd->found) < FINDINGS; i++) {
		if (!mcpauth__digest_table_find(
			    crowd->table, &crowd->keys[i % KEYS], record, &stamp)
			|| !mcpauth__digest_table_read_tail(&stamp, record + HEAD, TAIL)) {
			continue;
		}
		atomic_fetch_add(&crowd->found, 1);
		for (size_t word = 2; word < WORDS; word++) {
			atomic_fetch_add(&crowd->torn, record[word] != record[1] ? 1 : 0);
		}
		atomic_fetch_add(&crowd->torn, record[1] % KEYS != i % KEYS ? 1 : 0);
	}
	atomic_fetch_sub(&crowd->reading, 1);
	return NULL;
}

static void *write_all(void *argument)
{
	struct crowd *crowd = argument;
	uint64_t record[WORDS];
	uint64_t former[WORDS];
	for (uint64_t i = KEYS; atomic_load(&crowd->reading) > 0; i++) {
		for (size_t word = 0; word < WORDS; word++) {
			record[word] = i;
		}
		mcpauth__digest_table_put(crowd->table, &crowd->keys[i % KEYS], record, former);
		atomic_fetch_add(&crowd->put, 1);
		atomic_fetch_add(&crowd->gone, former[0] != 0 ? 1 : 0);
	}
	return NULL;
}

static bool is_third(const struct mcpauth__digest_key *key, const uint64_t *record, void *user)
{
	(void)key;
	(void)user;
	return record[1] % 3 == 0;
}

static void *take_out(void *argument)
{
	struct crowd *crowd = argument;
	uint64_t former[WORDS];
	struct mcpauth__digest_removal removal = {.concerns = is_third};
	for (unsigned i = 0; atomic_load(&crowd->reading) > 0; i++) {
		atomic_fetch_add(&crowd->gone,
			mcpauth__digest_table_remove(crowd->table, &crowd->keys[i % KEYS], former));
		atomic_fetch_add(
			&crowd->gone, mcpauth__digest_table_remove_all(crowd->table, &removal));
		sched_yield();
	}
	return NULL;
}

static bool is_any(const struct mcpauth__digest_key *key, const uint64_t *record, void *user)
{
	(void)key;
	(void)record;
	(void)user;
	return true;
}

static void each_record_goes_once_and_none_is_seen_half(void **state)
{
	(void)state;
	static void *(*const parts[])(void *) = {read_all, read_all, write_all, take_out, take_out};
	pthread_t threads[sizeof parts / sizeof *parts];
	struct crowd crowd = {.table = new_table(4)};
	atomic_store(&crowd.reading, 2);
	for (unsigned i = 0; i < KEYS; i++) {
		crowd.keys[i] = numbered(i, 1);
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, parts[i], &crowd), 0);
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		pthread_join(threads[i], NULL);
	}
	struct mcpauth__digest_removal removal = {.concerns = is_any};
	crowd.gone += mcpauth__digest_table_remove_all(crowd.table, &removal);
	assert_int_equal(crowd.torn, 0);
	assert_int_equal(crowd.gone, crowd.put);
	mcpauth__digest_table_free(crowd.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_key_is_taken_out_and_gives_back_what_was_there),
		cmocka_unit_test(a_removal_is_for_one_trust),
		cmocka_unit_test(what_is_taken_out_makes_room_first),
		cmocka_unit_test(takes_all_out_that_are_concerned),
		cmocka_unit_test(an_empty_table_is_asked_about_nothing),
		cmocka_unit_test(a_stamp_tells_that_a_record_was_taken_out),
		cmocka_unit_test(a_guard_lets_nothing_in_once_its_count_has_grown),
		cmocka_unit_test(each_record_goes_once_and_none_is_seen_half),
	};
	return cmocka_run_group_tests_name("digest_removal", tests, NULL, NULL);
}
