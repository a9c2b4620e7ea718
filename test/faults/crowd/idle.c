/* Thousands of connections that say nothing, or little by little, at `notes`. */
#define _GNU_SOURCE

#include "faults/support/notes.h"
#include "faults/system/control.h"
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDLE 10000
#define SLOW 1000
#define SPARE 1000
#define RESIDENT_KIB (400 * 1024)
#define ANSWER_MS 1000
#define ACCEPT_MS 3000

static unsigned timeout = 8;
static bool with_epoll;
static unsigned threads = 1;
static unsigned idle_count = IDLE;
static unsigned slow_count = SLOW;

/** All that takes part. */
struct crowd {
	struct loopback_page page;
	struct loopback *issuer;
	struct notes *notes;
	char *token;
	int idle[IDLE];
	int slow[SLOW];
	pthread_t asking;
	pthread_t dripping;
	atomic_bool over;
	atomic_uint asked;
	atomic_uint unanswered;
	atomic_long slowest;
	atomic_uint drops;
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static int connect_to(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(fd >= 0, "making a socket");
	need(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connecting");
	return fd;
}

/* Somebody with a good token comes every now and then. */
static void *ask_now_and_then(void *user)
{
	struct crowd *crowd = user;
	while (!atomic_load(&crowd->over)) {
		long begin = http_client_clock();
		int status = notes_ask(crowd->notes, "/mcp", crowd->token);
		long took = http_client_clock() - begin;
		atomic_fetch_add(&crowd->asked, 1);
		atomic_fetch_add(&crowd->unanswered, status == 200 ? 0 : 1);
		if (took > atomic_load(&crowd->slowest)) {
			atomic_store(&crowd->slowest, took);
		}
		notes_sleep_ms(50);
	}
	return NULL;
}

/* A byte a second and connection: of a header that does not end. */
static void *drip(void *user)
{
	static const char text[] = "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ";
	struct crowd *crowd = user;
	for (size_t at = 0; !atomic_load(&crowd->over); at++) {
		char byte = at < sizeof text - 1 ? text[at] : 'x';
		long next = http_client_clock() + 1000;
		for (unsigned i = 0; i < slow_count; i++) {
			bool sent = send(crowd->slow[i], &byte, 1, MSG_NOSIGNAL) == 1;
			atomic_fetch_add(&crowd->drops, sent ? 1 : 0);
		}
		while (!atomic_load(&crowd->over) && http_client_clock() < next) {
			notes_sleep_ms(20);
		}
	}
	return NULL;
}

/* Of three idle ones the first never says a word, the second stops in a header, and
 * the third had an answer, and does not go. */
static void say_before_idling(int fd, unsigned number)
{
	static const char *const texts[] = {
		"", "GET /mcp HTTP/1.1\r\nHo", "GET /open HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"};
	const char *text = texts[number % 3];
	need(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text), "sending");
}

static void raise_limit(void)
{
	struct rlimit limit;
	need(getrlimit(RLIMIT_NOFILE, &limit) == 0, "reading the limit of descriptors");
	limit.rlim_cur = limit.rlim_max;
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "raising the limit of descriptors");
	if (limit.rlim_max < IDLE + SLOW + SPARE) {
		idle_count = (unsigned)limit.rlim_max / 2;
		slow_count = idle_count / 10;
		printf("# only %u idle and %u slow ones: the limit of descriptors is %lu\n",
			idle_count, slow_count, (unsigned long)limit.rlim_max);
	}
}

static void start(struct crowd *crowd)
{
	char jwks_uri[64];
	crowd->page = (struct loopback_page){.path = "/keys", .status = 200, .body = daemon_keys()};
	crowd->issuer = loopback_new(&crowd->page, 1);
	snprintf(jwks_uri, sizeof jwks_uri, "http://127.0.0.1:%u/keys",
		loopback_port(crowd->issuer));
	const char *environment[] = {with_epoll ? FAULT_EPOLL "=1" : NULL, NULL};
	struct notes_config config = {.jwks_uri = jwks_uri,
		.preload = with_epoll ? FAULT_SHIM : NULL,
		.environment = environment,
		.timeout = timeout,
		.threads = threads};
	crowd->notes = notes_new(&config, NULL);
	crowd->token = daemon_token("alice");
	assert_non_null(crowd->notes);
	assert_true(notes_await_status(crowd->notes, "/mcp", crowd->token, 200, 5000));
}

static void gather(struct crowd *crowd)
{
	unsigned port = notes_port(crowd->notes);
	need(pthread_create(&crowd->asking, NULL, ask_now_and_then, crowd) == 0, "a thread");
	for (unsigned i = 0; i < slow_count; i++) {
		crowd->slow[i] = connect_to(port);
	}
	need(pthread_create(&crowd->dripping, NULL, drip, crowd) == 0, "a thread");
	for (unsigned i = 0; i < idle_count; i++) {
		crowd->idle[i] = connect_to(port);
		say_before_idling(crowd->idle[i], i);
	}
}

/* The last of them may still wait to be accepted. @return open descriptors */
static unsigned await_all(const struct crowd *crowd)
{
	long end = http_client_clock() + ACCEPT_MS;
	unsigned count = notes_descriptors(crowd->notes);
	while (count < idle_count + slow_count && http_client_clock() < end) {
		notes_sleep_ms(50);
		count = notes_descriptors(crowd->notes);
	}
	return count;
}

static bool is_closed(int fd)
{
	char bytes[4096];
	ssize_t got;
	do {
		got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	} while (got > 0);
	return got == 0 || (errno != EAGAIN && errno != EINTR);
}

static unsigned count_closed(const int *fds, unsigned count)
{
	unsigned closed = 0;
	for (unsigned i = 0; i < count; i++) {
		closed += is_closed(fds[i]) ? 1 : 0;
	}
	return closed;
}

/* @return the most memory that was resident meanwhile */
static long await_closing(struct crowd *crowd)
{
	long end = http_client_clock() + (timeout + 10) * 1000L;
	long most = 0;
	while (count_closed(crowd->idle, idle_count) < idle_count && http_client_clock() < end) {
		long now = notes_resident(crowd->notes);
		most = now > most ? now : most;
		notes_sleep_ms(100);
	}
	return most;
}

static void close_all(const int *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		close(fds[i]);
	}
}

static void stop(struct crowd *crowd)
{
	int status = notes_stop(crowd->notes);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	notes_free(crowd->notes);
	loopback_free(crowd->issuer);
	free(crowd->token);
}

static void others_are_served_meanwhile(void **state)
{
	static struct crowd crowd;
	(void)state;
	start(&crowd);
	unsigned before = notes_descriptors(crowd.notes);
	long begin = http_client_clock();
	gather(&crowd);
	long gathered = http_client_clock();
	unsigned at_once = await_all(&crowd);
	long most = await_closing(&crowd);
	long closed = http_client_clock();
	unsigned closed_idle = count_closed(crowd.idle, idle_count);
	unsigned closed_slow = count_closed(crowd.slow, slow_count);
	atomic_store(&crowd.over, true);
	pthread_join(crowd.asking, NULL);
	pthread_join(crowd.dripping, NULL);
	close_all(crowd.idle, idle_count);
	close_all(crowd.slow, slow_count);
	unsigned after = notes_await_descriptors(crowd.notes, before);
	printf("# %u idle and %u slow ones gathered in %ld ms: %u descriptors, %ld MiB resident\n",
		idle_count, slow_count, gathered - begin, at_once, most / 1024);
	printf("# %u requests with a good token meanwhile: the slowest took %ld ms, %u failed\n",
		atomic_load(&crowd.asked), atomic_load(&crowd.slowest),
		atomic_load(&crowd.unanswered));
	printf("# %u of %u idle ones closed %ld ms later (timeout %u s); %u of the slow ones, "
	       "after %u bytes; %u descriptors before, %u after\n",
		closed_idle, idle_count, closed - gathered, timeout, closed_slow,
		atomic_load(&crowd.drops), before, after);
	assert_true(at_once >= idle_count + slow_count);
	assert_true(atomic_load(&crowd.asked) >= 20);
	assert_int_equal(atomic_load(&crowd.unanswered), 0);
	assert_true(atomic_load(&crowd.slowest) < ANSWER_MS);
	assert_true(most > 0 && most <= RESIDENT_KIB);
	assert_int_equal(closed_idle, idle_count);
	assert_true(atomic_load(&crowd.drops) >= slow_count * timeout);
	assert_true(after <= before);
	stop(&crowd);
}

/* idle [TIMEOUT [THREADS [epoll]]] */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_served_meanwhile),
	};
	if (argc > 1) {
		timeout = (unsigned)strtoul(argv[1], NULL, 10);
	}
	if (argc > 2) {
		threads = (unsigned)strtoul(argv[2], NULL, 10);
	}
	with_epoll = argc > 3 && strcmp(argv[3], "epoll") == 0;
	raise_limit();
	return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
