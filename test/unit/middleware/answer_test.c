/* Answers as descriptions: what a stage may change of them, and what not. */
#include "answer_int.h"

#include "support/check.h"
#include "support/foreign_json.h"

#include <string.h>

static const char *body_of(const struct mcpauth_answer *answer)
{
	size_t length;
	const char *body = mcpauth_answer_body(answer, &length);
	assert_int_equal(strlen(body), length);
	return body;
}

static void begins_empty(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	assert_int_equal(mcpauth_answer_status(&answer), 0);
	assert_null(mcpauth_answer_header(&answer, "Content-Type"));
	assert_string_equal(body_of(&answer), "");
}

static const struct {
	const char *label;
	unsigned status;
	unsigned becomes; /* from 401 */
} statuses[] = {
	{"200", 200, 200},
	{"599", 599, 599},
	{"199, which announces another answer", 199, 401},
	{"101, which hands the connection over", 101, 401},
	{"0", 0, 401},
	{"600", 600, 401},
};

static void takes_final_statuses_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct mcpauth_answer answer = {.status = 401};
		mcpauth_answer_set_status(&answer, statuses[i].status);
		CHECK_ROW(statuses[i].label, mcpauth_answer_status(&answer) == statuses[i].becomes);
	}
}

static void puts_a_header_in_the_place_of_all_of_its_name(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth__headers_add(&answer.headers, "X-Name", "1"));
	CHECK_OK(mcpauth__headers_add(&answer.headers, "x-name", "2"));
	CHECK_OK(mcpauth__headers_add(&answer.headers, "X-Other", "3"));
	CHECK_OK(mcpauth_answer_set_header(&answer, "X-NAME", "4"));
	assert_int_equal(answer.headers.count, 2);
	assert_string_equal(mcpauth_answer_header(&answer, "X-Name"), "4");
	assert_string_equal(mcpauth_answer_header(&answer, "X-Other"), "3");
	mcpauth__answer_finish(&answer);
}

static void takes_a_header_away(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth_answer_set_header(&answer, "X-Name", "1"));
	CHECK_OK(mcpauth_answer_set_header(&answer, "x-name", NULL));
	assert_null(mcpauth_answer_header(&answer, "X-Name"));
	mcpauth__answer_finish(&answer);
}

static void keeps_the_old_header_when_the_new_one_is_refused(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth_answer_set_header(&answer, "X-Name", "old"));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_answer_set_header(&answer, "X-Name", "new\r\nSet-Cookie: a=b"));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_answer_set_header(&answer, "X-Name: a\r\nX", "new"));
	assert_int_equal(answer.headers.count, 1);
	assert_string_equal(mcpauth_answer_header(&answer, "X-Name"), "old");
	mcpauth__answer_finish(&answer);
}

static void a_header_can_be_set_to_its_own_value(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth_answer_set_header(&answer, "X-Name", "as it was"));
	CHECK_OK(mcpauth_answer_set_header(
		&answer, "X-Name", mcpauth_answer_header(&answer, "X-Name")));
	assert_int_equal(answer.headers.count, 1);
	assert_string_equal(mcpauth_answer_header(&answer, "X-Name"), "as it was");
	mcpauth__answer_finish(&answer);
}

static void copies_its_body(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	char body[] = "hello";
	CHECK_OK(mcpauth_answer_set_body(&answer, body, 4));
	body[0] = 'x';
	assert_string_equal(body_of(&answer), "hell");
	CHECK_OK(mcpauth_answer_set_body(&answer, NULL, 0));
	assert_string_equal(body_of(&answer), "");
	mcpauth__answer_finish(&answer);
}

static void a_body_can_become_a_part_of_itself(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	size_t length;
	CHECK_OK(mcpauth_answer_set_body(&answer, "hello", 5));
	CHECK_OK(mcpauth_answer_set_body(&answer, mcpauth_answer_body(&answer, &length) + 1, 3));
	assert_string_equal(body_of(&answer), "ell");
	mcpauth__answer_finish(&answer);
}

static void a_body_may_hold_nul_bytes(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	size_t length;
	CHECK_OK(mcpauth_answer_set_body(&answer, "a\0b", 3));
	assert_memory_equal(mcpauth_answer_body(&answer, &length), "a\0b", 4);
	assert_int_equal(length, 3);
	mcpauth__answer_finish(&answer);
}

static void an_error_is_json_that_nobody_stores(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth__answer_error(&answer, 400, "invalid_request", "a \"b\" \\ \n c"));
	assert_int_equal(mcpauth_answer_status(&answer), 400);
	assert_string_equal(mcpauth_answer_header(&answer, "Content-Type"), "application/json");
	assert_string_equal(mcpauth_answer_header(&answer, "Cache-Control"), "no-store");
	assert_string_equal(body_of(&answer),
		"{\"error\":\"invalid_request\","
		"\"error_description\":\"a \\\"b\\\" \\\\ \\n c\"}");
	mcpauth__answer_finish(&answer);
}

static void an_invitation_has_a_message_and_no_error(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth__answer_error(&answer, 401, NULL, "come in"));
	assert_string_equal(body_of(&answer), "{\"message\":\"come in\"}");
	mcpauth__answer_finish(&answer);
}

static void an_error_leaves_nothing_of_what_was_there(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {.status = 200};
	CHECK_OK(mcpauth_answer_set_header(&answer, "X-Name", "1"));
	CHECK_OK(mcpauth_answer_set_body(&answer, "secret", 6));
	CHECK_OK(mcpauth__answer_error(&answer, 500, "server_error", "no"));
	assert_null(mcpauth_answer_header(&answer, "X-Name"));
	assert_null(strstr(body_of(&answer), "secret"));
	mcpauth__answer_finish(&answer);
}

static void a_member_is_added_behind_the_others(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	CHECK_OK(mcpauth__answer_error(&answer, 403, "insufficient_scope", "no"));
	CHECK_OK(mcpauth__answer_add_member(&answer, "scope", "a \"b\""));
	assert_string_equal(body_of(&answer),
		"{\"error\":\"insufficient_scope\","
		"\"error_description\":\"no\",\"scope\":\"a \\\"b\\\"\"}");
	mcpauth__answer_finish(&answer);
}

static void another_allocator_of_the_programs_is_cjsons_alone(void **state)
{
	(void)state;
	struct mcpauth_answer answer = {0};
	foreign_json_begin();
	enum mcpauth_code code = mcpauth__answer_error(&answer, 401, "invalid_token", "no");
	enum mcpauth_code added = mcpauth__answer_add_member(&answer, "scope", "a");
	foreign_json_end();
	assert_int_equal(code, MCPAUTH_OK);
	assert_int_equal(added, MCPAUTH_OK);
	assert_non_null(strstr(body_of(&answer), "\"scope\":\"a\""));
	mcpauth__answer_finish(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_empty),
		cmocka_unit_test(takes_final_statuses_only),
		cmocka_unit_test(puts_a_header_in_the_place_of_all_of_its_name),
		cmocka_unit_test(takes_a_header_away),
		cmocka_unit_test(keeps_the_old_header_when_the_new_one_is_refused),
		cmocka_unit_test(a_header_can_be_set_to_its_own_value),
		cmocka_unit_test(copies_its_body),
		cmocka_unit_test(a_body_can_become_a_part_of_itself),
		cmocka_unit_test(a_body_may_hold_nul_bytes),
		cmocka_unit_test(an_error_is_json_that_nobody_stores),
		cmocka_unit_test(an_invitation_has_a_message_and_no_error),
		cmocka_unit_test(an_error_leaves_nothing_of_what_was_there),
		cmocka_unit_test(a_member_is_added_behind_the_others),
		cmocka_unit_test(another_allocator_of_the_programs_is_cjsons_alone),
	};
	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
