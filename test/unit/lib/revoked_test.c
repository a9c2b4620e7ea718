/* The program's own list of what is revoked: asked each time, and of good tokens alone. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint asked;
	atomic_bool revoked;
	char *token;
	atomic_uint wakes;
};

static bool is_revoked(const struct mcpauth_auth_info *info, void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->asked, 1);
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_ISSUER);
	assert_string_equal(mcpauth_auth_info_token(info), fixture->token);
	return atomic_load(&fixture->revoked);
}

static void start(struct fixture *fixture, bool has_list)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	memset(fixture, 0, sizeof *fixture);
	config.revoked = has_list ? is_revoked : NULL;
	config.revoked_user = fixture;
	fixture->fake = fake_issuer_new();
	fixture->auth = fake_issuer_auth(fixture->fake, &config, NULL);
	fixture->token = fake_issuer_token(fixture->fake, &(struct fake_token){0});
}

static void stop(struct fixture *fixture)
{
	free(fixture->token);
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static void check(struct fixture *fixture, enum mcpauth_code want)
{
	struct mcpauth_auth_info *info = (void *)fixture;
	CHECK_CODE(want, mcpauth_verify(fixture->auth, FAKE_RESOURCE, fixture->token, &info, &err));
	assert_true((want == MCPAUTH_OK) == (info != NULL));
	mcpauth_auth_info_free(info);
}

static void is_asked_each_time(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, true);
	check(&fixture, MCPAUTH_OK);
	check(&fixture, MCPAUTH_OK);
	assert_int_equal(fixture.asked, 2);
	fixture.revoked = true;
	check(&fixture, MCPAUTH_E_REVOKED);
	check(&fixture, MCPAUTH_E_REVOKED);
	fixture.revoked = false;
	check(&fixture, MCPAUTH_OK);
	assert_int_equal(fixture.asked, 5);
	assert_int_equal(fake_issuer_fetches(fixture.fake, FAKE_KEYS), 1);
	stop(&fixture);
}

static void revokes_what_was_never_seen(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, true);
	fixture.revoked = true;
	check(&fixture, MCPAUTH_E_REVOKED);
	assert_int_equal(fixture.asked, 1);
	stop(&fixture);
}

static void is_not_asked_about_bad_tokens(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, true);
	CHECK_CODE(MCPAUTH_E_EXPIRED,
		fake_issuer_try(
			fixture.fake, fixture.auth, &(struct fake_token){.lifetime = -60}, &err));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE,
		fake_issuer_try(
			fixture.fake, fixture.auth, &(struct fake_token){.number = 1}, &err));
	assert_int_equal(fixture.asked, 0);
	stop(&fixture);
}

static void without_a_list_nothing_is_revoked(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture, false);
	fixture.revoked = true;
	check(&fixture, MCPAUTH_OK);
	check(&fixture, MCPAUTH_OK);
	assert_int_equal(fixture.asked, 0);
	stop(&fixture);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static enum mcpauth_code begin(struct fixture *fixture, struct mcpauth_auth_info_room *room,
	struct mcpauth_auth_info **info, struct mcpauth_verification **pending,
	struct mcpauth_error *err)
{
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = fixture->token;
	request.room = room;
	request.wake = count_wake;
	request.user = fixture;
	return mcpauth_verify_start(fixture->auth, &request, info, pending, err);
}

static void is_asked_in_a_callers_room_and_after_a_wait(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_auth_info_room room;
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending;
	start(&fixture, true);
	fixture.revoked = true;
	fake_issuer_hold(fixture.fake);
	CHECK_CODE(MCPAUTH_PENDING, begin(&fixture, &room, &info, &pending, &err));
	assert_int_equal(fixture.asked, 0);
	fake_issuer_release(fixture.fake);
	CHECK_SOON(fixture.wakes == 1);
	enum mcpauth_code code = mcpauth_verification_resume(pending, &info, NULL);
	while (code == MCPAUTH_PENDING) {
		unsigned before = fixture.wakes;
		fake_issuer_release(fixture.fake);
		CHECK_SOON(fixture.wakes > before);
		code = mcpauth_verification_resume(pending, &info, NULL);
	}
	assert_int_equal(code, MCPAUTH_E_REVOKED);
	assert_null(info);
	mcpauth_verification_free(pending);
	CHECK_CODE(MCPAUTH_E_REVOKED, begin(&fixture, &room, &info, &pending, &err));
	assert_null(info);
	assert_null(pending);
	fixture.revoked = false;
	CHECK_OK(begin(&fixture, &room, &info, &pending, &err));
	assert_non_null(info);
	mcpauth_auth_info_free(info);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_asked_each_time),
		cmocka_unit_test(revokes_what_was_never_seen),
		cmocka_unit_test(is_not_asked_about_bad_tokens),
		cmocka_unit_test(without_a_list_nothing_is_revoked),
		cmocka_unit_test(is_asked_in_a_callers_room_and_after_a_wait),
	};
	return cmocka_run_group_tests_name("revoked", tests, NULL, NULL);
}
