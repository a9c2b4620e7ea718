/* Answers that many requests share: made once, when somebody needs them. */
#include "shared_answer.h"
#include "standard_answers.h"

#include "support/check.h"
#include "support/fake_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUTES 1000

static void make(struct mcpauth_answer *answer, const char *body)
{
	*answer = (struct mcpauth_answer){.status = 200};
	CHECK_OK(mcpauth_answer_set_header(answer, "X-Body", body));
	CHECK_OK(mcpauth_answer_set_body(answer, body, strlen(body)));
}

static void check_shown(const struct mcpauth_answer *answer, const char *body)
{
	size_t length;
	assert_int_equal(mcpauth_answer_status(answer), 200);
	assert_string_equal(mcpauth_answer_header(answer, "X-Body"), body);
	assert_string_equal(mcpauth_answer_body(answer, &length), body);
	assert_int_equal(length, strlen(body));
}

static void shows_what_is_kept_and_nothing_before(void **state)
{
	(void)state;
	struct mcpauth__shared_answer shared = {NULL};
	struct mcpauth_answer answer;
	struct mcpauth_answer other;
	make(&answer, "kept");
	make(&other, "other");
	assert_false(mcpauth__shared_answer_show(&shared, &other));
	check_shown(&other, "other");
	mcpauth__shared_answer_keep(&shared, &answer);
	check_shown(&answer, "kept");
	assert_true(mcpauth__shared_answer_show(&shared, &other));
	check_shown(&other, "kept");
	assert_ptr_equal(answer.body, other.body);
	mcpauth__answer_finish(&answer);
	check_shown(&other, "kept");
	mcpauth__answer_finish(&other);
	mcpauth__shared_answer_finish(&shared);
}

static void whoever_comes_first_decides(void **state)
{
	(void)state;
	struct mcpauth__shared_answer shared = {NULL};
	struct mcpauth_answer first;
	struct mcpauth_answer second;
	make(&first, "first");
	make(&second, "second");
	mcpauth__shared_answer_keep(&shared, &first);
	mcpauth__shared_answer_keep(&shared, &second);
	check_shown(&second, "first");
	mcpauth__answer_finish(&first);
	mcpauth__answer_finish(&second);
	mcpauth__shared_answer_finish(&shared);
}

static enum mcpauth_code add_header(struct mcpauth_answer *answer)
{
	return mcpauth_answer_set_header(answer, "X-More", "1");
}

static enum mcpauth_code remove_header(struct mcpauth_answer *answer)
{
	return mcpauth_answer_set_header(answer, "X-Body", NULL);
}

static enum mcpauth_code set_body(struct mcpauth_answer *answer)
{
	return mcpauth_answer_set_body(answer, answer->body + 1, 1);
}

static enum mcpauth_code set_no_body(struct mcpauth_answer *answer)
{
	return mcpauth_answer_set_body(answer, NULL, 0);
}

static enum mcpauth_code set_status(struct mcpauth_answer *answer)
{
	mcpauth_answer_set_status(answer, 418);
	return MCPAUTH_OK;
}

static enum mcpauth_code add_member(struct mcpauth_answer *answer)
{
	return mcpauth__answer_add_member(answer, "name", "value");
}

static enum mcpauth_code set_error(struct mcpauth_answer *answer)
{
	return mcpauth__answer_error(answer, 500, "server_error", "no");
}

static void a_change_is_made_to_a_copy(void **state)
{
	static const struct {
		const char *label;
		enum mcpauth_code (*change)(struct mcpauth_answer *answer);
	} changes[] = {{"a header", add_header}, {"a header less", remove_header},
		{"a body", set_body}, {"no body", set_no_body}, {"a status", set_status},
		{"a member", add_member}, {"an error", set_error}};
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct mcpauth__shared_answer shared = {NULL};
		struct mcpauth_answer changed;
		struct mcpauth_answer other = {0};
		make(&changed, "{\"a\":\"b\"}");
		mcpauth__shared_answer_keep(&shared, &changed);
		CHECK_ROW(changes[i].label, changes[i].change(&changed) == MCPAUTH_OK);
		CHECK_ROW(changes[i].label, mcpauth__shared_answer_show(&shared, &other));
		check_shown(&other, "{\"a\":\"b\"}");
		CHECK_ROW(changes[i].label,
			changed.status != other.status || changed.headers.count != 1
				|| changed.body == NULL || strcmp(changed.body, other.body) != 0);
		mcpauth__answer_finish(&changed);
		check_shown(&other, "{\"a\":\"b\"}");
		mcpauth__shared_answer_finish(&shared);
	}
}

static void count(void *rendered)
{
	++*(unsigned *)rendered;
}

static void what_was_rendered_is_released_once(void **state)
{
	(void)state;
	struct mcpauth__shared_answer shared = {NULL};
	struct mcpauth_answer answer;
	unsigned first = 0;
	unsigned second = 0;
	make(&answer, "kept");
	mcpauth__shared_answer_keep(&shared, &answer);
	assert_null(mcpauth__shared_answer_rendered(&shared));
	assert_ptr_equal(mcpauth__shared_answer_keep_rendered(&shared, &first, count), &first);
	assert_ptr_equal(mcpauth__shared_answer_keep_rendered(&shared, &second, count), &first);
	assert_ptr_equal(mcpauth__shared_answer_rendered(&shared), &first);
	assert_int_equal(first, 0);
	assert_int_equal(second, 1);
	mcpauth__answer_finish(&answer);
	mcpauth__shared_answer_finish(&shared);
	assert_int_equal(first, 1);
	assert_int_equal(second, 1);
	mcpauth__shared_answer_finish(&shared);
	assert_int_equal(first, 1);
}

static void one_thread_has_the_dated_one(void **state)
{
	(void)state;
	struct mcpauth__shared_answer shared = {NULL};
	struct mcpauth_answer answer;
	unsigned released = 0;
	make(&answer, "kept");
	mcpauth__shared_answer_keep(&shared, &answer);
	struct mcpauth__dated_answer *dated = mcpauth__shared_answer_take_dated(&shared);
	assert_non_null(dated);
	assert_null(dated->rendered);
	*dated = (struct mcpauth__dated_answer){&released, count, 7};
	assert_null(mcpauth__shared_answer_take_dated(&shared));
	mcpauth__shared_answer_give_dated(&shared);
	assert_ptr_equal(mcpauth__shared_answer_take_dated(&shared), dated);
	assert_int_equal(dated->second, 7);
	mcpauth__shared_answer_give_dated(&shared);
	assert_int_equal(released, 0);
	mcpauth__answer_finish(&answer);
	mcpauth__shared_answer_finish(&shared);
	assert_int_equal(released, 1);
}

static size_t count_made(struct mcpauth__rules *rules)
{
	size_t made = 0;
	for (size_t i = 0; i < rules->routes.count; i++) {
		for (size_t k = 0; k < MCPAUTH__ROUTE_REFUSALS; k++) {
			made += atomic_load(&rules->routes.items[i]->refusals[k].made) != NULL;
		}
	}
	for (size_t i = 0; i < MCPAUTH__STANDARD_ANSWERS; i++) {
		made += atomic_load(&rules->standard_answers.items[i].made) != NULL;
	}
	return made;
}

static void nothing_is_made_that_nobody_asked_for(void **state)
{
	static const struct fake_request known = {.path = "/500"};
	static const struct fake_request other = {.path = "/501"};
	static const struct fake_request lost = {.path = "/.well-known/lost"};
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	for (unsigned i = 0; i < ROUTES; i++) {
		char path[16];
		snprintf(path, sizeof path, "/%u", i);
		CHECK_OK(mcpauth_chain_protect(server.chain, path, NULL, &err));
	}
	struct mcpauth__rules *rules = server.chain->in_force.rules;
	assert_int_equal(count_made(rules), 0);
	for (int i = 0; i < 3; i++) {
		assert_true(fake_server_answers(&server, &known, 401));
		assert_int_equal(count_made(rules), 1);
	}
	assert_true(fake_server_answers(&server, &other, 401));
	assert_int_equal(count_made(rules), 2);
	assert_true(fake_server_answers(&server, &lost, 404));
	assert_int_equal(count_made(rules), 3);
	fake_server_stop(&server);
}

/* The answer is not of a request that has ended, but of the rules. */
static void a_refusal_seen_before_is_not_made_again(void **state)
{
	static const struct fake_request request = {.path = "/mcp"};
	(void)state;
	struct fake_server server;
	const char *body = NULL;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	for (int i = 0; i < 3; i++) {
		struct fake_exchange fake;
		fake_exchange_start(&fake, &server, &request);
		fake_exchange_serve(&fake);
		assert_int_equal(fake_exchange_status(&fake), 401);
		assert_true(body == NULL || body == fake_exchange_body(&fake));
		body = fake_exchange_body(&fake);
		fake_exchange_finish(&fake);
	}
	fake_server_stop(&server);
}

static bool is_asked_for(struct fake_server *server, const char *granted, const char *scopes)
{
	struct fake_exchange fake;
	char want[64];
	char *bearer = fake_server_bearer(server, granted);
	struct fake_request request = {
		.headers = {"Authorization", bearer, "MCP-Protocol-Version", "2025-11-25"}};
	fake_exchange_start(&fake, server, &request);
	fake_exchange_serve(&fake);
	const char *challenge = fake_exchange_header(&fake, "WWW-Authenticate");
	snprintf(want, sizeof want, " scope=\"%s\"", scopes);
	bool good = fake_exchange_status(&fake) == 403 && strstr(challenge, want) != NULL;
	fake_exchange_finish(&fake);
	free(bearer);
	return good;
}

static void what_one_was_granted_is_not_told_to_others(void **state)
{
	(void)state;
	struct fake_server server;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = "all";
	policy.any_scopes = "weak strong";
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_chain_protect(server.chain, "/mcp", &policy, &err));
	for (int i = 0; i < 2; i++) {
		assert_true(is_asked_for(&server, "strong", "all strong"));
		assert_true(is_asked_for(&server, "mine", "all weak mine"));
		assert_true(is_asked_for(&server, "", "all weak"));
	}
	fake_server_stop(&server);
}

/* Whatever a stage had answered before. */
static void a_standard_answer_has_nothing_of_another(void **state)
{
	(void)state;
	struct mcpauth__standard_answers answers;
	memset(&answers, 0, sizeof answers);
	for (int kind = 0; kind < MCPAUTH__STANDARD_ANSWERS; kind++) {
		for (int again = 0; again < 2; again++) {
			struct mcpauth_answer answer;
			make(&answer, "old");
			CHECK_OK(mcpauth__standard_answers_show(
				&answers, (enum mcpauth__standard_answer)kind, &answer));
			assert_null(mcpauth_answer_header(&answer, "X-Body"));
			assert_true(answer.body == NULL || strstr(answer.body, "old") == NULL);
			assert_int_not_equal(mcpauth_answer_status(&answer), 200);
			mcpauth__answer_finish(&answer);
		}
	}
	mcpauth__standard_answers_finish(&answers);
}

static const struct {
	unsigned seconds;
	const char *said;
	bool is_kept;
} waits[] = {
	{0, "0", true},
	{1, "1", true},
	{MCPAUTH__STANDARD_SECONDS, "30", true},
	{MCPAUTH__STANDARD_SECONDS + 1, "31", false},
	{4000000000, "4000000000", false},
};

static void check_delay(struct mcpauth__standard_answers *answers,
	enum mcpauth__standard_delay which, unsigned status, size_t row)
{
	struct mcpauth_answer answer = {0};
	const char *said = waits[row].said;
	for (int again = 0; again < 2; again++) {
		CHECK_OK(mcpauth__standard_answers_delay(
			answers, which, waits[row].seconds, &answer));
		CHECK_ROW(said, mcpauth_answer_status(&answer) == status);
		CHECK_ROW(said, strcmp(mcpauth_answer_header(&answer, "Retry-After"), said) == 0);
		CHECK_ROW(said, (answer.shared != NULL) == waits[row].is_kept);
	}
	mcpauth__answer_finish(&answer);
}

static void keeps_the_answers_of_short_waits_alone(void **state)
{
	(void)state;
	struct mcpauth__standard_answers answers;
	memset(&answers, 0, sizeof answers);
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		check_delay(&answers, MCPAUTH__STANDARD_UNAVAILABLE, 503, i);
		check_delay(&answers, MCPAUTH__STANDARD_TOO_MANY, 429, i);
	}
	mcpauth__standard_answers_finish(&answers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_is_kept_and_nothing_before),
		cmocka_unit_test(whoever_comes_first_decides),
		cmocka_unit_test(a_change_is_made_to_a_copy),
		cmocka_unit_test(what_was_rendered_is_released_once),
		cmocka_unit_test(one_thread_has_the_dated_one),
		cmocka_unit_test(nothing_is_made_that_nobody_asked_for),
		cmocka_unit_test(a_refusal_seen_before_is_not_made_again),
		cmocka_unit_test(what_one_was_granted_is_not_told_to_others),
		cmocka_unit_test(a_standard_answer_has_nothing_of_another),
		cmocka_unit_test(keeps_the_answers_of_short_waits_alone),
	};
	return cmocka_run_group_tests_name("shared_answer", tests, NULL, NULL);
}
