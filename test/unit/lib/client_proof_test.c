/* A client's proof: each method's own, new where it must be, and nothing left unused. */
#include "endpoint/client_proof.h"

#include "jose/jwk.h"
#include "jose/jws.h"
#include "support/check.h"
#include "support/test_key.h"

#include <gnutls/crypto.h>

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW ((int64_t)1800000000)
#define AUDIENCE "https://as.example/token"
#define ASSERTION "&client_assertion="

/* The linker puts the second before the first. */
int __real_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);
int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length);

void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

static bool no_randomness;
static unsigned char wiped[65536]; /* all that was, in a row */
static size_t wiped_length;

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	assert_true(length <= sizeof wiped - wiped_length);
	if (length > 0) {
		memcpy(wiped + wiped_length, data, length);
	}
	wiped_length += length;
	__real_mcpauth__wipe(data, length);
}

int __wrap_gnutls_rnd(gnutls_rnd_level_t level, void *data, size_t length)
{
	return no_randomness ? GNUTLS_E_RANDOM_FAILED : __real_gnutls_rnd(level, data, length);
}

static const struct mcpauth__client_identity basic = {.authentication = MCPAUTH_CLIENT_SECRET_BASIC,
	.id = "me",
	.secret = "hush"};
static const struct mcpauth__client_identity post = {.authentication = MCPAUTH_CLIENT_SECRET_POST,
	.id = "me",
	.secret = "hush"};
static const struct mcpauth__client_identity none = {.authentication = MCPAUTH_CLIENT_SECRET_NONE,
	.id = "me"};
static const struct mcpauth__client_identity bearer = {
	.authentication = MCPAUTH_CLIENT_BEARER_TOKEN,
	.bearer_token = "aZ09-._~+/=="};

/* One with ES256 key 0; its text is kept for ever. */
static struct mcpauth__client_identity with_key(void)
{
	static char pem[4096];
	char *text = test_key_pem(test_key("ES256", 0));
	assert_true(strlen(text) < sizeof pem);
	strcpy(pem, text);
	free(text);
	return (struct mcpauth__client_identity){.authentication = MCPAUTH_PRIVATE_KEY_JWT,
		.id = "me",
		.private_key = pem,
		.default_audience = AUDIENCE};
}

static struct mcpauth__client_proof *prove(const struct mcpauth__client_identity *client)
{
	struct mcpauth__client_proof *proof;
	CHECK_OK(mcpauth__client_proof_new(client, &proof, &err));
	return proof;
}

/* What it puts behind a form that holds "a=b". */
static char *form_of(const struct mcpauth__client_proof *proof)
{
	struct mcpauth__buf form = {0};
	assert_true(mcpauth__buf_puts(&form, "a=b"));
	CHECK_OK(mcpauth__client_proof_add(proof, NOW, &form, &err));
	return mcpauth__buf_take(&form);
}

static void puts_each_proof_in_its_place(void **state)
{
	const struct {
		const struct mcpauth__client_identity *client;
		const char *authorization;
		const char *form;
	} rows[] = {
		{&basic, "Basic bWU6aHVzaA==", "a=b"},
		{&post, NULL, "a=b&client_id=me&client_secret=hush"},
		{&none, NULL, "a=b&client_id=me"},
		{&bearer, "Bearer aZ09-._~+/==", "a=b"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mcpauth__client_proof *proof = prove(rows[i].client);
		const char *value = mcpauth__client_proof_authorization(proof);
		char *form = form_of(proof);
		assert_string_equal(form, rows[i].form);
		assert_int_equal(value != NULL, rows[i].authorization != NULL);
		assert_string_equal(
			value != NULL ? value : "", value != NULL ? rows[i].authorization : "");
		mcpauth__client_proof_free(proof);
		free(form);
	}
}

static void begins_a_form_that_is_empty(void **state)
{
	struct mcpauth__client_proof *proof = prove(&post);
	struct mcpauth__buf form = {0};
	(void)state;
	CHECK_OK(mcpauth__client_proof_add(proof, NOW, &form, &err));
	assert_string_equal(form.data, "client_id=me&client_secret=hush");
	mcpauth__buf_wipe(&form);
	mcpauth__client_proof_free(proof);
}

/* The assertion at the form's end, taken apart. It lies in the form. */
static void read_assertion(char *form, struct mcpauth__jws *jws)
{
	char *assertion = strstr(form, ASSERTION);
	assert_non_null(assertion);
	assertion += strlen(ASSERTION);
	CHECK_OK(mcpauth__jws_parse(assertion, strlen(assertion), jws, &err));
}

static const char *text_in(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
	assert_non_null(text);
	return text;
}

static void signs_an_assertion(void **state)
{
	struct mcpauth__client_identity client = with_key();
	struct mcpauth__jws jws;
	struct mcpauth__jwk *key;
	int64_t issued = 0;
	int64_t expires = 0;
	(void)state;
	client.key_id = "k\"1";
	struct mcpauth__client_proof *proof = prove(&client);
	char *form = form_of(proof);
	assert_null(mcpauth__client_proof_authorization(proof));
	assert_memory_equal(form,
		"a=b&client_id=me&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
		"client-assertion-type%3Ajwt-bearer" ASSERTION,
		strlen("a=b&client_id=me&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
		       "client-assertion-type%3Ajwt-bearer" ASSERTION));
	read_assertion(form, &jws);
	char *text = test_key_jwk(test_key("ES256", 0), NULL, NULL, NULL);
	cJSON *json = cJSON_Parse(text);
	CHECK_OK(mcpauth__jwk_import(json, &key, &err));
	CHECK_OK(mcpauth__jwk_verify(key, jws.algorithm, &jws.content));
	assert_string_equal(text_in(jws.header, "alg"), "ES256");
	assert_string_equal(jws.type, "JWT");
	assert_string_equal(jws.kid, "k\"1");
	assert_string_equal(text_in(jws.payload, "iss"), "me");
	assert_string_equal(text_in(jws.payload, "sub"), "me");
	assert_string_equal(text_in(jws.payload, "aud"), AUDIENCE);
	assert_int_equal(strlen(text_in(jws.payload, "jti")), 22);
	assert_true(mcpauth__json_seconds(jws.payload, "iat", &issued));
	assert_true(mcpauth__json_seconds(jws.payload, "exp", &expires));
	assert_int_equal(issued, NOW);
	assert_int_equal(expires, NOW + 60);
	assert_int_equal(cJSON_GetArraySize(jws.payload), 6);
	mcpauth__jwk_free(key);
	cJSON_Delete(json);
	free(text);
	mcpauth__jws_finish(&jws);
	mcpauth__client_proof_free(proof);
	free(form);
}

static void signs_as_it_was_told(void **state)
{
	struct mcpauth__client_identity client = with_key();
	struct mcpauth__jws jws;
	char *pem = test_key_pem(test_key("PS384", 0));
	(void)state;
	client.private_key = pem;
	client.key_algorithm = "PS384";
	client.assertion_audience = "https://as.example";
	struct mcpauth__client_proof *proof = prove(&client);
	free(pem);
	char *form = form_of(proof);
	read_assertion(form, &jws);
	assert_string_equal(text_in(jws.header, "alg"), "PS384");
	assert_null(jws.kid);
	assert_string_equal(text_in(jws.payload, "aud"), "https://as.example");
	mcpauth__jws_finish(&jws);
	mcpauth__client_proof_free(proof);
	free(form);
}

static void makes_no_two_assertions_alike(void **state)
{
	struct mcpauth__client_identity client = with_key();
	struct mcpauth__client_proof *proof = prove(&client);
	struct mcpauth__jws first;
	struct mcpauth__jws second;
	char *one = form_of(proof);
	char *other = form_of(proof);
	(void)state;
	read_assertion(one, &first);
	read_assertion(other, &second);
	assert_string_not_equal(text_in(first.payload, "jti"), text_in(second.payload, "jti"));
	mcpauth__jws_finish(&first);
	mcpauth__jws_finish(&second);
	mcpauth__client_proof_free(proof);
	free(one);
	free(other);
}

static void makes_no_assertion_without_randomness(void **state)
{
	struct mcpauth__client_identity client = with_key();
	struct mcpauth__client_proof *proof = prove(&client);
	struct mcpauth__buf form = {0};
	(void)state;
	no_randomness = true;
	CHECK_CODE(MCPAUTH_E_SYSTEM, mcpauth__client_proof_add(proof, NOW, &form, &err));
	no_randomness = false;
	assert_true(form.data == NULL || strstr(form.data, ASSERTION) == NULL);
	mcpauth__buf_wipe(&form);
	free(form_of(proof));
	mcpauth__client_proof_free(proof);
}

static size_t count_wiped(const void *data, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i + length <= wiped_length; i++) {
		count += memcmp(wiped + i, data, length) == 0 ? 1 : 0;
	}
	return count;
}

/* Where it was signed its numbers lay three times: as GnuTLS made them, one by one, and
 * in a row. The first of their octets may be zeros that not all of these have. */
static void wipes_what_it_signed(void **state)
{
	struct mcpauth__client_identity client = with_key();
	struct mcpauth__client_proof *proof = prove(&client);
	struct mcpauth__jws jws;
	(void)state;
	wiped_length = 0;
	char *form = form_of(proof);
	size_t length = wiped_length;
	read_assertion(form, &jws);
	const char *assertion = strstr(form, ASSERTION) + strlen(ASSERTION);
	wiped_length = length;
	assert_true(count_wiped(assertion, strlen(assertion)) > 0);
	assert_int_equal(count_wiped(jws.content.signature + 8, 24), 3);
	assert_int_equal(count_wiped(jws.content.signature + 40, 24), 3);
	mcpauth__jws_finish(&jws);
	mcpauth__client_proof_free(proof);
	free(form);
}

static void wipes_what_it_knew(void **state)
{
	const struct mcpauth__client_identity *clients[] = {&basic, &post, &bearer};
	static const char *const secrets[] = {"bWU6aHVzaA==", "hush", "aZ09-._~+/=="};
	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct mcpauth__client_proof *proof = prove(clients[i]);
		wiped_length = 0;
		mcpauth__client_proof_free(proof);
		assert_int_equal(count_wiped(secrets[i], strlen(secrets[i])), 1);
	}
	mcpauth__client_proof_free(NULL);
}

struct refusal {
	const char *message;
	struct mcpauth__client_identity client;
};

static void check_refusals(const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mcpauth_error err = {0};
		struct mcpauth__client_proof *proof = (void *)&err;
		CHECK_ROW(rows[i].message,
			mcpauth__client_proof_new(&rows[i].client, &proof, &err)
				== MCPAUTH_E_INVALID_ARGUMENT);
		CHECK_ROW(rows[i].message, proof == NULL);
		CHECK_ROW(rows[i].message, strcmp(err.message, rows[i].message) == 0);
	}
}

static struct mcpauth__client_identity changed(const struct mcpauth__client_identity *from,
	enum mcpauth_client_authentication authentication)
{
	struct mcpauth__client_identity client = *from;
	client.authentication = authentication;
	return client;
}

static void refuses_what_is_not_enough(void **state)
{
	(void)state;
	const struct mcpauth__client_identity key = with_key();
	const struct mcpauth__client_identity nobody = {0};
	struct refusal rows[] = {
		{"there is no such way of client authentication",
			changed(&none, (enum mcpauth_client_authentication)5)},
		{"client_id is needed", nobody},
		{"client_id is needed", changed(&nobody, MCPAUTH_CLIENT_SECRET_NONE)},
		{"client_id is needed", key},
		{"client_secret is needed", changed(&none, MCPAUTH_CLIENT_SECRET_BASIC)},
		{"client_secret is needed", changed(&none, MCPAUTH_CLIENT_SECRET_POST)},
		{"private_key is needed", changed(&none, MCPAUTH_PRIVATE_KEY_JWT)},
		{"bearer_token is needed", changed(&none, MCPAUTH_CLIENT_BEARER_TOKEN)},
	};
	rows[3].client.id = "";
	check_refusals(rows, COUNT(rows));
}

static void refuses_what_would_not_be_used(void **state)
{
	(void)state;
	struct refusal rows[] = {
		{"client_secret is given, but would not be used",
			changed(&basic, MCPAUTH_CLIENT_SECRET_NONE)},
		{"client_secret is given, but would not be used", with_key()},
		{"client_secret is given, but would not be used", bearer},
		{"private_key is given, but would not be used", basic},
		{"key_id is given, but would not be used", basic},
		{"key_algorithm is given, but would not be used", post},
		{"assertion_audience is given, but would not be used", bearer},
		{"bearer_token is given, but would not be used", basic},
		{"bearer_token is given, but would not be used", with_key()},
	};
	rows[1].client.secret = "hush";
	rows[2].client.secret = "hush";
	rows[3].client.private_key = "a key";
	rows[4].client.key_id = "k";
	rows[5].client.key_algorithm = "ES256";
	rows[6].client.assertion_audience = "a";
	rows[7].client.bearer_token = "t";
	rows[8].client.bearer_token = "t";
	check_refusals(rows, COUNT(rows));
}

static void takes_an_id_that_a_bearer_does_not_send(void **state)
{
	struct mcpauth__client_identity client = bearer;
	(void)state;
	client.id = "me";
	struct mcpauth__client_proof *proof = prove(&client);
	char *form = form_of(proof);
	assert_string_equal(form, "a=b");
	mcpauth__client_proof_free(proof);
	free(form);
}

static void refuses_what_cannot_be_sent(void **state)
{
	static const char *const tokens[] = {"a b", "a\r\nX: y", "=", "a=b", "t\xc3\xbc"};
	struct refusal rows[COUNT(tokens) + 3];
	(void)state;
	for (size_t i = 0; i < COUNT(tokens); i++) {
		rows[i] = (struct refusal){"bearer_token is none (RFC 6750 section 2.1)", bearer};
		rows[i].client.bearer_token = tokens[i];
	}
	for (size_t i = COUNT(tokens); i < COUNT(rows); i++) {
		rows[i] = (struct refusal){
			"client_id, key_id or assertion_audience is not UTF-8", with_key()};
	}
	rows[COUNT(tokens)].client.id = "\xff";
	rows[COUNT(tokens) + 1].client.key_id = "\xc3";
	rows[COUNT(tokens) + 2].client.assertion_audience = "\xed\xa0\x80";
	check_refusals(rows, COUNT(rows));
}

static void refuses_a_key_that_cannot_sign_as_told(void **state)
{
	struct mcpauth__client_identity client = with_key();
	struct mcpauth__client_proof *proof;
	(void)state;
	client.key_algorithm = "RS256";
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT, mcpauth__client_proof_new(&client, &proof, &err));
	client.key_algorithm = "";
	CHECK_OK(mcpauth__client_proof_new(&client, &proof, &err));
	mcpauth__client_proof_free(proof);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_each_proof_in_its_place),
		cmocka_unit_test(begins_a_form_that_is_empty),
		cmocka_unit_test(signs_an_assertion),
		cmocka_unit_test(signs_as_it_was_told),
		cmocka_unit_test(makes_no_two_assertions_alike),
		cmocka_unit_test(makes_no_assertion_without_randomness),
		cmocka_unit_test(wipes_what_it_signed),
		cmocka_unit_test(wipes_what_it_knew),
		cmocka_unit_test(refuses_what_is_not_enough),
		cmocka_unit_test(refuses_what_would_not_be_used),
		cmocka_unit_test(takes_an_id_that_a_bearer_does_not_send),
		cmocka_unit_test(refuses_what_cannot_be_sent),
		cmocka_unit_test(refuses_a_key_that_cannot_sign_as_told),
	};
	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
