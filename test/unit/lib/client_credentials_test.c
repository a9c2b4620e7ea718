/* What a client keeps: read as it was written, replaced by issuer, wiped in the end. */
#include "client/storage/credentials.h"

#include "base/wipe.h"
#include "base/words.h"

#include "support/check.h"
#include "support/scarce_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* All that there can be, with what JSON has to escape. */
#define FULL \
	"{\"version\":1,\"registrations\":[" \
	"{\"issuer\":\"https://one.example\",\"client_id\":\"a\"}," \
	"{\"issuer\":\"https://two.example\",\"client_id\":\"b\",\"client_secret\":\"hush\"," \
	"\"authentication\":\"client_secret_post\",\"redirect_uri\":\"http://127.0.0.1:1/c\"," \
	"\"secret_expires_at\":1900000000}]," \
	"\"tokens\":{\"issuer\":\"https://two.example\",\"client_id\":\"b\"," \
	"\"resource\":\"https://mcp.example/mcp\",\"access_token\":\"at\\u0001\\\"\\\\\"," \
	"\"refresh_token\":\"rt\",\"scope\":\"a b\",\"requested\":\"a b c\"," \
	"\"issued_at\":1800000000,\"expires_at\":1800003600,\"is_dpop\":true}," \
	"\"server_metadata\":\"{\\\"issuer\\\":\\\"https://two.example\\\"}\"," \
	"\"server_metadata_source\":\"https://two.example/.well-known/x\"," \
	"\"dpop_key\":\"-----BEGIN\\u000a\"}"

void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

/* How often this was wiped. */
static const char *watched;
static unsigned wiped;

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	if (watched != NULL && length == strlen(watched) && memcmp(data, watched, length) == 0) {
		wiped++;
	}
	__real_mcpauth__wipe(data, length);
}

static void read_text(const char *text, struct mcpauth__credentials *credentials)
{
	CHECK_OK(mcpauth__credentials_read(text, strlen(text), credentials, &err));
}

static void reads_each_member(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	read_text(FULL, &kept);
	assert_int_equal(kept.registration_count, 2);
	const struct mcpauth__registration *one = &kept.registrations[0];
	const struct mcpauth__registration *two = &kept.registrations[1];
	assert_string_equal(one->client_id, "a");
	assert_null(one->client_secret);
	assert_null(one->authentication);
	assert_null(one->redirect_uri);
	assert_int_equal(one->secret_expires_at, 0);
	assert_string_equal(two->issuer, "https://two.example");
	assert_string_equal(two->client_secret, "hush");
	assert_string_equal(two->authentication, "client_secret_post");
	assert_string_equal(two->redirect_uri, "http://127.0.0.1:1/c");
	assert_int_equal(two->secret_expires_at, 1900000000);
	assert_string_equal(kept.server_metadata, "{\"issuer\":\"https://two.example\"}");
	assert_string_equal(kept.server_metadata_source, "https://two.example/.well-known/x");
	assert_string_equal(kept.dpop_key, "-----BEGIN\n");
	mcpauth__credentials_finish(&kept);
}

static void reads_each_member_of_the_tokens(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	read_text(FULL, &kept);
	assert_string_equal(kept.tokens.issuer, "https://two.example");
	assert_string_equal(kept.tokens.client_id, "b");
	assert_string_equal(kept.tokens.resource, "https://mcp.example/mcp");
	assert_string_equal(kept.tokens.access_token, "at\x01\"\\");
	assert_string_equal(kept.tokens.refresh_token, "rt");
	assert_string_equal(kept.tokens.scope, "a b");
	assert_string_equal(kept.tokens.requested, "a b c");
	assert_int_equal(kept.tokens.issued_at, 1800000000);
	assert_int_equal(kept.tokens.expires_at, 1800003600);
	assert_true(kept.tokens.is_dpop);
	mcpauth__credentials_finish(&kept);
	assert_null(kept.registrations);
	assert_null(kept.tokens.access_token);
}

static const struct {
	const char *label;
	const char *text;
} round_trips[] = {
	{"all", FULL},
	{"nothing", "{\"version\":1}"},
	{"a registration",
		"{\"version\":1,\"registrations\":[{\"issuer\":\"i\",\"client_id\":\"c\"}]}"},
	{"tokens",
		"{\"version\":1,\"tokens\":{\"issuer\":\"i\",\"client_id\":\"c\","
		"\"access_token\":\"t\"}}"},
	{"letters of all kinds", "{\"version\":1,\"dpop_key\":\"\xc3\xa4\xe2\x82\xac/\x7f{\"}"},
	{"a time before 1970",
		"{\"version\":1,\"tokens\":{\"issuer\":\"i\",\"client_id\":\"c\","
		"\"access_token\":\"t\",\"issued_at\":-9007199254740992}}"},
};

static void writes_what_it_read_to_the_last_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(round_trips); i++) {
		struct mcpauth__credentials kept = {0};
		struct mcpauth__buf text = {0};
		read_text(round_trips[i].text, &kept);
		CHECK_OK(mcpauth__credentials_write(&kept, &text, &err));
		CHECK_ROW(round_trips[i].label, strcmp(text.data, round_trips[i].text) == 0);
		mcpauth__buf_wipe(&text);
		mcpauth__credentials_finish(&kept);
	}
}

static void skips_members_that_it_does_not_know(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	read_text("{\"new\":[{}],\"version\":1,\"registrations\":[{\"issuer\":\"i\",\"new\":1,"
		  "\"client_id\":\"c\"}]}",
		&kept);
	assert_int_equal(kept.registration_count, 1);
	mcpauth__credentials_finish(&kept);
}

static const struct {
	const char *label;
	const char *text;
} damages[] = {
	{"nothing at all", ""},
	{"half of it", "{\"version\":1,\"registrations\":["},
	{"no object", "[]"},
	{"no version", "{}"},
	{"a version as a text", "{\"version\":\"1\"}"},
	{"an older version", "{\"version\":0}"},
	{"a newer version", "{\"version\":2}"},
	{"a name twice", "{\"version\":1,\"dpop_key\":\"a\",\"dpop_key\":\"b\"}"},
	{"a key that is no text", "{\"version\":1,\"dpop_key\":1}"},
	{"a key that is null", "{\"version\":1,\"dpop_key\":null}"},
	{"a NUL in a text", "{\"version\":1,\"dpop_key\":\"a\\u0000b\"}"},
	{"no UTF-8", "{\"version\":1,\"dpop_key\":\"\xff\"}"},
	{"registrations as an object", "{\"version\":1,\"registrations\":{}}"},
	{"a registration as a text", "{\"version\":1,\"registrations\":[\"a\"]}"},
	{"a registration for nobody", "{\"version\":1,\"registrations\":[{\"client_id\":\"c\"}]}"},
	{"a registration of nobody", "{\"version\":1,\"registrations\":[{\"issuer\":\"i\"}]}"},
	{"a secret's end as a text",
		"{\"version\":1,\"registrations\":[{\"issuer\":\"i\",\"client_id\":\"c\","
		"\"secret_expires_at\":\"never\"}]}"},
	{"tokens as an array", "{\"version\":1,\"tokens\":[]}"},
	{"no token", "{\"version\":1,\"tokens\":{\"issuer\":\"i\",\"client_id\":\"c\"}}"},
	{"a token of nobody",
		"{\"version\":1,\"tokens\":{\"client_id\":\"c\","
		"\"access_token\":\"t\"}}"},
	{"a token for nobody",
		"{\"version\":1,\"tokens\":{\"issuer\":\"i\","
		"\"access_token\":\"t\"}}"},
	{"a beginning as a text",
		"{\"version\":1,\"tokens\":{\"issuer\":\"i\",\"client_id\":\"c\","
		"\"access_token\":\"t\",\"issued_at\":\"1\"}}"},
	{"an end that is endless",
		"{\"version\":1,\"tokens\":{\"issuer\":\"i\",\"client_id\":\"c\","
		"\"access_token\":\"t\",\"expires_at\":1e400}}"},
	{"a flag as a number",
		"{\"version\":1,\"tokens\":{\"issuer\":\"i\",\"client_id\":\"c\","
		"\"access_token\":\"t\",\"is_dpop\":1}}"},
};

static void takes_damage_for_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct mcpauth__credentials kept = {0};
		const char *text = damages[i].text;
		CHECK_ROW_CODE(damages[i].label, MCPAUTH_E_TOKEN_STORAGE,
			mcpauth__credentials_read(text, strlen(text), &kept, &err));
		mcpauth__credentials_finish(&kept);
	}
}

static bool put(struct mcpauth__credentials *kept, const char *issuer, const char *client_id)
{
	struct mcpauth__registration registration = {
		.issuer = mcpauth__strdup(issuer),
		.client_id = mcpauth__strdup(client_id),
	};
	assert_true(registration.issuer != NULL && registration.client_id != NULL);
	bool good = mcpauth__credentials_put(kept, &registration);
	assert_null(registration.issuer);
	return good;
}

static void knows_issuers_byte_for_byte(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	assert_null(mcpauth__credentials_find(&kept, "https://one.example"));
	assert_true(put(&kept, "https://one.example", "a"));
	assert_non_null(mcpauth__credentials_find(&kept, "https://one.example"));
	assert_null(mcpauth__credentials_find(&kept, "https://one.example/"));
	assert_null(mcpauth__credentials_find(&kept, "https://One.example"));
	mcpauth__credentials_finish(&kept);
}

static void puts_one_in_place_of_the_one_before(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	assert_true(put(&kept, "one", "a"));
	assert_true(put(&kept, "two", "b"));
	assert_true(put(&kept, "one", "c"));
	assert_int_equal(kept.registration_count, 2);
	assert_string_equal(kept.registrations[0].issuer, "two");
	const struct mcpauth__registration *found = mcpauth__credentials_find(&kept, "one");
	assert_non_null(found);
	assert_string_equal(found->client_id, "c");
	mcpauth__credentials_remove(&kept, "three");
	assert_int_equal(kept.registration_count, 2);
	mcpauth__credentials_remove(&kept, "two");
	assert_int_equal(kept.registration_count, 1);
	assert_null(mcpauth__credentials_find(&kept, "two"));
	assert_non_null(mcpauth__credentials_find(&kept, "one"));
	mcpauth__credentials_finish(&kept);
}

static void lets_the_oldest_go(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	char issuer[16];
	for (unsigned i = 0; i <= MCPAUTH__REGISTRATION_LIMIT; i++) {
		snprintf(issuer, sizeof issuer, "i%u", i);
		assert_true(put(&kept, issuer, "a"));
	}
	assert_int_equal(kept.registration_count, MCPAUTH__REGISTRATION_LIMIT);
	assert_null(mcpauth__credentials_find(&kept, "i0"));
	assert_non_null(mcpauth__credentials_find(&kept, "i1"));
	assert_non_null(mcpauth__credentials_find(&kept, issuer));
	mcpauth__credentials_finish(&kept);
}

static void copies_outlive_what_they_were_made_from(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	struct mcpauth__credentials copy = {0};
	struct mcpauth__registration registration = {0};
	struct mcpauth__buf text = {0};
	read_text(FULL, &kept);
	for (size_t i = 0; i < kept.registration_count; i++) {
		assert_true(mcpauth__registration_copy(&registration, &kept.registrations[i]));
		assert_true(mcpauth__credentials_put(&copy, &registration));
	}
	assert_true(mcpauth__tokens_copy(&copy.tokens, &kept.tokens));
	copy.server_metadata = mcpauth__strdup(kept.server_metadata);
	copy.server_metadata_source = mcpauth__strdup(kept.server_metadata_source);
	copy.dpop_key = mcpauth__strdup(kept.dpop_key);
	mcpauth__credentials_finish(&kept);
	CHECK_OK(mcpauth__credentials_write(&copy, &text, &err));
	assert_string_equal(text.data, FULL);
	mcpauth__buf_wipe(&text);
	mcpauth__credentials_finish(&copy);
}

static void never_writes_what_it_could_not_read(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	struct mcpauth__buf text = {0};
	kept.dpop_key = mcpauth__strdup("\xff");
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth__credentials_write(&kept, &text, &err));
	mcpauth__buf_wipe(&text);
	mcpauth__credentials_finish(&kept);
}

static void brings_times_near_enough_to_be_read(void **state)
{
	(void)state;
	struct mcpauth__credentials kept = {0};
	struct mcpauth__credentials again = {0};
	struct mcpauth__buf text = {0};
	read_text(FULL, &kept);
	kept.tokens.issued_at = INT64_MIN;
	kept.tokens.expires_at = INT64_MAX;
	CHECK_OK(mcpauth__credentials_write(&kept, &text, &err));
	CHECK_OK(mcpauth__credentials_read(text.data, text.length, &again, &err));
	assert_true(again.tokens.issued_at == INT64_C(-9007199254740992));
	assert_true(again.tokens.expires_at == INT64_C(9007199254740992));
	mcpauth__buf_wipe(&text);
	mcpauth__credentials_finish(&again);
	mcpauth__credentials_finish(&kept);
}

/* @return is it there again? */
static bool keeps_document_of(size_t length)
{
	struct mcpauth__credentials kept = {0};
	struct mcpauth__credentials again = {0};
	struct mcpauth__buf text = {0};
	kept.server_metadata = malloc(length + 1);
	kept.dpop_key = mcpauth__strdup("key");
	assert_true(kept.server_metadata != NULL && kept.dpop_key != NULL);
	memset(kept.server_metadata, 'a', length);
	kept.server_metadata[length] = '\0';
	CHECK_OK(mcpauth__credentials_write(&kept, &text, &err));
	CHECK_OK(mcpauth__credentials_read(text.data, text.length, &again, &err));
	assert_string_equal(again.dpop_key, "key");
	bool is_there = again.server_metadata != NULL;
	mcpauth__buf_wipe(&text);
	mcpauth__credentials_finish(&again);
	mcpauth__credentials_finish(&kept);
	return is_there;
}

static void leaves_out_a_document_that_is_long(void **state)
{
	(void)state;
	assert_true(keeps_document_of(MCPAUTH__KEPT_METADATA_LIMIT));
	assert_false(keeps_document_of(MCPAUTH__KEPT_METADATA_LIMIT + 1));
}

static void wipes_secrets(void **state)
{
	(void)state;
	static const char *const secrets[] = {"hush", "at\x01\"\\", "rt", "-----BEGIN\n"};
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct mcpauth__credentials kept = {0};
		watched = secrets[i];
		wiped = 0;
		read_text(FULL, &kept);
		/* In the tree that was read. */
		CHECK_ROW(secrets[i], wiped == 1);
		mcpauth__credentials_finish(&kept);
		CHECK_ROW(secrets[i], wiped == 2);
		watched = NULL;
	}
}

static void says_at_each_allocation_that_memory_is_short(void **state)
{
	(void)state;
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		struct mcpauth__credentials kept = {0};
		struct mcpauth__buf text = {0};
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth__credentials_read(FULL, strlen(FULL), &kept, NULL);
		if (code == MCPAUTH_OK) {
			code = mcpauth__credentials_write(&kept, &text, NULL);
		}
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		mcpauth__buf_wipe(&text);
		mcpauth__credentials_finish(&kept);
	}
	assert_true(number > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_member),
		cmocka_unit_test(reads_each_member_of_the_tokens),
		cmocka_unit_test(writes_what_it_read_to_the_last_byte),
		cmocka_unit_test(skips_members_that_it_does_not_know),
		cmocka_unit_test(takes_damage_for_an_error),
		cmocka_unit_test(knows_issuers_byte_for_byte),
		cmocka_unit_test(puts_one_in_place_of_the_one_before),
		cmocka_unit_test(lets_the_oldest_go),
		cmocka_unit_test(copies_outlive_what_they_were_made_from),
		cmocka_unit_test(never_writes_what_it_could_not_read),
		cmocka_unit_test(brings_times_near_enough_to_be_read),
		cmocka_unit_test(leaves_out_a_document_that_is_long),
		cmocka_unit_test(wipes_secrets),
		cmocka_unit_test(says_at_each_allocation_that_memory_is_short),
	};
	return cmocka_run_group_tests_name("client_credentials", tests, NULL, NULL);
}
