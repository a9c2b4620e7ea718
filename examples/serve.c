/* Listening on loopback and stopping on a signal, shared by the example servers. */
#define _POSIX_C_SOURCE 200809L

#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 12000
/* What else has a descriptor: fetches, resolvers, the loops' own. */
#define OTHERS ((rlim_t)200)

static sigset_t awaited_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return set;
}

/* A core holds the tokens of all requests that were under way. Where cores are piped to
 * a program, Linux overlooks every limit but 1, which is too little for a file as well. */
static void forbid_core_dumps(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max < 1 ? limit.rlim_max : 1;
		setrlimit(RLIMIT_CORE, &limit);
	}
}

void serve_prepare(void)
{
	forbid_core_dumps();
	sigset_t set = awaited_signals();
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void serve_raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

unsigned serve_connection_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= CONNECTIONS + OTHERS) {
		return CONNECTIONS;
	}
	return limit.rlim_cur > 2 * OTHERS ? (unsigned)(limit.rlim_cur - OTHERS)
					   : (unsigned)limit.rlim_cur / 2;
}

int serve_listen(uint16_t port, uint16_t *bound)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t length = sizeof address;
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0) {
		perror("socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0
		|| getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
		fprintf(stderr, "cannot listen on 127.0.0.1:%u: %s\n", (unsigned)port,
			strerror(errno));
		close(fd);
		return -1;
	}
	*bound = ntohs(address.sin_port);
	return fd;
}

void serve_announce(uint16_t port)
{
	printf("listening on http://127.0.0.1:%u\n", (unsigned)port);
	fflush(stdout);
}

void serve_until_stopped(void (*reload)(void *user), void *user)
{
	sigset_t set = awaited_signals();
	for (;;) {
		int number;
		if (sigwait(&set, &number) != 0) {
			continue;
		}
		if (number != SIGHUP || reload == NULL) {
			return;
		}
		reload(user);
	}
}
