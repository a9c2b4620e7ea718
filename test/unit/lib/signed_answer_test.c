/* Signed introspection answers (RFC 9701): whose, for whom, of when, and what is in them. */
#include "support/introspected.h"

#include "support/check.h"
#include "support/test_key.h"
#include "endpoint/signed_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TYPE "\"typ\":\"token-introspection+jwt\""
#define HEADER "{\"alg\":\"ES256\",\"kid\":\"k0\"," TYPE "}"
#define INNER "{\"active\":true,\"sub\":\"alice\",\"big\":12345678901234567890}"
#define ISS "\"iss\":\"" FAKE_ISSUER "\""
#define AUD "\"aud\":\"me\""
#define IAT "\"iat\":1800000000"
#define HELD "\"token_introspection\":" INNER
#define CLAIMS "{" ISS "," AUD "," IAT "," HELD "}"

/* The endpoint answers with this, signed by a key. */
static void answer_signed(struct introspected *it, const char *header, const char *payload,
	const char *algorithm, unsigned number)
{
	char *made = test_key_sign(test_key(algorithm, number), header, payload);
	introspected_answer(it, 200, made);
	free(made);
}

static int start(void **state)
{
	introspected_start(state);
	struct introspected *it = *state;
	it->config.require_signed_answers = true;
	answer_signed(it, HEADER, CLAIMS, "ES256", 0);
	return 0;
}

static void what_is_inside_counts(void **state)
{
	struct introspected *it = *state;
	char text[1024];
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", text, &err));
	assert_string_equal(text, INNER);
	assert_string_equal(it->posts[0].accept, "application/token-introspection+jwt");
	CHECK_OK(introspected_try(it, "one", text, &err));
	assert_string_equal(text, INNER);
	assert_int_equal(introspected_posts(it), 1);
	assert_int_equal(fake_issuer_fetches(it->fake, FAKE_KEYS), 1);
}

static void one_that_nobody_demanded_is_verified_all_the_same(void **state)
{
	struct introspected *it = *state;
	char text[1024];
	it->config.require_signed_answers = false;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", text, &err));
	assert_string_equal(text, INNER);
	assert_string_equal(it->posts[0].accept, "application/json");
	answer_signed(it, HEADER, CLAIMS, "ES256", 1);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "two", NULL, &err));
}

static const struct {
	const char *label;
	const char *header;
	const char *payload;
	enum mcpauth_code code;
	const char *reason; /* or the text inside */
} answers[] = {
	{"typ in full",
		"{\"alg\":\"ES256\",\"kid\":\"k0\","
		"\"typ\":\"application/token-introspection+JWT\"}",
		CLAIMS, MCPAUTH_OK, INNER},
	{"no kid", "{\"alg\":\"ES256\"," TYPE "}", CLAIMS, MCPAUTH_OK, INNER},
	{"aud among others", HEADER, "{" ISS ",\"aud\":[\"you\",\"me\"]," IAT "," HELD "}",
		MCPAUTH_OK, INNER},
	{"inside first", HEADER, "{" HELD " , " ISS "," AUD "," IAT "}", MCPAUTH_OK, INNER},
	{"inside last, blanks", HEADER, "{" ISS "," AUD "," IAT "," HELD " \n } ", MCPAUTH_OK,
		INNER},
	{"braces in strings", HEADER,
		"{\"token_introspection\":{\"active\":true,\"a\":\"}{\\\"}\",\"b\":{\"c\":[{}]}} ,"
		"\"}\":\"{\"," ISS "," AUD "," IAT "}",
		MCPAUTH_OK, "{\"active\":true,\"a\":\"}{\\\"}\",\"b\":{\"c\":[{}]}}"},
	{"nothing inside", HEADER, "{" ISS "," AUD "," IAT ",\"token_introspection\":{}}",
		MCPAUTH_OK, "{}"},
	{"a minute old", HEADER, "{" ISS "," AUD ",\"iat\":1799999940," HELD "}", MCPAUTH_OK,
		INNER},
	{"a minute ahead", HEADER, "{" ISS "," AUD ",\"iat\":1800000060," HELD "}", MCPAUTH_OK,
		INNER},
	{"an access token's typ", "{\"alg\":\"ES256\",\"kid\":\"k0\",\"typ\":\"at+jwt\"}", CLAIMS,
		MCPAUTH_E_INTROSPECTION, "typ"},
	{"JWT alone", "{\"alg\":\"ES256\",\"kid\":\"k0\",\"typ\":\"JWT\"}", CLAIMS,
		MCPAUTH_E_INTROSPECTION, "typ"},
	{"no typ", "{\"alg\":\"ES256\",\"kid\":\"k0\"}", CLAIMS, MCPAUTH_E_INTROSPECTION, "typ"},
	{"critical", "{\"alg\":\"ES256\",\"kid\":\"k0\",\"crit\":[\"x\"]," TYPE "}", CLAIMS,
		MCPAUTH_E_INTROSPECTION, "crit"},
	{"alg none", "{\"alg\":\"none\"," TYPE "}", CLAIMS, MCPAUTH_E_INTROSPECTION, "alg"},
	{"unknown kid", "{\"alg\":\"ES256\",\"kid\":\"k9\"," TYPE "}", CLAIMS,
		MCPAUTH_E_INTROSPECTION, "key"},
	{"another issuer", HEADER, "{\"iss\":\"https://as.example/\"," AUD "," IAT "," HELD "}",
		MCPAUTH_E_INTROSPECTION, "iss"},
	{"no issuer", HEADER, "{" AUD "," IAT "," HELD "}", MCPAUTH_E_INTROSPECTION, "iss"},
	{"another client", HEADER, "{" ISS ",\"aud\":\"me2\"," IAT "," HELD "}",
		MCPAUTH_E_INTROSPECTION, "aud"},
	{"other clients", HEADER, "{" ISS ",\"aud\":[\"you\",[\"me\"]]," IAT "," HELD "}",
		MCPAUTH_E_INTROSPECTION, "aud"},
	{"no client", HEADER, "{" ISS "," IAT "," HELD "}", MCPAUTH_E_INTROSPECTION, "aud"},
	{"no iat", HEADER, "{" ISS "," AUD "," HELD "}", MCPAUTH_E_INTROSPECTION, "iat"},
	{"iat a string", HEADER, "{" ISS "," AUD ",\"iat\":\"1800000000\"," HELD "}",
		MCPAUTH_E_INTROSPECTION, "iat"},
	{"of another time", HEADER, "{" ISS "," AUD ",\"iat\":1799999939," HELD "}",
		MCPAUTH_E_INTROSPECTION, "iat"},
	{"of tomorrow", HEADER, "{" ISS "," AUD ",\"iat\":1800000061," HELD "}",
		MCPAUTH_E_INTROSPECTION, "iat"},
	{"nothing of the token", HEADER, "{" ISS "," AUD "," IAT ",\"active\":true}",
		MCPAUTH_E_INTROSPECTION, "token_introspection"},
	{"inside a string", HEADER, "{" ISS "," AUD "," IAT ",\"token_introspection\":\"{}\"}",
		MCPAUTH_E_INTROSPECTION, "token_introspection"},
	{"inside twice", HEADER, "{" ISS "," AUD "," IAT "," HELD "," HELD "}",
		MCPAUTH_E_INTROSPECTION, "JSON"},
};

static void believes_only_its_issuer_and_what_is_for_it(void **state)
{
	struct introspected *it = *state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct mcpauth_error err = {0};
		char text[1024] = "";
		answer_signed(it, answers[i].header, answers[i].payload, "ES256", 0);
		introspected_make(it, NULL);
		CHECK_ROW(answers[i].label,
			introspected_try(it, "one", text, &err) == answers[i].code);
		CHECK_ROW(answers[i].label, err.code == answers[i].code);
		CHECK_ROW(answers[i].label,
			strstr(answers[i].code == MCPAUTH_OK ? text : err.message,
				answers[i].reason)
				!= NULL);
		CHECK_ROW(answers[i].label,
			answers[i].code != MCPAUTH_OK || strcmp(text, answers[i].reason) == 0);
	}
}

static void refuses_another_key(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	answer_signed(it, HEADER, CLAIMS, "ES256", 1);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	answer_signed(it, HEADER, CLAIMS, "ES256", 0);
	CHECK_OK(introspected_try(it, "two", NULL, &err));
}

static void refuses_an_algorithm_that_the_issuer_does_not_use(void **state)
{
	struct introspected *it = *state;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.algorithms = "RS256";
	introspected_make(it, &issuer);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	issuer.algorithms = "RS256 ES256";
	introspected_make(it, &issuer);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
}

static const char after_a_blank[] = " " INTROSPECTED_ACTIVE;

static const char *const unsigned_answers[] = {
	INTROSPECTED_ACTIVE,
	after_a_blank,
	"",
	"<html></html>",
	"true",
	"a.b.c",
	"a.b.c.d.e",
};

static void takes_no_other_where_they_are_demanded(void **state)
{
	struct introspected *it = *state;
	for (size_t i = 0; i < COUNT(unsigned_answers); i++) {
		struct mcpauth_error err = {0};
		introspected_answer(it, 200, unsigned_answers[i]);
		introspected_make(it, NULL);
		CHECK_ROW(unsigned_answers[i],
			introspected_try(it, "one", NULL, &err) == MCPAUTH_E_INTROSPECTION);
		CHECK_ROW(unsigned_answers[i],
			strncmp(err.message, "introspection: ", strlen("introspection: ")) == 0);
	}
	it->config.require_signed_answers = false;
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
}

static void remembers_one_of_no_use_for_a_second(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	answer_signed(it, HEADER, CLAIMS, "ES256", 0);
	fake_issuer_advance_ms(it->fake, 999);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 1);
	fake_issuer_advance_ms(it->fake, 1);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static void waits_for_the_keys(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *introspection;
	struct mcpauth__introspection_answer answer;
	fake_issuer_hold(it->fake);
	introspected_make(it, NULL);
	CHECK_OK(introspected_ask(it, "one", false, &introspection, &err));
	CHECK_CODE(
		MCPAUTH_PENDING, mcpauth__introspection_result(introspection, NULL, &answer, &err));
	fake_issuer_release(it->fake);
	CHECK_OK(mcpauth__introspection_result(introspection, NULL, &answer, &err));
	assert_string_equal(answer.text, INNER);
	assert_int_equal(answer.length, strlen(INNER));
	CHECK_OK(introspected_result(introspection, &err));
	assert_int_equal(introspected_posts(it), 1);
}

/* That is not the endpoint's fault, nor does it make the answer worse. */
static void keeps_the_answer_while_keys_cannot_be_had(void **state)
{
	struct introspected *it = *state;
	fake_issuer_set_down(it->fake, true);
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, introspected_try(it, "one", NULL, &err));
	fake_issuer_set_down(it->fake, false);
	fake_issuer_advance_ms(it->fake, 1000);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 1);
}

static void a_new_key_is_fetched(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	fake_issuer_rotate(it->fake, NULL, "ES256", 1, "k1");
	fake_issuer_advance_ms(it->fake, 30000);
	answer_signed(it, "{\"alg\":\"ES256\",\"kid\":\"k1\"," TYPE "}",
		"{" ISS "," AUD ",\"iat\":1800000030," HELD "}", "ES256", 1);
	CHECK_OK(introspected_try(it, "two", NULL, &err));
}

static bool never(const unsigned char *digest, const char *text, size_t length, void *user)
{
	(void)digest;
	assert_int_equal(strlen(text), length);
	*(unsigned *)user += strcmp(text, INNER) == 0 ? 1 : 100;
	return false;
}

static void one_that_nobody_read_is_forgotten_unasked(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *introspection;
	unsigned asked = 0;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "read", NULL, &err));
	CHECK_OK(introspected_ask(it, "unread", false, &introspection, &err));
	mcpauth__introspection_free(introspection);
	assert_int_equal(mcpauth__introspector_forget(it->introspector, never, &asked), 1);
	assert_int_equal(asked, 1);
	CHECK_OK(introspected_try(it, "read", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
}

static void without_a_client_id_it_is_for_nobody(void **state)
{
	struct introspected *it = *state;
	it->config.require_signed_answers = false;
	it->config.authentication = MCPAUTH_CLIENT_BEARER_TOKEN;
	it->config.client_secret = NULL;
	it->config.bearer_token = "for-you";
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	it->config.client_id = NULL;
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_inside_counts),
		TEST(one_that_nobody_demanded_is_verified_all_the_same),
		TEST(believes_only_its_issuer_and_what_is_for_it),
		TEST(refuses_another_key),
		TEST(refuses_an_algorithm_that_the_issuer_does_not_use),
		TEST(takes_no_other_where_they_are_demanded),
		TEST(remembers_one_of_no_use_for_a_second),
		TEST(waits_for_the_keys),
		TEST(keeps_the_answer_while_keys_cannot_be_had),
		TEST(a_new_key_is_fetched),
		TEST(one_that_nobody_read_is_forgotten_unasked),
		TEST(without_a_client_id_it_is_for_nobody),
	};
	return cmocka_run_group_tests_name("signed_answer", tests, NULL, NULL);
}
