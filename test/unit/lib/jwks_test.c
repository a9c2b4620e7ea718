/* Key sets: which key a token is verified with, and what spoils a set. */
#include "jose/jwks.h"

#include "base/buf.h"
#include "support/check.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char message[] = "what is signed";

/** A set under construction: {"keys":[...]}. */
static void open_set(struct mcpauth__buf *text)
{
	*text = (struct mcpauth__buf){0};
	mcpauth__buf_puts(text, "{\"keys\":[");
}

static void put_key(struct mcpauth__buf *text, const char *jwk)
{
	bool first = text->data[text->length - 1] == '[';
	assert_true(mcpauth__buf_printf(text, "%s%s", first ? "" : ",", jwk));
}

static void put_made(
	struct mcpauth__buf *text, const char *algorithm, unsigned number, const char *kid)
{
	char *jwk = test_key_jwk(test_key(algorithm, number), kid, NULL, NULL);
	put_key(text, jwk);
	free(jwk);
}

static struct mcpauth__jwks *close_set(struct mcpauth__buf *text)
{
	struct mcpauth__jwks *set;
	assert_true(mcpauth__buf_puts(text, "]}"));
	CHECK_OK(mcpauth__jwks_parse(text->data, text->length, &set, &err));
	mcpauth__buf_finish(text);
	return set;
}

/* Verify what the key of an algorithm and a number has just signed. */
static enum mcpauth_code verify(const struct mcpauth__jwks *set, const char *kid,
	const char *algorithm, unsigned number, struct mcpauth_error *err)
{
	struct mcpauth__signed data = {
		.data = (const unsigned char *)message, .length = sizeof message};
	unsigned char *signature = test_key_signature(
		test_key(algorithm, number), message, sizeof message, &data.signature_length);
	data.signature = signature;
	enum mcpauth_code code = mcpauth__jwks_verify(
		set, kid, mcpauth__algorithm_of(algorithm), &data, err);
	free(signature);
	return code;
}

static struct mcpauth__jwks *set_of_three(void)
{
	struct mcpauth__buf text;
	open_set(&text);
	put_made(&text, "ES256", 0, "b");
	put_made(&text, "ES256", 1, "a");
	put_made(&text, "EdDSA", 0, "c");
	return close_set(&text);
}

static void verifies_with_the_key_that_is_named(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	CHECK_OK(verify(set, "b", "ES256", 0, &err));
	CHECK_OK(verify(set, "a", "ES256", 1, &err));
	CHECK_OK(verify(set, "c", "EdDSA", 0, &err));
	mcpauth__jwks_free(set);
}

static void refuses_a_signature_by_another_key_of_the_set(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, verify(set, "a", "ES256", 0, &err));
	mcpauth__jwks_free(set);
}

static const char *const unknown_names[] = {
	"",
	"A",
	"aa",
	"0",
	"bb",
	"d",
	"../a",
	"a\n",
	"%s%n",
};

static void knows_no_key_of_another_name(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	for (size_t i = 0; i < sizeof unknown_names / sizeof *unknown_names; i++) {
		CHECK_ROW_CODE(unknown_names[i], MCPAUTH_E_UNKNOWN_KEY,
			verify(set, unknown_names[i], "ES256", 0, &err));
	}
	mcpauth__jwks_free(set);
}

static void knows_no_key_if_the_named_one_does_not_fit(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, "c", "ES256", 0, &err));
	mcpauth__jwks_free(set);
}

static void takes_the_only_fitting_key_without_a_kid(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	CHECK_OK(verify(set, NULL, "EdDSA", 0, &err));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, verify(set, NULL, "EdDSA", 1, &err));
	mcpauth__jwks_free(set);
}

static void guesses_no_key_without_a_kid(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	struct mcpauth_error err = {0};
	assert_int_equal(verify(set, NULL, "ES256", 0, &err), MCPAUTH_E_UNKNOWN_KEY);
	assert_string_equal(
		err.message, "the token has no kid, and several keys fit its algorithm");
	assert_int_equal(verify(set, NULL, "ES384", 0, &err), MCPAUTH_E_UNKNOWN_KEY);
	assert_string_equal(err.message, "the token has no kid, and no key fits its algorithm");
	mcpauth__jwks_free(set);
}

static void finds_a_key_without_a_kid_for_a_token_without_one(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	open_set(&text);
	put_made(&text, "ES384", 0, NULL);
	put_made(&text, "ES256", 0, "k");
	struct mcpauth__jwks *set = close_set(&text);
	CHECK_OK(verify(set, NULL, "ES384", 0, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, "x", "ES384", 0, &err));
	mcpauth__jwks_free(set);
}

/* Copies of one key whose signature fails, then the right key, all named alike. */
static enum mcpauth_code verify_behind(
	unsigned others, const char *other_algorithm, struct mcpauth_error *err)
{
	struct mcpauth__buf text;
	open_set(&text);
	for (unsigned i = 0; i < others; i++) {
		put_made(&text, other_algorithm, 1, "same");
	}
	put_made(&text, "ES256", 0, "same");
	struct mcpauth__jwks *set = close_set(&text);
	enum mcpauth_code code = verify(set, "same", "ES256", 0, err);
	mcpauth__jwks_free(set);
	return code;
}

static void tries_four_keys_of_one_kid(void **state)
{
	(void)state;
	CHECK_OK(verify_behind(3, "ES256", &err));
}

static void tries_no_fifth_key_of_one_kid(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, verify_behind(4, "ES256", &err));
}

static void counts_only_fitting_keys_as_tried(void **state)
{
	(void)state;
	CHECK_OK(verify_behind(10, "EdDSA", &err));
}

static void passes_over_unusable_keys(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	open_set(&text);
	put_key(&text, "null");
	put_key(&text, "\"text\"");
	put_key(&text, "{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"a\"}");
	put_made(&text, "ES256", 0, "a");
	put_key(&text, "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQ\",\"kid\":\"a\"}");
	put_key(&text, "[]");
	struct mcpauth__jwks *set = close_set(&text);
	assert_int_equal(mcpauth__jwks_count(set), 1);
	assert_int_equal(mcpauth__jwks_skipped(set), 5);
	CHECK_OK(verify(set, "a", "ES256", 0, &err));
	mcpauth__jwks_free(set);
}

static void never_verifies_with_a_key_that_was_passed_over(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	open_set(&text);
	char *jwk = test_key_jwk(test_key("ES256", 0), "a", NULL, "enc");
	put_key(&text, jwk);
	free(jwk);
	struct mcpauth__jwks *set = close_set(&text);
	assert_int_equal(mcpauth__jwks_count(set), 0);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, "a", "ES256", 0, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, NULL, "ES256", 0, &err));
	mcpauth__jwks_free(set);
}

static void takes_a_set_without_keys(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	open_set(&text);
	struct mcpauth__jwks *set = close_set(&text);
	assert_int_equal(mcpauth__jwks_count(set), 0);
	assert_int_equal(mcpauth__jwks_skipped(set), 0);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, NULL, "ES256", 0, &err));
	mcpauth__jwks_free(set);
}

static const struct {
	const char *label;
	const char *text;
	enum mcpauth_code code;
} documents[] = {
	{"nothing", "", MCPAUTH_E_INVALID_JSON},
	{"HTML", "<html></html>", MCPAUTH_E_INVALID_JSON},
	{"cut short", "{\"keys\":[", MCPAUTH_E_INVALID_JSON},
	{"an array", "[]", MCPAUTH_E_INVALID_JSON},
	{"keys twice", "{\"keys\":[],\"keys\":[]}", MCPAUTH_E_INVALID_JSON},
	{"empty", "{}", MCPAUTH_E_INVALID_KEYS},
	{"keys in other case", "{\"Keys\":[]}", MCPAUTH_E_INVALID_KEYS},
	{"keys null", "{\"keys\":null}", MCPAUTH_E_INVALID_KEYS},
	{"keys an object", "{\"keys\":{\"a\":{}}}", MCPAUTH_E_INVALID_KEYS},
	{"keys a string", "{\"keys\":\"[]\"}", MCPAUTH_E_INVALID_KEYS},
	{"a key instead of a set", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", MCPAUTH_E_INVALID_KEYS},
	{"nothing but a set", "{\"keys\":[]}", MCPAUTH_OK},
	{"a set and more", "{\"keys\":[],\"next\":{\"keys\":1}}", MCPAUTH_OK},
};

static void refuses_documents_that_are_no_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		struct mcpauth__jwks *set;
		CHECK_ROW_CODE(documents[i].label, documents[i].code,
			mcpauth__jwks_parse(
				documents[i].text, strlen(documents[i].text), &set, &err));
		CHECK_ROW(documents[i].label, (set != NULL) == (documents[i].code == MCPAUTH_OK));
		mcpauth__jwks_free(set);
	}
}

/* A set of `count` copies of one key, with a kid for each. */
static void put_many(struct mcpauth__buf *text, const char *algorithm, unsigned count)
{
	char kid[32];
	open_set(text);
	for (unsigned i = 0; i < count; i++) {
		snprintf(kid, sizeof kid, "k%u", i * 7919 % count);
		put_made(text, algorithm, 0, kid);
	}
}

static void finds_each_of_two_thousand_keys(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	put_many(&text, "EdDSA", MCPAUTH__JWKS_KEY_LIMIT);
	struct mcpauth__jwks *set = close_set(&text);
	assert_int_equal(mcpauth__jwks_count(set), MCPAUTH__JWKS_KEY_LIMIT);
	CHECK_OK(verify(set, "k0", "EdDSA", 0, &err));
	CHECK_OK(verify(set, "k1000", "EdDSA", 0, &err));
	CHECK_OK(verify(set, "k1999", "EdDSA", 0, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, "k2000", "EdDSA", 0, &err));
	mcpauth__jwks_free(set);
}

static void takes_the_only_fitting_key_of_a_thousand(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	put_many(&text, "EdDSA", 999);
	put_made(&text, "ES256", 0, NULL);
	struct mcpauth__jwks *set = close_set(&text);
	CHECK_OK(verify(set, NULL, "ES256", 0, &err));
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, verify(set, NULL, "EdDSA", 0, &err));
	mcpauth__jwks_free(set);
}

static void refuses_a_set_of_more_keys(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	struct mcpauth__jwks *set;
	put_many(&text, "EdDSA", MCPAUTH__JWKS_KEY_LIMIT + 1);
	assert_true(mcpauth__buf_puts(&text, "]}"));
	CHECK_CODE(MCPAUTH_E_INVALID_KEYS, mcpauth__jwks_parse(text.data, text.length, &set, &err));
	mcpauth__buf_finish(&text);
}

/* A set without a key, and beside it as many zeros as make so many values. */
static enum mcpauth_code parse_values(unsigned count, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	struct mcpauth__jwks *set;
	mcpauth__buf_puts(&text, "{\"keys\":[],\"more\":[0");
	for (unsigned i = 4; i < count; i++) {
		mcpauth__buf_puts(&text, ",0");
	}
	assert_true(mcpauth__buf_puts(&text, "]}"));
	enum mcpauth_code code = mcpauth__jwks_parse(text.data, text.length, &set, err);
	assert_true((set != NULL) == (code == MCPAUTH_OK));
	mcpauth__jwks_free(set);
	mcpauth__buf_finish(&text);
	return code;
}

static void refuses_a_set_of_more_values_than_keys_need(void **state)
{
	(void)state;
	CHECK_OK(parse_values(MCPAUTH__JWKS_VALUE_LIMIT, &err));
	CHECK_CODE(MCPAUTH_E_TOO_LARGE, parse_values(MCPAUTH__JWKS_VALUE_LIMIT + 1, &err));
}

static void parses_the_heaviest_set_in_no_time(void **state)
{
	(void)state;
	struct mcpauth__buf text;
	put_many(&text, "ES512", MCPAUTH__JWKS_KEY_LIMIT);
	clock_t start = clock();
	struct mcpauth__jwks *set = close_set(&text);
	/* Some milliseconds; a verification for each would take seconds. */
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
	assert_int_equal(mcpauth__jwks_count(set), MCPAUTH__JWKS_KEY_LIMIT);
	mcpauth__jwks_free(set);
}

/* A megabyte in one member, over and over the same piece of text. */
static void check_hostile(const char *label, const char *head, const char *piece, const char *tail)
{
	struct mcpauth__buf text = {0};
	struct mcpauth__jwks *set;
	mcpauth__buf_puts(&text, head);
	while (text.length < 1024 * 1024) {
		mcpauth__buf_puts(&text, piece);
	}
	assert_true(mcpauth__buf_puts(&text, tail));
	clock_t start = clock();
	enum mcpauth_code code = mcpauth__jwks_parse(text.data, text.length, &set, NULL);
	CHECK_ROW(label, clock() - start < 10 * CLOCKS_PER_SEC);
	CHECK_ROW(label, (code == MCPAUTH_OK) == (set != NULL));
	CHECK_ROW(label, set == NULL || mcpauth__jwks_count(set) == 0);
	mcpauth__jwks_free(set);
	mcpauth__buf_finish(&text);
}

static void parses_a_hostile_megabyte_in_no_time(void **state)
{
	(void)state;
	check_hostile("numbers for keys", "{\"keys\":[1", ",1", "]}");
	check_hostile("one endless n", "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"",
		"AAAAAAAA", "\"}]}");
	check_hostile("endless key_ops", "{\"keys\":[{\"kty\":\"RSA\",\"key_ops\":[\"a\"", ",\"a\"",
		"]}]}");
	check_hostile("endless zeros", "{\"keys\":[1", "0000000000", "]}");
	check_hostile("endless depth", "", "{\"keys\":[", "");
	check_hostile("an endless name", "{\"", "keys", "\":[]}");
}

static void lives_until_the_last_reference_is_gone(void **state)
{
	(void)state;
	struct mcpauth__jwks *set = set_of_three();
	assert_ptr_equal(mcpauth__jwks_ref(set), set);
	mcpauth__jwks_free(set);
	CHECK_OK(verify(set, "b", "ES256", 0, &err));
	mcpauth__jwks_free(set);
}

static void frees_no_set(void **state)
{
	(void)state;
	mcpauth__jwks_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_with_the_key_that_is_named),
		cmocka_unit_test(refuses_a_signature_by_another_key_of_the_set),
		cmocka_unit_test(knows_no_key_of_another_name),
		cmocka_unit_test(knows_no_key_if_the_named_one_does_not_fit),
		cmocka_unit_test(takes_the_only_fitting_key_without_a_kid),
		cmocka_unit_test(guesses_no_key_without_a_kid),
		cmocka_unit_test(finds_a_key_without_a_kid_for_a_token_without_one),
		cmocka_unit_test(tries_four_keys_of_one_kid),
		cmocka_unit_test(tries_no_fifth_key_of_one_kid),
		cmocka_unit_test(counts_only_fitting_keys_as_tried),
		cmocka_unit_test(passes_over_unusable_keys),
		cmocka_unit_test(never_verifies_with_a_key_that_was_passed_over),
		cmocka_unit_test(takes_a_set_without_keys),
		cmocka_unit_test(refuses_documents_that_are_no_set),
		cmocka_unit_test(finds_each_of_two_thousand_keys),
		cmocka_unit_test(takes_the_only_fitting_key_of_a_thousand),
		cmocka_unit_test(refuses_a_set_of_more_keys),
		cmocka_unit_test(refuses_a_set_of_more_values_than_keys_need),
		cmocka_unit_test(parses_the_heaviest_set_in_no_time),
		cmocka_unit_test(parses_a_hostile_megabyte_in_no_time),
		cmocka_unit_test(lives_until_the_last_reference_is_gone),
		cmocka_unit_test(frees_no_set),
	};
	return cmocka_run_group_tests_name("jwks", tests, NULL, NULL);
}
