/* Handles that nobody made: cut, extended, spelt otherwise, each bit of them turned. */
#include "base/base64url.h"

#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/principal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"
#define CLAIMS "{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"client_id\":\"app\"}"
#define LENGTH 75
#define BYTES 56
#define THREADS 8
#define EACH 200

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_handles *handles;
	struct principal alice;
	char handle[MCPAUTH_HANDLE_SIZE];
};

static int start(void **state)
{
	struct fixture *it = calloc(1, sizeof *it);
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	config.key = KEY;
	config.key_length = strlen(KEY);
	it->fake = fake_issuer_new();
	it->auth = fake_issuer_auth(it->fake, NULL, NULL);
	principal_init(&it->alice, CLAIMS, "token");
	CHECK_OK(mcpauth_handles_new(it->auth, &config, &it->handles, &err));
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, it->handle, &err));
	*state = it;
	return 0;
}

static int stop(void **state)
{
	struct fixture *it = *state;
	/* So that what was refused means something. */
	CHECK_OK(mcpauth_handle_check(it->handles, it->alice.info, it->handle, &err));
	principal_finish(&it->alice);
	mcpauth_handles_free(it->handles);
	mcpauth_free(it->auth);
	fake_issuer_free(it->fake);
	free(it);
	return 0;
}

/* Of the message no more is asked than that it tells nothing. */
static void check_refused(const struct fixture *it, const char *label, const char *handle)
{
	struct mcpauth_error error = {0};
	enum mcpauth_code code = mcpauth_handle_check(it->handles, it->alice.info, handle, &error);
	CHECK_ROW(label, code == MCPAUTH_E_UNKNOWN_HANDLE);
	CHECK_ROW(label, error.code == MCPAUTH_E_UNKNOWN_HANDLE);
	CHECK_ROW(label, *error.message != '\0');
	CHECK_ROW(label,
		handle == NULL || strlen(handle) < 4 || strstr(error.message, handle) == NULL);
	CHECK_ROW(label, strstr(error.message, "alice") == NULL);
	CHECK_ROW(label, strstr(error.message, "app") == NULL);
	CHECK_ROW(label, strstr(error.message, "as.example") == NULL);
}

static void what_is_none_is_unknown(void **state)
{
	static const char *const rows[] = {
		NULL,
		"",
		"A",
		"alice",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"___________________________________________________________________________",
		"\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		"\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check_refused(*state, rows[i] != NULL ? rows[i] : "NULL", rows[i]);
	}
}

static void a_part_of_it_is_unknown(void **state)
{
	struct fixture *it = *state;
	char part[MCPAUTH_HANDLE_SIZE];
	for (size_t length = 0; length < LENGTH; length++) {
		memcpy(part, it->handle, length);
		part[length] = '\0';
		check_refused(it, part, part);
		check_refused(it, "its end", it->handle + length + 1);
	}
}

static void more_than_it_is_unknown(void **state)
{
	struct fixture *it = *state;
	static const char *const ends[] = {"A", "=", "AA", "\n", " ", "AAAA", "%00"};
	char more[MCPAUTH_HANDLE_SIZE];
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(more, sizeof more, "%s%s", it->handle, ends[i]);
		check_refused(it, ends[i], more);
		/* As long as a good one, so that its length does not give it away. */
		snprintf(more, sizeof more, "%s%s", it->handle + strlen(ends[i]), ends[i]);
		check_refused(it, ends[i], more);
	}
}

static void a_very_long_one_is_unknown(void **state)
{
	struct fixture *it = *state;
	size_t length = (size_t)1 << 20;
	char *big = malloc(length + 1);
	memset(big, 'A', length);
	big[length] = '\0';
	check_refused(it, "1 MiB", big);
	memcpy(big, it->handle, LENGTH);
	check_refused(it, "1 MiB that begins like one", big);
	free(big);
}

static void each_bit_of_its_text_counts(void **state)
{
	struct fixture *it = *state;
	char turned[MCPAUTH_HANDLE_SIZE];
	for (size_t bit = 0; bit < LENGTH * 8; bit++) {
		memcpy(turned, it->handle, sizeof turned);
		turned[bit / 8] ^= (char)(1 << bit % 8);
		check_refused(it, turned, turned);
	}
}

static void each_bit_that_it_stands_for_counts(void **state)
{
	struct fixture *it = *state;
	unsigned char bytes[BYTES];
	char turned[MCPAUTH_HANDLE_SIZE];
	for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
		assert_true(mcpauth__base64url_decode(it->handle, LENGTH, bytes));
		bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		mcpauth__base64url_encode(bytes, sizeof bytes, turned);
		check_refused(it, turned, turned);
	}
}

/* The last character has two bits that stand for nothing: three others would be read like
 * it, by who is less strict. */
static void has_one_spelling(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_+/=";
	struct fixture *it = *state;
	char other[MCPAUTH_HANDLE_SIZE];
	memcpy(other, it->handle, sizeof other);
	for (const char *at = alphabet; *at != '\0'; at++) {
		if (*at != it->handle[LENGTH - 1]) {
			other[LENGTH - 1] = *at;
			check_refused(it, other, other);
		}
	}
}

/* Two handles of one caller, name and end of the one under the seal of the other. */
static void parts_of_two_make_none(void **state)
{
	struct fixture *it = *state;
	char other[MCPAUTH_HANDLE_SIZE];
	char mixed[MCPAUTH_HANDLE_SIZE];
	CHECK_OK(mcpauth_handle_make(it->handles, it->alice.info, other, &err));
	for (size_t length = 1; length < 70; length++) {
		snprintf(mixed, sizeof mixed, "%.*s%s", (int)length, it->handle, other + length);
		if (strcmp(mixed, it->handle) != 0 && strcmp(mixed, other) != 0) {
			check_refused(it, mixed, mixed);
		}
	}
}

static void *make_and_check(void *argument)
{
	const struct fixture *it = argument;
	char handle[MCPAUTH_HANDLE_SIZE];
	bool good = true;
	for (int i = 0; i < EACH; i++) {
		good = good
			&& mcpauth_handle_make(it->handles, it->alice.info, handle, NULL)
				== MCPAUTH_OK
			&& mcpauth_handle_check(it->handles, it->alice.info, handle, NULL)
				== MCPAUTH_OK
			&& mcpauth_handle_check(it->handles, NULL, handle, NULL)
				== MCPAUTH_E_UNKNOWN_HANDLE;
	}
	return good ? argument : NULL;
}

static void threads_do_not_mind_each_other(void **state)
{
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, make_and_check, *state), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *good;
		pthread_join(threads[i], &good);
		assert_non_null(good);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_none_is_unknown),
		TEST(a_part_of_it_is_unknown),
		TEST(more_than_it_is_unknown),
		TEST(a_very_long_one_is_unknown),
		TEST(each_bit_of_its_text_counts),
		TEST(each_bit_that_it_stands_for_counts),
		TEST(has_one_spelling),
		TEST(parts_of_two_make_none),
		TEST(threads_do_not_mind_each_other),
	};
	return cmocka_run_group_tests_name("handle_forged", tests, NULL, NULL);
}
