/* What `todo-manager` keeps: whose it is, how much, and from several threads. */
#include "support/check.h"
#include "todo-manager/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define THREADS 4
#define ROUNDS 200
#define UNKNOWN_ID "aaaaaaaaaaaa"

static const struct todo_owner alice = {"https://as.example", "alice"};
static const struct todo_owner bob = {"https://as.example", "bob"};

static int make_store(void **state)
{
	*state = todo_store_new();
	return *state != NULL ? 0 : -1;
}

static int free_store(void **state)
{
	todo_store_free(*state);
	return 0;
}

static struct todo added(struct todo_store *store, const struct todo_owner *owner, const char *text)
{
	struct todo made;
	assert_int_equal(todo_store_create(store, owner, text, &made), TODO_DONE);
	return made;
}

static bool count_one(const struct todo *todo, void *count)
{
	(void)todo;
	++*(size_t *)count;
	return true;
}

static size_t count_of(struct todo_store *store, const struct todo_owner *owner)
{
	size_t count = 0;
	assert_true(todo_store_walk(store, owner, count_one, &count));
	return count;
}

struct words {
	char text[64];
	size_t most;
};

static bool add_words(const struct todo *todo, void *user)
{
	struct words *words = user;
	strcat(words->text, todo->content);
	strcat(words->text, ";");
	return --words->most > 0;
}

static void gives_back_what_it_was_given(void **state)
{
	struct todo made = added(*state, &alice, "feed the cat");
	assert_string_equal(made.content, "feed the cat");
	assert_string_equal(made.owner.issuer, alice.issuer);
	assert_string_equal(made.owner.subject, alice.subject);
	assert_int_equal(strlen(made.id), TODO_ID_LENGTH);
	assert_int_equal(strspn(made.id, "abcdefghijkmnpqrstuvwxyz23456789"), TODO_ID_LENGTH);
	assert_int_equal(strlen(made.created), TODO_TIME_LENGTH);
	assert_int_equal(made.created[10], 'T');
	assert_int_equal(made.created[19], 'Z');
}

static void copies_what_it_was_given(void **state)
{
	char content[] = "before";
	char subject[] = "alice";
	struct todo_owner owner = {"https://as.example", subject};
	struct words words = {.most = 9};
	added(*state, &owner, content);
	strcpy(content, "behind");
	strcpy(subject, "elsie");
	assert_true(todo_store_walk(*state, &alice, add_words, &words));
	assert_string_equal(words.text, "before;");
}

static void never_gives_an_id_twice(void **state)
{
	static struct todo made[TODOS_PER_OWNER];
	for (size_t i = 0; i < COUNT(made); i++) {
		made[i] = added(*state, &alice, "x");
	}
	for (size_t i = 1; i < COUNT(made); i++) {
		for (size_t other = 0; other < i; other++) {
			assert_string_not_equal(made[i].id, made[other].id);
		}
	}
}

static void walks_in_the_order_of_creation(void **state)
{
	struct words all = {.most = 9};
	struct words own = {.most = 9};
	added(*state, &alice, "1");
	struct todo second = added(*state, &bob, "2");
	added(*state, &alice, "3");
	added(*state, &bob, "4");
	assert_int_equal(todo_store_delete(*state, &bob, second.id), TODO_DONE);
	assert_true(todo_store_walk(*state, NULL, add_words, &all));
	assert_true(todo_store_walk(*state, &alice, add_words, &own));
	assert_string_equal(all.text, "1;3;4;");
	assert_string_equal(own.text, "1;3;");
}

static void ends_a_walk_when_asked_to(void **state)
{
	struct words words = {.most = 2};
	added(*state, &alice, "1");
	added(*state, &alice, "2");
	added(*state, &alice, "3");
	assert_false(todo_store_walk(*state, NULL, add_words, &words));
	assert_string_equal(words.text, "1;2;");
}

/* One thing about the owner differs in each row; the last two would be equal to
 * alice if both were glued together. */
static void keeps_owners_apart_by_issuer_and_subject(void **state)
{
	static const struct todo_owner others[] = {
		{"https://as.example", "bob"},
		{"https://other.example", "alice"},
		{"https://as.example", "Alice"},
		{"https://as.example/", "alice"},
		{"https://as.examplea", "lice"},
		{"", "https://as.examplealice"},
	};
	struct todo made = added(*state, &alice, "x");
	for (size_t i = 0; i < COUNT(others); i++) {
		CHECK_ROW(others[i].subject, count_of(*state, &others[i]) == 0);
		CHECK_ROW(others[i].subject,
			todo_store_delete(*state, &others[i], made.id) == TODO_UNKNOWN);
	}
	assert_int_equal(count_of(*state, &alice), 1);
	assert_int_equal(todo_store_delete(*state, &alice, made.id), TODO_DONE);
	assert_int_equal(count_of(*state, &alice), 0);
}

static void deletes_anybody_s_for_no_owner_in_particular(void **state)
{
	struct todo made = added(*state, &alice, "x");
	added(*state, &bob, "y");
	assert_int_equal(todo_store_delete(*state, NULL, made.id), TODO_DONE);
	assert_int_equal(count_of(*state, &alice), 0);
	assert_int_equal(count_of(*state, &bob), 1);
}

static void deletes_once_and_only_by_the_whole_id(void **state)
{
	struct todo made = added(*state, &alice, "x");
	char cut[TODO_ID_LENGTH + 1];
	memcpy(cut, made.id, sizeof cut);
	cut[TODO_ID_LENGTH - 1] = '\0';
	assert_int_equal(todo_store_delete(*state, &alice, UNKNOWN_ID), TODO_UNKNOWN);
	assert_int_equal(todo_store_delete(*state, &alice, cut), TODO_UNKNOWN);
	assert_int_equal(todo_store_delete(*state, &alice, ""), TODO_UNKNOWN);
	assert_int_equal(todo_store_delete(*state, &alice, made.id), TODO_DONE);
	assert_int_equal(todo_store_delete(*state, &alice, made.id), TODO_UNKNOWN);
}

static void takes_content_of_one_byte_to_the_limit(void **state)
{
	static char text[TODO_CONTENT_MAX + 2];
	struct todo made;
	memset(text, 'x', TODO_CONTENT_MAX + 1);
	assert_int_equal(todo_store_create(*state, &alice, text, &made), TODO_BAD_CONTENT);
	assert_int_equal(todo_store_create(*state, &alice, "", &made), TODO_BAD_CONTENT);
	assert_int_equal(count_of(*state, NULL), 0);
	text[TODO_CONTENT_MAX] = '\0';
	added(*state, &alice, text);
	added(*state, &alice, "x");
	assert_int_equal(count_of(*state, NULL), 2);
}

static void holds_so_many_of_one_owner_and_leaves_room_to_others(void **state)
{
	struct todo made;
	struct todo first = added(*state, &alice, "x");
	for (size_t i = 1; i < TODOS_PER_OWNER; i++) {
		added(*state, &alice, "x");
	}
	assert_int_equal(todo_store_create(*state, &alice, "x", &made), TODO_OWNER_FULL);
	added(*state, &bob, "x");
	assert_int_equal(todo_store_delete(*state, &alice, first.id), TODO_DONE);
	added(*state, &alice, "x");
	assert_int_equal(todo_store_create(*state, &alice, "x", &made), TODO_OWNER_FULL);
	assert_int_equal(count_of(*state, &alice), TODOS_PER_OWNER);
}

static void holds_so_many_of_all_together(void **state)
{
	struct todo made = {0};
	struct todo first = {0};
	for (size_t i = 0; i < TODOS_MAX; i++) {
		char subject[2] = {(char)('a' + i / TODOS_PER_OWNER), '\0'};
		struct todo_owner owner = {"https://as.example", subject};
		made = added(*state, &owner, "x");
		first = i == 0 ? made : first;
	}
	assert_int_equal(todo_store_create(*state, &bob, "x", &made), TODO_STORE_FULL);
	assert_int_equal(todo_store_delete(*state, NULL, first.id), TODO_DONE);
	added(*state, &bob, "x");
	assert_int_equal(count_of(*state, NULL), TODOS_MAX);
}

struct worker {
	struct todo_store *store;
	struct todo_owner owner;
	size_t done;
};

/* While others come and go, one's own are there and in their order. */
static void *create_list_delete(void *user)
{
	struct worker *worker = user;
	for (int i = 0; i < ROUNDS; i++) {
		struct todo one;
		struct todo two;
		struct words own = {.most = 9};
		size_t all = 0;
		worker->done += todo_store_create(worker->store, &worker->owner, "1", &one)
				== TODO_DONE
			&& todo_store_create(worker->store, &worker->owner, "2", &two) == TODO_DONE
			&& todo_store_walk(worker->store, &worker->owner, add_words, &own)
			&& strcmp(own.text, "1;2;") == 0
			&& todo_store_walk(worker->store, NULL, count_one, &all) && all >= 2
			&& todo_store_delete(worker->store, &worker->owner, one.id) == TODO_DONE
			&& todo_store_delete(worker->store, NULL, two.id) == TODO_DONE;
	}
	return NULL;
}

static void serves_several_threads(void **state)
{
	static const char *const names[THREADS] = {"a", "b", "c", "d"};
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){*state, {"https://as.example", names[i]}, 0};
		assert_int_equal(
			pthread_create(&threads[i], NULL, create_list_delete, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].done, ROUNDS);
	}
	assert_int_equal(count_of(*state, NULL), 0);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, make_store, free_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(gives_back_what_it_was_given),
		WITH_STORE(copies_what_it_was_given),
		WITH_STORE(never_gives_an_id_twice),
		WITH_STORE(walks_in_the_order_of_creation),
		WITH_STORE(ends_a_walk_when_asked_to),
		WITH_STORE(keeps_owners_apart_by_issuer_and_subject),
		WITH_STORE(deletes_anybody_s_for_no_owner_in_particular),
		WITH_STORE(deletes_once_and_only_by_the_whole_id),
		WITH_STORE(takes_content_of_one_byte_to_the_limit),
		WITH_STORE(holds_so_many_of_one_owner_and_leaves_room_to_others),
		WITH_STORE(holds_so_many_of_all_together),
		WITH_STORE(serves_several_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
