/* Digits of principals: the same for the same one, and only for that one. */
#include "support/check.h"

#include "monitoring/hex.h"
#include "monitoring/subject_hash.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <string.h>

#define KEY "0123456789abcdef"
#define ISSUER "https://issuer.example.com"

/* The linker calls the second one in the place of the first. */
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

static unsigned wiped; /* times that it was the whole key */

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	wiped += length == strlen(KEY) && memcmp(data, KEY, length) == 0;
	__real_mcpauth__wipe(data, length);
}

static void digits_of(const char *key, const char *issuer, const char *subject,
	char digits[MCPAUTH__SUBJECT_DIGITS_SIZE])
{
	struct mcpauth__subject_hash hash = {0};
	CHECK_OK(mcpauth__subject_hash_init(&hash, key, key == NULL ? 0 : strlen(key), &err));
	assert_true(mcpauth__subject_hash_write(&hash, issuer, subject, digits));
	mcpauth__subject_hash_finish(&hash);
	assert_null(hash.key);
}

/* The text as the header tells it to an operator. */
static void are_what_an_operator_computes(void **state)
{
	static const char text[] = "\0\0\0\0\0\0\0\x1a" ISSUER "\0\0\0\0\0\0\0\5alice";
	unsigned char digest[32];
	char expected[2 * sizeof digest + 1];
	char digits[MCPAUTH__SUBJECT_DIGITS_SIZE];
	(void)state;
	assert_int_equal(
		gnutls_hmac_fast(GNUTLS_MAC_SHA256, KEY, 16, text, sizeof text - 1, digest), 0);
	mcpauth__hex_write(digest, sizeof digest, expected);
	digits_of(KEY, ISSUER, "alice", digits);
	assert_int_equal(strlen(digits), 16);
	assert_memory_equal(digits, expected, 16);
}

static const struct {
	const char *label;
	const char *key;
	const char *issuer;
	const char *subject;
} others[] = {
	{"another subject", KEY, ISSUER, "alicf"},
	{"another issuer", KEY, ISSUER "/", "alice"},
	{"a byte that went from one to the other", KEY, ISSUER "a", "lice"},
	{"another key", "0123456789abcdeg", ISSUER, "alice"},
	{"a longer key", KEY "0", ISSUER, "alice"},
	{"no subject", KEY, ISSUER, ""},
	{"a random key", NULL, ISSUER, "alice"},
};

static void nobody_else_has_them(void **state)
{
	char digits[MCPAUTH__SUBJECT_DIGITS_SIZE];
	char other[MCPAUTH__SUBJECT_DIGITS_SIZE];
	(void)state;
	digits_of(KEY, ISSUER, "alice", digits);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		digits_of(others[i].key, others[i].issuer, others[i].subject, other);
		CHECK_ROW(others[i].label, strcmp(digits, other) != 0);
	}
	digits_of(KEY, ISSUER, "alice", other);
	assert_string_equal(digits, other);
}

static void a_random_key_is_another_each_time(void **state)
{
	char digits[MCPAUTH__SUBJECT_DIGITS_SIZE];
	char other[MCPAUTH__SUBJECT_DIGITS_SIZE];
	(void)state;
	digits_of(NULL, ISSUER, "alice", digits);
	digits_of(NULL, ISSUER, "alice", other);
	assert_string_not_equal(digits, other);
}

static void a_short_key_is_refused(void **state)
{
	struct mcpauth__subject_hash hash = {0};
	(void)state;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__subject_hash_init(&hash, KEY, 15, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__subject_hash_init(&hash, KEY, 0, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__subject_hash_init(&hash, NULL, 16, &err));
	assert_null(hash.key);
	CHECK_OK(mcpauth__subject_hash_init(&hash, KEY, 16, &err));
	mcpauth__subject_hash_finish(&hash);
}

static void wipes_its_copy_of_the_key(void **state)
{
	struct mcpauth__subject_hash hash = {0};
	(void)state;
	CHECK_OK(mcpauth__subject_hash_init(&hash, KEY, strlen(KEY), &err));
	wiped = 0;
	mcpauth__subject_hash_finish(&hash);
	assert_int_equal(wiped, 1);
	mcpauth__subject_hash_finish(&hash);
	assert_int_equal(wiped, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_what_an_operator_computes),
		cmocka_unit_test(nobody_else_has_them),
		cmocka_unit_test(a_random_key_is_another_each_time),
		cmocka_unit_test(a_short_key_is_refused),
		cmocka_unit_test(wipes_its_copy_of_the_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
