/* An opaque token's way through all that there is: asked about once, believed for a while. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINT "https://as.example/introspect"
#define OPAQUE "opaque"
#define ACTIVE "{\"active\":true,\"aud\":\"" FAKE_RESOURCE "\",\"exp\":1800009999}"
#define INACTIVE "{\"active\":false}"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
};

static void start_with(struct fixture *fixture, unsigned cache_seconds)
{
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	config.endpoint = ENDPOINT;
	config.client_id = "us";
	config.client_secret = "secret";
	config.cache_seconds = cache_seconds;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, ACTIVE);
	CHECK_OK(mcpauth_set_introspection(fixture->auth, FAKE_ISSUER, &config, &err));
}

static void start(struct fixture *fixture)
{
	start_with(fixture, 0);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code show(struct fixture *fixture, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, FAKE_RESOURCE, OPAQUE, &info, err);
	assert_true((code == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
	return code;
}

#define SHOW() show(&fixture, &err)

static unsigned asked(const struct fixture *fixture)
{
	return fake_issuer_fetches(fixture->fake, ENDPOINT);
}

static void says(struct fixture *fixture, unsigned status, const char *text)
{
	fake_issuer_publish(fixture->fake, ENDPOINT, status, text);
}

static void is_asked_about_once_a_minute(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	assert_string_equal(
		fake_issuer_form(fixture.fake), "token=" OPAQUE "&token_type_hint=access_token");
	says(&fixture, 200, INACTIVE);
	fake_issuer_advance_ms(fixture.fake, 59000);
	CHECK_OK(SHOW());
	assert_int_equal(asked(&fixture), 1);
	fake_issuer_advance_ms(fixture.fake, 1000);
	CHECK_CODE(MCPAUTH_E_INACTIVE, SHOW());
	assert_int_equal(asked(&fixture), 2);
	stop(&fixture);
}

static void an_inactive_one_is_asked_about_again_after_five_seconds(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	says(&fixture, 200, INACTIVE);
	CHECK_CODE(MCPAUTH_E_INACTIVE, SHOW());
	says(&fixture, 200, ACTIVE);
	fake_issuer_advance_ms(fixture.fake, 4999);
	CHECK_CODE(MCPAUTH_E_INACTIVE, SHOW());
	assert_int_equal(asked(&fixture), 1);
	fake_issuer_advance_ms(fixture.fake, 1);
	CHECK_OK(SHOW());
	stop(&fixture);
}

static const struct {
	const char *label;
	unsigned status; /* 0: nobody answers */
	const char *says;
	enum mcpauth_code want;
} useless[] = {
	{"no JSON", 200, "<html>", MCPAUTH_E_INTROSPECTION},
	{"neither true nor false", 200, "{\"active\":1}", MCPAUTH_E_INTROSPECTION},
	{"500", 500, ACTIVE, MCPAUTH_E_HTTP_STATUS},
	{"nobody there", 0, "", MCPAUTH_E_UNREACHABLE},
};

static void after_a_useless_answer_it_is_asked_about_in_a_second(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
		struct fixture fixture;
		start(&fixture);
		says(&fixture, useless[i].status, useless[i].says);
		CHECK_ROW_CODE(useless[i].label, useless[i].want, SHOW());
		says(&fixture, 200, ACTIVE);
		fake_issuer_advance_ms(fixture.fake, 999);
		CHECK_ROW_CODE(useless[i].label, useless[i].want, SHOW());
		CHECK_ROW(useless[i].label, asked(&fixture) == 1);
		assert_int_equal(mcpauth_retry_after(fixture.auth, FAKE_RESOURCE), 1);
		fake_issuer_advance_ms(fixture.fake, 1);
		CHECK_ROW_CODE(useless[i].label, MCPAUTH_OK, SHOW());
		stop(&fixture);
	}
}

static void is_asked_about_each_time_where_that_is_wanted(void **state)
{
	(void)state;
	struct fixture fixture;
	start_with(&fixture, MCPAUTH_NONE);
	CHECK_OK(SHOW());
	CHECK_OK(SHOW());
	assert_int_equal(asked(&fixture), 2);
	says(&fixture, 200, INACTIVE);
	CHECK_CODE(MCPAUTH_E_INACTIVE, SHOW());
	stop(&fixture);
}

static void is_asked_about_again_once_it_is_forgotten(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(SHOW());
	says(&fixture, 200, INACTIVE);
	assert_int_equal(mcpauth_forget_token(fixture.auth, "another"), 0);
	CHECK_OK(SHOW());
	assert_int_not_equal(mcpauth_forget_token(fixture.auth, OPAQUE), 0);
	CHECK_CODE(MCPAUTH_E_INACTIVE, SHOW());
	assert_int_equal(asked(&fixture), 2);
	stop(&fixture);
}

static void a_jwt_is_told_to_nobody(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	CHECK_OK(fake_issuer_try(fixture.fake, fixture.auth, &(struct fake_token){0}, &err));
	CHECK_CODE(MCPAUTH_E_UNTRUSTED_ISSUER,
		fake_issuer_try(fixture.fake, fixture.auth,
			&(struct fake_token){.issuer = "https://x.example"}, &err));
	assert_int_equal(asked(&fixture), 0);
	stop(&fixture);
}

static void *show_once(void *argument)
{
	CHECK_OK(show(argument, &err));
	return NULL;
}

static void is_asked_about_once_for_all_who_bring_it(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t threads[16];
	start_with(&fixture, MCPAUTH_NONE);
	fake_issuer_hold(fixture.fake);
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, show_once, &fixture), 0);
	}
	CHECK_SOON(asked(&fixture) > 0);
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	assert_int_equal(asked(&fixture), 1);
	fake_issuer_release(fixture.fake);
	for (size_t i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
	}
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_asked_about_once_a_minute),
		cmocka_unit_test(an_inactive_one_is_asked_about_again_after_five_seconds),
		cmocka_unit_test(after_a_useless_answer_it_is_asked_about_in_a_second),
		cmocka_unit_test(is_asked_about_each_time_where_that_is_wanted),
		cmocka_unit_test(is_asked_about_again_once_it_is_forgotten),
		cmocka_unit_test(a_jwt_is_told_to_nobody),
		cmocka_unit_test(is_asked_about_once_for_all_who_bring_it),
	};
	return cmocka_run_group_tests_name("opaque_token", tests, NULL, NULL);
}
