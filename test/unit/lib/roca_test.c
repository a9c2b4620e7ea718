/* Moduli of a broken generator: told from others, and never a key's. */
#include "jose/roca.h"

#include "base/base64url.h"
#include "jose/jwk.h"
#include "support/check.h"

#include <stdio.h>
#include <string.h>

#define LENGTH 257

struct modulus {
	unsigned char octets[LENGTH];
};

static void multiply(struct modulus *number, unsigned factor)
{
	unsigned long carry = 0;
	for (size_t i = LENGTH; i-- > 0;) {
		carry += (unsigned long)number->octets[i] * factor;
		number->octets[i] = carry & 0xff;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
}

/* A power of 65537 is one modulo whatever prime, too; this one has 2049 bits. */
static struct modulus marked_modulus(void)
{
	struct modulus number = {{0}};
	number.octets[LENGTH - 1] = 1;
	for (unsigned i = 0; i < 128; i++) {
		multiply(&number, 65537);
	}
	assert_int_equal(number.octets[0], 1);
	return number;
}

static enum mcpauth_code import(const struct modulus *number, struct mcpauth_error *err)
{
	char text[512];
	char jwk[640];
	struct mcpauth__jwk *key;
	mcpauth__base64url_encode(number->octets, LENGTH, text);
	snprintf(jwk, sizeof jwk, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}", text);
	cJSON *json = cJSON_Parse(jwk);
	enum mcpauth_code code = mcpauth__jwk_import(json, &key, err);
	cJSON_Delete(json);
	mcpauth__jwk_free(key);
	return code;
}

static void knows_the_fingerprint(void **state)
{
	(void)state;
	struct modulus number = marked_modulus();
	assert_true(mcpauth__roca_has_fingerprint(number.octets, LENGTH));
	multiply(&number, 7);
	assert_false(mcpauth__roca_has_fingerprint(number.octets, LENGTH));
}

static void sees_no_mark_with_one_bit_changed(void **state)
{
	(void)state;
	struct modulus number = marked_modulus();
	for (size_t i = 0; i < LENGTH * 8; i++) {
		number.octets[i / 8] ^= 1u << i % 8;
		assert_false(mcpauth__roca_has_fingerprint(number.octets, LENGTH));
		number.octets[i / 8] ^= 1u << i % 8;
	}
}

static void refuses_a_key_with_the_fingerprint(void **state)
{
	(void)state;
	struct modulus number = marked_modulus();
	CHECK_CODE(MCPAUTH_E_INVALID_KEYS, import(&number, &err));
	number.octets[LENGTH - 1] ^= 2;
	CHECK_OK(import(&number, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_fingerprint),
		cmocka_unit_test(sees_no_mark_with_one_bit_changed),
		cmocka_unit_test(refuses_a_key_with_the_fingerprint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
