/* Keys: which are taken, which are not, and what each of them verifies. */
#include "jose/jwk.h"

#include "base/base64url.h"
#include "base/buf.h"
#include "support/check.h"
#include "support/test_key.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stdlib.h>
#include <string.h>

static const char *const all[] = {
	"RS256",
	"RS384",
	"RS512",
	"PS256",
	"PS384",
	"PS512",
	"ES256",
	"ES384",
	"ES512",
	"EdDSA",
	"Ed25519",
};
#define ALL (sizeof all / sizeof *all)

static const char message[] = "what is signed";

static enum mcpauth_code import(
	const char *text, struct mcpauth__jwk **key, struct mcpauth_error *err)
{
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	enum mcpauth_code code = mcpauth__jwk_import(json, key, err);
	cJSON_Delete(json);
	return code;
}

static struct mcpauth__jwk *import_made(const char *algorithm, const char *alg)
{
	char *text = test_key_jwk(test_key(algorithm, 0), NULL, alg, NULL);
	struct mcpauth__jwk *key;
	CHECK_OK(import(text, &key, &err));
	free(text);
	return key;
}

/** A message, a signature by the key of an algorithm, and that key. */
struct sample {
	struct mcpauth__jwk *key;
	enum mcpauth__algorithm algorithm;
	struct mcpauth__signed data;
	unsigned char *signature;
};

static void make_sample(struct sample *sample, const char *algorithm)
{
	size_t length;
	sample->key = import_made(algorithm, NULL);
	sample->algorithm = mcpauth__algorithm_of(algorithm);
	sample->signature = test_key_signature(
		test_key(algorithm, 0), message, sizeof message, &length);
	sample->data = (struct mcpauth__signed){.data = (const unsigned char *)message,
		.length = sizeof message,
		.signature = sample->signature,
		.signature_length = length};
}

static void finish_sample(struct sample *sample)
{
	mcpauth__jwk_free(sample->key);
	free(sample->signature);
}

static bool verify(const struct sample *sample)
{
	return mcpauth__jwk_verify(sample->key, sample->algorithm, &sample->data) == MCPAUTH_OK;
}

static void verifies_a_signature_of_each_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct sample sample;
		make_sample(&sample, all[i]);
		CHECK_ROW(all[i], verify(&sample));
		finish_sample(&sample);
	}
}

static void refuses_a_signature_with_one_bit_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct sample sample;
		make_sample(&sample, all[i]);
		for (size_t at = 0; at < sample.data.signature_length; at += 13) {
			sample.signature[at] ^= 0x10;
			CHECK_ROW(all[i], !verify(&sample));
			sample.signature[at] ^= 0x10;
		}
		CHECK_ROW(all[i], verify(&sample));
		finish_sample(&sample);
	}
}

static void refuses_a_signature_over_something_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct sample sample;
		make_sample(&sample, all[i]);
		sample.data.length--;
		CHECK_ROW(all[i], !verify(&sample));
		finish_sample(&sample);
	}
}

/* Longer by zeros before or behind, or shorter: never only a matter of form. */
static void refuses_a_signature_of_another_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct sample sample;
		unsigned char padded[1024] = {0};
		make_sample(&sample, all[i]);
		size_t length = sample.data.signature_length;
		memcpy(padded + 2, sample.signature, length);
		sample.data.signature = padded;
		sample.data.signature_length = length + 2;
		CHECK_ROW(all[i], !verify(&sample));
		sample.data.signature = padded + 2;
		CHECK_ROW(all[i], !verify(&sample));
		sample.data.signature_length = length - 1;
		CHECK_ROW(all[i], !verify(&sample));
		sample.data.signature_length = 0;
		CHECK_ROW(all[i], !verify(&sample));
		sample.data.signature_length = length;
		CHECK_ROW(all[i], verify(&sample));
		finish_sample(&sample);
	}
}

/* Zeros before r and before s leave both numbers as they were. */
static void refuses_an_ecdsa_signature_of_longer_halves(void **state)
{
	(void)state;
	struct sample sample;
	unsigned char padded[66] = {0};
	make_sample(&sample, "ES256");
	memcpy(padded + 1, sample.signature, 32);
	memcpy(padded + 34, sample.signature + 32, 32);
	sample.data.signature = padded;
	sample.data.signature_length = sizeof padded;
	assert_false(verify(&sample));
	finish_sample(&sample);
}

/* CVE-2022-21449: r = s = 0 once fitted any message. */
static void refuses_a_signature_of_zeros(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct sample sample;
		make_sample(&sample, all[i]);
		memset(sample.signature, 0, sample.data.signature_length);
		CHECK_ROW(all[i], !verify(&sample));
		finish_sample(&sample);
	}
}

static void refuses_der_for_an_ecdsa_signature(void **state)
{
	(void)state;
	struct sample sample;
	make_sample(&sample, "ES256");
	gnutls_datum_t r = {.data = sample.signature, .size = 32};
	gnutls_datum_t s = {.data = sample.signature + 32, .size = 32};
	gnutls_datum_t der;
	assert_int_equal(gnutls_encode_rs_value(&der, &r, &s), 0);
	sample.data.signature = der.data;
	sample.data.signature_length = der.size;
	assert_false(verify(&sample));
	gnutls_free(der.data);
	finish_sample(&sample);
}

static void refuses_a_signature_by_another_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct sample sample;
		make_sample(&sample, all[i]);
		free(sample.signature);
		sample.signature = test_key_signature(test_key(all[i], 1), message, sizeof message,
			&sample.data.signature_length);
		sample.data.signature = sample.signature;
		CHECK_ROW(all[i], !verify(&sample));
		finish_sample(&sample);
	}
}

/* A signature made as one algorithm says, offered as each of the others. */
static void verifies_as_no_other_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL * ALL; i++) {
		struct sample sample;
		const char *made = all[i / ALL];
		const char *offered = all[i % ALL];
		make_sample(&sample, made);
		sample.algorithm = mcpauth__algorithm_of(offered);
		bool same = strcmp(made, offered) == 0
			|| (strncmp(made, "Ed", 2) == 0 && strncmp(offered, "Ed", 2) == 0);
		CHECK_ROW(offered, verify(&sample) == same);
		finish_sample(&sample);
	}
}

static void verifies_nothing_as_an_unknown_algorithm(void **state)
{
	(void)state;
	struct sample sample;
	make_sample(&sample, "RS256");
	sample.algorithm = MCPAUTH__ALGORITHM_UNKNOWN;
	assert_false(verify(&sample));
	finish_sample(&sample);
}

static const struct {
	const char *algorithm;
	const char *fitting;
} families[] = {
	{"RS256", "RS256 RS384 RS512 PS256 PS384 PS512"},
	{"ES256", "ES256"},
	{"ES384", "ES384"},
	{"ES512", "ES512"},
	{"EdDSA", "EdDSA Ed25519"},
};

static void fits_its_family_without_alg(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		struct mcpauth__jwk *key = import_made(families[i].algorithm, NULL);
		for (size_t at = 0; at < ALL; at++) {
			bool fits = mcpauth__jwk_fits(key, mcpauth__algorithm_of(all[at]));
			bool want = strstr(families[i].fitting, all[at]) != NULL;
			CHECK_ROW(all[at], fits == want);
		}
		mcpauth__jwk_free(key);
	}
}

static void fits_one_algorithm_with_alg(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL * ALL; i++) {
		struct mcpauth__jwk *key = import_made(all[i / ALL], all[i / ALL]);
		bool fits = mcpauth__jwk_fits(key, mcpauth__algorithm_of(all[i % ALL]));
		CHECK_ROW(all[i % ALL], fits == (i / ALL == i % ALL));
		mcpauth__jwk_free(key);
	}
}

static void refuses_a_good_signature_that_alg_forbids(void **state)
{
	(void)state;
	struct sample sample;
	make_sample(&sample, "RS256");
	mcpauth__jwk_free(sample.key);
	sample.key = import_made("RS256", "PS256");
	assert_false(verify(&sample));
	finish_sample(&sample);
}

/* The public key of RFC 7515 appendix A.3. */
#define X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
/* The public key of RFC 8037 appendix A.2. */
#define OKP_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED25519(x) "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" x "\"}"
#define OKP "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" OKP_X "\""
#define XY "\"x\":\"" X "\",\"y\":\"" Y "\""
#define P256 "\"kty\":\"EC\",\"crv\":\"P-256\""
#define EC P256 "," XY
#define EIGHT "AAAAAAAA"
/* Of the point of P-256 whose x is 5. */
#define SMALL_Y "\"y\":\"RZJDuapYGAb-kTvOmYF63hHKUDxk2aPFM0FcCDJI-8w\""
#define ZEROS64 EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT

struct row {
	const char *label;
	const char *text;
};

static const struct row usable[] = {
	{"EC with what is needed", "{" EC "}"},
	{"OKP with what is needed", "{" OKP "}"},
	{"use sig", "{" EC ",\"use\":\"sig\"}"},
	{"key_ops verify", "{" EC ",\"key_ops\":[\"verify\"]}"},
	{"key_ops verify among others", "{" EC ",\"key_ops\":[\"sign\",\"verify\"]}"},
	{"alg that fits", "{" EC ",\"alg\":\"ES256\"}"},
	{"EdDSA", "{" OKP ",\"alg\":\"EdDSA\"}"},
	{"Ed25519", "{" OKP ",\"alg\":\"Ed25519\"}"},
	{"an empty kid", "{" EC ",\"kid\":\"\"}"},
	{"members nobody knows", "{" EC ",\"x5c\":[\"MIIB\"],\"x5t\":1,\"exp\":null}"},
	{"EC with an x that begins with zeros",
		"{" P256 ",\"x\":\"" EIGHT EIGHT EIGHT EIGHT EIGHT "AAU\"," SMALL_Y "}"},
	{"a y that means nothing to OKP", "{" OKP ",\"y\":\"AA\"}"},
};

static const struct row unusable[] = {
	{"no object", "[]"},
	{"a string", "\"kty\""},
	{"null", "null"},
	{"empty", "{}"},
	{"no kty", "{\"crv\":\"P-256\"," XY "}"},
	{"kty no string", "{\"kty\":1,\"crv\":\"P-256\"," XY "}"},
	{"kty in other case", "{\"kty\":\"ec\",\"crv\":\"P-256\"," XY "}"},
	{"kty oct", "{\"kty\":\"oct\",\"k\":\"AAAA\"}"},
	{"kty oct without k", "{\"kty\":\"oct\"}"},
	{"kty AKP", "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AAAA\"}"},
	{"no crv", "{\"kty\":\"EC\"," XY "}"},
	{"crv no string", "{\"kty\":\"EC\",\"crv\":[]," XY "}"},
	{"crv in other case", "{\"kty\":\"EC\",\"crv\":\"p-256\"," XY "}"},
	{"secp256k1", "{\"kty\":\"EC\",\"crv\":\"secp256k1\"," XY "}"},
	{"Ed448", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" OKP_X "\"}"},
	{"X25519", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" OKP_X "\"}"},
	{"an OKP curve for EC", "{\"kty\":\"EC\",\"crv\":\"Ed25519\"," XY "}"},
	{"an EC curve for OKP", "{\"kty\":\"OKP\",\"crv\":\"P-256\"," XY "}"},
	{"use enc", "{" EC ",\"use\":\"enc\"}"},
	{"use in other case", "{" EC ",\"use\":\"Sig\"}"},
	{"use empty", "{" EC ",\"use\":\"\"}"},
	{"use null", "{" EC ",\"use\":null}"},
	{"use an array", "{" EC ",\"use\":[\"sig\"]}"},
	{"key_ops without verify", "{" EC ",\"key_ops\":[\"sign\"]}"},
	{"key_ops empty", "{" EC ",\"key_ops\":[]}"},
	{"key_ops a string", "{" EC ",\"key_ops\":\"verify\"}"},
	{"key_ops null", "{" EC ",\"key_ops\":null}"},
	{"key_ops an object", "{" EC ",\"key_ops\":{\"a\":\"verify\"}}"},
	{"key_ops with a number", "{" EC ",\"key_ops\":[\"verify\",1]}"},
	{"key_ops in other case", "{" EC ",\"key_ops\":[\"Verify\"]}"},
	{"use good and key_ops bad", "{" EC ",\"use\":\"sig\",\"key_ops\":[\"encrypt\"]}"},
	{"alg of another curve", "{" EC ",\"alg\":\"ES384\"}"},
	{"alg of another kty", "{" EC ",\"alg\":\"RS256\"}"},
	{"alg of a MAC", "{" EC ",\"alg\":\"HS256\"}"},
	{"alg none", "{" EC ",\"alg\":\"none\"}"},
	{"alg unknown", "{" EC ",\"alg\":\"ES521\"}"},
	{"alg for encryption", "{" EC ",\"alg\":\"ECDH-ES\"}"},
	{"alg empty", "{" EC ",\"alg\":\"\"}"},
	{"alg null", "{" EC ",\"alg\":null}"},
	{"alg a number", "{" EC ",\"alg\":256}"},
	{"alg ES256 for OKP", "{" OKP ",\"alg\":\"ES256\"}"},
	{"kid a number", "{" EC ",\"kid\":1}"},
	{"kid null", "{" EC ",\"kid\":null}"},
	{"private d", "{" EC ",\"d\":\"AAAA\"}"},
	{"private d of OKP", "{" OKP ",\"d\":\"AAAA\"}"},
	{"private d of a wrong type", "{" EC ",\"d\":null}"},
	{"private p", "{" EC ",\"p\":\"AAAA\"}"},
	{"private q", "{" EC ",\"q\":\"AAAA\"}"},
	{"private dp", "{" EC ",\"dp\":\"AAAA\"}"},
	{"private dq", "{" EC ",\"dq\":\"AAAA\"}"},
	{"private qi", "{" EC ",\"qi\":\"AAAA\"}"},
	{"private oth", "{" EC ",\"oth\":[]}"},
	{"a symmetric k", "{" EC ",\"k\":\"AAAA\"}"},
	{"no x", "{" P256 ",\"y\":\"" Y "\"}"},
	{"no y", "{" P256 ",\"x\":\"" X "\"}"},
	{"x a number", "{" P256 ",\"x\":1,\"y\":\"" Y "\"}"},
	{"x empty", "{" P256 ",\"x\":\"\",\"y\":\"" Y "\"}"},
	{"x padded", "{" P256 ",\"x\":\"" X "=\",\"y\":\"" Y "\"}"},
	{"x with a plus",
		"{" P256 ",\"x\":\"+83OJ3D2xF1Bg8vub9tLe1gHMzV7"
		"6e8Tus9uPHvRVEU\",\"y\":\"" Y "\"}"},
	{"x an octet longer", "{" P256 ",\"x\":\"" X "A\",\"y\":\"" Y "\"}"},
	{"x an octet longer by a zero",
		"{" P256 ",\"x\":\"AH_Nzidw9sRdQYPL7m_bS3tYBzM1e-nvE7rP"
		"bjx70VRF\",\"y\":\"" Y "\"}"},
	{"y an octet longer by a zero",
		"{" P256 ",\"x\":\"" X "\",\"y\":\"AMfxRM0bvZt-hyzf7bnuufSz"
		"aV1uqQskrYpGIyiFiOWt\"}"},
	{"an x without the zeros that it begins with", "{" P256 ",\"x\":\"BQ\"," SMALL_Y "}"},
	{"y short", "{" P256 ",\"x\":\"" X "\",\"y\":\"AAAA\"}"},
	{"x and y swapped", "{" P256 ",\"x\":\"" Y "\",\"y\":\"" X "\"}"},
	{"a point off the curve", "{" P256 ",\"x\":\"" X "\",\"y\":\"" X "\"}"},
	{"a point of zeros",
		"{" P256 ",\"x\":\"" EIGHT EIGHT EIGHT EIGHT EIGHT
		"AAA\",\"y\":\"" EIGHT EIGHT EIGHT EIGHT EIGHT "AAA\"}"},
	{"the point on another curve", "{\"kty\":\"EC\",\"crv\":\"P-384\"," XY "}"},
	{"P-384 of zeros",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" ZEROS64 "\","
		"\"y\":\"" ZEROS64 "\"}"},
	{"Ed25519 without x", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}"},
	{"Ed25519 with 48 octets", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ZEROS64 "\"}"},
	{"Ed25519 with 3 octets", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}"},
	{"Ed25519 of order 1", ED25519("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
	{"Ed25519 of order 2", ED25519("7P_______________________________________38")},
	{"Ed25519 of order 4", ED25519("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
	{"Ed25519 of order 4, x negative", ED25519("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA")},
	{"Ed25519 of order 4, y = p", ED25519("7f_______________________________________38")},
	{"Ed25519 of order 1, y = p + 1", ED25519("7v_______________________________________38")},
	{"Ed25519 of order 8", ED25519("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU")},
	{"Ed25519 of order 8, x negative", ED25519("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU")},
	{"another Ed25519 of order 8", ED25519("xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o")},
	{"RSA without n", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}"},
	{"RSA with n empty", "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}"},
	{"RSA with n of zeros", "{\"kty\":\"RSA\",\"n\":\"" ZEROS64 "\",\"e\":\"AQAB\"}"},
	{"RSA with n a number", "{\"kty\":\"RSA\",\"n\":3,\"e\":\"AQAB\"}"},
};

static void takes_each_usable_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof usable / sizeof *usable; i++) {
		struct mcpauth__jwk *key;
		CHECK_ROW_CODE(usable[i].label, MCPAUTH_OK, import(usable[i].text, &key, &err));
		mcpauth__jwk_free(key);
	}
}

static void refuses_each_unusable_key(void **state)
{
	(void)state;
	struct mcpauth__jwk *const nothing = NULL;
	struct mcpauth__jwk *other = import_made("ES256", NULL);
	for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
		struct mcpauth__jwk *key = other;
		CHECK_ROW_CODE(unusable[i].label, MCPAUTH_E_INVALID_KEYS,
			import(unusable[i].text, &key, &err));
		CHECK_ROW(unusable[i].label, key == nothing);
	}
	mcpauth__jwk_free(other);
}

/* An RSA key whose modulus has so many bits, all ones, and zeros before it. */
static enum mcpauth_code import_rsa(
	size_t bits, size_t zeros, const char *e, struct mcpauth_error *err)
{
	static unsigned char octets[4096];
	static char text[MCPAUTH__BASE64URL_ENCODED(sizeof octets) + 1];
	struct mcpauth__buf jwk = {0};
	struct mcpauth__jwk *key;
	size_t size = (bits + 7) / 8;
	memset(octets, 0, zeros);
	memset(octets + zeros, 0xff, size);
	octets[zeros] = (unsigned char)(0xff >> (size * 8 - bits));
	mcpauth__base64url_encode(octets, zeros + size, text);
	assert_true(mcpauth__buf_printf(&jwk, "{\"kty\":\"RSA\",\"n\":\"%s\"%s%s%s}", text,
		e[0] == '{' ? "" : ",\"e\":\"", e[0] == '{' ? "" : e, e[0] == '{' ? "" : "\""));
	enum mcpauth_code code = import(jwk.data, &key, err);
	mcpauth__jwk_free(key);
	mcpauth__buf_finish(&jwk);
	return code;
}

static const struct {
	const char *label;
	size_t bits;
	size_t zeros;
	enum mcpauth_code code;
} moduli[] = {
	{"512 bits", 512, 0, MCPAUTH_E_INVALID_KEYS},
	{"1024 bits", 1024, 0, MCPAUTH_E_INVALID_KEYS},
	{"1024 bits made longer by zeros", 1024, 128, MCPAUTH_E_INVALID_KEYS},
	{"2047 bits", 2047, 0, MCPAUTH_E_INVALID_KEYS},
	{"2047 bits after a zero", 2047, 1, MCPAUTH_E_INVALID_KEYS},
	{"2048 bits", 2048, 0, MCPAUTH_OK},
	{"2048 bits after a zero", 2048, 1, MCPAUTH_OK},
	{"2049 bits", 2049, 0, MCPAUTH_OK},
	{"4096 bits", 4096, 0, MCPAUTH_OK},
	{"16384 bits", 16384, 0, MCPAUTH_OK},
	{"16384 bits after a zero", 16384, 1, MCPAUTH_OK},
	{"16385 bits", 16385, 0, MCPAUTH_E_INVALID_KEYS},
	{"32000 bits", 32000, 0, MCPAUTH_E_INVALID_KEYS},
};

static void bounds_the_rsa_modulus(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof moduli / sizeof *moduli; i++) {
		CHECK_ROW_CODE(moduli[i].label, moduli[i].code,
			import_rsa(moduli[i].bits, moduli[i].zeros, "AQAB", &err));
	}
}

static const struct {
	const char *label;
	const char *text; /* "{": left out */
	enum mcpauth_code code;
} exponents[] = {
	{"3", "Aw", MCPAUTH_OK},
	{"17", "EQ", MCPAUTH_OK},
	{"65537", "AQAB", MCPAUTH_OK},
	{"65537 after a zero", "AAEAAQ", MCPAUTH_OK},
	{"2^32 - 1", "_____w", MCPAUTH_OK},
	{"absent", "{", MCPAUTH_E_INVALID_KEYS},
	{"empty", "", MCPAUTH_E_INVALID_KEYS},
	{"0", "AA", MCPAUTH_E_INVALID_KEYS},
	{"1", "AQ", MCPAUTH_E_INVALID_KEYS},
	{"1 after zeros", "AAAB", MCPAUTH_E_INVALID_KEYS},
	{"2", "Ag", MCPAUTH_E_INVALID_KEYS},
	{"65536", "AQAA", MCPAUTH_E_INVALID_KEYS},
	{"2^32 + 1", "AQAAAAE", MCPAUTH_E_INVALID_KEYS},
	{"2^40 - 1", "______8", MCPAUTH_E_INVALID_KEYS},
	{"padded", "Aw==", MCPAUTH_E_INVALID_KEYS},
	{"left-over bits", "Ax", MCPAUTH_E_INVALID_KEYS},
};

static void bounds_the_rsa_exponent(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
		CHECK_ROW_CODE(exponents[i].label, exponents[i].code,
			import_rsa(2048, 0, exponents[i].text, &err));
	}
}

static void refuses_an_even_rsa_modulus(void **state)
{
	(void)state;
	char text[512] = "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"";
	size_t start = strlen(text);
	memset(text + start, '_', 341);
	struct mcpauth__jwk *key;
	strcpy(text + start + 341, "g\"}");
	CHECK_CODE(MCPAUTH_E_INVALID_KEYS, import(text, &key, &err));
	strcpy(text + start + 341, "w\"}");
	CHECK_OK(import(text, &key, &err));
	mcpauth__jwk_free(key);
}

static void keeps_its_kid(void **state)
{
	(void)state;
	struct mcpauth__jwk *key;
	CHECK_OK(import("{" EC ",\"kid\":\"2026-k1\"}", &key, &err));
	assert_string_equal(mcpauth__jwk_id(key), "2026-k1");
	mcpauth__jwk_free(key);
}

static void has_no_kid_if_none_was_given(void **state)
{
	(void)state;
	struct mcpauth__jwk *key;
	CHECK_OK(import("{" EC "}", &key, &err));
	assert_null(mcpauth__jwk_id(key));
	mcpauth__jwk_free(key);
}

static void frees_no_key(void **state)
{
	(void)state;
	mcpauth__jwk_free(NULL);
}

/* Signatures that others made: RFC 7515 appendix A.3, RFC 8037 appendix A.4. */
static const struct {
	const char *label;
	const char *key;
	enum mcpauth__algorithm algorithm;
	const char *data;
	const char *signature;
} published[] = {
	{"RFC 7515 A.3", "{" EC "}", MCPAUTH__ES256,
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
		"Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqP"
		"P3-Kg6NU1Q"},
	{"RFC 8037 A.4", "{" OKP "}", MCPAUTH__EDDSA,
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvp"
		"Ar_MuM0KAg"},
};

static void verifies_published_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		struct mcpauth__jwk *key;
		unsigned char signature[64];
		CHECK_ROW_CODE(
			published[i].label, MCPAUTH_OK, import(published[i].key, &key, &err));
		assert_true(mcpauth__base64url_decode(published[i].signature, 86, signature));
		struct mcpauth__signed data = {.data = (const unsigned char *)published[i].data,
			.length = strlen(published[i].data),
			.signature = signature,
			.signature_length = 64};
		CHECK_ROW(published[i].label,
			mcpauth__jwk_verify(key, published[i].algorithm, &data) == MCPAUTH_OK);
		data.length--;
		CHECK_ROW(published[i].label,
			mcpauth__jwk_verify(key, published[i].algorithm, &data)
				== MCPAUTH_E_BAD_SIGNATURE);
		mcpauth__jwk_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_a_signature_of_each_algorithm),
		cmocka_unit_test(refuses_a_signature_with_one_bit_changed),
		cmocka_unit_test(refuses_a_signature_over_something_else),
		cmocka_unit_test(refuses_a_signature_of_another_length),
		cmocka_unit_test(refuses_an_ecdsa_signature_of_longer_halves),
		cmocka_unit_test(refuses_a_signature_of_zeros),
		cmocka_unit_test(refuses_der_for_an_ecdsa_signature),
		cmocka_unit_test(refuses_a_signature_by_another_key),
		cmocka_unit_test(verifies_as_no_other_algorithm),
		cmocka_unit_test(verifies_nothing_as_an_unknown_algorithm),
		cmocka_unit_test(fits_its_family_without_alg),
		cmocka_unit_test(fits_one_algorithm_with_alg),
		cmocka_unit_test(refuses_a_good_signature_that_alg_forbids),
		cmocka_unit_test(takes_each_usable_key),
		cmocka_unit_test(refuses_each_unusable_key),
		cmocka_unit_test(bounds_the_rsa_modulus),
		cmocka_unit_test(bounds_the_rsa_exponent),
		cmocka_unit_test(refuses_an_even_rsa_modulus),
		cmocka_unit_test(keeps_its_kid),
		cmocka_unit_test(has_no_kid_if_none_was_given),
		cmocka_unit_test(frees_no_key),
		cmocka_unit_test(verifies_published_signatures),
	};
	return cmocka_run_group_tests_name("jwk", tests, NULL, NULL);
}
