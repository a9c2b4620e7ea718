/* The same application behind MHD alone, behind a chain, and behind a chain that
 * reads bodies: it must not see a difference. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include "base/buf.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a handler may do; any of them together. */
enum habit {
	SUSPEND_IN_FIRST = 1,
	SUSPEND_IN_UPLOAD = 2, /* after it took everything */
	SUSPEND_IN_FINAL = 4,
	LEAVE_BYTES = 8,        /* takes half of the first offer */
	LEAVE_AND_SUSPEND = 16, /* takes three bytes, then suspends */
	ANSWER_IN_FIRST = 32,
	STREAM = 64,
	TAKE_NOTHING_ONCE = 128, /* suspends without having taken a byte */
	BREAK_OFF = 256,         /* MHD_NO in the final call */
	LARGE = 512              /* pieces differ, so only their sum is written down */
};

enum stage_hand {
	BARE,
	CHAIN,
	CHAIN_WITH_BODY,
	HANDS
};

/** One run of the application, and what it saw. */
struct play {
	enum stage_hand hand;
	unsigned habits;
	pthread_mutex_t lock;
	struct mcpauth__buf calls;
	struct mcpauth__buf answers;
	pthread_t resumers[64];
	unsigned resumed;
	struct MHD_Connection *suspended;
	atomic_bool is_asleep; /* suspended and not resumed yet */
	atomic_bool is_over;   /* its connection was closed */
};

/** One request, as the application sees it. */
struct visit {
	unsigned suspended; /* habits already lived out */
	bool started;
	size_t taken;
	unsigned sent;
};

static void note(struct play *play, const char *what, const char *data, size_t length)
{
	pthread_mutex_lock(&play->lock);
	mcpauth__buf_printf(&play->calls, "%s %.*s\n", what, (int)length, data);
	pthread_mutex_unlock(&play->lock);
}

static void note_text(struct play *play, const char *what, const char *text)
{
	note(play, what, text, strlen(text));
}

static void *resume_later(void *user)
{
	struct play *play = user;
	struct MHD_Connection *connection = play->suspended;
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	atomic_store(&play->is_asleep, false);
	MHD_resume_connection(connection);
	return NULL;
}

/* Suspend, if that is this handler's habit and it has not done so already. */
static bool suspend(
	struct play *play, struct visit *visit, unsigned habit, struct MHD_Connection *connection)
{
	if ((play->habits & habit) == 0 || (visit->suspended & habit) != 0) {
		return false;
	}
	visit->suspended |= habit;
	play->suspended = connection;
	atomic_store(&play->is_asleep, true);
	MHD_suspend_connection(connection);
	pthread_create(&play->resumers[play->resumed++], NULL, resume_later, play);
	return true;
}

static ssize_t stream(void *user, uint64_t position, char *data, size_t size)
{
	struct visit *visit = user;
	(void)position;
	if (visit->sent == 5) {
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	return snprintf(data, size, "part %u\n", visit->sent++);
}

static enum MHD_Result answer(
	const struct play *play, struct visit *visit, struct MHD_Connection *connection)
{
	char text[64];
	snprintf(text, sizeof text, "took %zu", visit->taken);
	if ((play->habits & STREAM) == 0) {
		return daemon_answer(connection, 201, text);
	}
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, 32, stream, visit, NULL);
	MHD_add_response_header(response, "X-Streamed", text);
	enum MHD_Result result = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return result;
}

static size_t wanted(const struct play *play, const struct visit *visit, size_t offered)
{
	if ((play->habits & TAKE_NOTHING_ONCE) != 0
		&& (visit->suspended & TAKE_NOTHING_ONCE) == 0) {
		return 0;
	}
	if ((play->habits & LEAVE_AND_SUSPEND) != 0 && (visit->suspended & LEAVE_AND_SUSPEND) == 0
		&& offered > 3) {
		return 3;
	}
	return (play->habits & LEAVE_BYTES) != 0 && visit->taken == 0 ? (offered + 1) / 2 : offered;
}

static void take(struct play *play, struct visit *visit, const char *data, size_t *size)
{
	size_t taken = wanted(play, visit, *size);
	if ((play->habits & LARGE) == 0) {
		note(play, "upload", data, *size);
		note(play, "takes", data, taken);
	}
	visit->taken += taken;
	*size -= taken;
}

static enum MHD_Result begin(
	struct play *play, struct visit *visit, struct MHD_Connection *connection)
{
	if (suspend(play, visit, SUSPEND_IN_FIRST, connection)) {
		return MHD_YES;
	}
	visit->started = true;
	return (play->habits & ANSWER_IN_FIRST) != 0 ? answer(play, visit, connection) : MHD_YES;
}

static void **socket_context(const struct play *play, struct MHD_Connection *connection)
{
	if (play->hand != BARE) {
		return mcpauth_mhd_socket_context(connection);
	}
	return (void **)MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	struct play *play = user;
	struct visit *visit = *con_cls;
	if (visit == NULL) {
		return MHD_NO; /* see_uri() had no memory */
	}
	if (atomic_load(&play->is_asleep)) {
		note_text(play, "called while suspended", "");
	}
	if ((play->habits & LARGE) == 0 || *upload_data_size == 0) {
		note_text(play, method, url);
		note_text(play, version, *socket_context(play, connection));
	}
	if (!visit->started) {
		note(play, "first", *upload_data_size > 0 ? upload_data : "", *upload_data_size);
		return begin(play, visit, connection);
	}
	if (*upload_data_size > 0) {
		take(play, visit, upload_data, upload_data_size);
		if (!suspend(play, visit, TAKE_NOTHING_ONCE, connection)
			&& !suspend(play, visit, LEAVE_AND_SUSPEND, connection)) {
			suspend(play, visit, SUSPEND_IN_UPLOAD, connection);
		}
		return MHD_YES;
	}
	note_text(play, "final", "");
	if (suspend(play, visit, SUSPEND_IN_FINAL, connection)) {
		return MHD_YES;
	}
	return (play->habits & BREAK_OFF) != 0 ? MHD_NO : answer(play, visit, connection);
}

static void *see_uri(void *user, const char *uri, struct MHD_Connection *connection)
{
	(void)connection;
	note_text(user, "uri", uri);
	return calloc(1, sizeof(struct visit));
}

static void see_end(void *user, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	char text[16];
	(void)connection;
	snprintf(text, sizeof text, "%d", (int)code);
	note_text(user, "completed", text);
	free(*con_cls);
	*con_cls = NULL;
}

static void see_connection(void *user, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	static char mark[] = "the application's own";
	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = mark;
	}
	note_text(user, code == MHD_CONNECTION_NOTIFY_STARTED ? "opened" : "closed", *context);
	atomic_store(&((struct play *)user)->is_over, code == MHD_CONNECTION_NOTIFY_CLOSED);
}

static enum mcpauth_stage_result pass(struct mcpauth_exchange *exchange, void *user)
{
	(void)exchange;
	(void)user;
	return MCPAUTH_NEXT;
}

static void add_body_stage(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	const struct play *play = user;
	(void)auth;
	stage.body_limit = 1024 * 1024;
	stage.on_request = pass;
	if (play->hand == CHAIN_WITH_BODY) {
		CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_LAST, &stage, &err));
	}
}

/* What the client saw, without what differs from one second to the next. */
static void note_answer(struct play *play, const struct http_response *response)
{
	static const char *const fields[] = {"Content-Length", "Transfer-Encoding", "X-Streamed"};
	char value[64];
	mcpauth__buf_printf(&play->answers, "%u %s\n", response->status,
		response->body == NULL ? "-" : response->body);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (http_response_field(response, fields[i], value, sizeof value)) {
			mcpauth__buf_printf(&play->answers, "%s: %s\n", fields[i], value);
		}
	}
	/* Answered in the first call, MHD reads no further on the connection. A
	 * chain that had the body already can keep it. */
	if ((play->habits & ANSWER_IN_FIRST) == 0
		&& http_response_field(response, "Connection", value, sizeof value)) {
		mcpauth__buf_printf(&play->answers, "Connection: %s\n", value);
	}
}

static unsigned times_taken(struct play *play)
{
	unsigned times = 0;
	pthread_mutex_lock(&play->lock);
	for (const char *at = play->calls.data; at != NULL; times++) {
		at = strstr(at + 1, "\ntakes ");
	}
	pthread_mutex_unlock(&play->lock);
	return times;
}

/* With a pause at every '|': until the handler has taken of what came before, and MHD,
 * of which nothing shows it, waits for more. Where the body is read for it, it sees
 * nothing of the pause. */
static void say(struct play *play, struct http_client *client, const char *request)
{
	const char *pause = strchr(request, '|');
	for (; pause != NULL; pause = strchr(request, '|')) {
		unsigned taken = times_taken(play);
		assert_true(http_client_send(client, request, (size_t)(pause - request)));
		for (int i = 0;
			i < 5000 && play->hand != CHAIN_WITH_BODY && times_taken(play) == taken;
			i++) {
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		}
		nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
		request = pause + 1;
	}
	assert_true(http_client_say(client, request));
}

static void visit_twice(struct play *play, unsigned port, const char *request)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(port);
	bool kept = (play->habits & (ANSWER_IN_FIRST | BREAK_OFF)) == 0;
	for (int i = 0; i < (kept ? 2 : 1); i++) {
		say(play, client, request);
		http_client_read(client, &response, 3000);
		note_answer(play, &response);
	}
	http_response_finish(&response);
	http_client_free(client);
}

static void run(struct play *play, enum daemon_way way, const char *request)
{
	struct loopback_page page = {.path = "/keys", .status = 200, .body = daemon_keys()};
	struct loopback *issuer = loopback_new(&page, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(issuer),
		.handler = handle,
		.handler_user = play,
		.callbacks =
			{
				.completed = see_end,
				.completed_user = play,
				.connection = see_connection,
				.connection_user = play,
				.uri_log = see_uri,
				.uri_log_user = play,
			},
		.prepare = add_body_stage,
		.prepare_user = play,
		.without_chain = play->hand == BARE,
	};
	struct daemon *daemon = daemon_new(&config);
	visit_twice(play, daemon_port(daemon), request);
	for (int i = 0; i < 2000 && !atomic_load(&play->is_over); i++) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	assert_true(atomic_load(&play->is_over));
	for (unsigned i = 0; i < play->resumed; i++) {
		pthread_join(play->resumers[i], NULL);
	}
	daemon_free(daemon);
	loopback_free(issuer);
}

static const struct {
	const char *label;
	unsigned habits;
} habits[] = {
	{"plain", 0},
	{"suspends in the first call", SUSPEND_IN_FIRST},
	{"suspends in an upload", SUSPEND_IN_UPLOAD},
	{"suspends in the final call", SUSPEND_IN_FINAL},
	{"suspends in all of them", SUSPEND_IN_FIRST | SUSPEND_IN_UPLOAD | SUSPEND_IN_FINAL},
	{"leaves bytes and suspends", LEAVE_AND_SUSPEND},
	{"leaves bytes and suspends everywhere",
		LEAVE_AND_SUSPEND | SUSPEND_IN_FIRST | SUSPEND_IN_UPLOAD | SUSPEND_IN_FINAL},
	{"takes nothing at first", TAKE_NOTHING_ONCE},
	{"answers in the first call", ANSWER_IN_FIRST},
	{"suspends, then answers in the first call", SUSPEND_IN_FIRST | ANSWER_IN_FIRST},
	{"streams", STREAM},
	{"suspends and streams", SUSPEND_IN_UPLOAD | SUSPEND_IN_FINAL | STREAM},
	{"breaks off", BREAK_OFF},
};

static char *make_request(const char *line, const char *end)
{
	struct mcpauth__buf request = {0};
	char *token = daemon_token("me");
	mcpauth__buf_printf(&request,
		"%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Authorization: Bearer %s\r\n%s",
		line, token, end);
	free(token);
	return mcpauth__buf_take(&request);
}

static void play_init(struct play *play, enum stage_hand hand, unsigned habits_of_it)
{
	*play = (struct play){.hand = hand, .habits = habits_of_it};
	pthread_mutex_init(&play->lock, NULL);
}

static void play_finish(struct play *play)
{
	mcpauth__buf_finish(&play->calls);
	mcpauth__buf_finish(&play->answers);
	pthread_mutex_destroy(&play->lock);
}

static void check_same(const char *label, const struct play *bare, const struct play *other)
{
	bool same = strcmp(bare->calls.data, other->calls.data) == 0
		&& strcmp(bare->answers.data, other->answers.data) == 0;
	if (!same) {
		fprintf(stderr, "%s, alone:\n%s%s%s:\n%s%s", label, bare->calls.data,
			bare->answers.data,
			other->hand == CHAIN ? "behind a chain" : "behind a chain with body",
			other->calls.data, other->answers.data);
	}
	CHECK_ROW(label, same);
}

static void compare(
	const char *label, enum daemon_way way, unsigned habits_of_it, const char *request)
{
	struct play plays[HANDS];
	for (enum stage_hand hand = BARE; hand < HANDS; hand++) {
		play_init(&plays[hand], hand, habits_of_it);
		run(&plays[hand], way, request);
	}
	check_same(label, &plays[BARE], &plays[CHAIN]);
	check_same(label, &plays[BARE], &plays[CHAIN_WITH_BODY]);
	for (enum stage_hand hand = BARE; hand < HANDS; hand++) {
		play_finish(&plays[hand]);
	}
}

static void compare_habits(const char *line, const char *end)
{
	char *request = make_request(line, end);
	for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
		compare(habits[i].label, DAEMON_EPOLL, habits[i].habits, request);
		compare(habits[i].label, DAEMON_SELECT, habits[i].habits, request);
	}
	free(request);
}

static void a_get_is_handled_as_without_a_chain(void **state)
{
	(void)state;
	compare_habits("GET /mcp/x%20y?a=b&c", "\r\n");
}

static void a_post_is_handled_as_without_a_chain(void **state)
{
	(void)state;
	compare_habits("POST /mcp", "Content-Length: 12\r\n\r\nhello, world");
}

static void a_post_without_content_is_handled_as_without_a_chain(void **state)
{
	(void)state;
	compare_habits("POST /mcp", "Content-Length: 0\r\n\r\n");
}

static void a_chunked_post_is_handled_as_without_a_chain(void **state)
{
	(void)state;
	compare_habits(
		"POST /mcp", "Transfer-Encoding: chunked\r\n\r\nc\r\nhello, world\r\n0\r\n\r\n");
}

/* MHD offers left bytes again when more have come, or after a resume; so does a
 * chain. One that had to read the body first offers what it has at once. */
static void bytes_left_come_again_with_the_next(void **state)
{
	char *request = make_request("POST /mcp", "Content-Length: 12\r\n\r\nhello|, world");
	struct play plays[HANDS];
	(void)state;
	for (enum stage_hand hand = BARE; hand < HANDS; hand++) {
		play_init(&plays[hand], hand, LEAVE_BYTES);
		run(&plays[hand], DAEMON_EPOLL, request);
	}
	check_same("in two pieces", &plays[BARE], &plays[CHAIN]);
	assert_non_null(strstr(plays[CHAIN].calls.data, "upload hello\ntakes hel\n"));
	assert_non_null(strstr(plays[CHAIN_WITH_BODY].calls.data, "upload  world\n"));
	assert_string_equal(plays[BARE].answers.data, plays[CHAIN_WITH_BODY].answers.data);
	for (enum stage_hand hand = BARE; hand < HANDS; hand++) {
		play_finish(&plays[hand]);
	}
	free(request);
}

static void a_large_body_arrives_whole(void **state)
{
	struct mcpauth__buf end = {0};
	(void)state;
	mcpauth__buf_puts(&end, "Content-Length: 500000\r\n\r\n");
	for (int i = 0; i < 50000; i++) {
		mcpauth__buf_puts(&end, "0123456789");
	}
	char *request = make_request("POST /mcp", end.data);
	compare("large", DAEMON_EPOLL, LARGE, request);
	free(request);
	mcpauth__buf_finish(&end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_get_is_handled_as_without_a_chain),
		cmocka_unit_test(a_post_is_handled_as_without_a_chain),
		cmocka_unit_test(a_post_without_content_is_handled_as_without_a_chain),
		cmocka_unit_test(a_chunked_post_is_handled_as_without_a_chain),
		cmocka_unit_test(bytes_left_come_again_with_the_next),
		cmocka_unit_test(a_large_body_arrives_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
