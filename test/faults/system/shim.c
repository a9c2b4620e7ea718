/* A library to preload: makes system calls fail as a mapped file says. */
#define _GNU_SOURCE
/* Each name as it is, and not the one of its twin for large files. */
#undef _FILE_OFFSET_BITS

#include "../support/real.h"
#include "control.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fault_control *control;

__attribute__((constructor)) static void attach(void)
{
	const char *name = getenv(FAULT_CONTROL);
	int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		return;
	}
	void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED) {
		control = mapped;
	}
}

/* The same seed makes the same calls of a kind fail. */
static unsigned dice(enum fault kind, unsigned call)
{
	uint64_t value = ((uint64_t)atomic_load(&control->seed) << 32) + call;
	value = (value ^ (uint64_t)kind << 17) * 0x9e3779b97f4a7c15u;
	value = (value ^ value >> 29) * 0xbf58476d1ce4e5b9u;
	return (unsigned)(value >> 40) & 0xffff;
}

/* @return 0, or the number of this failure of its kind */
static unsigned strikes(enum fault kind)
{
	if (control == NULL) {
		return 0;
	}
	struct fault_rule *rule = &control->rules[kind];
	unsigned call = atomic_fetch_add(&rule->calls, 1) + 1;
	if (call != atomic_load(&rule->number) && dice(kind, call) >= atomic_load(&rule->chance)) {
		return 0;
	}
	return atomic_fetch_add(&rule->injected, 1) + 1;
}

/* By turns the process's own limit and that of the machine. */
static bool has_no_descriptor(enum fault kind)
{
	unsigned number = strikes(kind);
	if (number > 0) {
		errno = number % 2 == 1 ? EMFILE : ENFILE;
	}
	return number > 0;
}

/* Of waits only those that do wait: what MHD 0.9.75 is about to serve because it was
 * resumed, it forgets until the next event if a look that takes no time is
 * interrupted. Nothing does that to a thread which blocks signals, as notes has it. */
static bool is_interrupted(enum fault kind)
{
	bool is = strikes(kind) > 0;
	if (is) {
		errno = EINTR;
	}
	return is;
}

static bool is_reset(void)
{
	bool is = strikes(FAULT_RESET) > 0;
	if (is) {
		errno = ECONNRESET;
	}
	return is;
}

/* Of files and event counters nothing comes in part. */
static bool is_socket(int fd)
{
	struct stat status;
	int before = errno;
	bool is = fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
	errno = before;
	return is;
}

static size_t shortened(enum fault kind, size_t length)
{
	unsigned number = length > 1 ? strikes(kind) : 0;
	size_t less = number % 3 + 1;
	return number > 0 && less < length ? less : length;
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
	REAL(accept4, real)
	return has_no_descriptor(FAULT_ACCEPT) ? -1 : real(fd, address, length, flags);
}

int socket(int domain, int type, int protocol)
{
	REAL(socket, real)
	return has_no_descriptor(FAULT_SOCKET) ? -1 : real(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	REAL(socketpair, real)
	return has_no_descriptor(FAULT_SOCKETPAIR) ? -1 : real(domain, type, protocol, fds);
}

int eventfd(unsigned count, int flags)
{
	REAL(eventfd, real)
	return has_no_descriptor(FAULT_EVENTFD) ? -1 : real(count, flags);
}

int epoll_create1(int flags)
{
	REAL(epoll_create1, real)
	return has_no_descriptor(FAULT_EPOLL_CREATE) ? -1 : real(flags);
}

int open(const char *path, int flags, ...)
{
	REAL(open, real)
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return has_no_descriptor(FAULT_OPEN) ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	REAL(open64, real)
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return has_no_descriptor(FAULT_OPEN) ? -1 : real(path, flags, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	REAL(fopen, real)
	return has_no_descriptor(FAULT_OPEN) ? NULL : real(path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
	REAL(fopen64, real)
	return has_no_descriptor(FAULT_OPEN) ? NULL : real(path, mode);
}

__attribute__((format(printf, 2, 0))) static int write_line(
	FILE *file, const char *format, va_list arguments)
{
	if (strikes(FAULT_LOG) > 0) {
		errno = ENOSPC;
		return -1;
	}
	return vfprintf(file, format, arguments);
}

int fprintf(FILE *restrict file, const char *restrict format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = write_line(file, format, arguments);
	va_end(arguments);
	return length;
}

/* What fprintf() is called in programs that were built with _FORTIFY_SOURCE. */
__attribute__((format(printf, 3, 4))) int __fprintf_chk(
	FILE *restrict file, int flag, const char *restrict format, ...);

int __fprintf_chk(FILE *restrict file, int flag, const char *restrict format, ...)
{
	va_list arguments;
	(void)flag;
	va_start(arguments, format);
	int length = write_line(file, format, arguments);
	va_end(arguments);
	return length;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	REAL(poll, real)
	return timeout != 0 && is_interrupted(FAULT_POLL) ? -1 : real(fds, count, timeout);
}

int select(int count, fd_set *restrict readable, fd_set *restrict writable,
	fd_set *restrict exceptional, struct timeval *restrict timeout)
{
	REAL(select, real)
	return is_interrupted(FAULT_POLL) ? -1
					  : real(count, readable, writable, exceptional, timeout);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
	REAL(epoll_wait, real)
	return timeout != 0 && is_interrupted(FAULT_POLL) ? -1 : real(fd, events, count, timeout);
}

ssize_t read(int fd, void *buffer, size_t length)
{
	REAL(read, real)
	if (!is_socket(fd)) {
		return real(fd, buffer, length);
	}
	return is_interrupted(FAULT_READ_EINTR)
		? -1
		: real(fd, buffer, shortened(FAULT_READ_SHORT, length));
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	REAL(recv, real)
	return is_interrupted(FAULT_READ_EINTR) || is_reset()
		? -1
		: real(fd, buffer, shortened(FAULT_READ_SHORT, length), flags);
}

ssize_t write(int fd, const void *data, size_t length)
{
	REAL(write, real)
	if (!is_socket(fd)) {
		return real(fd, data, length);
	}
	return is_interrupted(FAULT_WRITE_EINTR)
		? -1
		: real(fd, data, shortened(FAULT_WRITE_SHORT, length));
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
	REAL(send, real)
	return is_interrupted(FAULT_WRITE_EINTR) || is_reset()
		? -1
		: real(fd, data, shortened(FAULT_WRITE_SHORT, length), flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	REAL(sendmsg, real)
	struct msghdr less = *message;
	struct iovec first;
	if (is_interrupted(FAULT_WRITE_EINTR) || is_reset()) {
		return -1;
	}
	for (; less.msg_iovlen > 0 && less.msg_iov->iov_len == 0; less.msg_iovlen--) {
		less.msg_iov++;
	}
	if (less.msg_iovlen > 0) {
		first = *less.msg_iov;
		first.iov_len = shortened(FAULT_WRITE_SHORT, first.iov_len);
		if (first.iov_len < less.msg_iov->iov_len) {
			less.msg_iov = &first;
			less.msg_iovlen = 1;
		}
	}
	return real(fd, &less, flags);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
	void *(*start)(void *), void *restrict argument)
{
	REAL(pthread_create, real)
	return strikes(FAULT_THREAD) > 0 ? EAGAIN : real(thread, attributes, start, argument);
}

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
	REAL(getrandom, real)
	unsigned number = strikes(FAULT_RANDOM);
	if (number % 2 == 1) {
		errno = EIO;
		return -1;
	}
	return real(buffer, number > 0 && length > 1 ? length / 2 : length, flags);
}

int getaddrinfo(const char *restrict host, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
	static const int reasons[] = {EAI_AGAIN, EAI_MEMORY, EAI_FAIL};
	REAL(getaddrinfo, real)
	unsigned number = strikes(FAULT_RESOLVE);
	if (number > 0) {
		return reasons[number % 3];
	}
	return real(host != NULL && strcmp(host, FAULT_HOST) == 0 ? "127.0.0.1" : host, service,
		hints, found);
}

/* MHD has two loops, and notes asks for one of them. */
struct MHD_Daemon *MHD_start_daemon(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback accept,
	void *accept_user, MHD_AccessHandlerCallback handler, void *handler_user, ...)
{
	REAL(MHD_start_daemon_va, real)
	va_list arguments;
	if (getenv(FAULT_EPOLL) != NULL) {
		flags = (flags & ~(unsigned)MHD_USE_POLL) | MHD_USE_EPOLL;
	}
	va_start(arguments, handler_user);
	struct MHD_Daemon *daemon = real(
		flags, port, accept, accept_user, handler, handler_user, arguments);
	va_end(arguments);
	return daemon;
}
