/* Scenario: a server made of a settings file, with operations and every stage, is asked good
 * and bad things: nothing passes that must not, and the next request is answered. */
#define _GNU_SOURCE
#include "serve.h"

#include "support/http_client.h"

#include <mcpauth/handle.h>
#include <mcpauth/operations.h>
#include <mcpauth/reload.h>

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOBODY TOKENS
#define FILE_NAME "operations.json"

/** All of one attempt's; one at a time. */
static struct {
	struct served served;
	struct mcpauth_handles *handles;
	struct mcpauth_operations *operations; /* the table of /checked */
} server;

static int lines; /* stands for standard error, where the access log goes */

static void write_file(void)
{
	FILE *stream = fopen(FILE_NAME, "w");
	need(stream != NULL, FILE_NAME);
	fprintf(stream,
		"{\"resources\":[{\"resource\":\"" RESOURCE "\","
		"\"implied_scopes\":{\"write\":[\"notes:*\"]},"
		"\"issuers\":[{\"issuer\":\"" ISSUER "\",\"jwks\":%s}]}],"
		"\"routes\":[{\"path\":\"/mcp\",\"scopes\":[\"read\"],\"allow_anonymous\":true,"
		"\"operations\":[{\"name\":\"list\"},{\"name\":\"session\"},"
		"{\"name\":\"open-*\",\"allow_anonymous\":true},"
		"{\"name\":\"create\",\"scopes\":[\"notes:create\"]},"
		"{\"name\":\"wipe\",\"scopes\":[\"admin\"]}]},"
		"{\"path\":\"/metrics\",\"public\":true}],"
		"\"allowed_origins\":[\"https://*.example.org\"],"
		"\"trusted_proxies\":[\"127.0.0.0/8\"],"
		"\"cors\":{\"exposed\":[\"X-Own\"]},"
		"\"rate_limit\":{\"address_burst\":3,\"address_seconds\":3600,\"entries\":1024},"
		"\"access_log\":{},\"metrics\":{}}",
		scenario_keys());
	fclose(stream);
}

/* Whoever wants all of it needs more than the table says. */
static enum mcpauth_code check_some(const struct mcpauth_message *message,
	const struct mcpauth_auth_info *who, const char **scopes, void *user)
{
	size_t length;
	const char *arguments = mcpauth_message_param(message, "arguments", &length);
	(void)user;
	need(who != NULL, "the callback is asked about nobody");
	if (arguments != NULL && memmem(arguments, length, "\"all\"", 5) != NULL) {
		*scopes = "admin";
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code add_operation(
	const char *name, const char *scopes, mcpauth_operation_fn check, struct mcpauth_error *err)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = name;
	operation.scopes = scopes;
	operation.check = check;
	return mcpauth_operations_add(server.operations, &operation, err);
}

static enum mcpauth_code prepare(
	struct mcpauth *auth, struct mcpauth_chain *chain, void *user, struct mcpauth_error *err)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	(void)user;
	enum mcpauth_code code = mcpauth_operations_new(auth, &server.operations, err);
	code = code == MCPAUTH_OK ? add_operation("some", NULL, check_some, err) : code;
	code = code == MCPAUTH_OK ? add_operation("create", "notes:create", NULL, err) : code;
	code = code == MCPAUTH_OK ? add_operation("wipe", "admin", NULL, err) : code;
	policy.operations = server.operations;
	code = code == MCPAUTH_OK ? mcpauth_chain_protect(chain, "/checked", &policy, err) : code;
	return code == MCPAUTH_OK ? mcpauth_handles_new(auth, NULL, &server.handles, err) : code;
}

static bool has(const cJSON *tools, const char *name)
{
	const cJSON *tool;
	cJSON_ArrayForEach(tool, tools)
	{
		const cJSON *text = cJSON_GetObjectItemCaseSensitive(tool, "name");
		if (cJSON_IsString(text) && strcmp(text->valuestring, name) == 0) {
			return true;
		}
	}
	return false;
}

/* What this caller may call is there, and nothing else. */
static bool list(const struct mcpauth_auth_info *who)
{
	cJSON *result = cJSON_Parse("{\"cacheScope\":\"public\",\"tools\":[{\"name\":\"some\"},"
				    "{\"name\":\"wipe\"},{\"name\":\"create\"}]}");
	bool done = result != NULL
		&& may_fail(mcpauth_operations_filter(
				    server.operations, who, MCPAUTH_LIST_ALLOWED, result),
			"filter");
	if (done) {
		const cJSON *tools = cJSON_GetObjectItemCaseSensitive(result, "tools");
		const cJSON *cache = cJSON_GetObjectItemCaseSensitive(result, "cacheScope");
		need(!has(tools, "wipe"), "the list shows what nobody may call");
		need(has(tools, "some") && has(tools, "create"), "the list lacks a tool");
		need(strcmp(cache->valuestring, "private") == 0, "the list may be shared");
	}
	cJSON_Delete(result);
	return done;
}

static bool have_session(const struct mcpauth_auth_info *who)
{
	char handle[MCPAUTH_HANDLE_SIZE];
	if (!may_fail(mcpauth_handle_make(server.handles, who, handle, NULL), "handle")) {
		return false;
	}
	enum mcpauth_code own = mcpauth_handle_check(server.handles, who, handle, NULL);
	need(own == MCPAUTH_OK || torture_failed(), "its own handle is unknown");
	need(mcpauth_handle_check(server.handles, NULL, handle, NULL) == MCPAUTH_E_UNKNOWN_HANDLE,
		"somebody else's handle is good");
	return own == MCPAUTH_OK;
}

static bool run(struct MHD_Connection *connection)
{
	const struct mcpauth_message *message = mcpauth_mhd_message(connection);
	const struct mcpauth_auth_info *who = mcpauth_mhd_auth_info(connection);
	const char *name = mcpauth_message_name(message);
	const char *method = mcpauth_message_method(message);
	need(message != NULL, "no message");
	need(name == NULL || strcmp(name, "wipe") != 0, "what nobody may call was called");
	need(who != NULL || strcmp(method, "tools/list") == 0 || strncmp(name, "open-", 5) == 0,
		"nobody called what wants somebody");
	if (who != NULL && strcmp(method, "tools/list") == 0) {
		return list(who);
	}
	return name == NULL || strcmp(name, "session") != 0 || have_session(who);
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		2, (void *)"{}", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_NO;
	if (response != NULL) {
		result = mcpauth_mhd_queue_response(connection, status, response);
		MHD_destroy_response(response);
	}
	return result;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static int seen;
	(void)user, (void)url, (void)method, (void)version, (void)upload_data;
	if (*con_cls == NULL || *upload_data_size > 0) {
		*con_cls = &seen;
		*upload_data_size = 0;
		return MHD_YES;
	}
	return queue(connection, run(connection) ? MHD_HTTP_OK : MHD_HTTP_INTERNAL_SERVER_ERROR);
}

static void start(void)
{
	struct mcpauth_settings *settings;
	struct mcpauth_error err = {0};
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_chain_setup setup = MCPAUTH_CHAIN_SETUP_INIT;
	config.clock = scenario_clock;
	setup.config = &config;
	setup.prepare = prepare;
	need(mcpauth_settings_read(FILE_NAME, &settings, &err) == MCPAUTH_OK, err.message);
	struct mcpauth_chain **chain = &server.served.chain;
	need(mcpauth_chain_new_from_settings(settings, &setup, chain, &err) == MCPAUTH_OK,
		err.message);
	mcpauth_settings_free(settings);
	mcpauth_chain_set_handler(*chain, handle, NULL);
	serve_chain(&server.served);
}

static void stop(void)
{
	serve_stop(&server.served);
	mcpauth_operations_free(server.operations);
	mcpauth_handles_free(server.handles);
}

#define CALL(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
	"\"}}"
#define SOME(what) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"some\"," \
	"\"arguments\":{\"which\":\"" what "\"}}}"
#define PREFLIGHT \
	"Origin: https://a.example.org\r\nAccess-Control-Request-Method: POST\r\n" \
	"Access-Control-Request-Headers: authorization, mcp-param-a\r\n"

/** A request, and what comes of it. */
static const struct ask {
	const char *label;
	const char *method;
	const char *path;
	const char *fields;
	const char *body; /* NULL: none */
	int token;
	unsigned status;
	bool guesses; /* from the address of all who do */
} asks[] = {
	{"open", "POST", "/mcp", "", CALL("open-door"), NOBODY, 200, false},
	{"nobody", "POST", "/mcp", "", CALL("list"), NOBODY, 401, false},
	{"somebody", "POST", "/mcp", "", CALL("list"), TOKEN_GOOD, 200, false},
	{"implied", "POST", "/mcp", "", CALL("create"), TOKEN_GOOD, 200, false},
	{"scope", "POST", "/mcp", "", CALL("wipe"), TOKEN_GOOD, 403, false},
	{"unlisted", "POST", "/mcp", "", CALL("other"), TOKEN_GOOD, 403, false},
	{"forged", "POST", "/mcp", "", CALL("open-door"), TOKEN_FORGED, 401, false},
	{"handle", "POST", "/mcp", "", CALL("session"), TOKEN_GOOD, 200, false},
	{"header", "POST", "/mcp", "Mcp-Name: list\r\n", CALL("wipe"), TOKEN_GOOD, 400, false},
	{"batch", "POST", "/mcp", "", "[" CALL("list") "]", TOKEN_GOOD, 400, false},
	{"twice", "POST", "/mcp", "", CALL("list\",\"n\\u0061me\":\"wipe"), TOKEN_GOOD, 400, false},
	{"list", "POST", "/checked", "",
		"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/list\"}", TOKEN_GOOD, 200,
		false},
	{"check", "POST", "/checked", "", SOME("one"), TOKEN_GOOD, 200, false},
	{"check, more", "POST", "/checked", "", SOME("all"), TOKEN_GOOD, 403, false},
	{"page", "POST", "/mcp", "Origin: https://a.example.org\r\n", CALL("list"), TOKEN_GOOD, 200,
		false},
	{"preflight", "OPTIONS", "/mcp", PREFLIGHT, NULL, NOBODY, 204, false},
	{"foreign page", "POST", "/mcp", "Origin: https://a.example\r\n", CALL("list"), TOKEN_GOOD,
		403, false},
	{"metrics", "GET", "/metrics", "", NULL, NOBODY, 200, false},
	{"guess 1", "POST", "/mcp", "", CALL("list"), TOKEN_AUDIENCE, 401, true},
	{"guess 2", "POST", "/mcp", "", CALL("list"), TOKEN_NONE, 401, true},
	{"guess 3", "POST", "/mcp", "", CALL("list"), TOKEN_EXPIRED, 401, true},
	{"limit", "POST", "/mcp", "", CALL("list"), TOKEN_GOOD, 429, true},
};

/* @param group  of addresses, told by a proxy. @return 0: no answer */
static unsigned put(const struct ask *ask, unsigned group)
{
	char fields[2048];
	struct http_response response = {0};
	const char *body = ask->body != NULL ? ask->body : "";
	const bool known = ask->token != NOBODY;
	snprintf(fields, sizeof fields, "%s%s%sX-Forwarded-For: 198.51.%u.%u\r\n%s%s%s",
		ask->fields, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"\r\n", group, ask->guesses ? 200 : (unsigned)(ask - asks),
		known ? "Authorization: Bearer " : "",
		known ? scenario_tokens()[ask->token].text : "", known ? "\r\n" : "");
	size_t used = strlen(fields);
	snprintf(fields + used, sizeof fields - used, "Content-Length: %zu\r\n", strlen(body));
	struct http_client *client = http_client_new(server.served.port);
	bool said = http_client_head(client, ask->method, ask->path, fields)
		&& http_client_say(client, body);
	if (!http_client_read(client, &response, said ? HTTP_CLIENT_MS : 100)) {
		need(http_client_is_closed(client, 100), "a request is not answered");
	}
	unsigned status = response.status;
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

/* With little memory: no answer, 5xx, or the right one; who could not be counted is not
 * over a limit. */
static bool is_fit(const struct ask *ask, unsigned status, bool is_short)
{
	if (is_short && (status == 0 || status >= 500 || (ask->status == 429 && status == 200))) {
		return true;
	}
	return status == ask->status;
}

static bool put_all(unsigned group, bool is_short)
{
	bool good = true;
	for (size_t i = 0; i < COUNT(asks); i++) {
		char text[96];
		unsigned status = put(&asks[i], group);
		snprintf(text, sizeof text, "%s%s: status %u", is_short ? "" : "the next request, ",
			asks[i].label, status);
		need(is_fit(&asks[i], status, is_short), text);
		good = good && status == asks[i].status;
	}
	return good;
}

/* Of no line that there is any token may be a part. */
static void check_lines(void)
{
	static char text[256 * 1024];
	ssize_t length = pread(lines, text, sizeof text - 1, 0);
	need(length > 0, "no line was written");
	text[length] = '\0';
	for (int i = 0; i < TOKENS; i++) {
		const char *claims = strchr(scenario_tokens()[i].text, '.') + 1;
		char piece[25];
		snprintf(piece, sizeof piece, "%s", claims);
		need(strstr(text, piece) == NULL, "a token in the access log");
	}
	need(strstr(text, "Bearer") == NULL, "an Authorization header in the access log");
	need(ftruncate(lines, 0) == 0 && lseek(lines, 0, SEEK_SET) == 0, "ftruncate");
}

static bool attempt(unsigned long number)
{
	need(dup2(lines, STDERR_FILENO) == STDERR_FILENO, "standard error");
	start();
	torture_begin(number);
	bool good = put_all(1, true);
	torture_end();
	scenario_advance();
	put_all(2, false);
	stop();
	check_lines();
	return good;
}

int main(void)
{
	write_file();
	lines = memfd_create("lines", 0);
	need(lines >= 0, "memfd_create");
	return scenario_run(attempt);
}
