/* The stage that takes logout tokens: where, which forms, what is answered. */
#include "support/check.h"
#include "support/fake_exchange.h"
#include "support/logout_tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/logout"
#define FORM "application/x-www-form-urlencoded"

struct fixture {
	struct fake_server server;
	struct fake_exchange fake;
	unsigned heard;
	char form[2048]; /* with a good token */
};

static void hear(const struct mcpauth_logout *logout, void *user)
{
	struct fixture *fixture = user;
	assert_string_equal(logout->issuer, FAKE_ISSUER);
	assert_string_equal(logout->subject, "alice");
	fixture->heard++;
}

static struct mcpauth_logout_endpoint endpoint_of(struct fixture *fixture)
{
	struct mcpauth_logout_endpoint endpoint = MCPAUTH_LOGOUT_ENDPOINT_INIT;
	endpoint.path = PATH;
	endpoint.client_id = LOGOUT_CLIENT;
	endpoint.heard = hear;
	endpoint.heard_user = fixture;
	return endpoint;
}

static void accept_at(struct fixture *fixture)
{
	struct mcpauth_logout_endpoint endpoint = endpoint_of(fixture);
	CHECK_OK(mcpauth_chain_accept_logout(fixture->server.chain, &endpoint, &err));
}

static void write_form(struct fixture *fixture, const char *id, const char *audience)
{
	char *token = logout_token_sign(&(struct logout_token){
		.issuer = FAKE_ISSUER,
		.issued_at = FAKE_NOW,
		.id = id,
		.audience = audience,
	});
	snprintf(fixture->form, sizeof fixture->form, "logout_token=%s", token);
	free(token);
}

static void start(struct fixture *fixture, enum fake_reach reach)
{
	memset(fixture, 0, sizeof *fixture);
	fake_server_start(&fixture->server, reach, NULL);
	accept_at(fixture);
	write_form(fixture, "j", NULL);
}

static void stop(struct fixture *fixture)
{
	fake_server_stop(&fixture->server);
}

/* Up to the first decision; the exchange is to be finished. */
static enum mcpauth__verdict begin_post(
	struct fixture *fixture, const struct fake_request *request, const char *form)
{
	fake_exchange_start(&fixture->fake, &fixture->server, request);
	assert_int_equal(fake_exchange_run(&fixture->fake), MCPAUTH__NEEDS_BODY);
	assert_true(mcpauth__buf_append(&fixture->fake.exchange->body, form, strlen(form)));
	fixture->fake.exchange->body_is_complete = true;
	return fake_exchange_run(&fixture->fake);
}

static const struct fake_request usual = {.method = "POST",
	.path = PATH,
	.headers = {"Content-Type", FORM}};

static void post(struct fixture *fixture, const struct fake_request *request, const char *form)
{
	if (begin_post(fixture, request, form) == MCPAUTH__LATER) {
		fake_exchange_await(&fixture->fake);
		fake_exchange_serve(&fixture->fake);
	}
}

static unsigned posted(
	struct fixture *fixture, const struct fake_request *request, const char *form)
{
	post(fixture, request, form);
	unsigned status = fake_exchange_status(&fixture->fake);
	fake_exchange_finish(&fixture->fake);
	return status;
}

static void is_not_there_by_default(void **state)
{
	(void)state;
	struct fixture fixture = {0};
	fake_server_start(&fixture.server, FAKE_AT_HAND, NULL);
	write_form(&fixture, "j", NULL);
	assert_true(fake_server_answers(&fixture.server, &usual, 401));
	accept_at(&fixture);
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	stop(&fixture);
}

static void answers_200_without_a_body_once(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	post(&fixture, &usual, fixture.form);
	assert_int_equal(fake_exchange_status(&fixture.fake), 200);
	assert_string_equal(fake_exchange_body(&fixture.fake), "");
	assert_string_equal(fake_exchange_header(&fixture.fake, "Cache-Control"), "no-store");
	assert_null(fake_exchange_header(&fixture.fake, "Content-Type"));
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(fixture.heard, 1);
	assert_int_equal(posted(&fixture, &usual, fixture.form), 400);
	assert_int_equal(fixture.heard, 1);
	write_form(&fixture, "another", NULL);
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	assert_int_equal(fixture.heard, 2);
	stop(&fixture);
}

static void a_refusal_says_so_without_a_challenge(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	write_form(&fixture, "j", "somebody-else");
	post(&fixture, &usual, fixture.form);
	assert_int_equal(fake_exchange_status(&fixture.fake), 400);
	assert_string_equal(fake_exchange_body(&fixture.fake),
		"{\"error\":\"invalid_request\",\"error_description\":"
		"\"The logout token cannot be accepted\"}");
	assert_string_equal(fake_exchange_header(&fixture.fake, "Cache-Control"), "no-store");
	assert_null(fake_exchange_header(&fixture.fake, "WWW-Authenticate"));
	fake_exchange_finish(&fixture.fake);
	/* Why is for the log. */
	assert_int_equal(
		fake_server_logged(&fixture.server, "logout refused: meant for another audience"),
		1);
	assert_int_equal(fake_server_logged(&fixture.server, strchr(fixture.form, '=') + 1), 0);
	stop(&fixture);
}

/* @param written  "$" stands for a good token */
static void check_form(const char *label, const char *written, unsigned status)
{
	struct fixture fixture;
	struct mcpauth__buf form = {0};
	start(&fixture, FAKE_AT_HAND);
	for (const char *at = written; *at != '\0'; at++) {
		assert_true(*at == '$' ? mcpauth__buf_puts(&form, strchr(fixture.form, '=') + 1)
				       : mcpauth__buf_append(&form, at, 1));
	}
	CHECK_ROW(label, posted(&fixture, &usual, form.data) == status);
	CHECK_ROW(label, fixture.heard == (status == 200));
	mcpauth__buf_finish(&form);
	stop(&fixture);
}

static void takes_forms_with_one_token(void **state)
{
	(void)state;
	check_form("alone", "logout_token=$", 200);
	check_form("beside what nobody knows", "state=1&logout_token=$&x=%20", 200);
	check_form("its name encoded", "logout%5Ftoken=$", 200);
	check_form("twice", "logout_token=$&logout_token=$", 400);
	check_form("twice, once encoded", "logout_token=$&logout%5ftoken=$", 400);
	check_form("twice, once empty", "logout_token=&logout_token=$", 400);
	check_form("none", "token=$", 400);
	check_form("empty", "logout_token=", 400);
	check_form("no form", "$", 400);
	check_form("a blank behind it", "logout_token=$+", 400);
	check_form("a bad escape elsewhere", "logout_token=$&x=%zz", 400);
	check_form("a NUL behind it", "logout_token=$%00", 400);
}

static void no_body_is_400(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	assert_int_equal(posted(&fixture, &usual, ""), 400);
	stop(&fixture);
}

static void takes_only_what_says_that_it_is_a_form(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		const char *second;
		unsigned status;
	} rows[] = {
		{FORM, NULL, 200},
		{"Application/X-WWW-Form-URLEncoded", NULL, 200},
		{FORM ";charset=UTF-8", NULL, 200},
		{FORM " ; charset=UTF-8", NULL, 200},
		{"application/json", NULL, 400},
		{"application/x-www-form-urlencoded-not", NULL, 400},
		{"application/jwt", NULL, 400},
		{"", NULL, 400},
		{NULL, NULL, 400},
		{FORM, "application/json", 400},
		{FORM, FORM, 400},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct fake_request request = {.method = "POST", .path = PATH};
		start(&fixture, FAKE_AT_HAND);
		request.headers[0] = rows[i].type != NULL ? "Content-Type" : NULL;
		request.headers[1] = rows[i].type;
		request.headers[2] = rows[i].second != NULL ? "Content-Type" : NULL;
		request.headers[3] = rows[i].second;
		CHECK_ROW(rows[i].type != NULL ? rows[i].type : "none",
			posted(&fixture, &request, fixture.form) == rows[i].status);
		stop(&fixture);
	}
}

static void takes_only_posts(void **state)
{
	(void)state;
	static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "post"};
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct fake_request request = usual;
		request.method = methods[i];
		fake_exchange_start(&fixture.fake, &fixture.server, &request);
		/* Nobody waits for such a body. */
		CHECK_ROW(methods[i], fake_exchange_run(&fixture.fake) == MCPAUTH__ANSWER);
		CHECK_ROW(methods[i], fake_exchange_status(&fixture.fake) == 405);
		assert_string_equal(fake_exchange_header(&fixture.fake, "Allow"), "POST");
		assert_string_equal(
			fake_exchange_header(&fixture.fake, "Cache-Control"), "no-store");
		assert_null(fake_exchange_header(&fixture.fake, "WWW-Authenticate"));
		fake_exchange_finish(&fixture.fake);
	}
	stop(&fixture);
}

static void leaves_other_paths_alone(void **state)
{
	(void)state;
	static const char *const paths[] = {"/mcp", "/logout/", "/logout/x", "/Logout", "/"};
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	char *bearer = fake_server_bearer(&fixture.server, "read");
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct fake_request request = {
			.method = "POST", .path = paths[i], .headers = {"Content-Type", FORM}};
		CHECK_ROW(paths[i], fake_server_answers(&fixture.server, &request, 401));
		request.headers[2] = "Authorization";
		request.headers[3] = bearer;
		fake_exchange_start(&fixture.fake, &fixture.server, &request);
		CHECK_ROW(paths[i], fake_exchange_run(&fixture.fake) == MCPAUTH__PASS);
		fake_exchange_finish(&fixture.fake);
	}
	free(bearer);
	stop(&fixture);
}

static void hosts_and_pages_are_checked_here_too(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *value;
		unsigned status;
	} rows[] = {
		{"Host", "elsewhere.example", 403},
		{"Origin", "https://elsewhere.example", 403},
		{"Host", "api.example.com", 200},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		struct fake_request request = usual;
		start(&fixture, FAKE_AT_HAND);
		request.headers[2] = rows[i].name;
		request.headers[3] = rows[i].value;
		if (rows[i].status == 200) {
			CHECK_ROW(rows[i].value, posted(&fixture, &request, fixture.form) == 200);
		} else {
			CHECK_ROW(rows[i].value,
				fake_server_answers(&fixture.server, &request, rows[i].status));
		}
		stop(&fixture);
	}
}

static void waits_for_keys(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_HELD);
	assert_int_equal(begin_post(&fixture, &usual, fixture.form), MCPAUTH__LATER);
	assert_int_equal(fixture.heard, 0);
	fake_issuer_release(fixture.server.issuer);
	fake_exchange_await(&fixture.fake);
	fake_exchange_serve(&fixture.fake);
	assert_int_equal(fake_exchange_status(&fixture.fake), 200);
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(fixture.heard, 1);
	stop(&fixture);
}

static void who_leaves_while_it_waits_may_come_again(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_HELD);
	assert_int_equal(begin_post(&fixture, &usual, fixture.form), MCPAUTH__LATER);
	fake_exchange_break(&fixture.fake);
	fake_issuer_release(fixture.server.issuer);
	assert_int_equal(fixture.heard, 0);
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	stop(&fixture);
}

static void a_drained_server_lets_it_wait_no_longer(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_HELD);
	assert_int_equal(begin_post(&fixture, &usual, fixture.form), MCPAUTH__LATER);
	assert_int_equal(mcpauth_chain_drain(fixture.server.chain, 0), 1);
	fake_exchange_await(&fixture.fake);
	fake_exchange_serve(&fixture.fake);
	assert_int_equal(fake_exchange_status(&fixture.fake), 503);
	fake_exchange_finish(&fixture.fake);
	stop(&fixture);
}

static void who_cannot_wait_comes_again(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_request request = usual;
	request.wait_mode = MCPAUTH__WAITS_NEVER;
	start(&fixture, FAKE_HELD);
	assert_int_equal(posted(&fixture, &request, fixture.form), 503);
	fake_issuer_release(fixture.server.issuer);
	assert_int_equal(posted(&fixture, &request, fixture.form), 200);
	stop(&fixture);
}

static void an_issuer_that_is_down_is_503(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_DOWN);
	post(&fixture, &usual, fixture.form);
	assert_int_equal(fake_exchange_status(&fixture.fake), 503);
	assert_string_equal(fake_exchange_header(&fixture.fake, "Retry-After"), "1");
	assert_string_equal(fake_exchange_header(&fixture.fake, "Cache-Control"), "no-store");
	assert_null(fake_exchange_header(&fixture.fake, "WWW-Authenticate"));
	fake_exchange_finish(&fixture.fake);
	assert_int_equal(fake_server_logged(&fixture.server, "logout could not be checked: "), 1);
	fake_issuer_set_down(fixture.server.issuer, false);
	fake_issuer_advance_ms(fixture.server.issuer, 1000);
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	stop(&fixture);
}

static enum mcpauth_stage_result turn_away(struct mcpauth_exchange *exchange, void *user)
{
	unsigned *asked = user;
	++*asked;
	return mcpauth_exchange_answer(exchange, 429, NULL, NULL, 0) == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

/* So a limit of the program's own holds here, too. */
static void first_stages_come_before_it_and_last_ones_never(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	unsigned asked = 0;
	stage.on_request = turn_away;
	stage.user = &asked;
	start(&fixture, FAKE_AT_HAND);
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_LAST, &stage, &err));
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	assert_int_equal(asked, 0);
	CHECK_OK(mcpauth_chain_add_stage(fixture.server.chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	assert_true(fake_server_answers(&fixture.server, &usual, 429));
	assert_int_equal(asked, 1);
	stop(&fixture);
}

static void refuses_endpoints_that_cannot_be(void **state)
{
	(void)state;
	static const char *const paths[] = {NULL, "", "logout", "/logout?x", "/log%6fut"};
	struct fixture fixture = {0};
	struct mcpauth_logout_endpoint endpoint = endpoint_of(&fixture);
	fake_server_start(&fixture.server, FAKE_AT_HAND, NULL);
	struct mcpauth_chain *chain = fixture.server.chain;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		endpoint.path = paths[i];
		CHECK_ROW_CODE(paths[i], MCPAUTH_E_INVALID_ARGUMENT,
			mcpauth_chain_accept_logout(chain, &endpoint, &err));
	}
	endpoint = endpoint_of(&fixture);
	endpoint.client_id = NULL;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_accept_logout(chain, &endpoint, &err));
	endpoint.client_id = "";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_accept_logout(chain, &endpoint, &err));
	endpoint = endpoint_of(&fixture);
	endpoint.size = 0;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_accept_logout(chain, &endpoint, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth_chain_accept_logout(chain, NULL, &err));
	assert_true(fake_server_answers(&fixture.server, &usual, 401));
	accept_at(&fixture);
	stop(&fixture);
}

static void there_is_one_and_its_path_is_no_route(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	struct mcpauth_chain *chain = fixture.server.chain;
	struct mcpauth_logout_endpoint endpoint = endpoint_of(&fixture);
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	endpoint.path = "/second";
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_accept_logout(chain, &endpoint, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_publish(chain, PATH, NULL, &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_publish(chain, PATH, "GET", &err));
	policy.methods = "GET";
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_protect(chain, PATH, &policy, &err));
	CHECK_OK(mcpauth_chain_protect_prefix(chain, PATH, NULL, &err));
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	stop(&fixture);
}

static void takes_no_path_that_is_a_route(void **state)
{
	(void)state;
	struct fixture fixture = {0};
	fake_server_start(&fixture.server, FAKE_AT_HAND, NULL);
	struct mcpauth_chain *chain = fixture.server.chain;
	struct mcpauth_logout_endpoint endpoint = endpoint_of(&fixture);
	CHECK_OK(mcpauth_chain_publish(chain, PATH, "GET", &err));
	CHECK_CODE(MCPAUTH_E_DUPLICATE, mcpauth_chain_accept_logout(chain, &endpoint, &err));
	assert_true(fake_server_answers(&fixture.server, &usual, 401));
	endpoint.path = "/other";
	CHECK_OK(mcpauth_chain_accept_logout(chain, &endpoint, &err));
	stop(&fixture);
}

static void a_change_says_it_anew(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, FAKE_AT_HAND);
	struct mcpauth_chain *chain = fixture.server.chain;
	struct mcpauth_logout_endpoint endpoint = endpoint_of(&fixture);
	endpoint.path = "/elsewhere";
	CHECK_OK(mcpauth_chain_revise(chain, fixture.server.auth, &err));
	CHECK_OK(mcpauth_chain_accept_logout(chain, &endpoint, &err));
	assert_int_equal(posted(&fixture, &usual, fixture.form), 200);
	mcpauth_chain_commit(chain);
	assert_true(fake_server_answers(&fixture.server, &usual, 401));
	struct fake_request request = usual;
	request.path = "/elsewhere";
	assert_int_equal(posted(&fixture, &request, fixture.form), 400);
	write_form(&fixture, "another", NULL);
	assert_int_equal(posted(&fixture, &request, fixture.form), 200);
	assert_int_equal(fixture.heard, 2);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_not_there_by_default),
		cmocka_unit_test(answers_200_without_a_body_once),
		cmocka_unit_test(a_refusal_says_so_without_a_challenge),
		cmocka_unit_test(takes_forms_with_one_token),
		cmocka_unit_test(no_body_is_400),
		cmocka_unit_test(takes_only_what_says_that_it_is_a_form),
		cmocka_unit_test(takes_only_posts),
		cmocka_unit_test(leaves_other_paths_alone),
		cmocka_unit_test(hosts_and_pages_are_checked_here_too),
		cmocka_unit_test(waits_for_keys),
		cmocka_unit_test(who_leaves_while_it_waits_may_come_again),
		cmocka_unit_test(a_drained_server_lets_it_wait_no_longer),
		cmocka_unit_test(who_cannot_wait_comes_again),
		cmocka_unit_test(an_issuer_that_is_down_is_503),
		cmocka_unit_test(first_stages_come_before_it_and_last_ones_never),
		cmocka_unit_test(refuses_endpoints_that_cannot_be),
		cmocka_unit_test(there_is_one_and_its_path_is_no_route),
		cmocka_unit_test(takes_no_path_that_is_a_route),
		cmocka_unit_test(a_change_says_it_anew),
	};
	return cmocka_run_group_tests_name("accept_logout", tests, NULL, NULL);
}
