/* What is counted of questions to introspection endpoints, and of tokens asked about. */
#include "support/check.h"
#include "support/introspected.h"

#include "net/wait.h"

#include <stdlib.h>
#include <string.h>

#define GOOD "{\"active\":true,\"sub\":\"alice\",\"aud\":\"" FAKE_RESOURCE "\"}"
#define OTHERS "{\"active\":true,\"sub\":\"alice\",\"aud\":\"https://other.example\"}"

/* The linker puts the second before the first. */
enum mcpauth_code __real_mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err);
enum mcpauth_code __wrap_mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err);
enum mcpauth_code __real_mcpauth__wait_settle(struct mcpauth__wait *wait, enum mcpauth_code code);
enum mcpauth_code __wrap_mcpauth__wait_settle(struct mcpauth__wait *wait, enum mcpauth_code code);

/* Whose first question is answered as soon as somebody is to wait for it, while his time
 * runs out: what he found then must be dropped. NULL: nobody's. */
static struct introspected *hurried;

enum mcpauth_code __wrap_mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err)
{
	if (hurried != NULL) {
		introspected_release(hurried, 0);
	}
	return __real_mcpauth__wait_begin(wait, err);
}

enum mcpauth_code __wrap_mcpauth__wait_settle(struct mcpauth__wait *wait, enum mcpauth_code code)
{
	if (hurried != NULL) {
		mcpauth__waiter_wake(wait->waiter);
	}
	return __real_mcpauth__wait_settle(wait, code);
}

static struct mcpauth_statistics read_of(const struct introspected *it)
{
	struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
	mcpauth_statistics_read(it->auth, &statistics);
	return statistics;
}

static enum mcpauth_code show(const struct introspected *it, const char *token)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(it->auth, FAKE_RESOURCE, token, &info, NULL);
	mcpauth_auth_info_free(info);
	return code;
}

/* Made, and counting. */
static void make(struct introspected *it)
{
	introspected_make(it, NULL);
	assert_int_equal(read_of(it).introspections, 0);
}

static void check(const struct introspected *it, unsigned asked, unsigned failed)
{
	struct mcpauth_statistics got = read_of(it);
	assert_int_equal(got.introspections, asked);
	assert_int_equal(got.introspection_failures, failed);
}

static void a_question_is_counted_once_for_all(void **state)
{
	struct introspected *it = *state;
	introspected_answer(it, 200, GOOD);
	make(it);
	assert_int_equal(show(it, "one"), MCPAUTH_OK);
	check(it, 1, 0);
	assert_int_equal(show(it, "one"), MCPAUTH_OK);
	check(it, 1, 0);
	assert_int_equal(show(it, "two"), MCPAUTH_OK);
	check(it, 2, 0);
	struct mcpauth_statistics got = read_of(it);
	assert_int_equal(got.verified, 2);
	assert_int_equal(got.remembered, 1);
	assert_int_equal(got.metadata_fetches, 0);
}

static const struct {
	const char *label;
	unsigned status;
	const char *body;
	enum mcpauth_code code;
	unsigned failures;
} answers[] = {
	{"good", 200, GOOD, MCPAUTH_OK, 0},
	{"not active", 200, "{\"active\":false}", MCPAUTH_E_INACTIVE, 0},
	{"for another", 200, OTHERS, MCPAUTH_E_AUDIENCE, 0},
	{"no JSON", 200, "<html>", MCPAUTH_E_INTROSPECTION, 1},
	{"no active", 200, "{\"sub\":\"alice\"}", MCPAUTH_E_INTROSPECTION, 1},
	{"active in words", 200, "{\"active\":\"true\"}", MCPAUTH_E_INTROSPECTION, 1},
	{"refusing", 401, "", MCPAUTH_E_INTROSPECTION, 1},
	{"failing", 500, "", MCPAUTH_E_HTTP_STATUS, 1},
	{"down", 0, "", MCPAUTH_E_UNREACHABLE, 1},
};

static void an_answer_that_cannot_be_used_is_a_failure(void **state)
{
	struct introspected *it = *state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		introspected_answer(it, answers[i].status, answers[i].body);
		make(it);
		/* The second one reads what was answered to the first. */
		for (int times = 0; times < 2; times++) {
			CHECK_ROW(answers[i].label, show(it, "one") == answers[i].code);
		}
		struct mcpauth_statistics got = read_of(it);
		CHECK_ROW(answers[i].label, got.introspections == 1);
		CHECK_ROW(answers[i].label, got.introspection_failures == answers[i].failures);
		CHECK_ROW(answers[i].label, got.undecided == 2 * answers[i].failures);
		CHECK_ROW(answers[i].label,
			got.rejected + got.verified + got.remembered
				== 2 - 2 * answers[i].failures);
	}
}

static void an_answer_that_is_not_signed_is_a_failure(void **state)
{
	struct introspected *it = *state;
	introspected_answer(it, 200, GOOD);
	it->config.require_signed_answers = true;
	make(it);
	assert_int_equal(show(it, "one"), MCPAUTH_E_INTROSPECTION);
	assert_int_equal(show(it, "one"), MCPAUTH_E_INTROSPECTION);
	check(it, 1, 1);
	it->config.require_signed_answers = false;
	make(it);
	assert_int_equal(show(it, "one"), MCPAUTH_OK);
	check(it, 1, 0);
}

/* Its failure is none of those that are counted, as the question was not. */
static void a_question_from_before_does_not_fail_later(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *introspection;
	introspected_answer(it, 200, "<html>");
	introspected_make(it, NULL);
	CHECK_OK(introspected_ask(it, "one", false, &introspection, &err));
	check(it, 0, 0);
	assert_int_equal(show(it, "one"), MCPAUTH_E_INTROSPECTION);
	check(it, 0, 0);
	mcpauth__introspection_free(introspection);
}

static void what_was_never_asked_is_no_question(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *first;
	struct mcpauth__introspection *second;
	it->config.concurrency = 1;
	it->holds = true;
	make(it);
	CHECK_CODE(MCPAUTH_PENDING, introspected_ask(it, "one", false, &first, &err));
	CHECK_CODE(MCPAUTH_PENDING, introspected_ask(it, "two", false, &second, &err));
	fake_issuer_advance_ms(it->fake, 5000);
	introspected_release(it, 0);
	assert_int_equal(introspected_posts(it), 1);
	check(it, 1, 0);
	CHECK_OK(introspected_result(first, &err));
	CHECK_CODE(MCPAUTH_E_TIMEOUT, introspected_result(second, &err));
	check(it, 1, 0);
}

static void wake(void *user)
{
	(void)user;
}

static void what_is_dropped_and_found_again_was_looked_at_once(void **state)
{
	struct introspected *it = *state;
	struct mcpauth_verification *pending;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = "one";
	request.wake = wake;
	introspected_answer(it, 200, GOOD);
	it->holds = true;
	make(it);
	hurried = it;
	enum mcpauth_code code = mcpauth_verify_start(it->auth, &request, &info, &pending, NULL);
	hurried = NULL;
	assert_int_equal(code, MCPAUTH_PENDING);
	assert_int_equal(introspected_posts(it), 1);
	assert_int_equal(read_of(it).verified, 0);
	CHECK_OK(mcpauth_verification_resume(pending, &info, &err));
	mcpauth_auth_info_free(info);
	mcpauth_verification_free(pending);
	assert_int_equal(read_of(it).verified, 1);
	assert_int_equal(read_of(it).remembered, 0);
	assert_int_equal(show(it, "one"), MCPAUTH_OK);
	assert_int_equal(read_of(it).verified, 1);
	assert_int_equal(read_of(it).remembered, 1);
}

/* Where others judge, too, keys have their say, and what they refused is known. */
static void a_forged_token_is_known_where_others_judge(void **state)
{
	struct introspected *it = *state;
	char *forged = fake_issuer_token(it->fake, &(struct fake_token){.number = 1});
	make(it);
	assert_int_equal(show(it, forged), MCPAUTH_E_BAD_SIGNATURE);
	assert_int_equal(read_of(it).rejected, 1);
	assert_int_equal(read_of(it).refused, 0);
	assert_int_equal(show(it, forged), MCPAUTH_E_BAD_SIGNATURE);
	assert_int_equal(read_of(it).rejected, 1);
	assert_int_equal(read_of(it).refused, 1);
	assert_int_equal(show(it, ""), MCPAUTH_E_INVALID_REQUEST);
	assert_int_equal(read_of(it).rejected, 2);
	check(it, 0, 0);
	free(forged);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, introspected_start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_question_is_counted_once_for_all),
		TEST(an_answer_that_cannot_be_used_is_a_failure),
		TEST(an_answer_that_is_not_signed_is_a_failure),
		TEST(a_question_from_before_does_not_fail_later),
		TEST(what_was_never_asked_is_no_question),
		TEST(what_is_dropped_and_found_again_was_looked_at_once),
		TEST(a_forged_token_is_known_where_others_judge),
	};
	return cmocka_run_group_tests_name("statistics_introspection", tests, NULL, NULL);
}
