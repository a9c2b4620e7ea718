/* base64url: every value has one spelling, and no other is taken. */
#include "base/base64url.h"

#include "support/check.h"

#include <stdlib.h>
#include <string.h>

struct row {
	const char *label;
	const char *text;
	size_t length;
	const char *bytes; /* what it stands for */
	size_t size;
};

#define GOOD(label, text, bytes) \
	{ \
		label, text, sizeof text - 1, bytes, sizeof bytes - 1 \
	}
#define BAD(label, text) \
	{ \
		label, text, sizeof text - 1, "", 0 \
	}

static const struct row spellings[] = {
	GOOD("nothing", "", ""),
	GOOD("one octet", "Zg", "f"),
	GOOD("two octets", "Zm8", "fo"),
	GOOD("three octets", "Zm9v", "foo"),
	GOOD("four octets", "Zm9vYg", "foob"),
	GOOD("five octets", "Zm9vYmE", "fooba"),
	GOOD("six octets", "Zm9vYmFy", "foobar"),
	GOOD("a zero octet", "AA", "\0"),
	GOOD("both special characters", "-_-_", "\xfb\xff\xbf"),
	GOOD("all ones", "____", "\xff\xff\xff"),
	GOOD("both ends of each range", "AZaz09-_", "\x01\x96\xb3\xd3\xdf\xbf"),
};

static const struct row refusals[] = {
	BAD("one character", "Z"),
	BAD("one character without a bit", "A"),
	BAD("five characters", "Zm9vY"),
	BAD("five characters, the last without a bit", "Zm9vA"),
	BAD("one pad", "Zm8="),
	BAD("two pads", "Zg=="),
	BAD("pads alone", "===="),
	BAD("the other alphabet's plus", "+_-_"),
	BAD("the other alphabet's slash", "-/-_"),
	BAD("a blank", "Zm9 v"),
	BAD("a blank in front", " Zm9v"),
	BAD("a line feed at the end", "Zm9vYg\n"),
	BAD("a carriage return", "Zm\r9vYg"),
	BAD("a NUL", "Zm\0v"),
	BAD("a byte over 127", "Zm\xc3\xa9"),
	BAD("a dot", "Zm.v"),
	BAD("before A", "Zm@v"),
	BAD("after Z", "Zm[v"),
	BAD("before a", "Zm`v"),
	BAD("after z", "Zm{v"),
	BAD("after 9", "Zm:v"),
	BAD("left-over bits of two characters", "Zh"),
	BAD("the highest left-over bit of two characters", "Zo"),
	BAD("left-over bits of three characters", "Zm9"),
	BAD("the highest left-over bit of three characters", "Zm-"),
};

/* Input and output as short as can be, so that a sanitizer sees one octet more. */
static bool decode(const struct row *row, unsigned char **out)
{
	size_t size = MCPAUTH__BASE64URL_DECODED(row->length);
	char *text = malloc(row->length > 0 ? row->length : 1);
	*out = malloc(size > 0 ? size : 1);
	assert_non_null(text);
	assert_non_null(*out);
	memcpy(text, row->text, row->length);
	bool good = mcpauth__base64url_decode(text, row->length, *out);
	free(text);
	return good;
}

static void decodes_each_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		const struct row *row = &spellings[i];
		unsigned char *out;
		CHECK_ROW(row->label, decode(row, &out));
		CHECK_ROW(row->label, MCPAUTH__BASE64URL_DECODED(row->length) == row->size);
		CHECK_ROW(row->label, memcmp(out, row->bytes, row->size) == 0);
		free(out);
	}
}

static void encodes_to_the_same_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		const struct row *row = &spellings[i];
		char out[64];
		mcpauth__base64url_encode((const unsigned char *)row->bytes, row->size, out);
		CHECK_ROW(row->label, strcmp(out, row->text) == 0);
		CHECK_ROW(row->label, MCPAUTH__BASE64URL_ENCODED(row->size) == row->length);
	}
}

static void refuses_every_other_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		unsigned char *out;
		CHECK_ROW(refusals[i].label, !decode(&refusals[i], &out));
		free(out);
	}
}

static void returns_what_it_was_given_at_any_length(void **state)
{
	(void)state;
	unsigned char bytes[200];
	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (unsigned char)(i * 151 + 7);
	}
	for (size_t length = 0; length <= sizeof bytes; length++) {
		char text[MCPAUTH__BASE64URL_ENCODED(200) + 1];
		unsigned char back[200];
		mcpauth__base64url_encode(bytes, length, text);
		assert_int_equal(strlen(text), MCPAUTH__BASE64URL_ENCODED(length));
		assert_true(mcpauth__base64url_decode(text, strlen(text), back));
		assert_memory_equal(bytes, back, length);
	}
}

static void accepts_one_last_character_in_sixteen_after_one_octet(void **state)
{
	(void)state;
	unsigned accepted = 0;
	for (int c = 0; c < 256; c++) {
		char text[2] = {'Z', (char)c};
		unsigned char out[1];
		accepted += mcpauth__base64url_decode(text, 2, out) ? 1 : 0;
	}
	assert_int_equal(accepted, 64 / 16);
}

static bool decodes_with(int c, size_t place, size_t length)
{
	char text[11] = "AAAAAAAAAAA";
	unsigned char out[9];
	text[place] = (char)c;
	return mcpauth__base64url_decode(text, length, out);
}

static void accepts_the_same_characters_at_each_place(void **state)
{
	(void)state;
	for (size_t place = 0; place < 8; place++) {
		unsigned accepted = 0;
		for (int c = 0; c < 256; c++) {
			bool good = decodes_with(c, place, 8);
			accepted += good ? 1 : 0;
			assert_true(good == decodes_with(c, place, 10));
			assert_true(good == decodes_with(c, place, 11));
		}
		assert_int_equal(accepted, 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_each_spelling),
		cmocka_unit_test(encodes_to_the_same_spelling),
		cmocka_unit_test(refuses_every_other_spelling),
		cmocka_unit_test(returns_what_it_was_given_at_any_length),
		cmocka_unit_test(accepts_one_last_character_in_sixteen_after_one_octet),
		cmocka_unit_test(accepts_the_same_characters_at_each_place),
	};
	return cmocka_run_group_tests_name("base64url", tests, NULL, NULL);
}
