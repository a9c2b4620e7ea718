/* Auth infos: what is read from claims, and how long it lives. */
#include "token/identity.h"

#include "base/json.h"
#include "support/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "header.payload.signature"

/* What verification leaves behind: claims parsed, and their text. */
static struct mcpauth_auth_info *read_claims(const char *claims)
{
	struct mcpauth__jws jws = {.payload_text = claims};
	struct mcpauth__identity *identity;
	CHECK_OK(mcpauth__json_parse_object(claims, strlen(claims), &jws.payload, &err));
	CHECK_OK(mcpauth__identity_new(
		&jws, "https://as.example", "https://api.example/mcp", &identity, &err));
	assert_null(jws.payload);
	struct mcpauth_auth_info *info = mcpauth__auth_info_new(identity, TOKEN);
	assert_non_null(info);
	return info;
}

static void tells_who_called(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info = read_claims(
		"{\"sub\":\"alice\",\"client_id\":\"app\","
		"\"exp\":1800000300.7,\"aud\":\"https://api.example/mcp\"}");
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	assert_string_equal(mcpauth_auth_info_client_id(info), "app");
	assert_int_equal(mcpauth_auth_info_expires_at(info), 1800000300);
	assert_string_equal(mcpauth_auth_info_issuer(info), "https://as.example");
	assert_string_equal(mcpauth_auth_info_resource(info), "https://api.example/mcp");
	assert_string_equal(mcpauth_auth_info_token(info), TOKEN);
	mcpauth_auth_info_free(info);
}

static void names_nobody_if_the_token_does_not(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info = read_claims("{\"exp\":1}");
	assert_null(mcpauth_auth_info_subject(info));
	assert_null(mcpauth_auth_info_client_id(info));
	assert_null(mcpauth_auth_info_scope_at(info, 0));
	assert_null(mcpauth_auth_info_audience_at(info, 0));
	assert_null(mcpauth_auth_info_claim_string(info, "sub"));
	mcpauth_auth_info_free(info);
}

static void finds_scopes_where_providers_put_them(void **state)
{
	(void)state;
	static const struct {
		const char *claims;
		const char *scopes[3];
	} rows[] = {
		{"{\"scope\":\"read write\"}", {"read", "write"}},
		{"{\"scope\":\"  read   write  \"}", {"read", "write"}},
		{"{\"scope\":[\"read\",\"write\"]}", {"read", "write"}},
		{"{\"scp\":\"read write\"}", {"read", "write"}},
		{"{\"scp\":[\"read\",\"write\"]}", {"read", "write"}},
		{"{\"scopes\":[\"read\"]}", {"read"}},
		{"{\"scopes\":\"read\"}", {"read"}},
		{"{\"scp\":[\"b\"],\"scope\":\"a\"}", {"a"}},
		{"{\"scopes\":\"c\",\"scp\":\"b\"}", {"b"}},
		{"{\"scope\":\"\"}", {NULL}},
		{"{\"scope\":\"\",\"scp\":\"b\"}", {NULL}},
		{"{\"scope\":null,\"scp\":\"b\"}", {NULL}},
		{"{\"scope\":7}", {NULL}},
		{"{\"scope\":{\"read\":true}}", {NULL}},
		{"{\"scp\":[1,\"read\",null,[\"x\"]]}", {"read"}},
		{"{\"SCOPE\":\"read\"}", {NULL}},
		{"{\"scope\":\"a\\tb\"}", {"a\tb"}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = read_claims(rows[i].claims);
		size_t at = 0;
		for (; rows[i].scopes[at] != NULL; at++) {
			const char *scope = mcpauth_auth_info_scope_at(info, at);
			CHECK_ROW(rows[i].claims,
				scope != NULL && strcmp(scope, rows[i].scopes[at]) == 0);
		}
		CHECK_ROW(rows[i].claims, mcpauth_auth_info_scope_at(info, at) == NULL);
		mcpauth_auth_info_free(info);
	}
}

static void grants_whole_scopes_alone(void **state)
{
	(void)state;
	static const struct {
		const char *asked;
		bool granted;
	} rows[] = {
		{"read", true},
		{"write:all", true},
		{"read write:all", true},
		{"write:all  read", true},
		{"", true},
		{" ", true},
		{"rea", false},
		{"reader", false},
		{"Read", false},
		{"read admin", false},
		{"write", false},
		{"*", false},
		{"read,write:all", false},
		{"read\twrite:all", false},
	};
	struct mcpauth_auth_info *info = read_claims("{\"scope\":\"read write:all\"}");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW(rows[i].asked,
			mcpauth_auth_info_has_scopes(info, rows[i].asked) == rows[i].granted);
	}
	mcpauth_auth_info_free(info);
}

static void an_array_element_is_one_scope(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info = read_claims("{\"scp\":[\"read admin\",\"write\"]}");
	assert_true(mcpauth_auth_info_has_scopes(info, "write"));
	assert_false(mcpauth_auth_info_has_scopes(info, "admin"));
	mcpauth_auth_info_free(info);
}

static void finds_the_client_where_providers_put_it(void **state)
{
	(void)state;
	static const struct {
		const char *claims;
		const char *client;
	} rows[] = {
		{"{\"client_id\":\"a\",\"azp\":\"b\",\"cid\":\"c\",\"appid\":\"d\"}", "a"},
		{"{\"appid\":\"d\",\"cid\":\"c\",\"azp\":\"b\"}", "b"},
		{"{\"appid\":\"d\",\"cid\":\"c\"}", "c"},
		{"{\"appid\":\"d\"}", "d"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_auth_info *info = read_claims(rows[i].claims);
		CHECK_ROW(rows[i].claims,
			strcmp(mcpauth_auth_info_client_id(info), rows[i].client) == 0);
		mcpauth_auth_info_free(info);
	}
}

static void lists_audiences_of_both_forms(void **state)
{
	(void)state;
	struct mcpauth_auth_info *one = read_claims("{\"aud\":\"one with blanks\"}");
	struct mcpauth_auth_info *two = read_claims("{\"aud\":[\"one\",\"two\"]}");
	assert_string_equal(mcpauth_auth_info_audience_at(one, 0), "one with blanks");
	assert_null(mcpauth_auth_info_audience_at(one, 1));
	assert_string_equal(mcpauth_auth_info_audience_at(two, 0), "one");
	assert_string_equal(mcpauth_auth_info_audience_at(two, 1), "two");
	assert_null(mcpauth_auth_info_audience_at(two, 2));
	assert_null(mcpauth_auth_info_audience_at(two, SIZE_MAX));
	mcpauth_auth_info_free(one);
	mcpauth_auth_info_free(two);
}

static void keeps_the_claims_byte_for_byte(void **state)
{
	(void)state;
	static const char claims[] = "{ \"n\" : 9007199254740993,\t\"e\":1.50e2,"
				     "\"u\":\"\\u00e9\\/\", \"nested\":{\"a\":[true,null]} }\n";
	struct mcpauth_auth_info *info = read_claims(claims);
	assert_string_equal(mcpauth_auth_info_claims_json(info), claims);
	mcpauth_auth_info_free(info);
}

static void shows_the_claims_as_a_tree(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info = read_claims(
		"{\"tenant\":\"t1\",\"level\":3,\"nested\":{\"a\":[true]}}");
	const cJSON *claims = mcpauth_auth_info_claims(info);
	const cJSON *nested = cJSON_GetObjectItemCaseSensitive(claims, "nested");
	assert_true(cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(nested, "a")));
	assert_string_equal(mcpauth_auth_info_claim_string(info, "tenant"), "t1");
	assert_null(mcpauth_auth_info_claim_string(info, "Tenant"));
	assert_null(mcpauth_auth_info_claim_string(info, "level"));
	assert_null(mcpauth_auth_info_claim_string(info, "absent"));
	mcpauth_auth_info_free(info);
}

static void lives_as_long_as_somebody_holds_it(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info = read_claims("{\"sub\":\"alice\"}");
	struct mcpauth_auth_info *kept = mcpauth_auth_info_ref(info);
	assert_ptr_equal(kept, info);
	mcpauth_auth_info_free(info);
	assert_string_equal(mcpauth_auth_info_subject(kept), "alice");
	assert_string_equal(mcpauth_auth_info_token(kept), TOKEN);
	mcpauth_auth_info_free(kept);
	mcpauth_auth_info_free(NULL);
}

static void *use_and_free(void *argument)
{
	struct mcpauth_auth_info *info = argument;
	for (int i = 0; i < 1000; i++) {
		mcpauth_auth_info_free(mcpauth_auth_info_ref(info));
	}
	bool held = mcpauth_auth_info_has_scopes(info, "read");
	mcpauth_auth_info_free(info);
	return held ? argument : NULL;
}

static void is_shared_between_threads(void **state)
{
	(void)state;
	pthread_t threads[4];
	struct mcpauth_auth_info *info = read_claims("{\"scope\":\"read\"}");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, use_and_free,
					 mcpauth_auth_info_ref(info)),
			0);
	}
	mcpauth_auth_info_free(info);
	for (size_t i = 0; i < 4; i++) {
		void *held;
		pthread_join(threads[i], &held);
		assert_non_null(held);
	}
}

static void one_identity_serves_several_tokens(void **state)
{
	(void)state;
	struct mcpauth__jws jws = {.payload_text = "{\"sub\":\"alice\"}"};
	struct mcpauth__identity *identity;
	jws.payload = cJSON_Parse(jws.payload_text);
	CHECK_OK(mcpauth__identity_new(&jws, "i", "r", &identity, &err));
	struct mcpauth_auth_info *one = mcpauth__auth_info_new(
		mcpauth__identity_ref(identity), "one");
	struct mcpauth_auth_info *two = mcpauth__auth_info_new(identity, "two");
	mcpauth_auth_info_free(one);
	assert_string_equal(mcpauth_auth_info_token(two), "two");
	assert_string_equal(mcpauth_auth_info_subject(two), "alice");
	mcpauth_auth_info_free(two);
}

static void says_nothing_of_nobody(void **state)
{
	(void)state;
	assert_null(mcpauth_auth_info_ref(NULL));
	assert_null(mcpauth_auth_info_token(NULL));
	assert_null(mcpauth_auth_info_issuer(NULL));
	assert_null(mcpauth_auth_info_resource(NULL));
	assert_null(mcpauth_auth_info_subject(NULL));
	assert_null(mcpauth_auth_info_client_id(NULL));
	assert_int_equal(mcpauth_auth_info_expires_at(NULL), 0);
	assert_null(mcpauth_auth_info_scope_at(NULL, 0));
	assert_null(mcpauth_auth_info_audience_at(NULL, 0));
	assert_false(mcpauth_auth_info_has_scopes(NULL, "read"));
	assert_false(mcpauth_auth_info_has_scopes(NULL, ""));
	assert_null(mcpauth_auth_info_claims(NULL));
	assert_null(mcpauth_auth_info_claims_json(NULL));
	assert_null(mcpauth_auth_info_claim_string(NULL, "sub"));
	mcpauth_auth_info_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_nothing_of_nobody),
		cmocka_unit_test(tells_who_called),
		cmocka_unit_test(names_nobody_if_the_token_does_not),
		cmocka_unit_test(finds_scopes_where_providers_put_them),
		cmocka_unit_test(grants_whole_scopes_alone),
		cmocka_unit_test(an_array_element_is_one_scope),
		cmocka_unit_test(finds_the_client_where_providers_put_it),
		cmocka_unit_test(lists_audiences_of_both_forms),
		cmocka_unit_test(keeps_the_claims_byte_for_byte),
		cmocka_unit_test(shows_the_claims_as_a_tree),
		cmocka_unit_test(lives_as_long_as_somebody_holds_it),
		cmocka_unit_test(is_shared_between_threads),
		cmocka_unit_test(one_identity_serves_several_tokens),
	};
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
