/* What lies in a store: its keys, its values, and until when those are believed. */
#include "endpoint/stored_answer.h"

#include "base/hash.h"
#include "endpoint/store_key.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000

static const struct mcpauth__store_scope usual = {.issuer = "https://as.example",
	.endpoint = "https://as.example/i",
	.client_id = "me"};

static struct mcpauth__store_key answer_key(
	const struct mcpauth__store_scope *scope, const char *token)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	struct mcpauth__store_section section;
	struct mcpauth__store_key key;
	assert_true(mcpauth__sha256(token, strlen(token), digest));
	assert_true(mcpauth__store_section_make(&section, scope));
	mcpauth__store_key_of_answer(&key, &section, digest);
	return key;
}

static void an_answers_key_holds_hashes_alone(void **state)
{
	(void)state;
	/* SHA-256 of "abc" (FIPS 180-4). */
	static const char hash[] =
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct mcpauth__store_key key = answer_key(&usual, "abc");
	size_t length = strlen(key.text);
	assert_memory_equal(key.text, "mcpauth:introspection:", 22);
	assert_int_equal(length, 22 + 32 + 1 + 64);
	assert_int_equal(key.text[22 + 32], ':');
	assert_string_equal(key.text + 22 + 33, hash);
	assert_int_equal(strspn(key.text + 22, "0123456789abcdef:"), length - 22);
}

static void nobody_finds_another_ones_answers(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		struct mcpauth__store_scope scope;
	} rows[] = {
		{"issuer", {"https://as.exampl", "https://as.example/i", "me", false}},
		{"endpoint", {"https://as.example", "https://as.example/j", "me", false}},
		{"no endpoint", {"https://as.example", NULL, "me", false}},
		{"client", {"https://as.example", "https://as.example/i", "you", false}},
		{"no client", {"https://as.example", "https://as.example/i", NULL, false}},
		{"signed", {"https://as.example", "https://as.example/i", "me", true}},
		{"moved border", {"https://as.examplehttps://as.example/", "i", "me", false}},
	};
	struct mcpauth__store_key key = answer_key(&usual, "abc");
	struct mcpauth__store_key same = answer_key(&usual, "abc");
	assert_string_equal(key.text, same.text);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__store_key other = answer_key(&rows[i].scope, "abc");
		CHECK_ROW(rows[i].label, strcmp(key.text, other.text) != 0);
	}
}

static void keys_of_different_kinds_and_names_differ(void **state)
{
	(void)state;
	struct mcpauth__store_key keys[7];
	unsigned char digest[MCPAUTH__SHA256_SIZE] = {0};
	assert_true(mcpauth__store_key_of_jti(&keys[0], "i", "n"));
	assert_true(mcpauth__store_key_of_forgotten_subject(&keys[1], "i", "n"));
	assert_true(mcpauth__store_key_of_forgotten_session(&keys[2], "i", "n"));
	assert_true(mcpauth__store_key_of_forgotten_subject(&keys[3], "in", ""));
	assert_true(mcpauth__store_key_of_forgotten_subject(&keys[4], "j", "n"));
	assert_true(mcpauth__store_key_of_jti(&keys[5], "i", "m"));
	mcpauth__store_key_of_forgotten_token(&keys[6], digest);
	for (size_t i = 0; i < 7; i++) {
		assert_in_range(strlen(keys[i].text), 64, MCPAUTH__STORE_KEY_SIZE - 1);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(keys[i].text, keys[j].text);
		}
	}
	assert_memory_equal(keys[0].text, "mcpauth:jti:", 12);
	assert_memory_equal(keys[1].text, "mcpauth:forgotten:subject:", 26);
	assert_memory_equal(keys[2].text, "mcpauth:forgotten:session:", 26);
	assert_memory_equal(keys[6].text, "mcpauth:forgotten:token:", 24);
}

static char *write(const char *text, size_t length, size_t *written)
{
	struct mcpauth__stored_answer answer = {(char *)text, length, NOW, NOW + 60};
	return mcpauth__stored_answer_write(&answer, written);
}

static void an_answer_is_read_as_it_was_written(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"active\":true,\"sub\":\"\\u0061lice\\n\"}",
		"{\"active\" : false}",
		"{\"username\":\"J\xc3\xbcrgen \\\"x\\\\\"}",
		"[]",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t length;
		struct mcpauth__stored_answer read;
		char *value = write(texts[i], strlen(texts[i]), &length);
		assert_non_null(value);
		assert_int_equal(length, strlen(value));
		assert_true(mcpauth__stored_answer_read(value, length, &read));
		assert_string_equal(read.text, texts[i]);
		assert_int_equal(read.length, strlen(texts[i]));
		assert_true(read.asked_at == NOW && read.until == NOW + 60);
		free(read.text);
		free(value);
	}
}

static void what_nobody_could_read_is_not_written(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
		{"<html>", 6},
		{"", 0},
		{"{\"a\":\"\\u0000\"}", 14},
		{"{}\0", 3},
		{"{\"a\":\"\xff\"}", 9},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t length;
		CHECK_ROW(rows[i].text, write(rows[i].text, rows[i].length, &length) == NULL);
	}
}

static void what_is_no_answer_is_not_read(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		bool good;
	} rows[] = {
		{"{\"asked_at\":1,\"until\":2,\"answer\":\"{}\"}", true},
		{"{\"asked_at\":1,\"until\":2,\"answer\":\"{}\",\"more\":0}", true},
		{"{\"asked_at\":1,\"until\":2,\"answer\":{}}", false},
		{"{\"asked_at\":1,\"until\":2}", false},
		{"{\"asked_at\":\"1\",\"until\":2,\"answer\":\"{}\"}", false},
		{"{\"asked_at\":1,\"until\":1e300,\"answer\":\"{}\"}", false},
		{"{\"asked_at\":1,\"answer\":\"{}\"}", false},
		{"{\"until\":2,\"answer\":\"{}\"}", false},
		{"{\"asked_at\":1,\"asked_at\":1,\"until\":2,\"answer\":\"{}\"}", false},
		{"{\"asked_at\":1,\"until\":2,\"answer\":\"{}\"", false},
		{"{\"forgotten_at\":1}", false},
		{"", false},
		{"[]", false},
		{"null", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__stored_answer read;
		CHECK_ROW(rows[i].value,
			mcpauth__stored_answer_read(rows[i].value, strlen(rows[i].value), &read)
				== rows[i].good);
		CHECK_ROW(rows[i].value, (read.text != NULL) == rows[i].good);
		free(read.text);
	}
}

static void an_answer_holds_for_its_time(void **state)
{
	(void)state;
	static const struct mcpauth__stored_rules rules = {.now = NOW, .tolerance = 60};
	static const struct {
		const char *label;
		int64_t asked_at;
		int64_t until;
		bool holds;
	} rows[] = {
		{"just asked", NOW, NOW + 60, true},
		{"its last second", NOW - 59, NOW + 1, true},
		{"over", NOW - 60, NOW, false},
		{"by a clock that is ahead", NOW + 60, NOW + 120, true},
		{"from the future", NOW + 61, NOW + 120, false},
		{"as long as anything", NOW, NOW + 3600, true},
		{"longer than anything", NOW, NOW + 3601, false},
		{"since ever", -9007199254740992, NOW + 1, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__stored_answer answer = {
			.asked_at = rows[i].asked_at, .until = rows[i].until};
		CHECK_ROW(rows[i].label,
			mcpauth__stored_answer_holds(&answer, &rules) == rows[i].holds);
	}
}

static bool is_forgotten(int64_t asked_at, const char *sign)
{
	static const struct mcpauth__stored_rules rules = {.now = NOW, .tolerance = 60};
	struct mcpauth__stored_answer answer = {.asked_at = asked_at, .until = NOW + 10};
	return mcpauth__stored_answer_is_forgotten(&answer, &rules, sign, strlen(sign));
}

static void an_answer_older_than_a_sign_is_out_of_date(void **state)
{
	(void)state;
	size_t length;
	char *sign = mcpauth__forgotten_write(NOW - 100, &length);
	assert_non_null(sign);
	assert_int_equal(length, strlen(sign));
	assert_true(is_forgotten(NOW - 200, sign));
	assert_true(is_forgotten(NOW - 100, sign));
	/* The clocks may differ by that much. */
	assert_true(is_forgotten(NOW - 40, sign));
	assert_false(is_forgotten(NOW - 39, sign));
	free(sign);
}

static void a_sign_that_cannot_be_read_counts(void **state)
{
	(void)state;
	assert_false(is_forgotten(NOW, "{\"forgotten_at\":1}"));
	assert_true(is_forgotten(NOW, "{\"forgotten_at\":\"1\"}"));
	assert_true(is_forgotten(NOW, "{\"forgotten\":1}"));
	assert_true(is_forgotten(NOW, "1"));
	assert_true(is_forgotten(NOW, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answers_key_holds_hashes_alone),
		cmocka_unit_test(nobody_finds_another_ones_answers),
		cmocka_unit_test(keys_of_different_kinds_and_names_differ),
		cmocka_unit_test(an_answer_is_read_as_it_was_written),
		cmocka_unit_test(what_nobody_could_read_is_not_written),
		cmocka_unit_test(what_is_no_answer_is_not_read),
		cmocka_unit_test(an_answer_holds_for_its_time),
		cmocka_unit_test(an_answer_older_than_a_sign_is_out_of_date),
		cmocka_unit_test(a_sign_that_cannot_be_read_counts),
	};
	return cmocka_run_group_tests_name("stored_answer", tests, NULL, NULL);
}
