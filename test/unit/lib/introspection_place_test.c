/* Where the introspection endpoint is: what the issuer's metadata says of it. */
#include "support/introspected.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define WITH(member) "{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "\"" member "}"
#define NAMED(url) WITH(",\"introspection_endpoint\":\"" url "\"")
#define OTHER "https://as.example/other"

static int start(void **state)
{
	introspected_start(state);
	struct introspected *it = *state;
	it->config.endpoint = NULL;
	fake_issuer_publish(it->fake, FAKE_METADATA, 200, NAMED(INTROSPECTED_ENDPOINT));
	return 0;
}

static void asks_where_the_metadata_says(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	assert_int_equal(fake_issuer_fetches(it->fake, NULL), 0);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_string_equal(it->posts[0].url, INTROSPECTED_ENDPOINT);
	CHECK_OK(introspected_try(it, "two", NULL, &err));
	assert_int_equal(fake_issuer_fetches(it->fake, FAKE_METADATA), 1);
	/* What keys there are is nothing to it. */
	assert_int_equal(fake_issuer_fetches(it->fake, NULL), 1);
}

static void waits_for_the_metadata_then_asks(void **state)
{
	struct introspected *it = *state;
	struct mcpauth__introspection *introspection = (void *)it;
	fake_issuer_hold(it->fake);
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_PENDING, introspected_ask(it, "one", true, &introspection, &err));
	assert_null(introspection);
	assert_int_equal(introspected_posts(it), 0);
	fake_issuer_release(it->fake);
	assert_int_equal(it->wakes, 1);
	assert_int_equal(introspected_posts(it), 0);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 1);
}

static void says_why_there_is_no_metadata(void **state)
{
	struct introspected *it = *state;
	fake_issuer_set_down(it->fake, true);
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, introspected_try(it, "one", NULL, &err));
	fake_issuer_set_down(it->fake, false);
	fake_issuer_advance_ms(it->fake, 1000);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
}

static const struct {
	const char *label;
	const char *metadata;
	enum mcpauth_code code;
	unsigned posts;
} named[] = {
	{"public", NAMED("https://other.example/i"), MCPAUTH_OK, 1},
	{"its own host", NAMED("https://as.example/i"), MCPAUTH_OK, 1},
	{"private", NAMED("https://10.0.0.1/i"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"link-local", NAMED("https://169.254.169.254/latest"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"loopback", NAMED("https://127.0.0.1/i"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"loopback by name", NAMED("http://localhost:1/i"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"plain http", NAMED("http://other.example/i"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"a file", NAMED("file:///etc/passwd"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"relative", NAMED("/introspect"), MCPAUTH_E_ADDRESS_REFUSED, 0},
	{"none", WITH(""), MCPAUTH_E_INTROSPECTION, 0},
	{"a number", WITH(",\"introspection_endpoint\":7"), MCPAUTH_E_INTROSPECTION, 0},
	{"null", WITH(",\"introspection_endpoint\":null"), MCPAUTH_E_INTROSPECTION, 0},
};

static void goes_only_where_it_may(void **state)
{
	struct introspected *it = *state;
	for (size_t i = 0; i < COUNT(named); i++) {
		struct mcpauth_error err = {0};
		unsigned before = introspected_posts(it);
		fake_issuer_publish(it->fake, FAKE_METADATA, 200, named[i].metadata);
		introspected_make(it, NULL);
		CHECK_ROW(named[i].label, introspected_try(it, "one", NULL, &err) == named[i].code);
		CHECK_ROW(named[i].label, err.code == named[i].code);
		CHECK_ROW(named[i].label, introspected_posts(it) - before == named[i].posts);
	}
}

/* A configured host may be private: its owner knows what he does. */
static void a_configured_one_may_be_anywhere(void **state)
{
	struct introspected *it = *state;
	it->config.endpoint = "https://10.0.0.1/i";
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_string_equal(it->posts[0].url, "https://10.0.0.1/i");
}

static void asks_on_while_the_metadata_is_renewed(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	fake_issuer_set_down(it->fake, true);
	fake_issuer_advance_ms(it->fake, 3600 * 1000);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_int_equal(introspected_posts(it), 2);
	assert_int_equal(fake_issuer_fetches(it->fake, FAKE_METADATA), 2);
}

static void looks_again_where_it_is_once_it_fails(void **state)
{
	struct introspected *it = *state;
	introspected_make(it, NULL);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	fake_issuer_publish(it->fake, FAKE_METADATA, 200, NAMED(OTHER));
	fake_issuer_advance_ms(it->fake, 30000);
	CHECK_OK(introspected_try(it, "two", NULL, &err));
	assert_string_equal(it->posts[1].url, INTROSPECTED_ENDPOINT);
	introspected_answer(it, 404, "");
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "three", NULL, &err));
	introspected_answer(it, 200, INTROSPECTED_ACTIVE);
	CHECK_OK(introspected_try(it, "four", NULL, &err));
	assert_string_equal(it->posts[3].url, OTHER);
	assert_int_equal(fake_issuer_fetches(it->fake, FAKE_METADATA), 2);
}

static void takes_up_one_that_is_named_later(void **state)
{
	struct introspected *it = *state;
	fake_issuer_publish(it->fake, FAKE_METADATA, 200, WITH(""));
	introspected_make(it, NULL);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	fake_issuer_publish(it->fake, FAKE_METADATA, 200, NAMED(OTHER));
	fake_issuer_advance_ms(it->fake, 29999);
	CHECK_CODE(MCPAUTH_E_INTROSPECTION, introspected_try(it, "one", NULL, &err));
	assert_int_equal(fake_issuer_fetches(it->fake, FAKE_METADATA), 1);
	fake_issuer_advance_ms(it->fake, 1);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_string_equal(it->posts[0].url, OTHER);
}

static void metadata_by_hand_names_it_too(void **state)
{
	struct introspected *it = *state;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	issuer.metadata = NAMED("https://10.0.0.1/i");
	introspected_make(it, &issuer);
	CHECK_OK(introspected_try(it, "one", NULL, &err));
	assert_string_equal(it->posts[0].url, "https://10.0.0.1/i");
	assert_int_equal(fake_issuer_fetches(it->fake, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, introspected_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks_where_the_metadata_says),
		TEST(waits_for_the_metadata_then_asks),
		TEST(says_why_there_is_no_metadata),
		TEST(goes_only_where_it_may),
		TEST(a_configured_one_may_be_anywhere),
		TEST(asks_on_while_the_metadata_is_renewed),
		TEST(looks_again_where_it_is_once_it_fails),
		TEST(takes_up_one_that_is_named_later),
		TEST(metadata_by_hand_names_it_too),
	};
	return cmocka_run_group_tests_name("introspection_place", tests, NULL, NULL);
}
