/* Whose request is whose: auth info lives as long as its request, no longer. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALLERS 20

struct fixture {
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	struct http_client *client;
	struct http_response response;
};

static struct fixture *fixture_new(struct daemon_config config)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys()};
	fixture->issuer = loopback_new(&fixture->page, 1);
	config.issuer_port = loopback_port(fixture->issuer);
	fixture->daemon = daemon_new(&config);
	fixture->client = http_client_new(daemon_port(fixture->daemon));
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	http_client_free(fixture->client);
	http_response_finish(&fixture->response);
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	free(fixture);
}

static void read_answer(struct fixture *fixture, unsigned status, const char *body)
{
	assert_true(http_client_read(fixture->client, &fixture->response, HTTP_CLIENT_MS));
	assert_int_equal(fixture->response.status, status);
	if (body != NULL) {
		assert_string_equal(fixture->response.body, body);
	}
}

static void append_request(char *text, size_t size, const char *subject)
{
	char *token = daemon_token(subject);
	size_t length = strlen(text);
	snprintf(text + length, size - length,
		"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", token);
	free(token);
}

static void pipelined_requests_each_see_their_own_caller(void **state)
{
	static char text[CALLERS * 1024];
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new((struct daemon_config){.way = way});
		char subject[32];
		text[0] = '\0';
		for (int i = 0; i < CALLERS; i++) {
			snprintf(subject, sizeof subject, "caller-%d", i);
			append_request(text, sizeof text, subject);
		}
		assert_true(http_client_say(fixture->client, text));
		for (int i = 0; i < CALLERS; i++) {
			snprintf(subject, sizeof subject, "caller-%d", i);
			read_answer(fixture, 200, subject);
		}
		fixture_free(fixture);
	}
}

static void nobody_inherits_the_caller_before_him_on_the_connection(void **state)
{
	static char text[4096];
	struct fixture *fixture = fixture_new((struct daemon_config){0});
	(void)state;
	text[0] = '\0';
	append_request(text, sizeof text, "alice");
	strcat(text,
		"GET /open HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
		"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
		"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc");
	append_request(text, sizeof text, "bob");
	assert_true(http_client_say(fixture->client, text));
	read_answer(fixture, 200, "alice");
	read_answer(fixture, 200, "nobody");
	read_answer(fixture, 401, NULL);
	read_answer(fixture, 401, NULL);
	read_answer(fixture, 200, "bob");
	fixture_free(fixture);
}

/** Sees what a connection shows of its caller before, in and after a request. */
struct watcher {
	atomic_int leaks;
	atomic_int completed;
};

static void watch_end(void *user, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	struct watcher *watcher = user;
	(void)con_cls;
	(void)code;
	/* The completed callback still belongs to the request. */
	atomic_fetch_add(&watcher->leaks, mcpauth_mhd_auth_info(connection) == NULL);
	atomic_fetch_add(&watcher->completed, 1);
}

static void watch_connection(void *user, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode code)
{
	struct watcher *watcher = user;
	(void)socket_context;
	(void)code;
	atomic_fetch_add(&watcher->leaks, mcpauth_mhd_auth_info(connection) != NULL);
}

static void *watch_uri(void *user, const char *uri, struct MHD_Connection *connection)
{
	struct watcher *watcher = user;
	(void)uri;
	atomic_fetch_add(&watcher->leaks, mcpauth_mhd_auth_info(connection) != NULL);
	return NULL;
}

static void auth_info_is_there_from_the_handler_to_completed_and_never_else(void **state)
{
	struct watcher watcher = {0};
	struct fixture *fixture = fixture_new(
		(struct daemon_config){.callbacks = {.completed = watch_end,
					       .completed_user = &watcher,
					       .connection = watch_connection,
					       .connection_user = &watcher,
					       .uri_log = watch_uri,
					       .uri_log_user = &watcher}});
	char *token = daemon_token("me");
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(http_client_get(fixture->client, "/mcp", token));
		read_answer(fixture, 200, "me");
	}
	daemon_stop(fixture->daemon);
	assert_int_equal(watcher.completed, 3);
	assert_int_equal(watcher.leaks, 0);
	free(token);
	fixture_free(fixture);
}

/** A handler that hands its caller to a thread and answers at once. */
struct employer {
	struct mcpauth_auth_info *_Atomic kept;
};

static enum MHD_Result employ(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	struct employer *employer = user;
	if (*con_cls == NULL && mcpauth_mhd_auth_info(connection) != NULL) {
		atomic_store(
			&employer->kept, mcpauth_auth_info_ref(mcpauth_mhd_auth_info(connection)));
	}
	return daemon_handler(
		NULL, connection, url, method, version, upload_data, upload_data_size, con_cls);
}

static void a_worker_keeps_its_caller_beyond_the_request_and_the_server(void **state)
{
	struct employer employer = {NULL};
	struct fixture *fixture = fixture_new(
		(struct daemon_config){.handler = employ, .handler_user = &employer});
	char *token = daemon_token("worker");
	(void)state;
	assert_true(http_client_get(fixture->client, "/mcp", token));
	read_answer(fixture, 200, "worker");
	fixture_free(fixture);
	assert_string_equal(mcpauth_auth_info_subject(employer.kept), "worker");
	assert_string_equal(mcpauth_auth_info_token(employer.kept), token);
	mcpauth_auth_info_free(employer.kept);
	free(token);
}

/** A handler that suspends, so that another thread asks who calls. */
struct asker {
	pthread_t thread;
	struct MHD_Connection *connection;
	char subject[32];
};

static void *ask(void *argument)
{
	struct asker *asker = argument;
	const struct mcpauth_auth_info *info = mcpauth_mhd_auth_info(asker->connection);
	snprintf(asker->subject, sizeof asker->subject, "%s",
		info == NULL ? "nobody" : mcpauth_auth_info_subject(info));
	MHD_resume_connection(asker->connection);
	return NULL;
}

static enum MHD_Result let_ask(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	struct asker *asker = user;
	if (asker->connection == NULL) {
		asker->connection = connection;
		MHD_suspend_connection(connection);
		pthread_create(&asker->thread, NULL, ask, asker);
		return MHD_YES;
	}
	return daemon_handler(
		NULL, connection, url, method, version, upload_data, upload_data_size, con_cls);
}

static void another_thread_may_ask_while_the_connection_is_suspended(void **state)
{
	struct asker asker = {0};
	struct fixture *fixture = fixture_new(
		(struct daemon_config){.handler = let_ask, .handler_user = &asker});
	char *token = daemon_token("me");
	(void)state;
	assert_true(http_client_get(fixture->client, "/mcp", token));
	read_answer(fixture, 200, "me");
	pthread_join(asker.thread, NULL);
	assert_string_equal(asker.subject, "me");
	free(token);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelined_requests_each_see_their_own_caller),
		cmocka_unit_test(nobody_inherits_the_caller_before_him_on_the_connection),
		cmocka_unit_test(auth_info_is_there_from_the_handler_to_completed_and_never_else),
		cmocka_unit_test(a_worker_keeps_its_caller_beyond_the_request_and_the_server),
		cmocka_unit_test(another_thread_may_ask_while_the_connection_is_suspended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
