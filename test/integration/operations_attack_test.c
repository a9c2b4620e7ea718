/* Attacks by a caller with few scopes, and by nobody, on an application that is as careless
 * as can be: it looks neither at the path nor at the case of a name, and takes whatever libcjson
 * makes of the body for the operation to run. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include "base/buf.h"

#include <cjson/cJSON.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** What the application ran. */
struct application {
	atomic_uint reads;
	atomic_uint others;  /* which nobody in here may run */
	atomic_uint strange; /* what it ran is not what was judged */
};

static bool is(const cJSON *object, const char *name, const char *value)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
	return text != NULL && strcmp(text, value) == 0;
}

static void run(struct application *application, const struct mcpauth_message *message,
	const struct mcpauth__buf *body)
{
	cJSON *json = cJSON_ParseWithOpts(body->data, NULL, 0);
	const cJSON *params = cJSON_GetObjectItem(json, "params");
	const char *judged = mcpauth_message_name(message);
	bool calls = is(json, "method", "tools/call");
	atomic_fetch_add(&application->reads, calls && is(params, "name", "get"));
	atomic_fetch_add(&application->others, calls && !is(params, "name", "get"));
	atomic_fetch_add(
		&application->strange, calls && (judged == NULL || !is(params, "name", judged)));
	cJSON_Delete(json);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	(void)url;
	(void)version;
	if (*con_cls == NULL) {
		*con_cls = calloc(1, sizeof(struct mcpauth__buf));
		return *con_cls == NULL ? MHD_NO : MHD_YES;
	}
	struct mcpauth__buf *body = *con_cls;
	if (*upload_data_size > 0) {
		mcpauth__buf_append(body, upload_data, *upload_data_size);
		*upload_data_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, "POST") == 0 && body->length > 0) {
		run(user, mcpauth_mhd_message(connection), body);
	}
	return daemon_answer(connection, 200, "it ran");
}

static void see_end(void *user, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	(void)user;
	(void)connection;
	(void)code;
	mcpauth__buf_finish(*con_cls);
	free(*con_cls);
}

static void add(struct mcpauth_operations *operations, const char *name, const char *scopes)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = name;
	operation.scopes = scopes;
	CHECK_OK(mcpauth_operations_add(operations, &operation, &err));
}

static void protect(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	(void)user;
	CHECK_OK(mcpauth_operations_new(auth, &policy.operations, &err));
	add(policy.operations, "get", "read");
	add(policy.operations, "drop", "drop");
	policy.allow_anonymous = true;
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", &policy, &err));
	mcpauth_operations_free(policy.operations);
}

struct scene {
	struct application application;
	struct loopback_page keys;
	struct loopback *issuer;
	struct daemon *daemon;
	struct http_client *client; /* who was first */
	struct http_response response;
	char *token; /* which was granted "read" */
};

static void open_scene(struct scene *scene, enum daemon_way way)
{
	char payload[512];
	memset(scene, 0, sizeof *scene);
	scene->keys.path = "/keys";
	scene->keys.status = 200;
	scene->keys.body = daemon_keys();
	scene->issuer = loopback_new(&scene->keys, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(scene->issuer),
		.handler = handle,
		.handler_user = &scene->application,
		.callbacks = {.completed = see_end},
		.prepare = protect,
	};
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"me\",\"exp\":%lld,\"scope\":\"read\"}",
		(long long)time(NULL) + 3600);
	scene->token = test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
	scene->daemon = daemon_new(&config);
	/* Its keys are there from now on: nothing that follows waits. */
	scene->client = http_client_new(daemon_port(scene->daemon));
	assert_true(http_client_get(scene->client, "/mcp", scene->token));
	assert_true(http_client_read(scene->client, &scene->response, HTTP_CLIENT_MS));
}

static void close_scene(struct scene *scene)
{
	http_response_finish(&scene->response);
	http_client_free(scene->client);
	daemon_free(scene->daemon);
	loopback_free(scene->issuer);
	free(scene->token);
}

/** What is sent, on a connection of its own. */
struct attack {
	const char *label;
	const char *target; /* NULL: "POST /mcp" */
	const char *fields; /* whole lines, or NULL */
	const char *body;
	unsigned status; /* of the first answer */
	bool is_nobody;  /* else the token is sent */
	bool is_raw;     /* the fields say where the body ends */
};

static unsigned send_attack(struct scene *scene, const struct attack *attack)
{
	struct mcpauth__buf text = {0};
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(scene->daemon));
	mcpauth__buf_printf(&text, "%s HTTP/1.1\r\nHost: localhost\r\n",
		attack->target == NULL ? "POST /mcp" : attack->target);
	if (!attack->is_nobody) {
		mcpauth__buf_printf(&text, "Authorization: Bearer %s\r\n", scene->token);
	}
	mcpauth__buf_puts(&text, attack->fields == NULL ? "" : attack->fields);
	if (!attack->is_raw) {
		mcpauth__buf_printf(&text, "Content-Length: %zu\r\n", strlen(attack->body));
	}
	mcpauth__buf_printf(&text, "\r\n%s", attack->body);
	http_client_send(client, text.data, text.length);
	http_client_finish_sending(client);
	http_client_read(client, &response, HTTP_CLIENT_MS);
	unsigned status = response.status;
	/* What follows on the same connection has run before the count is looked at. */
	while (attack->is_raw && http_client_read(client, &response, 200)) {
	}
	http_response_finish(&response);
	http_client_free(client);
	mcpauth__buf_finish(&text);
	return status;
}

#define CALL(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
	"\"}}"
#define DROP CALL("drop")
#define GET CALL("get")
#define MODERN(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" name \
	"\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}"
#define SAID(name) \
	"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " name "\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
/* 70 bytes, both of them. */
#define GET_70 \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"get\"}}"

/* What libmicrohttpd decides by itself. Since 1.0 it trims blanks behind a value, as RFC 9112
 * section 5.1 says, tells nobody to continue whose body is there, and takes no extensions. */
#define SINCE_1_0(newer, older) (MHD_VERSION >= 0x01000000 ? (newer) : (older))

static const struct attack attacks[] = {
	{"a path: a slash behind it", "POST /mcp/", NULL, DROP, 403, false, false},
	{"a path: two slashes", "POST //mcp", NULL, DROP, 403, false, false},
	{"a path: an escaped letter", "POST /%6dcp", NULL, DROP, 403, false, false},
	{"a path: an escaped slash", "POST /mcp%2f", NULL, DROP, 403, false, false},
	{"a path: an escaped NUL", "POST /mcp%00/x", NULL, DROP, 400, false, false},
	{"a path: in capitals", "POST /MCP", NULL, DROP, 403, false, false},
	{"a path: dots", "POST /x/../mcp", NULL, DROP, 403, false, false},
	{"a path: a parameter", "POST /mcp;a=b", NULL, DROP, 403, false, false},
	{"a path: a query", "POST /mcp?name=get", NULL, DROP, 403, false, false},
	{"a path: a whole URL", "POST http://localhost/mcp", NULL, DROP, 403, false, false},
	{"a path: all", "POST *", NULL, DROP, 403, false, false},
	{"nobody, a slash behind it", "POST /mcp/", NULL, GET, 401, true, false},
	{"nobody, two slashes", "POST //mcp", NULL, GET, 401, true, false},
	{"nobody, in capitals", "POST /MCP", NULL, GET, 401, true, false},
	{"nobody", NULL, NULL, DROP, 401, true, false},
	{"nobody, a token in the query", "POST /mcp?access_token=x", NULL, GET, 401, true, false},
	{"nobody, an escaped one", "POST /mcp?access%5Ftoken=x", NULL, GET, 401, true, false},
	{"nobody, no scheme", NULL, "Authorization: x\r\n", GET, 401, true, false},
	{"nobody, an empty one", NULL, "Authorization:\r\n", GET, 401, true, false},
	{"nobody, a scheme alone", NULL, "Authorization: Bearer\r\n", GET, 400, true, false},
	{"nobody, another scheme", NULL, "Authorization: Basic eA==\r\n", GET, 401, true, false},
	{"nobody, a blank in the name", NULL, "Authorization : Bearer x\r\n", GET, 400, true,
		false},
	{"two tokens", NULL, "Authorization: Bearer x\r\n", GET, 400, false, false},
	{"a token and one in the query", "POST /mcp?access_token=x", NULL, GET, 400, false, false},
	{"another method by a header", "GET /mcp",
		"X-HTTP-Method-Override: POST\r\nX-HTTP-Method: POST\r\n", DROP, 200, false, false},
	{"PUT", "PUT /mcp", NULL, DROP, 200, false, false},
	{"a method in small letters", "post /mcp", NULL, DROP, 200, false, false},
	{"HEAD", "HEAD /mcp", NULL, DROP, 200, false, false},
	{"a form", NULL, "Content-Type: application/x-www-form-urlencoded\r\n", DROP, 403, false,
		false},
	{"a multipart form", NULL, "Content-Type: multipart/form-data; boundary=x\r\n", DROP, 403,
		false, false},
	{"another charset", NULL, "Content-Type: application/json; charset=utf-7\r\n", DROP, 403,
		false, false},
	{"compressed, it says", NULL, "Content-Encoding: gzip\r\n", DROP, 403, false, false},
	{"a name in a trailer", NULL, CHUNKED,
		"46\r\n" GET_70 "\r\n0\r\nMcp-Name: drop\r\nAuthorization: Bearer x\r\n\r\n", 200,
		false, true},
	{"both lengths", NULL, CHUNKED "Content-Length: 4\r\n", "46\r\n" GET_70 "\r\n0\r\n\r\n",
		400, false, true},
	{"two lengths", NULL, "Content-Length: 70\r\nContent-Length: 2\r\n", GET_70, 400, false,
		true},
	{"another coding", NULL, "Transfer-Encoding: gzip, chunked\r\n",
		"46\r\n" GET_70 "\r\n0\r\n\r\n", 400, false, true},
	{"a coding and a blank", NULL, "Transfer-Encoding: chunked \r\n",
		"46\r\n" GET_70 "\r\n0\r\n\r\n", SINCE_1_0(200, 400), false, true},
	{"an older version", "POST /mcp HTTP/1.0\r\nRest:", NULL, DROP, 403, false, false},
	{"an older version, no length", "POST /mcp HTTP/1.0\r\nRest:", NULL, DROP, 400, false,
		true},
	{"a length and a sign", NULL, "Content-Length: +71\r\n", DROP, 400, false, true},
	{"a length twice in one field", NULL, "Content-Length: 71, 71\r\n", DROP, 400, false, true},
	{"waiting to continue", NULL, "Expect: 100-continue\r\nContent-Length: 71\r\n", DROP,
		SINCE_1_0(403, 100), false, true},
	{"a chunk's extension", NULL, CHUNKED, "47;name=get\r\n" DROP "\r\n0\r\n\r\n",
		SINCE_1_0(400, 403), false, true},
	{"behind a good one", NULL, "Content-Length: 70\r\n",
		GET_70 "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 71\r\n\r\n" DROP,
		200, false, true},
	{"behind a refused one", NULL, "Content-Length: 71\r\n",
		DROP "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 71\r\n\r\n" DROP,
		403, false, true},
	{"in the body of a GET", "GET /mcp", "Content-Length: 130\r\n",
		"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 71\r\n\r\n" DROP, 200,
		false, true},
	{"another method in the header", NULL, "Mcp-Method: tools/list\r\n", DROP, 400, false,
		false},
	{"another name in the header", NULL, "Mcp-Name: get\r\n", DROP, 400, false, false},
	{"the header's name is the forbidden one", NULL, SAID("drop"), MODERN("get"), 400, false,
		false},
	{"the body's name is", NULL, SAID("get"), MODERN("drop"), 400, false, false},
	{"both names are", NULL, SAID("drop"), MODERN("drop"), 403, false, false},
	{"two names", NULL, SAID("get") "mcp-name: drop\r\n", MODERN("get"), 400, false, false},
	{"two names, padded", NULL, SAID("get") "Mcp-Name : drop\r\n", MODERN("get"), 400, false,
		false},
	{"a name and an empty one", NULL, SAID("get") "Mcp-Name:\r\n", MODERN("get"), 400, false,
		false},
	{"an empty name", NULL, SAID(""), MODERN("get"), 400, false, false},
	{"a name in capitals", NULL, SAID("GET"), MODERN("get"), 400, false, false},
	{"a folded name", NULL, SAID("ge\r\n t"), MODERN("get"), 400, false, false},
	{"a name and blanks", NULL, SAID("  get \t"), MODERN("get"), 200, false, false},
	{"a name in base64", NULL, SAID("=?base64?Z2V0?="), MODERN("get"), 200, false, false},
	{"another one in base64", NULL, SAID("=?base64?ZHJvcA==?="), MODERN("get"), 400, false,
		false},
	{"without padding", NULL, SAID("=?base64?ZHJvcA?="), MODERN("drop"), 400, false, false},
	{"base64 in capitals", NULL, SAID("=?BASE64?Z2V0?="), MODERN("get"), 400, false, false},
	{"a name twice, escaped", NULL, NULL, CALL("get\",\"\\u006eame\":\"drop"), 400, false,
		false},
	{"a name twice, in capitals", NULL, NULL, CALL("get\",\"NAME\":\"drop"), 400, false, false},
	{"params twice", NULL, NULL,
		"{\"params\":{\"name\":\"drop\"},\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
		"\"tools/call\",\"params\":{\"name\":\"get\"}}",
		400, false, false},
	{"a method besides, with a NUL", NULL, NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\\u0000\":\"tools/call\",\"method\":"
		"\"ping\",\"params\":{\"name\":\"drop\"}}",
		400, false, false},
	{"a name and a NUL", NULL, NULL, CALL("drop\\u0000"), 400, false, false},
	{"half a pair", NULL, NULL, CALL("drop\\ud800"), 400, false, false},
	{"a byte order mark", NULL, NULL, "\xef\xbb\xbf" DROP, 400, false, false},
	{"a comment", NULL, NULL, "/**/" DROP, 400, false, false},
	{"a blank of another kind", NULL, NULL, "\f" DROP, 400, false, false},
	{"behind a good message", NULL, NULL, GET "\n" DROP, 400, false, false},
	{"in a batch", NULL, NULL, "[" GET "," DROP "]", 400, false, false},
	{"in a result", NULL, NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"method\":\"tools/call\","
		"\"params\":{\"name\":\"drop\"}}",
		400, false, false},
	{"in another's params", NULL, NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"method\":"
		"\"tools/call\",\"params\":{\"name\":\"drop\"}}}",
		200, false, false},
	{"a notification", NULL, NULL,
		"{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"drop\"}}",
		403, false, false},
	{"params in a list", NULL, NULL,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":[{\"name\":"
		"\"drop\"}]}",
		400, false, false},
};

static void nothing_runs_but_what_was_granted(void **state)
{
	(void)state;
	static const enum daemon_way ways[] = {DAEMON_EPOLL, DAEMON_THREADS};
	for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
		struct scene scene;
		open_scene(&scene, ways[way]);
		for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
			unsigned status = send_attack(&scene, &attacks[i]);
			CHECK_ROW(attacks[i].label, status == attacks[i].status);
			CHECK_ROW(attacks[i].label, scene.application.others == 0);
			CHECK_ROW(attacks[i].label, scene.application.strange == 0);
		}
		close_scene(&scene);
	}
}

/* The same words from whoever may. */
static void what_was_granted_runs(void **state)
{
	(void)state;
	static const struct attack good[] = {
		{"a call", NULL, NULL, GET, 200, false, false},
		{"headers", NULL, SAID("get"), MODERN("get"), 200, false, false},
		{"chunks", NULL, CHUNKED, "46\r\n" GET_70 "\r\n0\r\n\r\n", 200, false, true},
	};
	struct scene scene;
	open_scene(&scene, DAEMON_EPOLL);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK_ROW(good[i].label, send_attack(&scene, &good[i]) == good[i].status);
		CHECK_ROW(good[i].label, scene.application.reads == i + 1);
	}
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_runs_but_what_was_granted),
		cmocka_unit_test(what_was_granted_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
