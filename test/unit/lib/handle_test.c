/* Handles: for whom they are good, until when, and what keys and purposes keep apart. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/principal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"
#define OTHER_KEY "0123456789abcdef0123456789abcdeF"
#define ALICE "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"client_id\":\"app\"}"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_handles *handles;
	struct principal alice;
	char handle[MCPAUTH_HANDLE_SIZE]; /* hers */
};

static struct mcpauth_handles *handles_of(
	struct mcpauth *auth, const char *key, const char *purpose, unsigned lifetime)
{
	struct mcpauth_handles *handles;
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	config.key = key;
	config.key_length = key != NULL ? strlen(key) : 0;
	config.purpose = purpose;
	config.lifetime = lifetime;
	CHECK_OK(mcpauth_handles_new(auth, &config, &handles, &err));
	return handles;
}

static int start(void **state)
{
	struct fixture *it = calloc(1, sizeof *it);
	it->fake = fake_issuer_new();
	it->auth = fake_issuer_auth(it->fake, NULL, NULL);
	it->handles = handles_of(it->auth, KEY, "session", 0);
	principal_init(&it->alice, ALICE, "one");
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
	*state = it;
	return 0;
}

static int stop(void **state)
{
	struct fixture *it = *state;
	principal_finish(&it->alice);
	mcpauth_handles_free(it->handles);
	mcpauth_free(it->auth);
	fake_issuer_free(it->fake);
	free(it);
	return 0;
}

static void is_one_word_and_each_another(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	struct fixture *it = *state;
	char other[MCPAUTH_HANDLE_SIZE];
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, other, &err));
	assert_int_equal(strlen(it->handle), 75);
	assert_int_equal(strspn(it->handle, alphabet), 75);
	assert_int_equal(strlen(other), 75);
	/* The name, which is random. */
	assert_memory_not_equal(it->handle, other, 21);
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, other, &err));
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
}

/* Who they are: those of one number are one caller, all others are not. */
static const struct {
	int number;
	const char *claims;
	const char *token;
} callers[] = {
	{1, ALICE, "one"},
	{1, ALICE, "two"},
	{1,
		"{\"client_id\":\"app\",\"sub\":\"alice\",\"scope\":\"a b\",\"jti\":\"7\","
		"\"iss\":\"https://as.example\",\"aud\":\"x\",\"exp\":1900000000}",
		"three"},
	{1, "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"azp\":\"app\"}", "four"},
	{2, "{\"iss\":\"https://as.example\",\"sub\":\"bob\",\"client_id\":\"app\"}", "one"},
	{3, "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"client_id\":\"apq\"}", "one"},
	{4, "{\"iss\":\"https://as.example/\",\"sub\":\"alice\",\"client_id\":\"app\"}", "one"},
	{5, "{\"iss\":\"https://as.example\",\"sub\":\"alice\"}", "one"},
	{6, "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"client_id\":\"\"}", "one"},
	{7, "{\"iss\":\"https://as.example\",\"client_id\":\"app\"}", "one"},
	{7, "{\"iss\":\"https://as.example\",\"client_id\":\"app\"}", "two"},
	{8, "{\"iss\":\"https://as.example\",\"sub\":\"\",\"client_id\":\"app\"}", "one"},
	{9, "{\"iss\":\"https://as.example\",\"sub\":\"app\",\"client_id\":\"alice\"}", "one"},
	{10, "{\"iss\":\"https://as.example\",\"sub\":\"alicea\",\"client_id\":\"pp\"}", "one"},
	{11, "{\"iss\":\"https://as.exampl\",\"sub\":\"ealice\",\"client_id\":\"app\"}", "one"},
	{12, "{\"iss\":\"https://as.example\"}", "one"},
	{13, "{\"iss\":\"https://as.example\"}", "two"},
	{14, "{\"iss\":\"https://as.example\",\"sub\":\"\"}", "one"},
	{15, "{\"iss\":\"https://as.example\",\"sub\":\"\"}", "two"},
	{16, "{\"iss\":\"https://as.example\",\"sub\":\"\",\"client_id\":\"\"}", "one"},
	{17, "{\"iss\":\"https://as.example\",\"sub\":\"one\"}", "one"},
	{18, "{}", "one"},
	{19, "{}", ""},
	{20, NULL, NULL},
	{20, NULL, NULL},
};
#define CALLERS (sizeof callers / sizeof *callers)

static void is_good_for_one_caller_alone(void **state)
{
	struct fixture *it = *state;
	struct principal all[CALLERS];
	char label[32];
	for (size_t i = 0; i < CALLERS; i++) {
		principal_init(&all[i], callers[i].claims, callers[i].token);
	}
	for (size_t i = 0; i < CALLERS * CALLERS; i++) {
		size_t maker = i / CALLERS;
		size_t other = i % CALLERS;
		bool is_same = callers[maker].number == callers[other].number;
		snprintf(label, sizeof label, "of row %zu, with row %zu", maker, other);
		CHECK_ROW_CODE(label, MCPAUTH_OK,
			mcpauth_handle_make(it->handles, all[maker].info, it->handle, &err));
		CHECK_ROW_CODE(label, is_same ? MCPAUTH_OK : MCPAUTH_E_UNKNOWN_HANDLE,
			mcpauth_handle_check(it->handles, all[other].info, it->handle, &err));
	}
	for (size_t i = 0; i < CALLERS; i++) {
		principal_finish(&all[i]);
	}
}

static void check_of(struct fixture *it, const char *key, const char *purpose,
	enum mcpauth_code want, const char *made_for)
{
	char handle[MCPAUTH_HANDLE_SIZE];
	struct mcpauth_handles *maker = handles_of(it->auth, KEY, made_for, 0);
	struct mcpauth_handles *checker = handles_of(it->auth, key, purpose, 0);
	CHECK_OK(mcpauth_handle_make(maker, it->alice.info, handle, &err));
	CHECK_CODE(want, mcpauth_handle_check(checker, it->alice.info, handle, &err));
	mcpauth_handles_free(maker);
	mcpauth_handles_free(checker);
}

static void another_purpose_does_not_know_it(void **state)
{
	struct fixture *it = *state;
	check_of(it, KEY, "session", MCPAUTH_OK, "session");
	check_of(it, KEY, "sessioN", MCPAUTH_E_UNKNOWN_HANDLE, "session");
	check_of(it, KEY, "session2", MCPAUTH_E_UNKNOWN_HANDLE, "session");
	check_of(it, KEY, NULL, MCPAUTH_E_UNKNOWN_HANDLE, "session");
	check_of(it, KEY, "session", MCPAUTH_E_UNKNOWN_HANDLE, NULL);
	check_of(it, KEY, "", MCPAUTH_OK, NULL);
}

static void another_key_does_not_know_it(void **state)
{
	struct fixture *it = *state;
	check_of(it, OTHER_KEY, "session", MCPAUTH_E_UNKNOWN_HANDLE, "session");
	check_of(it, KEY "and-more", "session", MCPAUTH_E_UNKNOWN_HANDLE, "session");
	check_of(it, NULL, "session", MCPAUTH_E_UNKNOWN_HANDLE, "session");
}

static void keys_of_their_own_differ(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_handles *one = handles_of(it->auth, NULL, "session", 0);
	struct mcpauth_handles *other = handles_of(it->auth, NULL, "session", 0);
	CHECK_OK(mcpauth_handle_make(one, it->alice.info, it->handle, &err));
	CHECK_OK(mcpauth_handle_check(one, it->alice.info, it->handle, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
		mcpauth_handle_check(other, it->alice.info, it->handle, &err));
	mcpauth_handles_free(one);
	mcpauth_handles_free(other);
}

static void is_over_at_its_last_second(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_handles *brief = handles_of(it->auth, KEY, "session", 1);
	char of_a_second[MCPAUTH_HANDLE_SIZE];
	CHECK_OK(mcpauth_handle_make(brief, it->alice.info, of_a_second, &err));
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, of_a_second, &err));
	fake_issuer_set_real(it->fake, FAKE_NOW + 1);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
		mcpauth_handle_check(brief, it->alice.info, of_a_second, &err));
	fake_issuer_set_real(it->fake, FAKE_NOW + 3599);
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	fake_issuer_set_real(it->fake, FAKE_NOW + 3600);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
		mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	/* What it is has no say in when it ends: its maker had. */
	CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
		mcpauth_handle_check(brief, it->alice.info, it->handle, &err));
	mcpauth_handles_free(brief);
}

static void one_without_end_has_none(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_handles *eternal = handles_of(it->auth, KEY, "session", MCPAUTH_NONE);
	CHECK_OK(mcpauth_handle_make(eternal, it->alice.info, it->handle, &err));
	fake_issuer_set_real(it->fake, INT64_C(1) << 60);
	CHECK_OK(mcpauth_handle_check(eternal, it->alice.info, it->handle, &err));
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	mcpauth_handles_free(eternal);
}

/* Near the end of all time a sum would begin anew, and the handle be over before it began. */
static void is_good_whatever_the_clock_shows(void **state)
{
	static const int64_t times[] = {
		INT64_MIN, -1, 0, INT64_MAX - 3601, INT64_MAX - 3600, INT64_MAX - 1};
	struct fixture *it = *state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		fake_issuer_set_real(it->fake, times[i]);
		CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
		CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	}
	fake_issuer_set_real(it->fake, INT64_MAX);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_HANDLE,
		mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
}

static void outlives_the_object_and_its_process(void **state)
{
	struct fixture *it = *state;
	struct mcpauth *next = fake_issuer_auth(it->fake, NULL, NULL);
	struct mcpauth_handles *there = handles_of(next, KEY, "session", 0);
	mcpauth_free(next);
	CHECK_OK(mcpauth_handle_check(there, it->alice.info, it->handle, &err));
	CHECK_OK(mcpauth_handle_make(there, it->alice.info, it->handle, &err));
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	mcpauth_handles_free(there);
}

static enum mcpauth_code new_with(const struct fixture *it, const void *key, size_t key_length,
	size_t size, struct mcpauth_error *err)
{
	struct mcpauth_handles *handles = (void *)it;
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	config.size = size;
	config.key = key;
	config.key_length = key_length;
	enum mcpauth_code code = mcpauth_handles_new(it->auth, &config, &handles, err);
	assert_true((code == MCPAUTH_OK) == (handles != NULL));
	mcpauth_handles_free(handles);
	return code;
}

static void wants_a_key_that_is_one(void **state)
{
	struct fixture *it = *state;
	const size_t size = sizeof(struct mcpauth_handles_config);
	CHECK_OK(new_with(it, KEY, 32, size, &err));
	CHECK_OK(new_with(it, KEY "and-more", 40, size, &err));
	CHECK_OK(new_with(it, NULL, 0, size, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, new_with(it, KEY, 31, size, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, new_with(it, KEY, 0, size, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, new_with(it, NULL, 32, size, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, new_with(it, KEY, 32, 0, &err));
}

static void needs_no_configuration(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_handles *usual;
	CHECK_OK(mcpauth_handles_new(it->auth, NULL, &usual, &err));
	CHECK_OK(mcpauth_handle_make(usual, it->alice.info, it->handle, &err));
	fake_issuer_set_real(it->fake, FAKE_NOW + 3599);
	CHECK_OK(mcpauth_handle_check(usual, it->alice.info, it->handle, &err));
	assert_int_equal(mcpauth_handle_check(it->handles, it->alice.info, it->handle, NULL),
		MCPAUTH_E_UNKNOWN_HANDLE);
	mcpauth_handles_free(usual);
	mcpauth_handles_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(is_one_word_and_each_another),
		TEST(is_good_for_one_caller_alone),
		TEST(another_purpose_does_not_know_it),
		TEST(another_key_does_not_know_it),
		TEST(keys_of_their_own_differ),
		TEST(is_over_at_its_last_second),
		TEST(one_without_end_has_none),
		TEST(is_good_whatever_the_clock_shows),
		TEST(outlives_the_object_and_its_process),
		TEST(wants_a_key_that_is_one),
		TEST(needs_no_configuration),
	};
	return cmocka_run_group_tests_name("handle", tests, NULL, NULL);
}
