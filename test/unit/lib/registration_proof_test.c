/* How a client proves who it is: by the way that was said, or one that both can follow. */
#include "client/registration/registration.h"

#include "base/json.h"
#include "jose/jws.h"
#include "support/applicant.h"
#include "support/check.h"
#include "support/test_key.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ALL "none client_secret_post client_secret_basic private_key_jwt"
#define BASIC "Basic bWU6aHVzaA==" /* me:hush */
#define ASSERTION "&client_assertion="

enum key {
	NO_KEY,
	KEY
};

static char *key_text(void)
{
	char *text = test_key_pem(test_key("ES256", 0));
	assert_non_null(text);
	return text;
}

/* What a request takes along. The caller releases the form. */
static enum mcpauth_code prove(const struct applicant *applicant, const char *secret,
	const char *registered, char *authorization, struct mcpauth__buf *form)
{
	struct mcpauth__client_proof *proof;
	const struct mcpauth__registration registration = {
		.client_id = (char *)"me",
		.client_secret = (char *)secret,
		.authentication = (char *)registered,
	};
	*form = (struct mcpauth__buf){0};
	*authorization = '\0';
	enum mcpauth_code code = mcpauth__registration_proof(
		&registration, &applicant->it, &proof, NULL);
	assert_true((code == MCPAUTH_OK) == (proof != NULL));
	if (proof != NULL) {
		const char *value = mcpauth__client_proof_authorization(proof);
		strcpy(authorization, value != NULL ? value : "");
		CHECK_OK(mcpauth__client_proof_add(proof, APPLICANT_NOW, form, &err));
	}
	mcpauth__client_proof_free(proof);
	return code;
}

static const struct {
	const char *label;
	const char *configured;
	const char *registered;
	const char *supported;
	const char *secret;
	enum key key;
	enum mcpauth_code code;
	const char *authorization;
	const char *form; /* what it begins with */
} rows[] = {
	{"a secret, nothing said", NULL, NULL, NULL, "hush", NO_KEY, MCPAUTH_OK, BASIC, ""},
	{"a secret, all supported", NULL, NULL, ALL, "hush", NO_KEY, MCPAUTH_OK, BASIC, ""},
	{"a secret, post supported", NULL, NULL, "none client_secret_post", "hush", NO_KEY,
		MCPAUTH_OK, "", "client_id=me&client_secret=hush"},
	{"a secret, none supported", NULL, NULL, "none private_key_jwt", "hush", NO_KEY,
		MCPAUTH_E_UNSUPPORTED, "", ""},
	{"nothing, none supported", NULL, NULL, ALL, NULL, NO_KEY, MCPAUTH_OK, "", "client_id=me"},
	{"nothing, nothing said", NULL, NULL, NULL, NULL, NO_KEY, MCPAUTH_OK, "", "client_id=me"},
	{"nothing, none not said", NULL, NULL, "client_secret_post", NULL, NO_KEY, MCPAUTH_OK, "",
		"client_id=me"},
	{"a key", NULL, NULL, ALL, NULL, KEY, MCPAUTH_OK, "",
		"client_id=me&client_assertion_type="},
	{"a key, not supported", NULL, NULL, "none client_secret_basic", NULL, KEY,
		MCPAUTH_E_UNSUPPORTED, "", ""},
	{"a key beside a secret", NULL, NULL, ALL, "hush", KEY, MCPAUTH_OK, BASIC, ""},
	{"registered with post", NULL, "client_secret_post", "client_secret_basic", "hush", NO_KEY,
		MCPAUTH_OK, "", "client_id=me&client_secret=hush"},
	{"registered with none", NULL, "none", "client_secret_basic", "hush", NO_KEY, MCPAUTH_OK,
		"", "client_id=me"},
	{"registered with none, a key", NULL, "none", ALL, NULL, KEY, MCPAUTH_OK, "",
		"client_id=me"},
	{"a document's key", NULL, "private_key_jwt", "none", NULL, KEY, MCPAUTH_OK, "",
		"client_id=me&client_assertion_type="},
	{"registered with what is unknown", NULL, "client_secret_jwt", ALL, "hush", NO_KEY,
		MCPAUTH_E_UNSUPPORTED, "", ""},
	{"configured otherwise", "client_secret_post", "client_secret_basic", ALL, "hush", NO_KEY,
		MCPAUTH_OK, "", "client_id=me&client_secret=hush"},
	{"configured, not supported", "client_secret_basic", NULL, "none", "hush", NO_KEY,
		MCPAUTH_OK, BASIC, ""},
	{"configured in capitals", "NONE", NULL, ALL, NULL, NO_KEY, MCPAUTH_E_UNSUPPORTED, "", ""},
	{"configured without a secret", "client_secret_basic", NULL, ALL, NULL, NO_KEY,
		MCPAUTH_E_INVALID_ARGUMENT, "", ""},
	{"configured without a key", "private_key_jwt", NULL, ALL, NULL, NO_KEY,
		MCPAUTH_E_INVALID_ARGUMENT, "", ""},
};

static void chooses_what_was_said_or_what_both_can(void **state)
{
	char *key = key_text();
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct applicant applicant;
		struct mcpauth__buf form;
		char authorization[256];
		applicant_init(&applicant, rows[i].supported);
		applicant.config.authentication = rows[i].configured;
		applicant.config.private_key = rows[i].key == KEY ? key : NULL;
		enum mcpauth_code code = prove(
			&applicant, rows[i].secret, rows[i].registered, authorization, &form);
		const char *text = form.data != NULL ? form.data : "";
		size_t length = strlen(rows[i].form);
		CHECK_ROW(rows[i].label, code == rows[i].code);
		CHECK_ROW(rows[i].label, strcmp(authorization, rows[i].authorization) == 0);
		CHECK_ROW(rows[i].label, strncmp(text, rows[i].form, length) == 0);
		CHECK_ROW(rows[i].label, text[length] == '\0' || rows[i].key == KEY);
		mcpauth__buf_wipe(&form);
		applicant_finish(&applicant);
	}
	free(key);
}

/* RFC 7523 section 3: what the assertion says. */
static void tells_the_issuer_alone(void **state)
{
	struct applicant applicant;
	struct mcpauth__buf form;
	struct mcpauth__jws jws;
	char authorization[256];
	char *key = key_text();
	(void)state;
	applicant_init(&applicant, ALL);
	applicant.config.private_key = key;
	applicant.config.key_id = "k1";
	assert_int_equal(prove(&applicant, NULL, NULL, authorization, &form), MCPAUTH_OK);
	const char *assertion = strstr(form.data, ASSERTION);
	assert_non_null(assertion);
	assertion += strlen(ASSERTION);
	CHECK_OK(mcpauth__jws_parse(assertion, strlen(assertion), &jws, &err));
	assert_string_equal(jws.kid, "k1");
	assert_string_equal(mcpauth__json_string(jws.payload, "aud"), APPLICANT_ISSUER);
	assert_string_equal(mcpauth__json_string(jws.payload, "iss"), "me");
	assert_string_equal(mcpauth__json_string(jws.payload, "sub"), "me");
	mcpauth__jws_finish(&jws);
	mcpauth__buf_wipe(&form);
	applicant_finish(&applicant);
	free(key);
}

static void signs_with_what_the_issuer_takes(void **state)
{
	struct applicant applicant;
	struct mcpauth__buf form;
	char authorization[256];
	char *key = key_text();
	(void)state;
	applicant_init(&applicant, ALL);
	applicant.config.private_key = key;
	applicant.config.key_algorithm = "ES256";
	assert_int_equal(prove(&applicant, NULL, NULL, authorization, &form), MCPAUTH_OK);
	mcpauth__buf_wipe(&form);
	assert_true(mcpauth__words_split(&applicant.server.assertion_algorithms, "RS256 ES256"));
	assert_int_equal(prove(&applicant, NULL, NULL, authorization, &form), MCPAUTH_OK);
	mcpauth__buf_wipe(&form);
	mcpauth__words_finish(&applicant.server.assertion_algorithms);
	assert_true(mcpauth__words_split(&applicant.server.assertion_algorithms, "RS256"));
	assert_int_equal(
		prove(&applicant, NULL, NULL, authorization, &form), MCPAUTH_E_UNSUPPORTED);
	applicant_finish(&applicant);
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_what_was_said_or_what_both_can),
		cmocka_unit_test(tells_the_issuer_alone),
		cmocka_unit_test(signs_with_what_the_issuer_takes),
	};
	return cmocka_run_group_tests_name("registration_proof", tests, NULL, NULL);
}
