/* Listening on loopback, at one port for both of its addresses. */
#include "client/login/listener_socket.h"

#include "base/error_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 16
/* How many free ports are tried, of which ::1 may lack one. */
#define TRIES 8

/* Where to listen. */
struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t length;
};

bool mcpauth__descriptor_prepare(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0
		&& fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
	}
	*fd = -1;
}

void mcpauth__listener_sockets_close(struct mcpauth__listener_sockets *sockets)
{
	for (int i = 0; i < MCPAUTH__LISTENER_SOCKETS; i++) {
		close_one(&sockets->fds[i]);
	}
}

static struct place ipv4(struct in_addr address, unsigned port)
{
	struct place place = {.length = sizeof place.address.v4};
	place.address.v4.sin_family = AF_INET;
	place.address.v4.sin_port = htons((uint16_t)port);
	place.address.v4.sin_addr = address;
	return place;
}

static struct place ipv6(unsigned port)
{
	struct place place = {.length = sizeof place.address.v6};
	place.address.v6.sin6_family = AF_INET6;
	place.address.v6.sin6_port = htons((uint16_t)port);
	place.address.v6.sin6_addr = in6addr_loopback;
	return place;
}

/* A port that was asked for may still have connections of an earlier login that are
 * about to end; to a free one nothing stands in the way. */
static bool bind_at(int fd, const struct place *place)
{
	int yes = 1;
	bool is_v6 = place->address.any.sa_family == AF_INET6;
	if (is_v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) {
		return false;
	}
	in_port_t port = is_v6 ? place->address.v6.sin6_port : place->address.v4.sin_port;
	if (port != 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
		return false;
	}
	return mcpauth__descriptor_prepare(fd) && bind(fd, &place->address.any, place->length) == 0
		&& listen(fd, BACKLOG) == 0;
}

/* @return the socket; -1: none, as errno says */
static int listen_at(const struct place *place)
{
	int fd = socket(place->address.any.sa_family, SOCK_STREAM, 0);
	if (fd >= 0 && !bind_at(fd, place)) {
		int why = errno;
		close_one(&fd);
		errno = why;
	}
	return fd;
}

static unsigned port_of(int fd)
{
	struct place place = {.length = sizeof place.address};
	if (getsockname(fd, &place.address.any, &place.length) != 0) {
		return 0;
	}
	return ntohs(place.address.any.sa_family == AF_INET6 ? place.address.v6.sin6_port
							     : place.address.v4.sin_port);
}

static bool open_one(const struct place *place, struct mcpauth__listener_sockets *sockets)
{
	sockets->fds[0] = listen_at(place);
	sockets->port = sockets->fds[0] >= 0 ? port_of(sockets->fds[0]) : 0;
	return sockets->port != 0;
}

/* Browsers try ::1 first: a listener of somebody else's there would get the code. */
static bool open_both(unsigned port, struct mcpauth__listener_sockets *sockets)
{
	struct place first = ipv4((struct in_addr){htonl(INADDR_LOOPBACK)}, port);
	if (!open_one(&first, sockets)) {
		return false;
	}
	struct place second = ipv6(sockets->port);
	sockets->fds[1] = listen_at(&second);
	return sockets->fds[1] >= 0 || errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT
		|| errno == EPROTONOSUPPORT;
}

static bool open_at(const char *host, unsigned port, struct mcpauth__listener_sockets *sockets)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (inet_pton(AF_INET, host, &v4) == 1) {
		struct place place = ipv4(v4, port);
		return open_one(&place, sockets);
	}
	if (inet_pton(AF_INET6, host, &v6) == 1) {
		struct place place = ipv6(port);
		return open_one(&place, sockets);
	}
	return open_both(port, sockets);
}

enum mcpauth_code mcpauth__listener_sockets_open(const char *host, unsigned port,
	struct mcpauth__listener_sockets *sockets, struct mcpauth_error *err)
{
	char reason[96];
	int why = 0;
	*sockets = (struct mcpauth__listener_sockets){.fds = {-1, -1}};
	for (int left = port == 0 ? TRIES : 1; left > 0; left--) {
		if (open_at(host, port, sockets)) {
			return MCPAUTH_OK;
		}
		why = errno;
		mcpauth__listener_sockets_close(sockets);
	}
	if (strerror_r(why, reason, sizeof reason) != 0) {
		snprintf(reason, sizeof reason, "error %d", why);
	}
	return mcpauth__fail(
		err, MCPAUTH_E_SYSTEM, "cannot listen at port %u of %.60s: %s", port, host, reason);
}
