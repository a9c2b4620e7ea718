/* The access log of a real server: each answer has its line, and no line tells a secret. */
#define MCPAUTH_MHD_REPLACE_QUEUE

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include "base/json.h"

#include <mcpauth/access_log.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAP_MS 20
#define LINES_MAX 64
#define BODY "b0dy-s3cret"
#define QUERY "q=qu3ry-s3cret"
#define CALL(name) \
	"{\"jsonrpc\":\"2.0\",\"id\":\"s3cret\",\"method\":\"tools/call\"," \
	"\"params\":{\"name\":\"" name "\",\"arguments\":{\"s3cret\":1}}}"
#define CALLED(name) "\"operation\":\"tools/call\",\"name\":\"" name "\",\"issuer\":"
#define CALL_LENGTH "Content-Length: 108\r\n"

/** A server whose lines are in a file without a name. */
struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	struct http_client *client;
	char *token;
	FILE *file;
	char said[8192]; /* in the library's log of refusals: "ID CODE message\n" */
	pthread_mutex_t lock;
	char *text; /* of the file, when the server has ended */
	char *lines[LINES_MAX];
	size_t count;
};

static void add_operations(struct mcpauth *auth, struct mcpauth_chain *chain)
{
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_operation operation = MCPAUTH_OPERATION_INIT;
	operation.name = "forbidden";
	operation.scopes = "nobody:has";
	CHECK_OK(mcpauth_operations_new(auth, &policy.operations, &err));
	CHECK_OK(mcpauth_operations_add(policy.operations, &operation, &err));
	operation.name = "permitted";
	operation.scopes = NULL;
	CHECK_OK(mcpauth_operations_add(policy.operations, &operation, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/tools", &policy, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", NULL, &err));
	mcpauth_operations_free(policy.operations);
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	const struct fixture *fixture = user;
	struct mcpauth_access_log log = MCPAUTH_ACCESS_LOG_INIT;
	add_operations(auth, chain);
	log.descriptor = fileno(fixture->file);
	CHECK_OK(mcpauth_chain_add_access_log(chain, &log, &err));
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static int seen;
	(void)user;
	(void)url;
	(void)method;
	(void)version;
	(void)upload_data;
	if (*con_cls == NULL || *upload_data_size > 0) {
		*con_cls = &seen;
		*upload_data_size = 0;
		return MHD_YES;
	}
	nanosleep(&(struct timespec){.tv_nsec = NAP_MS * 1000000}, NULL);
	/* By the macro its MHD_queue_response() is mcpauth_mhd_queue_response(). */
	struct MHD_Response *response = MHD_create_response_from_buffer(
		0, NULL, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(connection, 202, response);
	MHD_destroy_response(response);
	return result;
}

static void on_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fixture *fixture = user;
	(void)level;
	pthread_mutex_lock(&fixture->lock);
	size_t used = strlen(fixture->said);
	snprintf(fixture->said + used, sizeof fixture->said - used, "%s %s %s\n",
		request != NULL ? request : "-", mcpauth_code_name(code), message);
	pthread_mutex_unlock(&fixture->lock);
}

static struct fixture *fixture_new(enum daemon_way way)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	assert_non_null(fixture);
	fixture->file = tmpfile();
	assert_non_null(fixture->file);
	assert_int_equal(fcntl(fileno(fixture->file), F_SETFL, O_APPEND), 0);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	fixture->token = daemon_token("alice");
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.handler = handle,
		.prepare = prepare,
		.prepare_user = fixture,
		.log = on_line,
		.log_user = fixture,
	};
	pthread_mutex_init(&fixture->lock, NULL);
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	pthread_mutex_destroy(&fixture->lock);
	fclose(fixture->file);
	free(fixture->token);
	free(fixture->text);
	free(fixture);
}

/* Ends the server, and reads what it wrote. */
static void read_lines(struct fixture *fixture)
{
	struct stat state;
	daemon_stop(fixture->daemon);
	assert_int_equal(fstat(fileno(fixture->file), &state), 0);
	size_t size = (size_t)state.st_size;
	fixture->text = malloc(size + 1);
	assert_non_null(fixture->text);
	assert_int_equal(pread(fileno(fixture->file), fixture->text, size, 0), size);
	fixture->text[size] = '\0';
	for (char *at = fixture->text; *at != '\0'; at = strchr(at, '\n') + 1) {
		assert_true(fixture->count < LINES_MAX && strchr(at, '\n') != NULL);
		fixture->lines[fixture->count++] = at;
	}
}

/* Caller deletes it. */
static cJSON *line_at(const struct fixture *fixture, size_t index)
{
	cJSON *json;
	const char *line = fixture->lines[index];
	CHECK_OK(mcpauth__json_parse_object(line, strcspn(line, "\n"), &json, &err));
	return json;
}

static double number_of(const cJSON *json, const char *name)
{
	const cJSON *member = mcpauth__json_member(json, name);
	assert_true(cJSON_IsNumber(member));
	return member->valuedouble;
}

static const struct {
	const char *method;
	const char *path;
	const char *fields; /* "%" stands for the token */
	const char *body;
	unsigned status;
	bool has_id;
	const char *reason;
} requests[] = {
	{"GET", "/open?" QUERY, "", NULL, 202, true, NULL},
	{"GET", "/mcp", "", NULL, 401, true, "no_credentials"},
	{"GET", "/mcp?" QUERY, "Authorization: Bearer %\r\n", NULL, 202, true, NULL},
	{"POST", "/mcp", "Authorization: Bearer %\r\nContent-Length: 11\r\n", BODY, 202, true,
		NULL},
	{"POST", "/mcp", "Authorization: Basic h3ader-s3cret\r\nContent-Length: 11\r\n", BODY, 401,
		true, "no_credentials"},
	{"GET", "/mcp?access_token=qu3ry-s3cret", "Authorization: Bearer %\r\n", NULL, 400, true,
		"invalid_request"},
	{"GET", "/mcp", "Authorization: Bearer h3ader-s3cret\r\n", NULL, 401, true,
		"malformed_token"},
	{"GET", "/mcp", "Origin: https://evil.example.com\r\nCookie: h3ader-s3cret\r\n", NULL, 403,
		false, "foreign_origin"},
	{"POST", "/tools", "Authorization: Bearer %\r\n" CALL_LENGTH, CALL("forbidden"), 403, true,
		"insufficient_scope"},
	{"POST", "/tools", "Authorization: Bearer %\r\n" CALL_LENGTH, CALL("permitted"), 202, true,
		NULL},
	{"GET", "/mcp%0A%22%ff", "", NULL, 401, true, "no_credentials"},
};
#define REQUESTS (sizeof requests / sizeof *requests)

/* @param[out] id  "" if there was none */
static void ask(struct fixture *fixture, size_t index, char *id, size_t size)
{
	char fields[4096];
	struct http_response response = {0};
	const char *mark = strchr(requests[index].fields, '%');
	int before = mark == NULL ? 0 : (int)(mark - requests[index].fields);
	snprintf(fields, sizeof fields, "%.*s%s%s", before, requests[index].fields,
		mark == NULL ? "" : fixture->token,
		mark == NULL ? requests[index].fields : mark + 1);
	assert_true(http_client_head(
		fixture->client, requests[index].method, requests[index].path, fields));
	if (requests[index].body != NULL) {
		assert_true(http_client_say(fixture->client, requests[index].body));
	}
	assert_true(http_client_read(fixture->client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, requests[index].status);
	id[0] = '\0';
	assert_int_equal(
		http_response_field(&response, "X-Request-Id", id, size), requests[index].has_id);
	http_response_finish(&response);
}

static void check_line(const struct fixture *fixture, size_t index, const char *id)
{
	cJSON *json = line_at(fixture, index);
	const char *said = mcpauth__json_string(json, "id");
	const char *reason = mcpauth__json_string(json, "reason");
	const char *label = requests[index].path;
	CHECK_ROW(label, requests[index].has_id ? strcmp(said, id) == 0 : said == NULL);
	CHECK_ROW(label, number_of(json, "status") == requests[index].status);
	CHECK_ROW(
		label, number_of(json, "us") >= (requests[index].status == 202 ? NAP_MS * 1e3 : 0));
	CHECK_ROW(label, number_of(json, "us") < 20e6);
	CHECK_ROW(label,
		requests[index].reason == NULL ? reason == NULL
					       : strcmp(reason, requests[index].reason) == 0);
	CHECK_ROW(label, strcmp(mcpauth__json_string(json, "method"), requests[index].method) == 0);
	CHECK_ROW(label, strcmp(mcpauth__json_string(json, "address"), "127.0.0.1") == 0);
	cJSON_Delete(json);
}

static void check_way(enum daemon_way way)
{
	struct fixture *fixture = fixture_new(way);
	char ids[REQUESTS][32];
	for (size_t i = 0; i < REQUESTS; i++) {
		ask(fixture, i, ids[i], sizeof ids[i]);
	}
	read_lines(fixture);
	CHECK_ROW(daemon_way_name(way), fixture->count == REQUESTS);
	for (size_t i = 0; i < REQUESTS; i++) {
		check_line(fixture, i, ids[i]);
	}
	CHECK_ROW(daemon_way_name(way), strstr(fixture->text, CALLED("forbidden")) != NULL);
	CHECK_ROW(daemon_way_name(way), strstr(fixture->text, CALLED("permitted")) != NULL);
	CHECK_ROW(daemon_way_name(way), strstr(fixture->text, "s3cret") == NULL);
	CHECK_ROW(daemon_way_name(way), strstr(fixture->text, "alice") == NULL);
	CHECK_ROW(daemon_way_name(way), strstr(fixture->text, "Bearer") == NULL);
	CHECK_ROW(daemon_way_name(way), strstr(fixture->text, fixture->token) == NULL);
	for (char *part = strtok(fixture->token, "."); part != NULL; part = strtok(NULL, ".")) {
		CHECK_ROW(daemon_way_name(way), strstr(fixture->text, part) == NULL);
	}
	fixture_free(fixture);
}

static void each_answer_has_its_line_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		check_way(way);
	}
}

/* What the client can quote finds the reason: of a bad token, and of one that lacks a scope. */
static void a_refusals_line_has_the_clients_id(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	char id[32];
	char line[256];
	(void)state;
	ask(fixture, 6, id, sizeof id);
	snprintf(line, sizeof line,
		"%s MCPAUTH_E_MALFORMED_TOKEN token refused: a signed token has three parts (GET "
		"/mcp)\n",
		id);
	assert_non_null(strstr(fixture->said, line));
	ask(fixture, 8, id, sizeof id);
	snprintf(line, sizeof line, "%s MCPAUTH_E_INSUFFICIENT_SCOPE ", id);
	assert_non_null(strstr(fixture->said, line));
	assert_null(strstr(fixture->said, "s3cret"));
	assert_null(strstr(fixture->said, "alice"));
	fixture_free(fixture);
}

/* What it is called with is all that a path may hold once it is decoded. */
static void a_path_is_told_decoded(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	char id[32];
	(void)state;
	ask(fixture, REQUESTS - 1, id, sizeof id);
	read_lines(fixture);
	assert_non_null(strstr(fixture->text, "\"path\":\"/mcp\\u000a\\\"\xef\xbf\xbd\""));
	fixture_free(fixture);
}

static void the_same_caller_has_the_same_digits(void **state)
{
	struct fixture *fixture = fixture_new(DAEMON_EPOLL);
	char *other = daemon_token("bob");
	char id[32];
	(void)state;
	ask(fixture, 2, id, sizeof id);
	ask(fixture, 3, id, sizeof id);
	free(fixture->token);
	fixture->token = other;
	ask(fixture, 2, id, sizeof id);
	read_lines(fixture);
	cJSON *first = line_at(fixture, 0);
	cJSON *second = line_at(fixture, 1);
	cJSON *third = line_at(fixture, 2);
	const char *digits = mcpauth__json_string(first, "subject");
	assert_int_equal(strspn(digits, "0123456789abcdef"), 16);
	assert_string_equal(digits, mcpauth__json_string(second, "subject"));
	assert_string_not_equal(digits, mcpauth__json_string(third, "subject"));
	assert_string_equal(mcpauth__json_string(first, "issuer"), DAEMON_ISSUER);
	cJSON_Delete(first);
	cJSON_Delete(second);
	cJSON_Delete(third);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_has_its_line_in_any_way_to_run),
		cmocka_unit_test(a_refusals_line_has_the_clients_id),
		cmocka_unit_test(a_path_is_told_decoded),
		cmocka_unit_test(the_same_caller_has_the_same_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
