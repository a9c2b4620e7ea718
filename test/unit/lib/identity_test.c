/* Auth infos: what is read from claims, and how long it lives. */
#include "token/auth_info_int.h"

#include "base/json.h"
#include "support/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "header.payload.signature"

/* What verification leaves behind: claims parsed, and their text. */
static struct mcpauth__identity *make_identity(
	const char *claims, const struct mcpauth_issuer_config *config)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity;
	struct mcpauth__claim_policy policy;
	assert_true(mcpauth__claim_policy_init(&policy, config));
	CHECK_OK(mcpauth__jws_from_claims(claims, strlen(claims), &jws, &err));
	struct mcpauth__identity_parts parts = {
		.pool = mcpauth__identity_pool_new(),
		.policy = &policy,
		.resource = "https://api.example/mcp",
	};
	assert_non_null(parts.pool);
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	mcpauth__identity_pool_free(parts.pool);
	assert_null(jws.payload);
	mcpauth__claim_policy_finish(&policy);
	return identity;
}

static struct mcpauth_auth_info *read_claims_with(
	const char *claims, const struct mcpauth_issuer_config *config)
{
	struct mcpauth__identity *identity = make_identity(claims, config);
	struct mcpauth_auth_info *info = mcpauth__auth_info_new(identity, TOKEN);
	assert_non_null(info);
	return info;
}

static struct mcpauth_auth_info *read_claims(const char *claims)
{
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	return read_claims_with(claims, &usual);
}

static void tells_who_called(void **state)
{
	(void)state;
	struct mcpauth_auth_info *info = read_claims(
		"{\"iss\":\"https://as.example\",\"sub\":\"alice\",\"client_id\":\"app\","
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

/** Access tokens' claims in the shape that the provider writes them. */
static const struct {
	const char *provider;
	const char *claims;
	const char *scope_claims;
	const char *client_claims;
	const char *subject_claims;
	const char *scopes; /* both granted */
	const char *client;
	const char *subject;
} providers[] = {
	{"Okta",
		"{\"ver\":1,\"jti\":\"AT.0mP4\",\"iss\":\"https://dev.okta.example/oauth2/default\","
		"\"aud\":\"api://default\",\"iat\":1799999900,\"exp\":1800003500,"
		"\"cid\":\"nmdP1fcyvdVO11AL7ECm\",\"uid\":\"00ujmkLgagxeRrAg20g3\","
		"\"scp\":[\"openid\",\"notes:read\"],\"sub\":\"john@example.com\"}",
		NULL, NULL, NULL, "openid notes:read", "nmdP1fcyvdVO11AL7ECm", "john@example.com"},
	{"Entra ID",
		"{\"aud\":\"api://notes\",\"iss\":\"https://sts.example/tid/\",\"ver\":\"1.0\","
		"\"exp\":1800003500,\"appid\":\"6731de76-14a6-49ae-97bc-6eba6914391e\","
		"\"appidacr\":\"0\",\"scp\":\"Notes.Read Notes.Write\",\"tid\":\"tid\","
		"\"oid\":\"00000000-0000-0000-66f3\",\"sub\":\"AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bb\"}",
		NULL, NULL, "oid sub", "Notes.Write Notes.Read",
		"6731de76-14a6-49ae-97bc-6eba6914391e", "00000000-0000-0000-66f3"},
	{"Auth0",
		"{\"iss\":\"https://tenant.auth0.example/\",\"sub\":\"auth0|123456\","
		"\"aud\":[\"https://api.example/mcp\",\"https://tenant.auth0.example/userinfo\"],"
		"\"exp\":1800003500,\"azp\":\"my_client_id\",\"scope\":\"openid profile\","
		"\"permissions\":[\"create:todos\",\"read:todos\"]}",
		"permissions", NULL, NULL, "create:todos read:todos", "my_client_id",
		"auth0|123456"},
	{"Cognito",
		"{\"sub\":\"aaaaaaaa-bbbb\",\"token_use\":\"access\",\"exp\":1800003500,"
		"\"scope\":\"notes/read notes/write\",\"client_id\":\"1example23456789\","
		"\"username\":\"janedoe\"}",
		NULL, NULL, NULL, "notes/read notes/write", "1example23456789", "aaaaaaaa-bbbb"},
	{"one of its own",
		"{\"who\":\"alice\",\"app\":\"a\",\"rights\":\"a b\",\"sub\":\"x\","
		"\"client_id\":\"x\",\"scope\":\"x\"}",
		"none rights", "none app", "none who", "b a", "a", "alice"},
};

static void reads_claims_in_the_shape_of_each_provider(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
		const char *label = providers[i].provider;
		struct mcpauth_issuer_config config = MCPAUTH_ISSUER_CONFIG_INIT;
		config.scope_claims = providers[i].scope_claims;
		config.client_claims = providers[i].client_claims;
		config.subject_claims = providers[i].subject_claims;
		struct mcpauth_auth_info *info = read_claims_with(providers[i].claims, &config);
		CHECK_ROW(label, mcpauth_auth_info_has_scopes(info, providers[i].scopes));
		CHECK_ROW(label, mcpauth_auth_info_scope_at(info, 2) == NULL);
		CHECK_ROW(
			label, strcmp(mcpauth_auth_info_client_id(info), providers[i].client) == 0);
		CHECK_ROW(
			label, strcmp(mcpauth_auth_info_subject(info), providers[i].subject) == 0);
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

/* Whatever lies behind the place: a field that is added, too. */
static bool holds_nothing(const struct mcpauth__identity *identity)
{
	const unsigned char *bytes = (const unsigned char *)identity;
	unsigned held = 0;
	for (size_t i = sizeof identity->place; i < sizeof *identity; i++) {
		held |= bytes[i];
	}
	return held == 0;
}

static void a_place_taken_again_holds_nothing(void **state)
{
	(void)state;
	struct mcpauth__identity_pool *pool = mcpauth__identity_pool_new();
	assert_non_null(pool);
	struct mcpauth__identity *one = mcpauth__identity_pool_take(pool);
	assert_non_null(one);
	size_t place = sizeof one->place;
	memset((char *)one + place, 0xff, sizeof *one - place);
	assert_false(holds_nothing(one));
	mcpauth__identity_pool_give(one);
	struct mcpauth__identity *again = mcpauth__identity_pool_take(pool);
	assert_ptr_equal(again, one);
	assert_ptr_equal(again->place.pool, pool);
	assert_true(holds_nothing(again));
	mcpauth__identity_pool_give(again);
	mcpauth__identity_pool_free(pool);
}

static void needs_no_more_memory_than_its_token_brought(void **state)
{
	(void)state;
	static const char claims[] = "{\"iss\":\"https://as.example\",\"sub\":\"alice\","
				     "\"aud\":[\"https://api.example/mcp\",\"other\"],"
				     "\"scope\":\"openid profile read write\"}";
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth__identity *identity = make_identity(claims, &usual);
	assert_int_equal(identity->scopes.count, 4);
	assert_int_equal(identity->audiences.count, 2);
	assert_int_equal(
		mcpauth__arena_size(&identity->arena), MCPAUTH__JWS_ROOM(sizeof claims - 1));
	mcpauth__identity_free(identity);
}

static void grows_for_more_scopes_than_expected(void **state)
{
	(void)state;
	char claims[4000] = "{\"scope\":\"";
	for (size_t length = strlen(claims); length < 3900; length += 2) {
		memcpy(claims + length, "a ", 3);
	}
	struct mcpauth_auth_info *info = read_claims(strcat(claims, "last\"}"));
	size_t count = 0;
	while (mcpauth_auth_info_scope_at(info, count) != NULL) {
		count++;
	}
	assert_true(count > 1900);
	assert_string_equal(mcpauth_auth_info_scope_at(info, 0), "a");
	assert_string_equal(mcpauth_auth_info_scope_at(info, count - 1), "last");
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

static void lies_in_the_callers_room(void **state)
{
	(void)state;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_auth_info_room room;
	char token[] = TOKEN;
	struct mcpauth_auth_info *info = mcpauth__auth_info_init(
		&room, make_identity("{\"sub\":\"alice\"}", &usual), token);
	assert_ptr_equal(info, &room);
	assert_ptr_equal(mcpauth_auth_info_token(info), token);
	assert_string_equal(mcpauth_auth_info_subject(info), "alice");
	mcpauth_auth_info_free(info);
	assert_string_equal(token, TOKEN);
}

static void what_is_kept_of_a_room_is_a_copy(void **state)
{
	(void)state;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_auth_info_room room;
	char token[] = TOKEN;
	struct mcpauth_auth_info *info = mcpauth__auth_info_init(
		&room, make_identity("{\"sub\":\"alice\"}", &usual), token);
	struct mcpauth_auth_info *kept = mcpauth_auth_info_ref(info);
	struct mcpauth_auth_info *again = mcpauth_auth_info_ref(kept);
	assert_ptr_not_equal(kept, info);
	assert_ptr_equal(again, kept);
	mcpauth_auth_info_free(info);
	memset(&room, 0xff, sizeof room);
	memset(token, 'x', sizeof token - 1);
	mcpauth_auth_info_free(again);
	assert_string_equal(mcpauth_auth_info_subject(kept), "alice");
	assert_string_equal(mcpauth_auth_info_token(kept), TOKEN);
	mcpauth_auth_info_free(kept);
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
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth__identity *identity = make_identity("{\"sub\":\"alice\"}", &usual);
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
		cmocka_unit_test(reads_claims_in_the_shape_of_each_provider),
		cmocka_unit_test(lists_audiences_of_both_forms),
		cmocka_unit_test(keeps_the_claims_byte_for_byte),
		cmocka_unit_test(needs_no_more_memory_than_its_token_brought),
		cmocka_unit_test(grows_for_more_scopes_than_expected),
		cmocka_unit_test(shows_the_claims_as_a_tree),
		cmocka_unit_test(lives_as_long_as_somebody_holds_it),
		cmocka_unit_test(a_place_taken_again_holds_nothing),
		cmocka_unit_test(lies_in_the_callers_room),
		cmocka_unit_test(what_is_kept_of_a_room_is_a_copy),
		cmocka_unit_test(is_shared_between_threads),
		cmocka_unit_test(one_identity_serves_several_tokens),
	};
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
