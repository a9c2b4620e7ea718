/* The listener for a redirect in a crowd: a process that opens connections without end. */
#include "client/login/listener.h"

#include "base/clock.h"
#include "support/check.h"
#include "support/http_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CROWD 1000
#define HELD 200
#define ASKED 10

struct crowd {
	struct mcpauth__listener *listener;
	unsigned port;
	atomic_uint came;
	atomic_bool is_over;
	enum mcpauth_code code;
};

static enum mcpauth_code judge(const char *target, void *user)
{
	(void)user;
	return strcmp(target, "/callback?code=good") == 0 ? MCPAUTH_OK : MCPAUTH_E_REDIRECT;
}

static void *listen_there(void *user)
{
	struct crowd *crowd = user;
	int64_t now = mcpauth__clock_monotonic(&(struct mcpauth__clock){0});
	crowd->code = mcpauth__listener_run(crowd->listener, -1, now + 60000, judge, NULL);
	return NULL;
}

/* Half of them begin a request, none ends it. */
static int come(const struct crowd *crowd, unsigned number)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)crowd->port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd >= 0) {
		fcntl(fd, F_SETFL, O_NONBLOCK);
		(void)connect(fd, (struct sockaddr *)&address, sizeof address);
		if (number % 2 == 0) {
			(void)send(fd, "GET /callback", 13, MSG_NOSIGNAL);
		}
	}
	return fd;
}

static void leave(int fd)
{
	if (fd >= 0) {
		close(fd);
	}
}

static void *crowd_in(void *user)
{
	struct crowd *crowd = user;
	int held[HELD];
	unsigned number = 0;
	memset(held, -1, sizeof held);
	for (; !atomic_load(&crowd->is_over); number++) {
		leave(held[number % HELD]);
		held[number % HELD] = come(crowd, number);
		atomic_store(&crowd->came, number);
		/* So many at once, then a breath in which others are heard. */
		if (number % HELD == 0) {
			nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
		}
	}
	for (unsigned i = 0; i < HELD; i++) {
		leave(held[i]);
	}
	return NULL;
}

/* A browser tries again what was cut off. @return the status; 0: it got none */
static unsigned get(const struct crowd *crowd, const char *target)
{
	char head[128];
	unsigned status = 0;
	snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", target,
		crowd->port);
	for (int i = 0; i < 5 && status == 0; i++) {
		struct http_response response = {0};
		struct http_client *client = http_client_new(crowd->port);
		if (http_client_say(client, head)
			&& http_client_read(client, &response, HTTP_CLIENT_MS)) {
			status = response.status;
		}
		http_response_finish(&response);
		http_client_free(client);
	}
	return status;
}

static void a_browser_is_heard_in_a_crowd(void **state)
{
	struct crowd crowd = {0};
	pthread_t listening;
	pthread_t crowding;
	(void)state;
	CHECK_OK(mcpauth__listener_new(NULL, NULL, &crowd.listener, &err));
	const char *port = strrchr(mcpauth__listener_redirect_uri(crowd.listener), ':');
	crowd.port = (unsigned)strtoul(port + 1, NULL, 10);
	assert_int_equal(pthread_create(&listening, NULL, listen_there, &crowd), 0);
	assert_int_equal(pthread_create(&crowding, NULL, crowd_in, &crowd), 0);
	CHECK_SOON(atomic_load(&crowd.came) > CROWD);
	unsigned heard = 0;
	for (int i = 0; i < ASKED; i++) {
		heard += get(&crowd, "/callback?code=bad") == 400 ? 1 : 0;
	}
	unsigned last = get(&crowd, "/callback?code=good");
	atomic_store(&crowd.is_over, true);
	pthread_join(crowding, NULL);
	pthread_join(listening, NULL);
	mcpauth__listener_free(crowd.listener);
	print_message("# %u came\n", atomic_load(&crowd.came));
	assert_int_equal(heard, ASKED);
	assert_int_equal(last, 200);
	assert_int_equal(crowd.code, MCPAUTH_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_browser_is_heard_in_a_crowd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
