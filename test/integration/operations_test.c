/* Messages over real connections, in every way to run: what reaches the application is what
 * was sent, to the byte, and what may not be called reaches nothing. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"
#include "support/test_key.h"

#include "base/buf.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** What the application saw. */
struct application {
	atomic_uint runs;     /* of an operation */
	atomic_uint ends;     /* at which the message was still there */
	atomic_uint wordless; /* requests without a message */
};

/** One request in the application. */
struct visit {
	struct mcpauth__buf body;
};

/* "<name> <id> <arguments>\n<body>", from the message and from the body. */
static enum MHD_Result answer(
	struct application *application, struct visit *visit, struct MHD_Connection *connection)
{
	struct mcpauth__buf text = {0};
	size_t id_length;
	size_t length;
	const struct mcpauth_message *message = mcpauth_mhd_message(connection);
	const char *name = mcpauth_message_name(message);
	const char *id = mcpauth_message_id(message, &id_length);
	const char *arguments = mcpauth_message_param(message, "arguments", &length);
	atomic_fetch_add(message == NULL ? &application->wordless : &application->runs, 1);
	mcpauth__buf_printf(&text, "%s %.*s %.*s\n", name == NULL ? "-" : name, (int)id_length,
		id == NULL ? "" : id, (int)length, arguments == NULL ? "" : arguments);
	mcpauth__buf_append(&text, visit->body.data, visit->body.length);
	enum MHD_Result result = daemon_answer(connection, 200, text.data);
	mcpauth__buf_finish(&text);
	return result;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	(void)url;
	(void)method;
	(void)version;
	if (*con_cls == NULL) {
		*con_cls = calloc(1, sizeof(struct visit));
		return *con_cls == NULL ? MHD_NO : MHD_YES;
	}
	struct visit *visit = *con_cls;
	if (*upload_data_size > 0) {
		mcpauth__buf_append(&visit->body, upload_data, *upload_data_size);
		*upload_data_size = 0;
		return MHD_YES;
	}
	return answer(user, visit, connection);
}

static void see_end(void *user, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	struct application *application = user;
	struct visit *visit = *con_cls;
	(void)code;
	atomic_fetch_add(&application->ends, mcpauth_mhd_message(connection) != NULL);
	mcpauth__buf_finish(&visit->body);
	free(visit);
}

static void add(struct mcpauth_operations *operations, const char *name, const char *scopes)
{
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = name;
	operation.scopes = scopes;
	operation.allow_anonymous = scopes == NULL;
	CHECK_OK(mcpauth_operations_add(operations, &operation, &err));
}

static void protect(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	(void)user;
	CHECK_OK(mcpauth_operations_new(auth, &policy.operations, &err));
	add(policy.operations, "get-todos", "read:todos");
	add(policy.operations, "delete-todo", "delete:todos");
	add(policy.operations, "time", NULL);
	policy.allow_anonymous = true;
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", &policy, &err));
	mcpauth_operations_free(policy.operations);
}

static char *sign(const char *scope)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"me\",\"exp\":%lld,\"scope\":\"%s\"}",
		(long long)time(NULL) + 3600, scope);
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}

/** A server and a client of it. */
struct scene {
	struct application application;
	struct loopback_page keys;
	struct loopback *issuer;
	struct daemon *daemon;
	struct http_client *client;
	struct http_response response;
	const char *way;
};

static void open_scene(struct scene *scene, enum daemon_way way)
{
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
		.callbacks = {.completed = see_end, .completed_user = &scene->application},
		.prepare = protect,
	};
	scene->way = daemon_way_name(way);
	scene->daemon = daemon_new(&config);
	scene->client = http_client_new(daemon_port(scene->daemon));
}

static void close_scene(struct scene *scene)
{
	http_response_finish(&scene->response);
	http_client_free(scene->client);
	daemon_free(scene->daemon);
	loopback_free(scene->issuer);
}

/** What is posted. */
struct words {
	const char *scope;  /* NULL: no token */
	const char *fields; /* whole lines, or NULL */
	const char *body;
	size_t piece; /* bytes in a chunk; 0: the length is told beforehand */
};

static void say_body(struct http_client *client, const struct words *words)
{
	size_t length = strlen(words->body);
	if (words->piece == 0) {
		assert_true(http_client_send(client, words->body, length));
		return;
	}
	for (size_t at = 0; at < length; at += words->piece) {
		size_t left = length - at;
		assert_true(http_client_send_chunk(
			client, words->body + at, left < words->piece ? left : words->piece));
	}
	assert_true(http_client_send_chunk(client, "", 0));
}

/* On the one connection, which is kept whatever comes of it. @return the status */
static unsigned say(struct scene *scene, const struct words *words)
{
	struct mcpauth__buf head = {0};
	if (words->scope != NULL) {
		char *token = sign(words->scope);
		mcpauth__buf_printf(&head, "Authorization: Bearer %s\r\n", token);
		free(token);
	}
	mcpauth__buf_puts(&head, words->fields == NULL ? "" : words->fields);
	if (words->piece == 0) {
		mcpauth__buf_printf(&head, "Content-Length: %zu\r\n", strlen(words->body));
	} else {
		mcpauth__buf_puts(&head, "Transfer-Encoding: chunked\r\n");
	}
	assert_true(http_client_head(scene->client, "POST", "/mcp", head.data));
	mcpauth__buf_finish(&head);
	say_body(scene->client, words);
	CHECK_ROW(scene->way, http_client_read(scene->client, &scene->response, HTTP_CLIENT_MS));
	return scene->response.status;
}

#define RICH_ARGUMENTS \
	"{ \"n\":9007199254740993,\"e\":1.0E+2, \"t\":\"\\u00e9\\/\\ud83d\\ude00 \xc3\xa9\"}"
#define RICH \
	" {\"jsonrpc\" : \"2.0\",\r\n\t\"id\":9007199254740993,\"params\":{\"arguments\":" RICH_ARGUMENTS \
	",\"name\":\"get\\u002dtodos\",\"other\":[1,{}]},\"method\":" \
	"\"tools\\/call\"} \n"

/* In chunks of every size from one byte, and with its length. */
static void the_application_gets_what_was_sent_to_the_byte(void **state)
{
	(void)state;
	static const size_t pieces[] = {1, 2, 7, 100, 0};
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct scene scene;
		open_scene(&scene, way);
		for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
			struct words words = {
				.scope = "read:todos", .body = RICH, .piece = pieces[i]};
			CHECK_ROW(scene.way, say(&scene, &words) == 200);
			CHECK_ROW(scene.way,
				strcmp(scene.response.body,
					"get-todos 9007199254740993 " RICH_ARGUMENTS "\n" RICH)
					== 0);
		}
		http_client_free(scene.client);
		scene.client = NULL;
		CHECK_ROW(scene.way, scene.application.runs == 5);
		close_scene(&scene);
		CHECK_ROW(scene.way, scene.application.ends == 5);
	}
}

#define CALL(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\",\"method\":\"tools/call\",\"params\":{\"name\":" \
	"\"" name "\"}}"
#define MODERN(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":\"a\\u0062\",\"method\":\"tools/call\",\"params\":{\"name\":" \
	"\"" name "\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}"
#define HEADERS(name) \
	"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " name "\r\n"

static const struct {
	const char *label;
	struct words words;
	unsigned status;
	const char *said; /* in the answer's head or body */
} tricks[] = {
	{"a header that lies", {"read:todos", HEADERS("get-todos"), MODERN("delete-todo"), 0}, 400,
		"\"id\":\"a\\u0062\",\"error\":{\"code\":-32020"},
	{"a header that lies, byte by byte",
		{"read:todos", HEADERS("get-todos"), MODERN("delete-todo"), 1}, 400, "-32020"},
	{"a header that lies, and more scopes than it needs",
		{"read:todos delete:todos", HEADERS("get-todos"), MODERN("delete-todo"), 0}, 400,
		"-32020"},
	{"two headers, one of which lies",
		{"read:todos delete:todos", HEADERS("get-todos") "Mcp-Name: delete-todo\r\n",
			MODERN("get-todos"), 0},
		400, "-32020"},
	{"no headers", {"read:todos", NULL, MODERN("get-todos"), 0}, 400, "-32020"},
	{"the name twice", {"read:todos", NULL, CALL("get-todos\",\"name\":\"delete-todo"), 0}, 400,
		"-32602"},
	{"the name twice, byte by byte",
		{"read:todos", NULL, CALL("get-todos\",\"n\\u0061me\":\"delete-todo"), 1}, 400,
		"-32602"},
	{"a batch", {"read:todos", NULL, "[" CALL("get-todos") "," CALL("delete-todo") "]", 0}, 400,
		"-32600"},
	{"a batch, byte by byte",
		{"read:todos", NULL, "[" CALL("get-todos") "," CALL("delete-todo") "]", 1}, 400,
		"-32600"},
	{"another tool, byte by byte", {"read:todos", NULL, CALL("delete-todo"), 1}, 403,
		"scope=\"delete:todos\""},
	{"another tool, escaped", {"read:todos", NULL, CALL("\\u0064elete\\u002dtod\\u006F"), 0},
		403, "scope=\"delete:todos\""},
	{"another tool, and a body that goes on",
		{"read:todos", NULL, CALL("get-todos") CALL("delete-todo"), 0}, 400, "-32700"},
	{"a tool that is not listed", {"read:todos", NULL, CALL("drop"), 0}, 403, "access_denied"},
	{"nobody", {NULL, NULL, CALL("delete-todo"), 1}, 401, "scope=\"delete:todos\""},
	{"a token that is none", {NULL, "Authorization: Bearer x\r\n", CALL("time"), 0}, 401,
		"invalid_token"},
	{"a form", {"read:todos", NULL, "name=get-todos", 0}, 400, "\"id\":null"},
};

/* Each on the same connection, and behind them all the good call still passes. */
static void nothing_runs_that_may_not(void **state)
{
	(void)state;
	static const struct words good = {"read:todos", NULL, CALL("get-todos"), 1};
	static const struct words modern = {
		"delete:todos", HEADERS("delete-todo"), MODERN("delete-todo"), 0};
	static const struct words open = {NULL, NULL, CALL("time"), 1};
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct scene scene;
		open_scene(&scene, way);
		for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
			const char *label = tricks[i].label;
			CHECK_ROW(label, say(&scene, &tricks[i].words) == tricks[i].status);
			CHECK_ROW(label,
				strstr(scene.response.head, tricks[i].said) != NULL
					|| strstr(scene.response.body, tricks[i].said) != NULL);
		}
		CHECK_ROW(scene.way, scene.application.runs == 0);
		CHECK_ROW(scene.way, say(&scene, &good) == 200);
		CHECK_ROW(scene.way, say(&scene, &modern) == 200);
		CHECK_ROW(scene.way, say(&scene, &open) == 200);
		CHECK_ROW(scene.way, scene.application.runs == 3);
		close_scene(&scene);
	}
}

/* What one request posted is not there for the next one on its connection. */
static void a_request_without_a_message_has_none(void **state)
{
	(void)state;
	static const struct words open = {NULL, NULL, CALL("time"), 0};
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct scene scene;
		open_scene(&scene, way);
		CHECK_ROW(scene.way, say(&scene, &open) == 200);
		assert_true(http_client_get(scene.client, "/mcp", NULL));
		CHECK_ROW(
			scene.way, http_client_read(scene.client, &scene.response, HTTP_CLIENT_MS));
		CHECK_ROW(scene.way, strcmp(scene.response.body, "-  \n") == 0);
		CHECK_ROW(
			scene.way, scene.application.runs == 1 && scene.application.wordless == 1);
		close_scene(&scene);
	}
}

static void a_message_beyond_the_limit_gets_413(void **state)
{
	(void)state;
	static const size_t limit = (size_t)4 * 1024 * 1024;
	char *body = malloc(limit + 2);
	assert_non_null(body);
	for (size_t more = 0; more < 2; more++) {
		struct scene scene;
		int length = sprintf(body, "%s", CALL("time"));
		/* Blanks behind a message are part of its body. */
		memset(body + length, ' ', limit + more - (size_t)length);
		body[limit + more] = '\0';
		open_scene(&scene, DAEMON_EPOLL);
		struct words words = {.body = body, .piece = 65536};
		assert_int_equal(say(&scene, &words), more == 0 ? 200 : 413);
		words.piece = 0;
		assert_int_equal(say(&scene, &words), more == 0 ? 200 : 413);
		assert_int_equal(scene.application.runs, more == 0 ? 2 : 0);
		close_scene(&scene);
	}
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_application_gets_what_was_sent_to_the_byte),
		cmocka_unit_test(nothing_runs_that_may_not),
		cmocka_unit_test(a_request_without_a_message_has_none),
		cmocka_unit_test(a_message_beyond_the_limit_gets_413),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
