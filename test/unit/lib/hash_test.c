/* Hashes, MACs and derived keys beside known ones. */
#include "base/hash.h"

#include "support/check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void check_is(const unsigned char digest[MCPAUTH__SHA256_SIZE], const char *hexadecimal)
{
	char text[2 * MCPAUTH__SHA256_SIZE + 1];
	for (size_t i = 0; i < MCPAUTH__SHA256_SIZE; i++) {
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	}
	assert_string_equal(text, hexadecimal);
}

static void hashes_as_fips_180_says(void **state)
{
	(void)state;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	assert_true(mcpauth__sha256("abc", 3, digest));
	check_is(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(mcpauth__sha256("", 0, digest));
	check_is(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231 sections 4.2 and 4.3; a shorter key is one with zeros behind it. */
static void makes_macs_as_rfc_4231_has_them(void **state)
{
	(void)state;
	unsigned char key[MCPAUTH__SHA256_SIZE] = {0};
	unsigned char mac[MCPAUTH__SHA256_SIZE];
	memset(key, 0x0b, 20);
	assert_true(mcpauth__hmac_sha256(key, "Hi There", 8, mac));
	check_is(mac, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	memset(key, 0, sizeof key);
	memcpy(key, "Jefe", 4);
	assert_true(mcpauth__hmac_sha256(key, "what do ya want for nothing?", 28, mac));
	check_is(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 5869 appendix A.3; the others were reckoned elsewhere. */
static void derives_keys_as_rfc_5869_does(void **state)
{
	(void)state;
	unsigned char many[22];
	unsigned char key[MCPAUTH__SHA256_SIZE];
	const struct mcpauth__secret bytes = {many, sizeof many};
	const struct mcpauth__secret text = {"secret of some length", 21};
	memset(many, 0x0b, sizeof many);
	assert_true(mcpauth__derive_key(&bytes, "", NULL, key));
	check_is(key, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
	assert_true(mcpauth__derive_key(&text, "label", "info", key));
	check_is(key, "62c20cdeb546ec50f5de2f1dc5529032de89d4fd4bae4157e377cb72bb23c600");
	assert_true(mcpauth__derive_key(&text, "label", "", key));
	check_is(key, "1901ae41260e2ea04c9835759254347869cb653896c527a900b6d5d1761912b6");
}

/* Its length would be cut to 32 bits, and a short one would come of a long one. */
static void derives_none_from_more_than_it_can_read(void **state)
{
	(void)state;
	unsigned char key[MCPAUTH__SHA256_SIZE];
	const struct mcpauth__secret huge = {"x", (size_t)UINT_MAX + 1};
	if (huge.length == 0) {
		skip();
	}
	assert_false(mcpauth__derive_key(&huge, "label", "info", key));
}

static void tells_bytes_apart(void **state)
{
	(void)state;
	assert_true(mcpauth__equal_bytes("abc", "abd", 2));
	assert_false(mcpauth__equal_bytes("abc", "abd", 3));
	assert_false(mcpauth__equal_bytes("abc", "bbc", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_as_fips_180_says),
		cmocka_unit_test(makes_macs_as_rfc_4231_has_them),
		cmocka_unit_test(derives_keys_as_rfc_5869_does),
		cmocka_unit_test(derives_none_from_more_than_it_can_read),
		cmocka_unit_test(tells_bytes_apart),
	};
	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
