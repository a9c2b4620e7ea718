/* Turns: so many at once, first come, first served. */
#include "endpoint/turns.h"

#include "support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define CROWD 8
#define EACH 500
#define LONG_LINE 100000

struct person {
	struct mcpauth__turn turn; /* first */
	unsigned number;
	struct fixture *fixture;
};

struct fixture {
	struct mcpauth__turns turns;
	unsigned order[16]; /* who has begun */
	unsigned begun;
	atomic_uint inside;
	atomic_uint most;
	atomic_uint ended;
};

static void begin(struct mcpauth__turn *turn)
{
	struct person *person = (struct person *)turn;
	struct fixture *fixture = person->fixture;
	fixture->order[fixture->begun++] = person->number;
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_true(mcpauth__turns_init(&fixture->turns, 2, begin));
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth__turns_finish(&fixture->turns);
	free(fixture);
	return 0;
}

static void ask(struct fixture *fixture, struct person *people, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		people[i] = (struct person){.number = i, .fixture = fixture};
		mcpauth__turns_ask(&fixture->turns, &people[i].turn);
	}
}

static void the_rest_waits_in_its_order(void **state)
{
	struct fixture *fixture = *state;
	struct person people[5];
	ask(fixture, people, 5);
	assert_int_equal(fixture->begun, 2);
	for (unsigned i = 3; i <= 5; i++) {
		mcpauth__turns_end(&fixture->turns);
		assert_int_equal(fixture->begun, i);
	}
	mcpauth__turns_end(&fixture->turns);
	mcpauth__turns_end(&fixture->turns);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(fixture->order[i], i);
	}
	ask(fixture, people, 3);
	assert_int_equal(fixture->begun, 7);
	mcpauth__turns_end(&fixture->turns);
	assert_int_equal(fixture->begun, 8);
}

static void end_at_once(struct mcpauth__turn *turn)
{
	struct person *person = (struct person *)turn;
	person->fixture->begun++;
	mcpauth__turns_end(&person->fixture->turns);
}

/* A stack that grew with the line would not hold this one. */
static void a_long_line_that_ends_at_once_stays_flat(void **state)
{
	struct fixture *fixture = *state;
	struct person *people = calloc(LONG_LINE, sizeof *people);
	assert_non_null(people);
	fixture->turns.limit = 1;
	ask(fixture, people, 1);
	fixture->turns.begin = end_at_once;
	for (unsigned i = 1; i < LONG_LINE; i++) {
		people[i] = (struct person){.number = i, .fixture = fixture};
		mcpauth__turns_ask(&fixture->turns, &people[i].turn);
	}
	assert_int_equal(fixture->begun, 1);
	mcpauth__turns_end(&fixture->turns);
	assert_int_equal(fixture->begun, LONG_LINE);
	free(people);
}

static void put_back_he_is_the_next(void **state)
{
	struct fixture *fixture = *state;
	struct person people[4];
	ask(fixture, people, 4);
	assert_true(mcpauth__turns_put_back(&fixture->turns, &people[1].turn));
	assert_int_equal(fixture->begun, 2);
	struct person late = {.number = 9, .fixture = fixture};
	mcpauth__turns_ask(&fixture->turns, &late.turn);
	assert_int_equal(fixture->begun, 2);
	mcpauth__turns_end(&fixture->turns);
	assert_int_equal(fixture->begun, 4);
	assert_int_equal(fixture->order[2], 1);
	assert_int_equal(fixture->order[3], 2);
	mcpauth__turns_end(&fixture->turns);
	mcpauth__turns_end(&fixture->turns);
	assert_int_equal(fixture->begun, 6);
	assert_int_equal(fixture->order[5], 9);
}

static void alone_he_cannot_be_put_back(void **state)
{
	struct fixture *fixture = *state;
	struct person people[2];
	ask(fixture, people, 1);
	assert_false(mcpauth__turns_put_back(&fixture->turns, &people[0].turn));
	mcpauth__turns_end(&fixture->turns);
	ask(fixture, people, 2);
	assert_true(mcpauth__turns_put_back(&fixture->turns, &people[0].turn));
	assert_false(mcpauth__turns_put_back(&fixture->turns, &people[1].turn));
	mcpauth__turns_end(&fixture->turns);
	assert_int_equal(fixture->begun, 4);
	assert_int_equal(fixture->order[3], 0);
}

/* Put back where nobody else waits, he is first and last in line. */
static void put_back_into_an_empty_line_others_come_behind(void **state)
{
	struct fixture *fixture = *state;
	struct person people[2];
	ask(fixture, people, 2);
	assert_true(mcpauth__turns_put_back(&fixture->turns, &people[1].turn));
	struct person late = {.number = 9, .fixture = fixture};
	mcpauth__turns_ask(&fixture->turns, &late.turn);
	mcpauth__turns_end(&fixture->turns);
	assert_int_equal(fixture->begun, 4);
	assert_int_equal(fixture->order[2], 1);
	assert_int_equal(fixture->order[3], 9);
}

/* Some end on the thread that began them, some on another one. */
static void crowd_in(struct mcpauth__turn *turn)
{
	struct person *person = (struct person *)turn;
	struct fixture *fixture = person->fixture;
	unsigned inside = atomic_fetch_add(&fixture->inside, 1) + 1;
	unsigned most = atomic_load(&fixture->most);
	while (inside > most && !atomic_compare_exchange_weak(&fixture->most, &most, inside)) {
	}
	atomic_fetch_sub(&fixture->inside, 1);
	atomic_fetch_add(&fixture->ended, 1);
	mcpauth__turns_end(&fixture->turns);
}

static void *push(void *argument)
{
	struct person *people = argument;
	for (unsigned i = 0; i < EACH; i++) {
		mcpauth__turns_ask(&people[i].fixture->turns, &people[i].turn);
	}
	return NULL;
}

static void a_crowd_of_threads_all_get_their_turn(void **state)
{
	struct fixture *fixture = *state;
	pthread_t threads[CROWD];
	struct person *people = calloc((size_t)CROWD * EACH, sizeof *people);
	assert_non_null(people);
	fixture->turns.begin = crowd_in;
	for (unsigned i = 0; i < CROWD * EACH; i++) {
		people[i].fixture = fixture;
	}
	for (unsigned i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, push, &people[i * EACH]), 0);
	}
	for (unsigned i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(fixture->ended, CROWD * EACH);
	assert_true(fixture->most <= 2);
	assert_int_equal(fixture->turns.running, 0);
	free(people);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_rest_waits_in_its_order),
		TEST(a_long_line_that_ends_at_once_stays_flat),
		TEST(put_back_he_is_the_next),
		TEST(alone_he_cannot_be_put_back),
		TEST(put_back_into_an_empty_line_others_come_behind),
		TEST(a_crowd_of_threads_all_get_their_turn),
	};
	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
