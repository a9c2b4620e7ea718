/* More questions than anybody can answer: what is kept of them, and whose turn it is. */
#include "auth_int.h"

#include "support/check.h"
#include "support/introspected.h"
#include "endpoint/turns.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT 20

static enum mcpauth_code ask_number(struct introspected *it, unsigned number,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err)
{
	char token[16];
	snprintf(token, sizeof token, "token%u", number);
	return introspected_ask(it, token, false, introspection, err);
}

/* Asks and goes: what is left is the question. */
static enum mcpauth_code leave(struct introspected *it, unsigned number, struct mcpauth_error *err)
{
	struct mcpauth__introspection *introspection;
	enum mcpauth_code code = ask_number(it, number, &introspection, err);
	mcpauth__introspection_free(introspection);
	return code;
}

static void fill_up(struct introspected *it)
{
	it->seams.waiting_limit = LIMIT;
	it->config.concurrency = 2;
	it->holds = true;
	introspected_make(it, NULL);
	for (unsigned i = 0; i < LIMIT; i++) {
		CHECK_CODE(MCPAUTH_PENDING, leave(it, i, &err));
	}
}

static void who_leaves_a_question_takes_a_place_until_it_is_answered(void **state)
{
	struct introspected *it = *state;
	fill_up(it);
	for (unsigned i = LIMIT; i < 3 * LIMIT; i++) {
		CHECK_CODE(MCPAUTH_E_OVERLOADED, leave(it, i, &err));
	}
	introspected_release(it, 0);
	CHECK_CODE(MCPAUTH_PENDING, leave(it, LIMIT, &err));
	CHECK_CODE(MCPAUTH_E_OVERLOADED, leave(it, LIMIT + 1, &err));
}

static void a_question_that_is_under_way_is_joined_all_the_same(void **state)
{
	struct introspected *it = *state;
	fill_up(it);
	CHECK_CODE(MCPAUTH_PENDING, leave(it, LIMIT - 1, &err));
	introspected_release(it, 0);
	CHECK_OK(leave(it, 0, &err));
}

static void refused_for_want_of_room_it_is_asked_as_soon_as_there_is_some(void **state)
{
	struct introspected *it = *state;
	fill_up(it);
	CHECK_CODE(MCPAUTH_E_OVERLOADED, introspected_try(it, "hers", NULL, &err));
	it->holds = false;
	introspected_release(it, 0);
	introspected_release(it, 1);
	CHECK_OK(introspected_try(it, "hers", NULL, &err));
	assert_int_equal(introspected_posts(it), LIMIT + 1);
}

static void forgotten_questions_keep_their_places(void **state)
{
	struct introspected *it = *state;
	fill_up(it);
	mcpauth_forget_token(it->auth, "token0");
	CHECK_CODE(MCPAUTH_E_OVERLOADED, leave(it, 0, &err));
	introspected_release(it, 0);
	CHECK_CODE(MCPAUTH_PENDING, leave(it, 0, &err));
}

static struct introspected *interrupted;

/* The name that the linker gives it. */
bool __wrap_mcpauth__turns_put_back(struct mcpauth__turns *turns, struct mcpauth__turn *turn);
bool __real_mcpauth__turns_put_back(struct mcpauth__turns *turns, struct mcpauth__turn *turn);

/* Just then another question ends, on whatever thread. */
bool __wrap_mcpauth__turns_put_back(struct mcpauth__turns *turns, struct mcpauth__turn *turn)
{
	bool good = __real_mcpauth__turns_put_back(turns, turn);
	if (interrupted != NULL) {
		introspected_release(interrupted, 0);
	}
	return good;
}

static void on_done(const struct mcpauth__response *response, void *user)
{
	(void)response;
	(void)user;
}

/* All transfers but one are somebody else's. */
static void crowd_out(struct introspected *it)
{
	fake_issuer_hold(it->fake);
	for (unsigned i = 0; i < MCPAUTH__TRANSFER_LIMIT - 1; i++) {
		mcpauth__worker_get(it->auth->runtime->worker,
			&(struct mcpauth__get){
				.url = FAKE_KEYS, .timeout_ms = 5000, .done = on_done});
	}
}

static void put_back_it_is_whoevers_who_begins_it(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *first;
	struct mcpauth__introspection *second;
	it->holds = true;
	introspected_make(it, NULL);
	crowd_out(it);
	CHECK_CODE(MCPAUTH_PENDING, ask_number(it, 0, &first, &err));
	it->holds = false;
	introspected_answer(it, 503, "");
	interrupted = it;
	CHECK_CODE(MCPAUTH_OK, ask_number(it, 1, &second, &err));
	interrupted = NULL;
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, introspected_result(first, &err));
	CHECK_CODE(MCPAUTH_E_HTTP_STATUS, introspected_result(second, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static void note_code(const struct mcpauth__response *response, void *user)
{
	*(int *)user = (int)response->code;
}

/* Whoever floods with tokens must not keep the keys away that others are verified by. */
static void documents_find_a_place_beside_all_questions(void **state)
{
	struct introspected *it = *state;
	int code = -1;
	it->config.concurrency = 64;
	it->holds = true;
	introspected_make(it, NULL);
	for (unsigned i = 0; i < 2 * MCPAUTH__TRANSFER_LIMIT; i++) {
		CHECK_CODE(MCPAUTH_PENDING, leave(it, i, &err));
	}
	assert_int_equal(introspected_posts(it), MCPAUTH__POST_LIMIT);
	mcpauth__worker_get(it->auth->runtime->worker,
		&(struct mcpauth__get){
			.url = FAKE_KEYS, .timeout_ms = 5000, .done = note_code, .user = &code});
	assert_int_equal(code, MCPAUTH_OK);
	introspected_release(it, 0);
	assert_int_equal(introspected_posts(it), MCPAUTH__POST_LIMIT + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, introspected_start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_leaves_a_question_takes_a_place_until_it_is_answered),
		TEST(a_question_that_is_under_way_is_joined_all_the_same),
		TEST(refused_for_want_of_room_it_is_asked_as_soon_as_there_is_some),
		TEST(forgotten_questions_keep_their_places),
		TEST(documents_find_a_place_beside_all_questions),
		TEST(put_back_it_is_whoevers_who_begins_it),
	};
	return cmocka_run_group_tests_name("introspector_flood", tests, NULL, NULL);
}
