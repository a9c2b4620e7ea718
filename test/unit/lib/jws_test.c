/* Compact JWS: one shape, one meaning, everything else refused with its reason. */
#include "jose/jws.h"

#include "base/base64url.h"
#include "base/buf.h"
#include "jose/jwk.h"
#include "support/check.h"
#include "support/test_key.h"

#include <stdlib.h>
#include <string.h>

static void put_part(struct mcpauth__buf *token, const char *text)
{
	size_t length = strlen(text);
	char *part = malloc(MCPAUTH__BASE64URL_ENCODED(length) + 1);
	assert_non_null(part);
	mcpauth__base64url_encode((const unsigned char *)text, length, part);
	assert_true(mcpauth__buf_printf(token, "%s%s", token->length > 0 ? "." : "", part));
	free(part);
}

/* Header and payload as they are, with three octets for a signature. */
static char *compact(const char *header, const char *payload)
{
	struct mcpauth__buf token = {0};
	put_part(&token, header);
	put_part(&token, payload);
	put_part(&token, "sig");
	return mcpauth__buf_take(&token);
}

/* Parsed from a copy that ends where the token does, then released. */
static enum mcpauth_code parse(const char *token, size_t length, struct mcpauth_error *err)
{
	struct mcpauth__jws jws;
	char *copy = malloc(length > 0 ? length : 1);
	assert_non_null(copy);
	memcpy(copy, token, length);
	enum mcpauth_code code = mcpauth__jws_parse(copy, length, &jws, err);
	mcpauth__jws_finish(&jws);
	free(copy);
	return code;
}

static enum mcpauth_code parse_parts(
	const char *header, const char *payload, struct mcpauth_error *err)
{
	char *token = compact(header, payload);
	enum mcpauth_code code = parse(token, strlen(token), err);
	free(token);
	return code;
}

static void takes_a_token_apart(void **state)
{
	(void)state;
	struct mcpauth__jws jws;
	char *token = compact(
		"{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"at+jwt\"}", "{ \"sub\":\"me\"}");
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	assert_int_equal(jws.algorithm, MCPAUTH__ES256);
	assert_string_equal(jws.kid, "k");
	assert_string_equal(jws.type, "at+jwt");
	assert_string_equal(jws.payload_text, "{ \"sub\":\"me\"}");
	assert_int_equal(jws.payload_length, 13);
	assert_string_equal(cJSON_GetStringValue(jws.payload->child), "me");
	assert_ptr_equal(jws.content.data, token);
	assert_int_equal(jws.content.length, strlen(token) - 5);
	assert_int_equal(jws.content.signature_length, 3);
	assert_memory_equal(jws.content.signature, "sig", 3);
	mcpauth__jws_finish(&jws);
	free(token);
}

static void leaves_kid_and_type_unset_if_they_are_absent(void **state)
{
	(void)state;
	struct mcpauth__jws jws;
	char *token = compact("{\"alg\":\"RS256\"}", "{}");
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	assert_null(jws.kid);
	assert_null(jws.type);
	mcpauth__jws_finish(&jws);
	free(token);
}

static void hands_over_what_a_key_verifies(void **state)
{
	(void)state;
	const struct test_key *made = test_key("EdDSA", 0);
	char *text = test_key_jwk(made, NULL, NULL, NULL);
	char *token = test_key_sign(made, "{\"alg\":\"EdDSA\"}", "{\"a\":1}");
	cJSON *json = cJSON_Parse(text);
	struct mcpauth__jwk *key;
	struct mcpauth__jws jws;
	CHECK_OK(mcpauth__jwk_import(json, &key, &err));
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	assert_int_equal(mcpauth__jwk_verify(key, jws.algorithm, &jws.content), MCPAUTH_OK);
	jws.content.length--;
	assert_int_equal(
		mcpauth__jwk_verify(key, jws.algorithm, &jws.content), MCPAUTH_E_BAD_SIGNATURE);
	mcpauth__jws_finish(&jws);
	mcpauth__jwk_free(key);
	cJSON_Delete(json);
	free(token);
	free(text);
}

static void hands_over_claims_but_no_signature_and_no_header(void **state)
{
	(void)state;
	static const unsigned char nothing[64];
	struct mcpauth__jws jws;
	char *token = compact("{\"alg\":\"RS256\"}", "{\"a\":\"text\"}");
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	free(token);
	const cJSON *payload = jws.payload;
	const char *text = jws.payload_text;
	const unsigned char *signature = jws.content.signature;
	assert_memory_equal(signature, "sig{\"alg\":\"RS256\"}", 18);
	struct mcpauth__arena arena = mcpauth__jws_hand_over(&jws);
	assert_memory_equal(signature, nothing, 18);
	assert_null(jws.payload);
	assert_null(jws.content.signature);
	mcpauth__jws_finish(&jws);
	assert_string_equal(text, "{\"a\":\"text\"}");
	assert_string_equal(mcpauth__json_string(payload, "a"), "text");
	mcpauth__arena_finish(&arena);
}

static void takes_claims_alone(void **state)
{
	(void)state;
	static const char claims[] = "{\"sub\":\"me\\u0000\"} ";
	struct mcpauth__jws jws;
	CHECK_OK(mcpauth__jws_from_claims(claims, sizeof claims - 1, &jws, &err));
	assert_string_equal(jws.payload_text, claims);
	assert_ptr_not_equal(jws.payload_text, claims);
	assert_int_equal(jws.payload_length, sizeof claims - 1);
	assert_string_equal(mcpauth__json_string(jws.payload, "sub"), "me\xef\xbf\xbd");
	assert_null(jws.header);
	assert_null(jws.type);
	mcpauth__jws_finish(&jws);
	CHECK_CODE(MCPAUTH_E_INVALID_JSON,
		mcpauth__jws_from_claims(claims, sizeof claims - 3, &jws, &err));
	mcpauth__jws_finish(&jws);
}

/* The payload that providers send, more or less. */
static const char usual[] =
	"{\"iss\":\"https://login.example.com/tenant-4711/v2.0\",\"sub\":\"auth0|6579e8b2c1a4f\","
	"\"aud\":[\"https://api.example.com/mcp\",\"https://login.example.com/userinfo\"],"
	"\"iat\":1700000000,\"nbf\":1700000000,\"exp\":4102444800,\"azp\":\"inspector-4f1c2a9d\","
	"\"jti\":\"0f8c7f2e-52a1-4c15-9f5f-7b1f9a0c6a11\",\"scope\":\"openid profile read:notes\","
	"\"realm_access\":{\"roles\":[\"default-roles-demo\",\"offline_access\"]},"
	"\"email_verified\":true,\"name\":\"Alice Liddell\",\"preferred_username\":\"alice\"}";

/* What was reserved at the start, and what there is at the end. */
static void weigh(const char *payload, size_t *start, size_t *end)
{
	struct mcpauth__jws jws;
	char *token = compact("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"key-1\"}", payload);
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	*end = mcpauth__arena_size(&jws.arena);
	*start = jws.secret_size + MCPAUTH__JSON_ROOM(jws.secret_size - 3)
		+ MCPAUTH__JWS_ROOM(jws.payload_length);
	mcpauth__jws_finish(&jws);
	free(token);
}

static void takes_one_block_for_a_usual_token(void **state)
{
	(void)state;
	size_t start;
	size_t end;
	weigh(usual, &start, &end);
	assert_int_equal(end, start);
	assert_true(end < 8 * sizeof usual);
}

static void grows_for_claims_of_tiny_members(void **state)
{
	(void)state;
	char payload[4096] = "{\"a\":[0";
	size_t start;
	size_t end;
	for (size_t length = strlen(payload); length < 4000; length += 2) {
		memcpy(payload + length, ",0", 3);
	}
	weigh(strcat(payload, "]}"), &start, &end);
	assert_true(end > start);
}

static void is_zero_again_when_finished(void **state)
{
	(void)state;
	struct mcpauth__jws jws;
	char *token = compact("{\"alg\":\"RS256\"}", "{}");
	CHECK_OK(mcpauth__jws_parse(token, strlen(token), &jws, &err));
	mcpauth__jws_finish(&jws);
	assert_null(jws.header);
	assert_null(jws.payload);
	assert_null(jws.secret);
	assert_int_equal(mcpauth__arena_size(&jws.arena), 0);
	mcpauth__jws_finish(&jws);
	free(token);
}

struct row {
	const char *label;
	const char *text;
	enum mcpauth_code code;
};

static const struct row headers[] = {
	{"alg alone", "{\"alg\":\"RS256\"}", MCPAUTH_OK},
	{"members nobody knows", "{\"alg\":\"RS256\",\"x\":[1,{\"y\":null}]}", MCPAUTH_OK},
	{"keys of the sender's",
		"{\"alg\":\"RS256\",\"jwk\":{},\"jku\":\"http://127.0.0.1/\","
		"\"x5u\":\"http://127.0.0.1/\",\"x5c\":[]}",
		MCPAUTH_OK},
	{"an empty kid", "{\"alg\":\"RS256\",\"kid\":\"\"}", MCPAUTH_OK},
	{"a kid to be afraid of", "{\"alg\":\"RS256\",\"kid\":\"../%s%n' OR 1=1--\\r\\n\"}",
		MCPAUTH_OK},
	{"no JSON", "alg", MCPAUTH_E_MALFORMED_TOKEN},
	{"an array", "[\"alg\"]", MCPAUTH_E_MALFORMED_TOKEN},
	{"alg twice", "{\"alg\":\"RS256\",\"alg\":\"RS256\"}", MCPAUTH_E_MALFORMED_TOKEN},
	{"alg twice, once escaped", "{\"alg\":\"RS256\",\"\\u0061lg\":\"none\"}",
		MCPAUTH_E_MALFORMED_TOKEN},
	{"something behind", "{\"alg\":\"RS256\"}x", MCPAUTH_E_MALFORMED_TOKEN},
	{"a byte order mark", "\xef\xbb\xbf{\"alg\":\"RS256\"}", MCPAUTH_E_MALFORMED_TOKEN},
	{"a NUL in kid", "{\"alg\":\"RS256\",\"kid\":\"k\\u0000x\"}", MCPAUTH_E_MALFORMED_TOKEN},
	{"kid a number", "{\"alg\":\"RS256\",\"kid\":1}", MCPAUTH_E_MALFORMED_TOKEN},
	{"kid null", "{\"alg\":\"RS256\",\"kid\":null}", MCPAUTH_E_MALFORMED_TOKEN},
	{"typ a number", "{\"alg\":\"RS256\",\"typ\":1}", MCPAUTH_E_MALFORMED_TOKEN},
	{"typ an array", "{\"alg\":\"RS256\",\"typ\":[\"JWT\"]}", MCPAUTH_E_MALFORMED_TOKEN},
	{"no alg", "{}", MCPAUTH_E_ALGORITHM},
	{"Alg", "{\"Alg\":\"RS256\"}", MCPAUTH_E_ALGORITHM},
	{"alg null", "{\"alg\":null}", MCPAUTH_E_ALGORITHM},
	{"alg an array", "{\"alg\":[\"RS256\"]}", MCPAUTH_E_ALGORITHM},
	{"alg none", "{\"alg\":\"none\"}", MCPAUTH_E_ALGORITHM},
	{"alg None", "{\"alg\":\"None\"}", MCPAUTH_E_ALGORITHM},
	{"alg empty", "{\"alg\":\"\"}", MCPAUTH_E_ALGORITHM},
	{"alg HS256", "{\"alg\":\"HS256\"}", MCPAUTH_E_ALGORITHM},
	{"alg rs256", "{\"alg\":\"rs256\"}", MCPAUTH_E_ALGORITHM},
	{"alg with a blank", "{\"alg\":\"RS256 \"}", MCPAUTH_E_ALGORITHM},
	{"alg of a JWE", "{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}", MCPAUTH_E_ALGORITHM},
	{"crit unknown", "{\"alg\":\"RS256\",\"crit\":[\"x\"],\"x\":1}", MCPAUTH_E_CRITICAL_HEADER},
	{"crit empty", "{\"alg\":\"RS256\",\"crit\":[]}", MCPAUTH_E_CRITICAL_HEADER},
	{"crit null", "{\"alg\":\"RS256\",\"crit\":null}", MCPAUTH_E_CRITICAL_HEADER},
	{"crit with b64", "{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}",
		MCPAUTH_E_CRITICAL_HEADER},
	{"b64 false", "{\"alg\":\"RS256\",\"b64\":false}", MCPAUTH_E_CRITICAL_HEADER},
	{"b64 true", "{\"alg\":\"RS256\",\"b64\":true}", MCPAUTH_E_CRITICAL_HEADER},
	{"crit by escape", "{\"alg\":\"RS256\",\"cr\\u0069t\":[\"x\"]}", MCPAUTH_E_CRITICAL_HEADER},
};

static void judges_each_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		CHECK_ROW_CODE(headers[i].label, headers[i].code,
			parse_parts(headers[i].text, "{}", &err));
	}
}

static const struct row payloads[] = {
	{"empty", "{}", MCPAUTH_OK},
	{"claims", "{\"iss\":\"x\",\"aud\":[\"y\"],\"exp\":1.5}", MCPAUTH_OK},
	{"an array", "[]", MCPAUTH_E_MALFORMED_TOKEN},
	{"a string", "\"claims\"", MCPAUTH_E_MALFORMED_TOKEN},
	{"nothing", "", MCPAUTH_E_MALFORMED_TOKEN},
	{"a claim twice", "{\"sub\":\"a\",\"sub\":\"b\"}", MCPAUTH_E_MALFORMED_TOKEN},
	{"a raw NUL's escape cut short", "{\"sub\":\"adm\\u000\"}", MCPAUTH_E_MALFORMED_TOKEN},
	{"NaN", "{\"exp\":NaN}", MCPAUTH_E_MALFORMED_TOKEN},
	{"bad UTF-8", "{\"sub\":\"\xff\"}", MCPAUTH_E_MALFORMED_TOKEN},
	{"a token", "eyJhbGciOiJub25lIn0.e30.", MCPAUTH_E_MALFORMED_TOKEN},
};

static void judges_each_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
		CHECK_ROW_CODE(payloads[i].label, payloads[i].code,
			parse_parts("{\"alg\":\"RS256\"}", payloads[i].text, &err));
	}
}

#define HEADER "eyJhbGciOiJSUzI1NiJ9" /* {"alg":"RS256"} */
#define NONE "eyJhbGciOiJub25lIn0"    /* {"alg":"none"} */

static const struct {
	const char *label;
	const char *text;
	size_t length;
	enum mcpauth_code code;
} shapes[] = {
#define SHAPE(label, text, code) \
	{ \
		label, text, sizeof text - 1, code \
	}
	SHAPE("three parts", HEADER ".e30.c2ln", MCPAUTH_OK),
	SHAPE("nothing", "", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("one part", HEADER, MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("two parts", HEADER ".e30", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("two dots", "..", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("four parts", HEADER ".e30.c2ln.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a dot at the end", HEADER ".e30.c2ln.", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a dot in front", "." HEADER ".e30.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("five parts", HEADER ".e30.c2ln.c2ln.c2ln", MCPAUTH_E_ENCRYPTED_TOKEN),
	SHAPE("five empty parts", "....", MCPAUTH_E_ENCRYPTED_TOKEN),
	SHAPE("six parts", HEADER ".e30.c2ln.c2ln.c2ln.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("dots alone", "..............", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("an empty header", ".e30.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("an empty payload", HEADER "..c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("an empty signature", HEADER ".e30.", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("not signed and says so", NONE ".e30.", MCPAUTH_E_ALGORITHM),
	SHAPE("a padded signature", HEADER ".e30.c2k=", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a padded payload", HEADER ".e30=.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("one character of signature", HEADER ".e30.c", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("left-over bits in the payload", HEADER ".e31.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("left-over bits in the signature", HEADER ".e30.c2l", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("the twin without them", HEADER ".e30.c2k", MCPAUTH_OK),
	SHAPE("another alphabet", HEADER ".e30.c2l+", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a blank in front", " " HEADER ".e30.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a line feed behind", HEADER ".e30.c2ln\n", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a NUL behind", HEADER ".e30.c2ln\0", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("a NUL inside", HEADER ".e30\0.c2ln", MCPAUTH_E_MALFORMED_TOKEN),
	SHAPE("the JSON form", "{\"payload\":\"e30\",\"signature\":\"c2ln\"}",
		MCPAUTH_E_MALFORMED_TOKEN),
};

static void judges_each_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		CHECK_ROW_CODE(shapes[i].label, shapes[i].code,
			parse(shapes[i].text, shapes[i].length, &err));
	}
}

/* What it refuses, and only that, needs no look inside. */
static void refuses_by_the_number_of_parts_alone(void **state)
{
	(void)state;
	static const struct {
		const char *token;
		enum mcpauth_code code;
	} rows[] = {
		{"aa.bb.cc", MCPAUTH_OK},
		{"..", MCPAUTH_OK},
		{"", MCPAUTH_E_MALFORMED_TOKEN},
		{"opaque", MCPAUTH_E_MALFORMED_TOKEN},
		{"aa.bb", MCPAUTH_E_MALFORMED_TOKEN},
		{"aa.bb.cc.dd", MCPAUTH_E_MALFORMED_TOKEN},
		{"aa.bb.cc.dd.ee", MCPAUTH_E_ENCRYPTED_TOKEN},
		{"a.b.c", MCPAUTH_E_MALFORMED_TOKEN},
		{"aaaaa.bb.cc", MCPAUTH_E_MALFORMED_TOKEN},
		{"aa.bbbbb.cc", MCPAUTH_E_MALFORMED_TOKEN},
		{"aa.bb.ccccc", MCPAUTH_E_MALFORMED_TOKEN},
		{"aa.bbb.cccc", MCPAUTH_OK},
		{"aa.bb.cc.dd.ee.ff", MCPAUTH_E_MALFORMED_TOKEN},
	};
	static char longest[MCPAUTH__TOKEN_LIMIT + 1];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK_ROW_CODE(rows[i].token, rows[i].code,
			mcpauth__jws_check_shape(rows[i].token, strlen(rows[i].token), &err));
	}
	memset(longest, 'A', sizeof longest);
	longest[8] = longest[13] = '.';
	CHECK_OK(mcpauth__jws_check_shape(longest, MCPAUTH__TOKEN_LIMIT, &err));
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN,
		mcpauth__jws_check_shape(longest, MCPAUTH__TOKEN_LIMIT + 1, &err));
}

/* A token of this length, all of it good: the signature is as long as it takes. */
static enum mcpauth_code parse_length(size_t length, struct mcpauth_error *err)
{
	static char token[MCPAUTH__TOKEN_LIMIT + 64];
	memset(token, 'A', sizeof token);
	memcpy(token, HEADER ".e30.", sizeof HEADER ".e30." - 1);
	return parse(token, length, err);
}

static const struct {
	const char *label;
	const char *token;
	bool is_meant;
} intentions[] = {
	{"a header", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", true},
	{"an empty object", "e30.e30.c2ln", true},
	{"with a line break", "ewoiYSI6MX0.e30.c2ln", true},
	{"padded at the end", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln=", true},
	{"padded at the start", "e30=.e30.c2ln", true},
	{"not signed", "e30..", true},
	{"of an impossible length", "eyJhb.e30.c2ln", true},
	{"no object", "W10.e30.c2ln", false},
	{"a letter less", "ev0.e30.c2ln", false},
	{"one character", "e.e30.c2ln", false},
	{"two parts", "e30.e30", false},
	{"four parts", "e30.e30.e30.e30", false},
	{"five parts", "e30.e30.e30.e30.e30", false},
	{"empty", "", false},
};

static void knows_what_is_meant_as_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof intentions / sizeof *intentions; i++) {
		const char *token = intentions[i].token;
		CHECK_ROW(intentions[i].label,
			mcpauth__jws_is_meant(token, strlen(token)) == intentions[i].is_meant);
	}
}

static void takes_sixteen_kilobytes(void **state)
{
	(void)state;
	CHECK_OK(parse_length(MCPAUTH__TOKEN_LIMIT, &err));
}

static void refuses_more_than_sixteen_kilobytes(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, parse_length(MCPAUTH__TOKEN_LIMIT + 1, &err));
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, parse_length(MCPAUTH__TOKEN_LIMIT + 2, &err));
}

/* A header of so many octets before base64url, made long by its kid. */
static enum mcpauth_code parse_header_of(size_t octets, struct mcpauth_error *err)
{
	struct mcpauth__buf header = {0};
	mcpauth__buf_puts(&header, "{\"alg\":\"RS256\",\"kid\":\"");
	while (header.length < octets - 2) {
		mcpauth__buf_puts(&header, "k");
	}
	assert_true(mcpauth__buf_puts(&header, "\"}"));
	enum mcpauth_code code = parse_parts(header.data, "{}", err);
	mcpauth__buf_finish(&header);
	return code;
}

static void takes_a_header_of_eight_kilobytes(void **state)
{
	(void)state;
	CHECK_OK(parse_header_of(8 * 1024 / 4 * 3, &err));
}

static void refuses_a_longer_header(void **state)
{
	(void)state;
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, parse_header_of(8 * 1024 / 4 * 3 + 1, &err));
}

static void refuses_a_payload_that_is_nested_too_deeply(void **state)
{
	(void)state;
	char payload[4096] = "{\"a\":";
	size_t start = strlen(payload);
	memset(payload + start, '[', 1000);
	memset(payload + start + 1000, ']', 1000);
	strcpy(payload + start + 2000, "}");
	CHECK_CODE(MCPAUTH_E_MALFORMED_TOKEN, parse_parts("{\"alg\":\"RS256\"}", payload, &err));
}

static void says_nothing_of_what_the_token_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct mcpauth_error err = {0};
		parse_parts(headers[i].text, "{\"secret\":1}", &err);
		CHECK_ROW(headers[i].label, strstr(err.message, "RS256") == NULL);
		CHECK_ROW(headers[i].label, strstr(err.message, "secret") == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_token_apart),
		cmocka_unit_test(leaves_kid_and_type_unset_if_they_are_absent),
		cmocka_unit_test(hands_over_what_a_key_verifies),
		cmocka_unit_test(hands_over_claims_but_no_signature_and_no_header),
		cmocka_unit_test(takes_claims_alone),
		cmocka_unit_test(takes_one_block_for_a_usual_token),
		cmocka_unit_test(grows_for_claims_of_tiny_members),
		cmocka_unit_test(is_zero_again_when_finished),
		cmocka_unit_test(judges_each_header),
		cmocka_unit_test(judges_each_payload),
		cmocka_unit_test(judges_each_shape),
		cmocka_unit_test(refuses_by_the_number_of_parts_alone),
		cmocka_unit_test(knows_what_is_meant_as_one),
		cmocka_unit_test(takes_sixteen_kilobytes),
		cmocka_unit_test(refuses_more_than_sixteen_kilobytes),
		cmocka_unit_test(takes_a_header_of_eight_kilobytes),
		cmocka_unit_test(refuses_a_longer_header),
		cmocka_unit_test(refuses_a_payload_that_is_nested_too_deeply),
		cmocka_unit_test(says_nothing_of_what_the_token_holds),
	};
	return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
