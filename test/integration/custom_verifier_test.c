/* A verifier of the program's own behind real connections: it answers from a
 * thread of its own while the connection is suspended, and once too late. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEADLINE_MS 400
#define SLOW_MS (3 * DEADLINE_MS)
#define CLAIMS_OF(audience) \
	"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" audience "\"," \
	"\"exp\":32503680000,\"sub\":\"opaque-alice\"}"

/** The program's own thread, which looks tokens up one after the other. */
struct desk {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct mcpauth_inquiry *waiting[16];
	size_t count;
	unsigned asked;
	unsigned answered;
	bool closing;
};

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void look_up(struct mcpauth_inquiry *inquiry)
{
	static const char good[] = CLAIMS_OF(DAEMON_RESOURCE);
	static const char misdirected[] = CLAIMS_OF("https://other.example.com");
	const char *token = mcpauth_inquiry_token(inquiry);
	sleep_ms(strcmp(token, "slow") == 0 ? SLOW_MS : 50);
	if (strcmp(token, "unknown") == 0) {
		mcpauth_inquiry_refuse(inquiry, MCPAUTH_E_UNKNOWN_KEY, "never heard of it");
	} else if (strcmp(token, "misdirected") == 0) {
		mcpauth_inquiry_accept(inquiry, misdirected, sizeof misdirected - 1);
	} else {
		mcpauth_inquiry_accept(inquiry, good, sizeof good - 1);
	}
}

static struct mcpauth_inquiry *next_in_line(struct desk *desk)
{
	struct mcpauth_inquiry *inquiry = NULL;
	pthread_mutex_lock(&desk->lock);
	while (desk->count == 0 && !desk->closing) {
		pthread_cond_wait(&desk->came, &desk->lock);
	}
	if (desk->count > 0) {
		inquiry = desk->waiting[--desk->count];
	}
	pthread_mutex_unlock(&desk->lock);
	return inquiry;
}

static void *serve(void *argument)
{
	struct desk *desk = argument;
	struct mcpauth_inquiry *inquiry;
	while ((inquiry = next_in_line(desk)) != NULL) {
		look_up(inquiry);
		pthread_mutex_lock(&desk->lock);
		desk->answered++;
		pthread_cond_broadcast(&desk->came);
		pthread_mutex_unlock(&desk->lock);
	}
	return NULL;
}

static void line_up(struct mcpauth_inquiry *inquiry, void *user)
{
	struct desk *desk = user;
	pthread_mutex_lock(&desk->lock);
	assert_true(desk->count < sizeof desk->waiting / sizeof *desk->waiting);
	desk->waiting[desk->count++] = inquiry;
	desk->asked++;
	pthread_cond_broadcast(&desk->came);
	pthread_mutex_unlock(&desk->lock);
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	(void)chain;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = line_up;
	verifier.user = user;
	CHECK_OK(mcpauth_set_verifier(auth, DAEMON_RESOURCE, &verifier, &err));
}

static void open_desk(struct desk *desk)
{
	memset(desk, 0, sizeof *desk);
	pthread_mutex_init(&desk->lock, NULL);
	pthread_cond_init(&desk->came, NULL);
	assert_int_equal(pthread_create(&desk->thread, NULL, serve, desk), 0);
}

/* Everybody in line is answered first. */
static void close_desk(struct desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	desk->closing = true;
	pthread_cond_broadcast(&desk->came);
	pthread_mutex_unlock(&desk->lock);
	pthread_join(desk->thread, NULL);
	pthread_cond_destroy(&desk->came);
	pthread_mutex_destroy(&desk->lock);
}

static void await_answers(struct desk *desk, unsigned count)
{
	pthread_mutex_lock(&desk->lock);
	while (desk->answered < count) {
		pthread_cond_wait(&desk->came, &desk->lock);
	}
	pthread_mutex_unlock(&desk->lock);
}

static void await_question(struct desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	while (desk->asked == 0) {
		pthread_cond_wait(&desk->came, &desk->lock);
	}
	pthread_mutex_unlock(&desk->lock);
}

static struct daemon *open_daemon(enum daemon_way way, struct desk *desk)
{
	struct daemon_config config = {
		.way = way,
		.deadline_ms = DEADLINE_MS,
		/* Nobody would answer if keys were asked for. */
		.issuer_port = 1,
		.prepare = prepare,
		.prepare_user = desk,
	};
	return daemon_new(&config);
}

static struct http_response get(const struct daemon *daemon, const char *token)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(daemon));
	assert_true(http_client_get(client, "/mcp", token));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	http_client_free(client);
	return response;
}

static void check(
	const struct daemon *daemon, enum daemon_way way, const char *token, unsigned status)
{
	struct http_response response = get(daemon, token);
	CHECK_ROW(daemon_way_name(way), response.status == status);
	CHECK_ROW(daemon_way_name(way),
		(status == 200) == (strcmp(response.body, "opaque-alice") == 0));
	http_response_finish(&response);
}

static void answers_from_another_thread_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct desk desk;
		open_desk(&desk);
		struct daemon *daemon = open_daemon(way, &desk);
		check(daemon, way, "good", 200);
		check(daemon, way, "good", 200);
		check(daemon, way, "unknown", 401);
		check(daemon, way, "misdirected", 401);
		/* The second one was remembered. */
		await_answers(&desk, 3);
		assert_int_equal(desk.answered, 3);
		daemon_free(daemon);
		close_desk(&desk);
	}
}

static void is_503_when_the_verifier_is_slower_than_the_deadline(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct desk desk;
		char value[16] = "";
		open_desk(&desk);
		struct daemon *daemon = open_daemon(way, &desk);
		long start = http_client_clock();
		struct http_response response = get(daemon, "slow");
		long took = http_client_clock() - start;
		CHECK_ROW(daemon_way_name(way), response.status == 503);
		CHECK_ROW(daemon_way_name(way), took >= DEADLINE_MS && took < SLOW_MS);
		assert_true(http_response_field(&response, "Retry-After", value, sizeof value));
		http_response_finish(&response);
		await_answers(&desk, 1);
		check(daemon, way, "good", 200);
		daemon_free(daemon);
		close_desk(&desk);
	}
}

static void a_server_may_stop_before_the_answer(void **state)
{
	(void)state;
	struct desk desk;
	open_desk(&desk);
	struct daemon *daemon = open_daemon(DAEMON_EPOLL, &desk);
	struct http_client *client = http_client_new(daemon_port(daemon));
	assert_true(http_client_get(client, "/mcp", "slow"));
	await_question(&desk);
	assert_int_equal(daemon_stop(daemon), 0);
	daemon_free(daemon);
	assert_int_equal(desk.answered, 0);
	close_desk(&desk);
	assert_int_equal(desk.answered, 1);
	http_client_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_from_another_thread_in_any_way_to_run),
		cmocka_unit_test(is_503_when_the_verifier_is_slower_than_the_deadline),
		cmocka_unit_test(a_server_may_stop_before_the_answer),
	};
	return cmocka_run_group_tests_name("custom_verifier", tests, NULL, NULL);
}
