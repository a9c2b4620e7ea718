/* The README's further C, and its settings, do what it says of them. */
#include <mcpauth/mhd.h>

#include "support/check.h"
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCE "http://127.0.0.1:8000/mcp"
#define ISSUER "http://127.0.0.1:1"

/** The README's settings, as the build took them out. */
static const char *settings_path;

/* What the reader brings: a token endpoint, sessions, another server's client. */
static const char *token_endpoint;
static char sent[64];

static const char *find_session(void *sessions, const char *token)
{
	return strcmp(token, "session-1") == 0 ? sessions : NULL;
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_reloads_with_the_settings),
		cmocka_unit_test(lets_sessions_in_by_a_verifier),
		cmocka_unit_test(calls_further_with_another_token),
	};
	if (argc != 2) {
		return 2;
	}
	settings_path = argv[1];
	return cmocka_run_group_tests_name("readme_further", tests, NULL, NULL);
}
