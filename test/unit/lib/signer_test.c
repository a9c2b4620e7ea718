/* Signing: whatever is made verifies, and a key that will not do is told at once. */
#include "jose/signer.h"

#include "base/base64url.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "support/check.h"
#include "support/test_key.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CLAIMS "{\"iss\":\"me\",\"exp\":1}"
#define CROWD 4
#define TURNS 8

/* The linker puts the second before the first. */
int __real_gnutls_privkey_sign_data2(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
	unsigned flags, const gnutls_datum_t *data, gnutls_datum_t *signature);
int __wrap_gnutls_privkey_sign_data2(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
	unsigned flags, const gnutls_datum_t *data, gnutls_datum_t *signature);

static int failure; /* what GnuTLS says instead of signing */

int __wrap_gnutls_privkey_sign_data2(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
	unsigned flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	return failure < 0
		? failure
		: __real_gnutls_privkey_sign_data2(key, algorithm, flags, data, signature);
}

static const struct {
	const char *name;
	const char *usual; /* for a key of its kind */
	size_t signature;  /* octets */
} algorithms[] = {
	{"RS256", "RS256", 256},
	{"RS384", "RS256", 256},
	{"RS512", "RS256", 256},
	{"PS256", "RS256", 256},
	{"PS384", "RS256", 256},
	{"PS512", "RS256", 256},
	{"ES256", "ES256", 64},
	{"ES384", "ES384", 96},
	{"ES512", "ES512", 132},
	{"EdDSA", "EdDSA", 64},
	{"Ed25519", "EdDSA", 64},
};

static enum mcpauth_code make(const struct test_key *key, const char *algorithm,
	struct mcpauth__signer **signer, struct mcpauth_error *err)
{
	char *pem = test_key_pem(key);
	enum mcpauth_code code = mcpauth__signer_new(pem, algorithm, signer, err);
	free(pem);
	return code;
}

static struct mcpauth__jwk *public_key(const struct test_key *key)
{
	struct mcpauth__jwk *result;
	char *text = test_key_jwk(key, NULL, NULL, NULL);
	cJSON *json = cJSON_Parse(text);
	CHECK_OK(mcpauth__jwk_import(json, &result, &err));
	cJSON_Delete(json);
	free(text);
	return result;
}

/* A token of this signer's, "x" before it to see that it is appended. */
static char *sign(const struct mcpauth__signer *signer)
{
	char header[64];
	struct mcpauth__buf token = {0};
	snprintf(header, sizeof header, "{\"alg\":\"%s\"}", mcpauth__signer_algorithm(signer));
	assert_true(mcpauth__buf_puts(&token, "x"));
	CHECK_OK(mcpauth__signer_sign(signer, header, CLAIMS, &token, &err));
	assert_int_equal(token.data[0], 'x');
	memmove(token.data, token.data + 1, token.length);
	return mcpauth__buf_take(&token);
}

static bool verifies(const char *token, const struct mcpauth__jwk *key, struct mcpauth__jws *jws)
{
	return mcpauth__jws_parse(token, strlen(token), jws, NULL) == MCPAUTH_OK
		&& mcpauth__jwk_verify(key, jws->algorithm, &jws->content) == MCPAUTH_OK;
}

static void signs_with_every_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		const char *name = algorithms[i].name;
		const struct test_key *key = test_key(name, 0);
		struct mcpauth__jwk *jwk = public_key(key);
		struct mcpauth__jws jws;
		struct mcpauth__signer *signer;
		CHECK_OK(make(key, name, &signer, &err));
		char *token = sign(signer);
		CHECK_ROW(name, verifies(token, jwk, &jws));
		CHECK_ROW(name, jws.algorithm == mcpauth__algorithm_of(name));
		CHECK_ROW(name, jws.content.signature_length == algorithms[i].signature);
		CHECK_ROW(name, strcmp(jws.payload_text, CLAIMS) == 0);
		mcpauth__jws_finish(&jws);
		mcpauth__jwk_free(jwk);
		mcpauth__signer_free(signer);
		free(token);
	}
}

/* The members of a thumbprint, and in its order. */
static void check_same_key(const char *text, const char *want)
{
	static const char *const names[] = {"crv", "kty", "x", "y"};
	cJSON *json = cJSON_Parse(text);
	cJSON *wanted = cJSON_Parse(want);
	assert_int_equal(cJSON_GetArraySize(json), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		const cJSON *member = cJSON_GetArrayItem(json, (int)i);
		const cJSON *other = cJSON_GetObjectItemCaseSensitive(wanted, names[i]);
		assert_string_equal(member->string, names[i]);
		assert_string_equal(cJSON_GetStringValue(member), cJSON_GetStringValue(other));
	}
	assert_null(strchr(text, ' '));
	cJSON_Delete(wanted);
	cJSON_Delete(json);
}

static void tells_its_public_key(void **state)
{
	static const char *const curves[] = {"ES256", "ES384", "ES512"};
	(void)state;
	for (size_t i = 0; i < COUNT(curves); i++) {
		for (unsigned number = 0; number < 4; number++) {
			const struct test_key *key = test_key(curves[i], number);
			struct mcpauth__signer *signer;
			struct mcpauth__buf jwk = {0};
			CHECK_OK(make(key, NULL, &signer, &err));
			CHECK_OK(mcpauth__signer_public_jwk(signer, &jwk, &err));
			char *want = test_key_jwk(key, NULL, NULL, NULL);
			check_same_key(jwk.data, want);
			free(want);
			mcpauth__buf_finish(&jwk);
			mcpauth__signer_free(signer);
		}
	}
}

/* The numbers 379 and 43: of what they make the one has an x, the other a y that begins with
 * a zero, which belongs to it (RFC 7518 section 6.2.1.2). */
static void tells_numbers_with_their_zeros(void **state)
{
	static const struct {
		const char *text;
		const char *jwk;
	} rows[] = {
		{"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA\n"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAXuhRANCAAQAVUOJSvPQDtfXQKvb11yWsGh3t4fb\n"
		 "X3Dup4uQqNfACrtMhaPY6invqvokQGkS3YTVsU3DK/ZW72xr1YpdlD+S\n",
			"{\"crv\":\"P-256\",\"kty\":\"EC\","
			"\"x\":\"AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo\","
			"\"y\":\"u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I\"}"},
		{"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA\n"
		 "AAAAAAAAAAAAAAAAAAAAAAAAACuhRANCAASYauJQbx/xBNBCMIYdj0tJj0vExtAJ\n"
		 "sw91RNwSm4LSjQA8zMCmRg4K4yik2X08e2HYb8YonBifJSURDEQbsH6X\n",
			"{\"crv\":\"P-256\",\"kty\":\"EC\","
			"\"x\":\"mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0\","
			"\"y\":\"ADzMwKZGDgrjKKTZfTx7YdhvxiicGJ8lJREMRBuwfpc\"}"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char pem[512];
		struct mcpauth__signer *signer;
		struct mcpauth__buf jwk = {0};
		snprintf(pem, sizeof pem,
			"-----BEGIN PRIVATE KEY-----\n%s-----END PRIVATE KEY-----\n", rows[i].text);
		CHECK_OK(mcpauth__signer_new(pem, NULL, &signer, &err));
		CHECK_OK(mcpauth__signer_public_jwk(signer, &jwk, &err));
		assert_string_equal(jwk.data, rows[i].jwk);
		mcpauth__buf_finish(&jwk);
		mcpauth__signer_free(signer);
	}
}

static void tells_no_key_of_another_kind(void **state)
{
	static const char *const others[] = {"RS256", "EdDSA"};
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		struct mcpauth__signer *signer;
		struct mcpauth__buf jwk = {0};
		CHECK_OK(make(test_key(others[i], 0), NULL, &signer, &err));
		CHECK_ROW_CODE(others[i], MCPAUTH_E_UNSUPPORTED,
			mcpauth__signer_public_jwk(signer, &jwk, &err));
		assert_int_equal(jwk.length, 0);
		mcpauth__signer_free(signer);
	}
}

static void takes_the_algorithm_that_is_usual_for_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		struct mcpauth__signer *signer;
		CHECK_OK(make(test_key(algorithms[i].name, 0), NULL, &signer, &err));
		CHECK_ROW(algorithms[i].name,
			strcmp(mcpauth__signer_algorithm(signer), algorithms[i].usual) == 0);
		mcpauth__signer_free(signer);
	}
}

/* RFC 7518 section 3.4: one of some 128 signatures has a number that is shorter. */
static void pads_short_numbers(void **state)
{
	const struct test_key *key = test_key("ES256", 0);
	struct mcpauth__jwk *jwk = public_key(key);
	struct mcpauth__signer *signer;
	bool found[2] = {false, false};
	(void)state;
	CHECK_OK(make(key, NULL, &signer, &err));
	for (int i = 0; i < 20000 && !(found[0] && found[1]); i++) {
		struct mcpauth__jws jws;
		char *token = sign(signer);
		assert_true(verifies(token, jwk, &jws));
		assert_int_equal(jws.content.signature_length, 64);
		found[0] = found[0] || jws.content.signature[0] == 0;
		found[1] = found[1] || jws.content.signature[32] == 0;
		mcpauth__jws_finish(&jws);
		free(token);
	}
	assert_true(found[0] && found[1]);
	mcpauth__signer_free(signer);
	mcpauth__jwk_free(jwk);
}

static void refuses_an_algorithm_that_does_not_fit(void **state)
{
	static const char *const keys[] = {"RS256", "ES256", "ES384", "ES512", "EdDSA"};
	static const char *const wrong[] = {"ES256", "RS256", "ES256", "EdDSA", "ES512"};
	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct mcpauth_error err = {0};
		char wanted[96];
		struct mcpauth__signer *signer = (void *)keys;
		snprintf(wanted, sizeof wanted,
			"key_algorithm: %s is not for a key of this kind, but %s is", wrong[i],
			keys[i]);
		CHECK_ROW(keys[i],
			make(test_key(keys[i], 0), wrong[i], &signer, &err)
				== MCPAUTH_E_INVALID_ARGUMENT);
		CHECK_ROW(keys[i], signer == NULL && strcmp(err.message, wanted) == 0);
	}
}

static void refuses_an_algorithm_that_there_is_not(void **state)
{
	static const char *const names[] = {"none", "HS256", "rs256", "RS256 ", ""};
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct mcpauth_error err = {0};
		struct mcpauth__signer *signer;
		CHECK_ROW(names[i],
			make(test_key("RS256", 0), names[i], &signer, &err)
				== MCPAUTH_E_INVALID_ARGUMENT);
		CHECK_ROW(names[i], strstr(err.message, "none of this library's") != NULL);
	}
}

static void refuses_a_text_that_is_no_key(void **state)
{
	static const char *const texts[] = {"", "secret",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct mcpauth_error err = {0};
		struct mcpauth__signer *signer;
		CHECK_ROW(texts[i],
			mcpauth__signer_new(texts[i], NULL, &signer, &err)
				== MCPAUTH_E_INVALID_ARGUMENT);
		CHECK_ROW(texts[i], strncmp(err.message, "private_key: ", 13) == 0);
	}
}

/* A key as no test has it otherwise. */
static char *pem_of(gnutls_pk_algorithm_t kind, unsigned bits, const char *password)
{
	gnutls_x509_privkey_t key;
	gnutls_datum_t pem;
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, kind, bits, 0), 0);
	assert_int_equal(
		gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, password,
			password != NULL ? GNUTLS_PKCS_PBES2_AES_128 : GNUTLS_PKCS_PLAIN, &pem),
		0);
	char *text = calloc(1, pem.size + 1);
	assert_non_null(text);
	memcpy(text, pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_privkey_deinit(key);
	return text;
}

static const struct {
	const char *label;
	gnutls_pk_algorithm_t kind;
	unsigned bits;
	const char *password;
	const char *reason; /* NULL: it is good */
} keys[] = {
	{"RSA of 2047 bits", GNUTLS_PK_RSA, 2047, NULL, "2048 to 16384 bits"},
	{"RSA of 2048 bits", GNUTLS_PK_RSA, 2048, NULL, NULL},
	{"RSA for PSS alone", GNUTLS_PK_RSA_PSS, 2048, NULL, "none of RSA, EC"},
	{"P-224", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP224R1), NULL,
		"none of RSA, EC"},
	{"P-256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), NULL, NULL},
	{"P-256, encrypted", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
		"password", "encrypted"},
	{"Ed448", GNUTLS_PK_EDDSA_ED448, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED448), NULL,
		"none of RSA, EC"},
	{"X25519", GNUTLS_PK_ECDH_X25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_X25519), NULL,
		"none of RSA, EC"},
};

static void refuses_a_key_that_will_not_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct mcpauth_error err = {0};
		struct mcpauth__signer *signer;
		char *pem = pem_of(keys[i].kind, keys[i].bits, keys[i].password);
		enum mcpauth_code code = mcpauth__signer_new(pem, NULL, &signer, &err);
		bool good = keys[i].reason == NULL;
		CHECK_ROW(keys[i].label, code == (good ? MCPAUTH_OK : MCPAUTH_E_INVALID_ARGUMENT));
		CHECK_ROW(keys[i].label, good == (signer != NULL));
		CHECK_ROW(keys[i].label, good || strstr(err.message, keys[i].reason) != NULL);
		mcpauth__signer_free(signer);
		free(pem);
	}
}

/* The numbers of an EC key whose public part is another's. */
static void refuses_a_key_that_contradicts_itself(void **state)
{
	(void)state;
	const struct test_key *key = test_key("ES256", 0);
	struct mcpauth__signer *signer;
	char *pem = test_key_pem(key);
	/* Of PKCS #8 the last octets are the point's: 40 characters before the end. */
	char *end = strstr(pem, "\n-----END");
	assert_non_null(end);
	end[-20] = end[-20] == 'A' ? 'B' : 'A';
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__signer_new(pem, NULL, &signer, &err));
	free(pem);
}

static void says_why_it_did_not_sign(void **state)
{
	struct mcpauth__signer *signer;
	struct mcpauth__buf token = {0};
	(void)state;
	CHECK_OK(make(test_key("ES256", 0), NULL, &signer, &err));
	failure = GNUTLS_E_PK_SIGN_FAILED;
	CHECK_CODE(MCPAUTH_E_SYSTEM, mcpauth__signer_sign(signer, "{}", CLAIMS, &token, &err));
	failure = GNUTLS_E_MEMORY_ERROR;
	CHECK_CODE(MCPAUTH_E_NO_MEMORY, mcpauth__signer_sign(signer, "{}", CLAIMS, &token, &err));
	failure = 0;
	CHECK_OK(mcpauth__signer_sign(signer, "{}", CLAIMS, &token, &err));
	mcpauth__buf_wipe(&token);
	mcpauth__signer_free(signer);
	mcpauth__signer_free(NULL);
}

static void *sign_some(void *user)
{
	const struct mcpauth__signer *const *signers = user;
	for (int i = 0; i < TURNS; i++) {
		free(sign(signers[0]));
		free(sign(signers[1]));
		free(sign(signers[2]));
	}
	return NULL;
}

static void signs_for_many_threads_at_once(void **state)
{
	static const char *const names[] = {"PS256", "ES256", "EdDSA"};
	struct mcpauth__signer *signers[COUNT(names)];
	pthread_t crowd[CROWD];
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		CHECK_OK(make(test_key(names[i], 0), names[i], &signers[i], &err));
	}
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_create(&crowd[i], NULL, sign_some, signers), 0);
	}
	for (size_t i = 0; i < CROWD; i++) {
		pthread_join(crowd[i], NULL);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		mcpauth__signer_free(signers[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_with_every_algorithm),
		cmocka_unit_test(takes_the_algorithm_that_is_usual_for_a_key),
		cmocka_unit_test(pads_short_numbers),
		cmocka_unit_test(tells_its_public_key),
		cmocka_unit_test(tells_numbers_with_their_zeros),
		cmocka_unit_test(tells_no_key_of_another_kind),
		cmocka_unit_test(refuses_an_algorithm_that_does_not_fit),
		cmocka_unit_test(refuses_an_algorithm_that_there_is_not),
		cmocka_unit_test(refuses_a_text_that_is_no_key),
		cmocka_unit_test(refuses_a_key_that_will_not_do),
		cmocka_unit_test(refuses_a_key_that_contradicts_itself),
		cmocka_unit_test(says_why_it_did_not_sign),
		cmocka_unit_test(signs_for_many_threads_at_once),
	};
	return cmocka_run_group_tests_name("signer", tests, NULL, NULL);
}
