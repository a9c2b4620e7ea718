/* Asking an introspection endpoint without memory: it says so, and can be asked again. */
#include "support/check.h"
#include "support/introspected.h"
#include "support/scarce_memory.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *sign(void)
{
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"kid\":\"k0\",\"typ\":\"token-introspection+jwt\"}",
		"{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"me\",\"iat\":1800000000,"
		"\"token_introspection\":" INTROSPECTED_ACTIVE "}");
}

/* From here on metadata and keys are at hand. */
static void make(struct introspected *it)
{
	char *answer = sign();
	fake_issuer_publish(it->fake, FAKE_METADATA, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS
		"\",\"introspection_endpoint\":\"" INTROSPECTED_ENDPOINT "\"}");
	it->config.endpoint = NULL;
	/* A place that is not given back would soon be missed. */
	it->seams.waiting_limit = 3;
	introspected_make(it, NULL);
	introspected_answer(it, 200, answer);
	CHECK_OK(introspected_try(it, "first", NULL, &err));
	free(answer);
}

static enum mcpauth_code ask_anew(
	struct introspected *it, unsigned number, struct mcpauth_error *err)
{
	char token[32];
	snprintf(token, sizeof token, "token%u", number);
	return introspected_try(it, token, NULL, err);
}

static enum mcpauth_code ask_plainly(
	struct introspected *it, unsigned number, struct mcpauth_error *err)
{
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	return ask_anew(it, number, err);
}

static enum mcpauth_code ask_at_a_configured_place(
	struct introspected *it, unsigned number, struct mcpauth_error *err)
{
	struct mcpauth_introspection_config config = it->config;
	struct mcpauth__introspector *introspector = it->introspector;
	(void)number;
	config.endpoint = INTROSPECTED_ENDPOINT;
	enum mcpauth_code code = introspected_make_another(it, &config, err);
	if (code == MCPAUTH_OK) {
		code = ask_plainly(it, 0, err);
		mcpauth__introspector_free(it->introspector);
	}
	it->introspector = introspector;
	return code;
}

static const struct {
	const char *label;
	enum mcpauth_code (*attempt)(
		struct introspected *it, unsigned number, struct mcpauth_error *err);
} rows[] = {
	{"a plain answer", ask_plainly},
	{"a signed answer", ask_anew},
	{"another introspector", ask_at_a_configured_place},
};

static void fails_at_each_allocation_and_succeeds_afterwards(void **state)
{
	struct introspected *it = *state;
	make(it);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool failed = true;
		unsigned number = 0;
		while (failed) {
			struct mcpauth_error err = {0};
			unsigned token = (unsigned)i * 100 + ++number;
			scarce_memory_begin(number);
			enum mcpauth_code code = rows[i].attempt(it, token, &err);
			failed = scarce_memory_end();
			CHECK_ROW(
				rows[i].label, code == (failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK));
			CHECK_ROW(rows[i].label, err.code == code);
			/* For want of memory it is not refused for good. */
			CHECK_ROW(rows[i].label, rows[i].attempt(it, token, &err) == MCPAUTH_OK);
		}
		CHECK_ROW(rows[i].label, number > 5);
	}
}

/* The one who asked joins no more than he finds: then nobody waits in vain. */
static void a_wait_that_cannot_be_noted_is_none(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *first;
	struct mcpauth__introspection *second = (void *)it;
	it->holds = true;
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_PENDING, introspected_ask(it, "one", false, &first, &err));
	unsigned number = 0;
	bool failed = true;
	while (failed) {
		struct mcpauth_error err = {0};
		scarce_memory_begin(++number + 1); /* the first one is the waiter itself */
		enum mcpauth_code code = introspected_ask(it, "one", true, &second, &err);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_PENDING);
		assert_true((second == NULL) == failed);
	}
	assert_true(number > 1);
	introspected_release(it, 0);
	assert_int_equal(it->wakes, 1);
	CHECK_OK(introspected_result(first, &err));
	CHECK_OK(introspected_result(second, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, introspected_start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fails_at_each_allocation_and_succeeds_afterwards),
		TEST(a_wait_that_cannot_be_noted_is_none),
	};
	return cmocka_run_group_tests_name("introspector_no_memory", tests, NULL, NULL);
}
