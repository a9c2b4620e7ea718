/* The guides' C for servers, and their settings, do what is said of them. */
#include <mcpauth/mhd.h>

#include "support/check.h"
#include "support/fake_exchange.h"
#include "support/logout_tokens.h"
#include "support/loopback.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCE "http://127.0.0.1:8000/mcp"
#define ISSUER "http://127.0.0.1:1"

/** A guide's settings, as the build took them out. */
static const char *settings_path;

/* What the reader brings: a token endpoint, a secret, sessions, streams, locked accounts,
 * another server's client. */
static const char *token_endpoint;
static const char *secret_file;
static char sent[64];

static const char *find_session(void *sessions, const char *token)
{
	return strcmp(token, "session-1") == 0 ? sessions : NULL;
}

/** Whose streams were ended. */
static void end_streams(void *streams, const char *issuer, const char *subject)
{
	snprintf(streams, 64, "%s of %s", subject, issuer);
}

static bool has_lock(const char *locks, const char *subject)
{
	return strcmp(locks, subject) == 0;
}

static bool get_events(const char *url, const char *token)
{
	assert_string_equal(url, "https://calendar.example.com/");
	snprintf(sent, sizeof sent, "%s", token);
	return true;
}

#include "readme_further.h"

/** A copy of the settings that a test may change; in the build's folder. */
struct copy {
	char text[4096];
	char path[32];
};

static void write_copy(const struct copy *copy)
{
	FILE *file = fopen(copy->path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(copy->text, 1, strlen(copy->text), file), strlen(copy->text));
	assert_int_equal(fclose(file), 0);
}

static void make_copy(struct copy *copy)
{
	FILE *file = fopen(settings_path, "rb");
	assert_non_null(file);
	copy->text[fread(copy->text, 1, sizeof copy->text - 1, file)] = '\0';
	fclose(file);
	snprintf(copy->path, sizeof copy->path, "readme_%s", "XXXXXX");
	int descriptor = mkstemp(copy->path);
	assert_true(descriptor >= 0);
	fclose(fdopen(descriptor, "wb"));
	write_copy(copy);
}

static void starts_and_reloads_with_the_settings(void **state)
{
	(void)state;
	struct copy copy;
	struct mcpauth_chain *chain = NULL;
	struct mcpauth_error err = {0};
	make_copy(&copy);
	bool started = start(copy.path, &chain, &err);
	CHECK_ROW(err.message, started);
	struct mcpauth *auth = mcpauth_chain_auth(chain);
	assert_string_equal(mcpauth_resource_at(auth, 0), "https://mcp.example.com/mcp");
	bool reloaded = reload(copy.path, chain, &err);
	CHECK_ROW(err.message, reloaded);
	memcpy(strstr(copy.text, "\"routes\""), "\"ruotes\"", strlen("\"routes\""));
	write_copy(&copy);
	assert_false(reload(copy.path, chain, &err));
	assert_int_equal(err.code, MCPAUTH_E_INVALID_SETTINGS);
	assert_non_null(strstr(err.message, "\"ruotes\" is not known here"));
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	remove(copy.path);
}

static struct mcpauth *new_auth(void)
{
	struct mcpauth *auth;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = RESOURCE;
	issuer.issuer = ISSUER;
	CHECK_OK(mcpauth_new(NULL, &auth, &err));
	CHECK_OK(mcpauth_add_resource(auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(auth, RESOURCE, &issuer, &err));
	return auth;
}

static void lets_sessions_in_by_a_verifier(void **state)
{
	(void)state;
	static char session[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"" RESOURCE
				"\",\"sub\":\"alice\",\"exp\":32503680000}";
	struct mcpauth *auth = new_auth();
	struct mcpauth_auth_info *who;
	CHECK_OK(use_sessions(auth, session, &err));
	CHECK_OK(mcpauth_verify(auth, RESOURCE, "session-1", &who, &err));
	assert_string_equal(mcpauth_auth_info_subject(who), "alice");
	mcpauth_auth_info_free(who);
	CHECK_CODE(MCPAUTH_E_UNKNOWN_KEY, mcpauth_verify(auth, RESOURCE, "session-2", &who, &err));
	mcpauth_free(auth);
}

/* The token endpoint is a loopback server that knows one answer. */
static void calls_further_with_another_token(void **state)
{
	(void)state;
	static char session[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"" RESOURCE
				"\",\"sub\":\"alice\",\"exp\":32503680000}";
	const struct loopback_page page = {
		.path = "/token",
		.status = 200,
		.headers = "Content-Type: application/json\r\n",
		.body = "{\"access_token\":\"for-the-calendar\",\"token_type\":\"Bearer\","
			"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
			"\"expires_in\":100}",
	};
	struct loopback *server = loopback_new(&page, 1);
	struct mcpauth *auth = new_auth();
	struct mcpauth_auth_info *who;
	struct mcpauth_token_exchange *exchange;
	struct mcpauth_error err = {0};
	char endpoint[64];
	char body[2048];
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/token", loopback_port(server));
	token_endpoint = endpoint;
	CHECK_OK(use_sessions(auth, session, &err));
	CHECK_OK(mcpauth_verify(auth, RESOURCE, "session-1", &who, &err));
	CHECK_OK(prepare_exchange(auth, "hush", &exchange, &err));
	bool called = call_calendar(exchange, who, &err);
	CHECK_ROW(err.message, called);
	assert_string_equal(sent, "for-the-calendar");
	loopback_last_body(server, body, sizeof body);
	assert_non_null(strstr(body, "subject_token=session-1"));
	assert_non_null(strstr(body, "audience=https%3A%2F%2Fcalendar.example.com"));
	mcpauth_token_exchange_free(exchange);
	mcpauth_auth_info_free(who);
	mcpauth_free(auth);
	loopback_free(server);
}

/** One whose issuer is asked about tokens, and who says that they are Alice's. */
struct introspected {
	struct loopback *endpoint;
	struct mcpauth *auth;
	char issuer[64];
};

static void add_issuer(struct introspected *it)
{
	char metadata[512];
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	snprintf(it->issuer, sizeof it->issuer, "http://127.0.0.1:%u", loopback_port(it->endpoint));
	snprintf(metadata, sizeof metadata,
		"{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\","
		"\"introspection_endpoint\":\"%s/introspect\"}",
		it->issuer, it->issuer, it->issuer);
	issuer.issuer = it->issuer;
	issuer.metadata = metadata;
	CHECK_OK(mcpauth_add_issuer(it->auth, RESOURCE, &issuer, &err));
}

static void start_introspected(struct introspected *it)
{
	static char locked[] = "mallory";
	static const struct loopback_page page = {
		.path = "/introspect",
		.status = 200,
		.headers = "Content-Type: application/json\r\n",
		.body = "{\"active\":true,\"sub\":\"alice\",\"aud\":\"" RESOURCE "\"}",
	};
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.revoked = is_locked;
	config.revoked_user = locked;
	resource.resource = RESOURCE;
	it->endpoint = loopback_new(&page, 1);
	CHECK_OK(mcpauth_new(&config, &it->auth, &err));
	CHECK_OK(mcpauth_add_resource(it->auth, &resource, &err));
	add_issuer(it);
	/* Any file does. */
	secret_file = settings_path;
	CHECK_OK(use_introspection(it->auth, it->issuer, &err));
}

static void stop_introspected(struct introspected *it)
{
	mcpauth_free(it->auth);
	loopback_free(it->endpoint);
}

static void bring(struct introspected *it, unsigned asked)
{
	struct mcpauth_auth_info *who;
	CHECK_OK(mcpauth_verify(it->auth, RESOURCE, "opaque", &who, &err));
	assert_string_equal(mcpauth_auth_info_subject(who), "alice");
	mcpauth_auth_info_free(who);
	assert_int_equal(loopback_requests(it->endpoint), asked);
}

static void asks_whose_an_opaque_token_is_until_it_is_forgotten(void **state)
{
	(void)state;
	struct introspected it;
	char text[2048];
	start_introspected(&it);
	bring(&it, 1);
	loopback_last_body(it.endpoint, text, sizeof text);
	assert_string_equal(text, "token=opaque&token_type_hint=access_token");
	loopback_last_request(it.endpoint, text, sizeof text);
	/* "notes:", the secret's beginning being a brace, encoded */
	assert_non_null(strstr(text, "Authorization: Basic bm90ZXM6JTdC"));
	bring(&it, 1);
	lock_out(it.auth, it.issuer, "bob");
	bring(&it, 1);
	lock_out(it.auth, it.issuer, "alice");
	bring(&it, 2);
	stop_introspected(&it);
}

static void refuses_whom_the_program_has_locked(void **state)
{
	(void)state;
	static char alice[] = "{\"sub\":\"alice\"}";
	static char mallory[] = "{\"sub\":\"mallory\"}";
	struct introspected it;
	struct mcpauth_auth_info *who;
	start_introspected(&it);
	CHECK_OK(mcpauth_add_static_token(it.auth, RESOURCE, "a", alice, &err));
	CHECK_OK(mcpauth_add_static_token(it.auth, RESOURCE, "m", mallory, &err));
	CHECK_OK(mcpauth_verify(it.auth, RESOURCE, "a", &who, &err));
	mcpauth_auth_info_free(who);
	CHECK_CODE(MCPAUTH_E_REVOKED, mcpauth_verify(it.auth, RESOURCE, "m", &who, &err));
	stop_introspected(&it);
}

static unsigned post_logout(struct fake_server *server, const char *form)
{
	static const struct fake_request request = {.method = "POST",
		.path = "/backchannel-logout",
		.headers = {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fake_exchange fake;
	fake_exchange_start(&fake, server, &request);
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__NEEDS_BODY);
	assert_true(mcpauth__buf_append(&fake.exchange->body, form, strlen(form)));
	fake.exchange->body_is_complete = true;
	assert_int_equal(fake_exchange_run(&fake), MCPAUTH__ANSWER);
	unsigned status = fake_exchange_status(&fake);
	fake_exchange_finish(&fake);
	return status;
}

static void ends_the_streams_of_who_has_logged_out(void **state)
{
	(void)state;
	char ended[64] = "";
	char form[2048];
	struct fake_server server;
	char *token = logout_token_sign(&(struct logout_token){
		.issuer = FAKE_ISSUER, .issued_at = FAKE_NOW, .audience = "notes"});
	snprintf(form, sizeof form, "logout_token=%s", token);
	free(token);
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(use_logout(server.chain, ended, &err));
	assert_int_equal(post_logout(&server, "logout_token=x"), 400);
	assert_string_equal(ended, "");
	assert_int_equal(post_logout(&server, form), 200);
	assert_string_equal(ended, "alice of " FAKE_ISSUER);
	fake_server_stop(&server);
}

static unsigned call_tool(struct fake_server *server, const char *bearer, const char *tool)
{
	char body[128];
	struct fake_request request = {.method = "POST", .headers = {"Authorization", bearer}};
	struct fake_exchange fake;
	snprintf(body, sizeof body,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\"}}",
		tool);
	fake_exchange_start(&fake, server, &request);
	assert_int_equal(fake_exchange_serve(&fake), MCPAUTH__NEEDS_BODY);
	fake_exchange_give_body(&fake, body);
	unsigned status = fake_exchange_status(&fake);
	fake_exchange_finish(&fake);
	return status;
}

static void demands_scopes_per_tool(void **state)
{
	(void)state;
	struct fake_server server;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(protect_tools(server.auth, server.chain, &err));
	char *reader = fake_server_bearer(&server, "read:todos");
	char *writer = fake_server_bearer(&server, "read:todos create:todos");
	assert_int_equal(call_tool(&server, reader, "get-todos"), 0);
	assert_int_equal(call_tool(&server, reader, "create-todo"), 403);
	assert_int_equal(call_tool(&server, writer, "create-todo"), 0);
	assert_int_equal(call_tool(&server, writer, "delete-todo"), 403);
	free(reader);
	free(writer);
	fake_server_stop(&server);
}

static void shows_what_the_caller_may_call(void **state)
{
	(void)state;
	static char claims[] = "{\"scope\":\"create:todos\"}";
	struct fake_server server;
	struct mcpauth_operations *operations;
	struct mcpauth_operation create = MCPAUTH_OPERATION_INIT;
	struct mcpauth_auth_info *who;
	fake_server_start(&server, FAKE_AT_HAND, NULL);
	CHECK_OK(mcpauth_add_static_token(server.auth, SERVER_RESOURCE, "t", claims, &err));
	CHECK_OK(mcpauth_verify(server.auth, SERVER_RESOURCE, "t", &who, &err));
	CHECK_OK(mcpauth_operations_new(server.auth, &operations, &err));
	create.name = "create-todo";
	create.scopes = "create:todos";
	CHECK_OK(mcpauth_operations_add(operations, &create, &err));
	cJSON *result = cJSON_Parse("{\"tools\":[{\"name\":\"create-todo\"},{\"name\":\"b\"}]}");
	CHECK_OK(fit_list(operations, who, result));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(result, "tools")), 1);
	CHECK_OK(fit_list(operations, NULL, result));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(result, "tools")), 0);
	cJSON_Delete(result);
	mcpauth_auth_info_free(who);
	mcpauth_operations_free(operations);
	fake_server_stop(&server);
}

static void mends_what_a_provider_does_not_say(void **state)
{
	(void)state;
	struct mcpauth *auth = new_auth();
	cJSON *metadata = cJSON_Parse("{\"issuer\":\"" ISSUER "\"}");
	assert_non_null(metadata);
	assert_true(mend(metadata, NULL));
	assert_true(mend(metadata, NULL));
	const cJSON *methods = cJSON_GetObjectItem(metadata, "code_challenge_methods_supported");
	assert_int_equal(cJSON_GetArraySize(methods), 1);
	assert_string_equal(cJSON_GetArrayItem(methods, 0)->valuestring, "S256");
	cJSON_Delete(metadata);
	CHECK_OK(add_mended(auth, "http://127.0.0.1:2", &err));
	mcpauth_free(auth);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mends_what_a_provider_does_not_say),
		cmocka_unit_test(starts_and_reloads_with_the_settings),
		cmocka_unit_test(lets_sessions_in_by_a_verifier),
		cmocka_unit_test(calls_further_with_another_token),
		cmocka_unit_test(asks_whose_an_opaque_token_is_until_it_is_forgotten),
		cmocka_unit_test(refuses_whom_the_program_has_locked),
		cmocka_unit_test(ends_the_streams_of_who_has_logged_out),
		cmocka_unit_test(demands_scopes_per_tool),
		cmocka_unit_test(shows_what_the_caller_may_call),
	};
	if (argc != 2) {
		return 2;
	}
	settings_path = argv[1];
	return cmocka_run_group_tests_name("readme_further", tests, NULL, NULL);
}
