/* A chain whose tokens a verifier of the program's own judges. */
#include "support/check.h"
#include "support/fake_exchange.h"

#include <string.h>

#define BEGINNING "{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" SERVER_RESOURCE "\","
#define CLAIMS(scope) BEGINNING "\"exp\":1800000300,\"sub\":\"alice\",\"scope\":\"" scope "\"}"

/** A server that wants scope "read", and an opaque token. */
struct fixture {
	struct fake_server server;
	struct fake_request request;
	bool later; /* keep the inquiry */
	enum mcpauth_code code;
	const char *claims;
	struct mcpauth_inquiry *held;
};

static void answer(struct fixture *fixture, struct mcpauth_inquiry *inquiry)
{
	if (fixture->code == MCPAUTH_OK) {
		mcpauth_inquiry_accept(inquiry, fixture->claims, strlen(fixture->claims));
	} else {
		mcpauth_inquiry_refuse(inquiry, fixture->code, "said no");
	}
}

static void judge(struct mcpauth_inquiry *inquiry, void *user)
{
	struct fixture *fixture = user;
	assert_string_equal(mcpauth_inquiry_token(inquiry), "opaque/token+1==");
	assert_string_equal(mcpauth_inquiry_resource(inquiry), SERVER_RESOURCE);
	if (fixture->later) {
		fixture->held = inquiry;
	} else {
		answer(fixture, inquiry);
	}
}

static void start(struct fixture *fixture)
{
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	memset(fixture, 0, sizeof *fixture);
	verifier.verify = judge;
	verifier.user = fixture;
	verifier.cache_seconds = MCPAUTH_NONE;
	policy.scopes = "read";
	fixture->claims = CLAIMS("read");
	fixture->request = (struct fake_request){
		.headers = {"Authorization", "Bearer opaque/token+1=="}};
	fake_server_start(&fixture->server, FAKE_DOWN, NULL);
	CHECK_OK(mcpauth_set_verifier(fixture->server.auth, SERVER_RESOURCE, &verifier, &err));
	CHECK_OK(mcpauth_chain_protect(fixture->server.chain, "/mcp", &policy, &err));
}

static void stop(struct fixture *fixture)
{
	assert_int_equal(fake_issuer_fetches(fixture->server.issuer, NULL), 0);
	fake_server_stop(&fixture->server);
}

static void its_answers_become_the_statuses_of_the_table(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		enum mcpauth_code code;
		const char *claims;
		unsigned status;
	} rows[] = {
		{"accepted", MCPAUTH_OK, CLAIMS("read"), 0},
		{"without the scope", MCPAUTH_OK, CLAIMS("write"), 403},
		{"for another audience", MCPAUTH_OK,
			"{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"x\",\"exp\":1800000300}", 401},
		{"of another issuer", MCPAUTH_OK,
			"{\"iss\":\"x\",\"aud\":\"" SERVER_RESOURCE "\",\"exp\":1800000300}", 401},
		{"without exp", MCPAUTH_OK, BEGINNING "\"scope\":\"read\"}", 401},
		{"refused", MCPAUTH_E_EXPIRED, "", 401},
		{"refused for no reason of a token's", MCPAUTH_E_INVALID_ARGUMENT, "", 401},
		{"nobody can tell", MCPAUTH_E_UNREACHABLE, "", 503},
	};
	struct fixture fixture;
	start(&fixture);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fixture.code = rows[i].code;
		fixture.claims = rows[i].claims;
		CHECK_ROW(rows[i].label,
			fake_server_answers(&fixture.server, &fixture.request, rows[i].status));
	}
	assert_int_equal(fake_server_logged(&fixture.server, "opaque/token"), 0);
	assert_int_equal(fake_server_logged(&fixture.server, "said no"), 3);
	stop(&fixture);
}

static void a_request_waits_for_a_later_answer(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture);
	fixture.later = true;
	fake_exchange_start(&fake, &fixture.server, &fixture.request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	assert_int_equal(atomic_load(&fake.resumes), 0);
	answer(&fixture, fixture.held);
	fake_exchange_await(&fake);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__PASS);
	assert_string_equal(
		mcpauth_auth_info_subject(mcpauth_exchange_auth_info(fake.exchange)), "alice");
	assert_int_equal(atomic_load(&fake.resumes), atomic_load(&fake.suspends));
	fake_exchange_finish(&fake);
	stop(&fixture);
}

static void who_answers_after_the_deadline_answers_nobody(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture);
	fixture.later = true;
	fake_exchange_start(&fake, &fixture.server, &fixture.request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	fake_issuer_advance_ms(fixture.server.issuer, 5001);
	fake_exchange_await(&fake);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__ANSWER);
	assert_int_equal(fake_exchange_status(&fake), 503);
	assert_non_null(fake_exchange_header(&fake, "Retry-After"));
	assert_null(fake_exchange_header(&fake, "WWW-Authenticate"));
	fake_exchange_finish(&fake);
	answer(&fixture, fixture.held);
	stop(&fixture);
}

static void a_request_may_break_before_the_answer(void **state)
{
	(void)state;
	struct fixture fixture;
	struct fake_exchange fake;
	start(&fixture);
	fixture.later = true;
	fake_exchange_start(&fake, &fixture.server, &fixture.request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__LATER);
	fake_exchange_break(&fake);
	answer(&fixture, fixture.held);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_answers_become_the_statuses_of_the_table),
		cmocka_unit_test(a_request_waits_for_a_later_answer),
		cmocka_unit_test(who_answers_after_the_deadline_answers_nobody),
		cmocka_unit_test(a_request_may_break_before_the_answer),
	};
	return cmocka_run_group_tests_name("custom_verifier", tests, NULL, NULL);
}
