/* The sixty lines of own_handler.c at work: a program's own handler behind the operations
 * stage, with the filter for its list and handles for its callers, asked by libcurl. */
#define _POSIX_C_SOURCE 200809L

#include "own_handler.h"
#include "support/check.h"
#include "support/daemon.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define PUBLISH "drafts:publish"

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct own own;
	struct daemon *daemon;
};

/* An answer; kept until the next question. */
struct answer {
	long status;
	char challenge[512];
	char text[4096];
	size_t length;
};

static void add_operations(struct mcpauth *auth, struct own *own)
{
	static const struct {
		const char *name;
		const char *scopes;
	} rows[] = {{"begin", NULL}, {"read", NULL}, {"publish", PUBLISH}};
	CHECK_OK(mcpauth_operations_new(auth, &own->operations, &err));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
		operation.name = rows[i].name;
		operation.scopes = rows[i].scopes;
		CHECK_OK(mcpauth_operations_add(own->operations, &operation, &err));
	}
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct own *own = user;
	struct mcpauth_handles_config drafts = MCPAUTH_HANDLES_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	drafts.purpose = "draft";
	CHECK_OK(mcpauth_handles_new(auth, &drafts, &own->handles, &err));
	add_operations(auth, own);
	policy.operations = own->operations;
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", &policy, &err));
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.issuer_port = loopback_port(fixture->issuer),
		.handler = own_handle,
		.handler_user = &fixture->own,
		.prepare = prepare,
		.prepare_user = &fixture->own,
	};
	fixture->daemon = daemon_new(&config);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	daemon_free(fixture->daemon);
	mcpauth_handles_free(fixture->own.handles);
	mcpauth_operations_free(fixture->own.operations);
	loopback_free(fixture->issuer);
	free(fixture);
	return 0;
}

/* "Authorization: Bearer ..." of somebody with these scopes. Caller frees it. */
static char *credentials(const char *subject, const char *scope)
{
	char payload[512];
	char *header = malloc(4096);
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE "\",\"sub\":\"%s\","
		"\"client_id\":\"app\",\"scope\":\"%s\",\"exp\":%lld}",
		subject, scope, (long long)time(NULL) + 3600);
	char *token = test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
	assert_non_null(header);
	snprintf(header, 4096, "Authorization: Bearer %s", token);
	free(token);
	return header;
}

static size_t keep_body(char *data, size_t size, size_t count, void *user)
{
	struct answer *answer = user;
	assert_true(answer->length + size * count < sizeof answer->text);
	memcpy(answer->text + answer->length, data, size * count);
	answer->length += size * count;
	answer->text[answer->length] = '\0';
	return size * count;
}

static size_t keep_challenge(char *data, size_t size, size_t count, void *user)
{
	static const char name[] = "WWW-Authenticate: ";
	struct answer *answer = user;
	size_t length = size * count;
	if (length > sizeof name - 1 && strncasecmp(data, name, sizeof name - 1) == 0) {
		snprintf(answer->challenge, sizeof answer->challenge, "%.*s",
			(int)(length - (sizeof name - 1)), data + sizeof name - 1);
	}
	return length;
}

/* Posts a message whose id no double holds. */
static struct answer ask(const struct fixture *fixture, const char *credentials, const char *method,
	const char *params)
{
	struct answer answer = {0};
	char url[64];
	char body[1024];
	struct curl_slist *headers = curl_slist_append(NULL, credentials);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	snprintf(url, sizeof url, "http://127.0.0.1:%u/mcp", daemon_port(fixture->daemon));
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"method\":\"%s\",\"params\":%s}",
		method, params);
	CURL *curl = curl_easy_init();
	assert_non_null(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_challenge);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return answer;
}

static struct answer call(
	const struct fixture *fixture, const char *credentials, const char *tool, const char *draft)
{
	char params[256];
	snprintf(params, sizeof params, "{\"name\":\"%s\",\"arguments\":{\"draft\":\"%s\"}}", tool,
		draft);
	return ask(fixture, credentials, "tools/call", params);
}

/* Begins a draft. */
static void begin(
	const struct fixture *fixture, const char *credentials, char draft[MCPAUTH_HANDLE_SIZE])
{
	struct answer answer = call(fixture, credentials, "begin", "");
	assert_int_equal(answer.status, 200);
	cJSON *reply = cJSON_Parse(answer.text);
	const cJSON *result = cJSON_GetObjectItem(reply, "result");
	const char *made = cJSON_GetStringValue(cJSON_GetObjectItem(result, "draft"));
	assert_non_null(made);
	snprintf(draft, MCPAUTH_HANDLE_SIZE, "%s", made);
	cJSON_Delete(reply);
}

static void answers_a_call_that_is_allowed(void **state)
{
	const struct fixture *fixture = *state;
	char *alice = credentials("alice", "");
	char draft[MCPAUTH_HANDLE_SIZE];
	begin(fixture, alice, draft);
	assert_int_equal(call(fixture, alice, "read", draft).status, 200);
	struct answer answer = call(fixture, alice, "read", draft);
	assert_string_equal(
		answer.text, "{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"result\":{}}");
	free(alice);
}

static void sees_no_call_that_lacks_a_scope(void **state)
{
	const struct fixture *fixture = *state;
	char *alice = credentials("alice", "");
	char *editor = credentials("alice", PUBLISH);
	char draft[MCPAUTH_HANDLE_SIZE];
	begin(fixture, alice, draft);
	struct answer answer = call(fixture, alice, "publish", draft);
	assert_int_equal(answer.status, 403);
	assert_non_null(strstr(answer.challenge, "error=\"insufficient_scope\""));
	assert_non_null(strstr(answer.challenge, "scope=\"" PUBLISH "\""));
	assert_int_equal(call(fixture, editor, "publish", draft).status, 200);
	assert_int_equal(call(fixture, editor, "unknown", draft).status, 403);
	free(editor);
	free(alice);
}

static void lists_what_its_caller_may_use(void **state)
{
	struct fixture *fixture = *state;
	char *alice = credentials("alice", "");
	char *editor = credentials("alice", PUBLISH);
	struct answer few = ask(fixture, alice, "tools/list", "{}");
	struct answer all = ask(fixture, editor, "tools/list", "{}");
	assert_non_null(strstr(
		few.text, "\"result\":{\"tools\":[{\"name\":\"begin\"},{\"name\":\"read\"}]}"));
	assert_non_null(strstr(all.text, "\"result\":{\"tools\":" OWN_TOOLS "}"));
	free(editor);
	free(alice);
}

static void finds_no_draft_of_another_principal(void **state)
{
	const struct fixture *fixture = *state;
	char *alice = credentials("alice", "");
	char *renewed = credentials("alice", PUBLISH);
	char *bob = credentials("bob", PUBLISH);
	char draft[MCPAUTH_HANDLE_SIZE];
	begin(fixture, alice, draft);
	assert_int_equal(call(fixture, bob, "read", draft).status, 404);
	assert_int_equal(call(fixture, bob, "publish", draft).status, 404);
	assert_int_equal(call(fixture, renewed, "read", draft).status, 200);
	draft[0] = draft[0] == 'A' ? 'B' : 'A';
	assert_int_equal(call(fixture, renewed, "read", draft).status, 404);
	assert_int_equal(call(fixture, renewed, "read", "").status, 404);
	free(bob);
	free(renewed);
	free(alice);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_a_call_that_is_allowed),
		TEST(sees_no_call_that_lacks_a_scope),
		TEST(lists_what_its_caller_may_use),
		TEST(finds_no_draft_of_another_principal),
	};
	curl_global_init(CURL_GLOBAL_DEFAULT);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return failed;
}
