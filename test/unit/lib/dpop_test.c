/* DPoP proofs as a server judges them: good ones, for one request each, with the right nonce. */
#include "client/dpop.h"

#include "base/base64url.h"
#include "base/hash.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "support/check.h"
#include "support/scarce_memory.h"
#include "support/test_key.h"

#include <gnutls/crypto.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW ((int64_t)1800000000)
#define URL "https://api.example/mcp"
#define ORIGINS 16
#define CROWD 4
#define TURNS 50

/* The linker puts the second before the first. */
int __real_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);
int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

static bool no_randomness;
static const char *awaited; /* that it is wiped */
static unsigned wiped;

int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	return no_randomness ? GNUTLS_E_RANDOM_FAILED : __real_gnutls_rnd(level, data, length);
}

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	if (awaited != NULL && length == strlen(awaited)) {
		wiped += memcmp(data, awaited, length) == 0 ? 1 : 0;
	}
	__real_mcpauth__wipe(data, length);
}

static int start(void **state)
{
	struct mcpauth__dpop *dpop = NULL;
	mcpauth__dpop_new(NULL, &dpop, NULL);
	*state = dpop;
	return dpop != NULL ? 0 : -1;
}

static int stop(void **state)
{
	mcpauth__dpop_free(*state);
	return 0;
}

/* @return caller frees with free() */
static char *prove(struct mcpauth__dpop *dpop, const char *url, const char *token)
{
	struct mcpauth__buf proof = {0};
	CHECK_OK(mcpauth__dpop_prove(dpop,
		&(struct mcpauth__dpop_request){
			.method = "POST", .url = url, .token = token, .now = NOW},
		&proof, &err));
	char *text = mcpauth__buf_take(&proof);
	assert_non_null(text);
	return text;
}

/* RFC 9449 section 4.3, items 2 to 6: what a server checks of any proof. */
static void judge(const char *proof, struct mcpauth__jws *jws)
{
	struct mcpauth__jwk *key;
	CHECK_OK(mcpauth__jws_parse(proof, strlen(proof), jws, &err));
	const cJSON *jwk = mcpauth__json_member(jws->header, "jwk");
	assert_non_null(jwk);
	assert_false(mcpauth__json_has(jwk, "d"));
	assert_int_equal(cJSON_GetArraySize(jwk), 4);
	assert_int_equal(cJSON_GetArraySize(jws->header), 3);
	assert_string_equal(jws->type, "dpop+jwt");
	assert_int_equal(jws->algorithm, MCPAUTH__ES256);
	CHECK_OK(mcpauth__jwk_import(jwk, &key, &err));
	assert_true(mcpauth__jwk_fits(key, MCPAUTH__ES256));
	CHECK_OK(mcpauth__jwk_verify(key, jws->algorithm, &jws->content));
	mcpauth__jwk_free(key);
}

/* One claim of a new proof; "" if it is absent. */
static void claim_of(struct mcpauth__dpop *dpop, const char *url, const char *name, char out[300])
{
	struct mcpauth__jws jws = {0};
	char *proof = prove(dpop, url, NULL);
	judge(proof, &jws);
	const char *value = mcpauth__json_string(jws.payload, name);
	snprintf(out, 300, "%s", value != NULL ? value : "");
	mcpauth__jws_finish(&jws);
	free(proof);
}

static void nonce_is(struct mcpauth__dpop *dpop, const char *url, const char *want)
{
	char nonce[300];
	claim_of(dpop, url, "nonce", nonce);
	assert_string_equal(nonce, want);
}

static void proves_what_a_server_checks(void **state)
{
	struct mcpauth__jws jws = {0};
	int64_t issued = 0;
	char *proof = prove(*state, URL, NULL);
	judge(proof, &jws);
	assert_string_equal(mcpauth__json_string(jws.payload, "htm"), "POST");
	assert_string_equal(mcpauth__json_string(jws.payload, "htu"), URL);
	assert_true(mcpauth__json_seconds(jws.payload, "iat", &issued));
	assert_int_equal(issued, NOW);
	const char *jti = mcpauth__json_string(jws.payload, "jti");
	assert_non_null(jti);
	assert_int_equal(strlen(jti), 22);
	assert_int_equal(cJSON_GetArraySize(jws.payload), 4);
	mcpauth__jws_finish(&jws);
	free(proof);
}

/* A character of the signature's that another one takes the place of. */
static void a_changed_proof_does_not_verify(void **state)
{
	struct mcpauth__jws jws = {0};
	struct mcpauth__jwk *key;
	char *proof = prove(*state, URL, NULL);
	char *at = strrchr(proof, '.') + 10;
	*at = *at == 'A' ? 'B' : 'A';
	CHECK_OK(mcpauth__jws_parse(proof, strlen(proof), &jws, &err));
	CHECK_OK(mcpauth__jwk_import(mcpauth__json_member(jws.header, "jwk"), &key, &err));
	CHECK_CODE(MCPAUTH_E_BAD_SIGNATURE, mcpauth__jwk_verify(key, jws.algorithm, &jws.content));
	mcpauth__jwk_free(key);
	mcpauth__jws_finish(&jws);
	free(proof);
}

/* RFC 9449 section 7.1 has this token and its hash. */
static void hashes_the_token_that_is_shown(void **state)
{
	struct mcpauth__jws jws = {0};
	char *proof = prove(*state, URL, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
	judge(proof, &jws);
	assert_string_equal(mcpauth__json_string(jws.payload, "ath"),
		"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
	assert_int_equal(cJSON_GetArraySize(jws.payload), 5);
	mcpauth__jws_finish(&jws);
	free(proof);
}

static void leaves_query_and_fragment_out(void **state)
{
	static const struct {
		const char *url;
		const char *htu;
	} rows[] = {
		{"https://api.example/mcp?a=b", "https://api.example/mcp"},
		{"https://api.example/mcp#a", "https://api.example/mcp"},
		{"https://api.example/mcp#a?b", "https://api.example/mcp"},
		{"https://api.example/a%20b//c/?d#e", "https://api.example/a%20b//c/"},
		{"http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/mcp"},
		{"https://[::1]:8000/mcp", "https://[::1]:8000/mcp"},
		{"https://api.example", "https://api.example/"},
		{"https://api.example/", "https://api.example/"},
		{"https://api.example?a=/b", "https://api.example/"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char htu[300];
		claim_of(*state, rows[i].url, "htu", htu);
		CHECK_ROW(rows[i].url, strcmp(htu, rows[i].htu) == 0);
	}
}

static void refuses_what_is_no_url(void **state)
{
	static const char *const urls[] = {
		"", "api.example/mcp", "ftp://api.example/", "https://me:hush@api.example/"};
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct mcpauth__buf proof = {0};
		const struct mcpauth__dpop_request request = {
			.method = "GET", .url = urls[i], .now = NOW};
		CHECK_ROW_CODE(urls[i], MCPAUTH_E_INVALID_URL,
			mcpauth__dpop_prove(*state, &request, &proof, &err));
		assert_int_equal(proof.length, 0);
		CHECK_ROW(urls[i], !mcpauth__dpop_remember(*state, urls[i], "n"));
	}
}

static void no_two_proofs_have_the_same_number(void **state)
{
	char first[300];
	char second[300];
	claim_of(*state, URL, "jti", first);
	claim_of(*state, URL, "jti", second);
	assert_string_not_equal(first, second);
}

static void sends_the_last_nonce_of_the_origin(void **state)
{
	nonce_is(*state, URL, "");
	assert_true(mcpauth__dpop_remember(*state, "https://api.example/token?a", "n-1"));
	nonce_is(*state, URL, "n-1");
	nonce_is(*state, "HTTPS://API.example:443/other", "n-1");
	/* Another thread may have brought it first: it is the one to try again with. */
	assert_true(mcpauth__dpop_remember(*state, URL, "n-1"));
	nonce_is(*state, URL, "n-1");
	assert_true(mcpauth__dpop_remember(*state, "https://Api.Example:443", "n-2"));
	nonce_is(*state, URL, "n-2");
	assert_true(mcpauth__dpop_remember(*state, URL, "n-1"));
	nonce_is(*state, URL, "n-1");
}

static void tells_a_nonce_to_no_other_origin(void **state)
{
	assert_true(mcpauth__dpop_remember(*state, URL, "n-1"));
	nonce_is(*state, "http://api.example/mcp", "");
	nonce_is(*state, "https://api.example:444/mcp", "");
	nonce_is(*state, "https://api.example.evil/mcp", "");
	nonce_is(*state, "https://as.example/mcp", "");
	assert_true(mcpauth__dpop_remember(*state, "https://as.example/", "n-1"));
	nonce_is(*state, "https://as.example/mcp", "n-1");
}

static void leaves_out_what_is_no_nonce(void **state)
{
	static const char *const none[] = {
		"", " ", "a b", "a\"b", "a\\b", "a\n", "\x7f", "\xc3\xa4", "\x01"};
	char longest[258];
	memset(longest, 'n', sizeof longest - 1);
	longest[257] = '\0';
	for (size_t i = 0; i < COUNT(none); i++) {
		CHECK_ROW(none[i], !mcpauth__dpop_remember(*state, URL, none[i]));
	}
	assert_false(mcpauth__dpop_remember(*state, URL, NULL));
	assert_false(mcpauth__dpop_remember(*state, URL, longest));
	nonce_is(*state, URL, "");
	longest[256] = '\0';
	assert_true(mcpauth__dpop_remember(*state, URL, longest));
	nonce_is(*state, URL, longest);
	assert_true(mcpauth__dpop_remember(*state, URL, "!#[]~"));
	nonce_is(*state, URL, "!#[]~");
}

static const char *origin(unsigned number, char out[32])
{
	snprintf(out, 32, "https://as%u.example/", number);
	return out;
}

static void remembers_so_many_origins(void **state)
{
	char url[32];
	for (unsigned i = 0; i < ORIGINS; i++) {
		assert_true(mcpauth__dpop_remember(*state, origin(i, url), "old"));
	}
	nonce_is(*state, origin(0, url), "old");
	assert_true(mcpauth__dpop_remember(*state, origin(0, url), "new"));
	assert_true(mcpauth__dpop_remember(*state, origin(ORIGINS, url), "old"));
	nonce_is(*state, origin(0, url), "new");
	nonce_is(*state, origin(1, url), "");
	nonce_is(*state, origin(2, url), "old");
	nonce_is(*state, origin(ORIGINS, url), "old");
	assert_true(mcpauth__dpop_remember(*state, origin(1, url), "again"));
	nonce_is(*state, origin(2, url), "");
	nonce_is(*state, origin(3, url), "old");
}

static void its_key_lives_on_in_its_text(void **state)
{
	struct mcpauth__dpop *again;
	struct mcpauth__dpop *other;
	assert_non_null(strstr(mcpauth__dpop_pem(*state), "-----BEGIN PRIVATE KEY-----"));
	CHECK_OK(mcpauth__dpop_new(mcpauth__dpop_pem(*state), &again, &err));
	CHECK_OK(mcpauth__dpop_new(NULL, &other, &err));
	assert_string_equal(mcpauth__dpop_pem(again), mcpauth__dpop_pem(*state));
	assert_string_equal(mcpauth__dpop_thumbprint(again), mcpauth__dpop_thumbprint(*state));
	assert_string_not_equal(mcpauth__dpop_thumbprint(other), mcpauth__dpop_thumbprint(*state));
	nonce_is(again, URL, "");
	mcpauth__dpop_free(other);
	mcpauth__dpop_free(again);
}

/* RFC 7638 section 3.1, by hand, of the JWK that a proof shows. */
static void its_thumbprint_is_that_of_the_key_it_shows(void **state)
{
	struct mcpauth__jws jws = {0};
	char text[256];
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	char want[MCPAUTH__BASE64URL_ENCODED(MCPAUTH__SHA256_SIZE) + 1];
	char *proof = prove(*state, URL, NULL);
	judge(proof, &jws);
	const cJSON *jwk = mcpauth__json_member(jws.header, "jwk");
	const char *x = mcpauth__json_string(jwk, "x");
	const char *y = mcpauth__json_string(jwk, "y");
	assert_non_null(x);
	assert_non_null(y);
	snprintf(text, sizeof text, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
		x, y);
	assert_true(mcpauth__sha256(text, strlen(text), digest));
	mcpauth__base64url_encode(digest, sizeof digest, want);
	assert_string_equal(mcpauth__dpop_thumbprint(*state), want);
	mcpauth__jws_finish(&jws);
	free(proof);
}

static void refuses_a_key_that_will_not_do(void **state)
{
	static const char *const others[] = {"ES384", "RS256", "EdDSA"};
	struct mcpauth__dpop *dpop;
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		char *pem = test_key_pem(test_key(others[i], 0));
		CHECK_ROW_CODE(
			others[i], MCPAUTH_E_INVALID_ARGUMENT, mcpauth__dpop_new(pem, &dpop, &err));
		CHECK_ROW(others[i], dpop == NULL);
		free(pem);
	}
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__dpop_new("", &dpop, &err));
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__dpop_new("nonsense", &dpop, &err));
	char *pem = test_key_pem(test_key("ES256", 0));
	CHECK_OK(mcpauth__dpop_new(pem, &dpop, &err));
	mcpauth__dpop_free(dpop);
	free(pem);
}

static void proves_nothing_without_randomness(void **state)
{
	struct mcpauth__buf proof = {0};
	const struct mcpauth__dpop_request request = {.method = "GET", .url = URL, .now = NOW};
	no_randomness = true;
	CHECK_CODE(MCPAUTH_E_SYSTEM, mcpauth__dpop_prove(*state, &request, &proof, &err));
	no_randomness = false;
	assert_int_equal(proof.length, 0);
	CHECK_OK(mcpauth__dpop_prove(*state, &request, &proof, &err));
	mcpauth__buf_finish(&proof);
}

static void wipes_its_key(void **state)
{
	struct mcpauth__dpop *dpop;
	char pem[1024];
	(void)state;
	CHECK_OK(mcpauth__dpop_new(NULL, &dpop, &err));
	assert_true(strlen(mcpauth__dpop_pem(dpop)) < sizeof pem);
	strcpy(pem, mcpauth__dpop_pem(dpop));
	awaited = pem;
	wiped = 0;
	mcpauth__dpop_free(dpop);
	awaited = NULL;
	assert_int_equal(wiped, 1);
	mcpauth__dpop_free(NULL);
}

static enum mcpauth_code make_and_prove(void)
{
	struct mcpauth__dpop *dpop;
	struct mcpauth__buf proof = {0};
	const struct mcpauth__dpop_request request = {
		.method = "GET", .url = URL, .token = "t", .now = NOW};
	enum mcpauth_code code = mcpauth__dpop_new(NULL, &dpop, NULL);
	if (code != MCPAUTH_OK) {
		assert_null(dpop);
		return code;
	}
	if (!mcpauth__dpop_remember(dpop, URL, "n-1")) {
		code = MCPAUTH_E_NO_MEMORY;
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__dpop_prove(dpop, &request, &proof, NULL);
	}
	mcpauth__buf_finish(&proof);
	mcpauth__dpop_free(dpop);
	return code;
}

static void says_when_there_is_no_memory(void **state)
{
	bool failed = true;
	unsigned number = 1;
	(void)state;
	for (; failed; number++) {
		scarce_memory_begin(number);
		enum mcpauth_code code = make_and_prove();
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
	}
	assert_true(number > 10);
}

static void *prove_often(void *argument)
{
	char url[32];
	char nonce[32];
	void *failed = NULL;
	for (unsigned i = 0; i < TURNS && failed == NULL; i++) {
		struct mcpauth__buf proof = {0};
		struct mcpauth__jws jws = {0};
		const struct mcpauth__dpop_request request = {
			.method = "GET", .url = origin(i % (ORIGINS + 4), url), .now = NOW};
		snprintf(nonce, sizeof nonce, "n-%u", i);
		mcpauth__dpop_remember(argument, url, nonce);
		bool is_good = mcpauth__dpop_prove(argument, &request, &proof, NULL) == MCPAUTH_OK
			&& mcpauth__jws_parse(proof.data, proof.length, &jws, NULL) == MCPAUTH_OK
			&& strcmp(mcpauth__json_string(jws.payload, "htu"), url) == 0;
		failed = is_good ? NULL : argument;
		mcpauth__jws_finish(&jws);
		mcpauth__buf_finish(&proof);
	}
	return failed;
}

static void any_number_of_threads_may_prove(void **state)
{
	pthread_t threads[CROWD];
	for (size_t i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, prove_often, *state), 0);
	}
	for (size_t i = 0; i < CROWD; i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(proves_what_a_server_checks),
		TEST(a_changed_proof_does_not_verify),
		TEST(hashes_the_token_that_is_shown),
		TEST(leaves_query_and_fragment_out),
		TEST(refuses_what_is_no_url),
		TEST(no_two_proofs_have_the_same_number),
		TEST(sends_the_last_nonce_of_the_origin),
		TEST(tells_a_nonce_to_no_other_origin),
		TEST(leaves_out_what_is_no_nonce),
		TEST(remembers_so_many_origins),
		TEST(its_key_lives_on_in_its_text),
		TEST(its_thumbprint_is_that_of_the_key_it_shows),
		cmocka_unit_test(refuses_a_key_that_will_not_do),
		TEST(proves_nothing_without_randomness),
		cmocka_unit_test(wipes_its_key),
		cmocka_unit_test(says_when_there_is_no_memory),
		TEST(any_number_of_threads_may_prove),
	};
	return cmocka_run_group_tests_name("dpop", tests, NULL, NULL);
}
