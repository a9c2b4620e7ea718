/* A library to preload: holds threads up at calls behind which another one may be first.
 * What a busy machine does once in a thousand runs happens many times in each. */
#define _GNU_SOURCE

#include "../support/real.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ODDS 100         /* one call of so many is held up */
#define LOCK_ODDS 1000   /* of locks, which are taken far more often */
#define THREAD_ODDS 10   /* of new threads, which are few */
#define LONGEST_US 60000 /* and that long at most, mostly far less */

static uint64_t seed = 1;
static atomic_uint threads;
static atomic_uint pauses;
static _Thread_local uint64_t state;

__attribute__((constructor)) static void read_seed(void)
{
	const char *given = getenv("MCPAUTH_PAUSES_SEED");
	if (given != NULL) {
		seed = strtoull(given, NULL, 10);
	}
	state = 0; /* another library's constructor may have thrown the dice before */
}

/* How often this process was held up, as a line of a file. */
__attribute__((destructor)) static void tell(void)
{
	char line[16];
	const char *name = getenv("MCPAUTH_PAUSES_FILE");
	int fd = name == NULL ? -1 : open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd >= 0) {
		int length = snprintf(line, sizeof line, "%u\n", atomic_load(&pauses));
		syscall(SYS_write, fd, line, (size_t)length);
		syscall(SYS_close, fd);
	}
}

/* Each thread has a row of its own (xorshift). */
static unsigned dice(unsigned sides)
{
	if (state == 0) {
		state = (seed << 32) + ((uint64_t)(atomic_fetch_add(&threads, 1) + 1) << 8) + 1;
		state *= 0x9e3779b97f4a7c15u;
	}
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % sides;
}

static void hold_up(unsigned odds)
{
	int error = errno;
	if (dice(odds) == 0) {
		unsigned us = dice(LONGEST_US) / (1 + dice(4));
		struct timespec time = {.tv_nsec = (long)us * 1000};
		/* Not by its name: a test may have one of its own. */
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL);
		atomic_fetch_add(&pauses, 1);
	}
	errno = error;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	REAL(poll, real)
	int result = real(fds, count, timeout);
	hold_up(ODDS);
	return result;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
	REAL(epoll_wait, real)
	int result = real(epoll, events, most, timeout);
	hold_up(ODDS);
	return result;
}

int select(int highest, fd_set *reading, fd_set *writing, fd_set *failing, struct timeval *timeout)
{
	REAL(select, real)
	int result = real(highest, reading, writing, failing, timeout);
	hold_up(ODDS);
	return result;
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
	REAL(connect, real)
	hold_up(ODDS);
	return real(fd, address, length);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
	REAL(accept4, real)
	hold_up(ODDS);
	return real(fd, address, length, flags);
}

int accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
	REAL(accept, real)
	hold_up(ODDS);
	return real(fd, address, length);
}

ssize_t read(int fd, void *data, size_t size)
{
	REAL(read, real)
	hold_up(ODDS);
	return real(fd, data, size);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	REAL(recv, real)
	hold_up(ODDS);
	return real(fd, data, size, flags);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	REAL(send, real)
	hold_up(ODDS);
	ssize_t result = real(fd, data, size, flags);
	hold_up(ODDS);
	return result;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	REAL(sendmsg, real)
	hold_up(ODDS);
	ssize_t result = real(fd, message, flags);
	hold_up(ODDS);
	return result;
}

ssize_t write(int fd, const void *data, size_t size)
{
	REAL(write, real)
	hold_up(ODDS);
	ssize_t result = real(fd, data, size);
	hold_up(ODDS);
	return result;
}

int shutdown(int fd, int how)
{
	REAL(shutdown, real)
	hold_up(ODDS);
	return real(fd, how);
}

int close(int fd)
{
	REAL(close, real)
	hold_up(ODDS);
	return real(fd);
}

int sem_wait(sem_t *semaphore)
{
	REAL(sem_wait, real)
	int result = real(semaphore);
	hold_up(ODDS);
	return result;
}

int sem_post(sem_t *semaphore)
{
	REAL(sem_post, real)
	hold_up(ODDS);
	int result = real(semaphore);
	hold_up(ODDS);
	return result;
}

/* Not pthread_cond_wait(): the C library has two of it, and ThreadSanitizer wants to be
 * between. Who comes back from it takes a lock at once, and gives it back soon. */
int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	REAL(pthread_mutex_lock, real)
	hold_up(LOCK_ODDS);
	return real(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	REAL(pthread_mutex_unlock, real)
	int result = real(mutex);
	hold_up(LOCK_ODDS);
	return result;
}

/** What a new thread is to do. */
struct errand {
	void *(*work)(void *argument);
	void *argument;
};

static void *run_late(void *user)
{
	struct errand errand = *(struct errand *)user;
	free(user);
	hold_up(THREAD_ODDS);
	return errand.work(errand.argument);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
	void *(*work)(void *), void *restrict argument)
{
	REAL(pthread_create, real)
	struct errand *errand = malloc(sizeof *errand);
	if (errand == NULL) {
		return EAGAIN;
	}
	*errand = (struct errand){work, argument};
	int result = real(thread, attributes, run_late, errand);
	if (result != 0) {
		free(errand);
	}
	hold_up(THREAD_ODDS);
	return result;
}
