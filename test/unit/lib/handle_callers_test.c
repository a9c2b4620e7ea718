/* Whose a handle is, for every kind of token that somebody may bring. */
#include "support/check.h"
#include "support/introspected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"
#define SAME "{\"active\":true,\"sub\":\"alice\",\"aud\":\"" FAKE_RESOURCE "\"}"
#define NAMELESS "{\"active\":true,\"aud\":\"" FAKE_RESOURCE "\"}"

struct fixture {
	struct introspected *it;
	struct mcpauth *auth; /* judges by keys */
	struct mcpauth_handles *handles;
	char handle[MCPAUTH_HANDLE_SIZE]; /* of sub alice at FAKE_ISSUER, without a client */
};

static struct mcpauth_auth_info *verify(struct mcpauth *auth, const char *token)
{
	struct mcpauth_auth_info *info;
	CHECK_OK(mcpauth_verify(auth, FAKE_RESOURCE, token, &info, &err));
	return info;
}

static struct mcpauth_auth_info *verify_jwt(
	struct fixture *fixture, const struct fake_token *wanted)
{
	char *token = fake_issuer_token(fixture->it->fake, wanted);
	struct mcpauth_auth_info *info = verify(fixture->auth, token);
	free(token);
	return info;
}

/* Is alice's handle good for whoever this is? @param info  taken */
static void check_alices(
	struct fixture *fixture, enum mcpauth_code want, struct mcpauth_auth_info *info)
{
	CHECK_CODE(want, mcpauth_handle_check(fixture->handles, info, fixture->handle, &err));
	mcpauth_auth_info_free(info);
}

/* Is hers good for him, who is somebody else? @param info  both taken */
static void check_strangers(
	struct fixture *fixture, struct mcpauth_auth_info *her, struct mcpauth_auth_info *him)
{
	CHECK_OK(mcpauth_handle_make(fixture->handles, her, fixture->handle, &err));
	CHECK_OK(mcpauth_handle_check(fixture->handles, her, fixture->handle, &err));
	check_alices(fixture, MCPAUTH_E_UNKNOWN_HANDLE, him);
	mcpauth_auth_info_free(her);
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	const struct fake_token usual = {.lifetime = 300};
	config.key = KEY;
	config.key_length = strlen(KEY);
	introspected_start((void **)&fixture->it);
	fixture->auth = fake_issuer_auth(fixture->it->fake, NULL, NULL);
	CHECK_OK(mcpauth_handles_new(fixture->auth, &config, &fixture->handles, &err));
	CHECK_OK(mcpauth_accept_issuer_value(fixture->auth, FAKE_ISSUER, "urn:v1", &err));
	CHECK_OK(mcpauth_add_static_token(fixture->auth, FAKE_RESOURCE, "a", "{}", &err));
	CHECK_OK(mcpauth_add_static_token(fixture->auth, FAKE_RESOURCE, "b", "{}", &err));
	CHECK_OK(mcpauth_add_static_token(
		fixture->auth, FAKE_RESOURCE, "c", "{\"sub\":\"alice\"}", &err));
	CHECK_OK(mcpauth_add_static_token(fixture->auth, FAKE_RESOURCE, "d",
		"{\"iss\":\"" FAKE_ISSUER "\",\"sub\":\"alice\"}", &err));
	struct mcpauth_auth_info *alice = verify_jwt(fixture, &usual);
	CHECK_OK(mcpauth_handle_make(fixture->handles, alice, fixture->handle, &err));
	mcpauth_auth_info_free(alice);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth_handles_free(fixture->handles);
	mcpauth_free(fixture->auth);
	introspected_stop((void **)&fixture->it);
	free(fixture);
	return 0;
}

static void a_new_jwt_is_the_same_caller(void **state)
{
	check_alices(*state, MCPAUTH_OK, verify_jwt(*state, &(struct fake_token){.lifetime = 9}));
	check_alices(*state, MCPAUTH_OK,
		verify_jwt(*state, &(struct fake_token){.claims = ",\"scope\":\"more\""}));
	check_alices(*state, MCPAUTH_E_UNKNOWN_HANDLE,
		verify_jwt(*state, &(struct fake_token){.claims = ",\"client_id\":\"app\""}));
	check_alices(*state, MCPAUTH_E_UNKNOWN_HANDLE, NULL);
}

static void another_value_of_iss_is_another_caller(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_auth_info *info = verify_jwt(
		fixture, &(struct fake_token){.issuer = "urn:v1"});
	assert_string_equal(mcpauth_auth_info_issuer(info), "urn:v1");
	check_alices(fixture, MCPAUTH_E_UNKNOWN_HANDLE, info);
	check_alices(fixture, MCPAUTH_OK,
		verify_jwt(fixture, &(struct fake_token){.issuer = FAKE_ISSUER}));
}

static void a_static_token_is_of_its_resource(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_auth_info *info = verify(fixture->auth, "c");
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_RESOURCE);
	check_alices(fixture, MCPAUTH_E_UNKNOWN_HANDLE, info);
	/* Unless it says otherwise, as whoever wrote it down may. */
	check_alices(fixture, MCPAUTH_OK, verify(fixture->auth, "d"));
}

static void static_tokens_without_a_name_are_told_apart(void **state)
{
	struct fixture *fixture = *state;
	check_strangers(fixture, verify(fixture->auth, "a"), verify(fixture->auth, "b"));
	check_strangers(fixture, verify(fixture->auth, "a"), NULL);
}

static void who_is_asked_about_is_of_the_issuer_that_was_asked(void **state)
{
	struct fixture *fixture = *state;
	introspected_answer(fixture->it, 200, SAME);
	introspected_make(fixture->it, NULL);
	struct mcpauth_auth_info *info = verify(fixture->it->auth, "opaque");
	assert_string_equal(mcpauth_auth_info_issuer(info), FAKE_ISSUER);
	check_alices(fixture, MCPAUTH_OK, info);
	introspected_answer(fixture->it, 200, NAMELESS);
	check_strangers(
		fixture, verify(fixture->it->auth, "one"), verify(fixture->it->auth, "two"));
}

/* Says of each token that it is alice's, at the issuer that the token is named after. */
static void judge(struct mcpauth_inquiry *inquiry, void *user)
{
	char claims[256];
	(void)user;
	snprintf(claims, sizeof claims,
		"{\"iss\":\"%s\",\"sub\":\"alice\",\"aud\":\"" FAKE_RESOURCE
		"\",\"exp\":1900000000}",
		strcmp(mcpauth_inquiry_token(inquiry), "v1") == 0 ? "urn:v1" : FAKE_ISSUER);
	mcpauth_inquiry_accept(inquiry, claims, strlen(claims));
}

static void a_program_says_whose_its_tokens_are(void **state)
{
	struct fixture *fixture = *state;
	struct mcpauth_verifier_config config = MCPAUTH_VERIFIER_CONFIG_INIT;
	struct mcpauth *auth = fake_issuer_auth(fixture->it->fake, NULL, NULL);
	config.verify = judge;
	CHECK_OK(mcpauth_accept_issuer_value(auth, FAKE_ISSUER, "urn:v1", &err));
	CHECK_OK(mcpauth_set_verifier(auth, FAKE_RESOURCE, &config, &err));
	check_alices(fixture, MCPAUTH_OK, verify(auth, "v2"));
	check_alices(fixture, MCPAUTH_E_UNKNOWN_HANDLE, verify(auth, "v1"));
	mcpauth_free(auth);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_jwt_is_the_same_caller),
		TEST(another_value_of_iss_is_another_caller),
		TEST(a_static_token_is_of_its_resource),
		TEST(static_tokens_without_a_name_are_told_apart),
		TEST(who_is_asked_about_is_of_the_issuer_that_was_asked),
		TEST(a_program_says_whose_its_tokens_are),
	};
	return cmocka_run_group_tests_name("handle_callers", tests, NULL, NULL);
}
