/* Servers behind a proxy: their certificates are judged before a request goes there. */
#include "net/peer.h"

#include "support/authority.h"
#include "support/check.h"
#include "support/encounter.h"
#include "support/network.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HOST "far.example"
#define ADDRESS "2606:4700::1"

/* A proxy that leads whoever asks for whatever to one port. */
struct proxy {
	pthread_t thread;
	int listener;
	unsigned target;
	unsigned connects; /* of its own thread, until that has ended */
	char url[64];
};

static struct sockaddr_in at(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static bool pass_on(int from, int to)
{
	char bytes[4096];
	ssize_t count = recv(from, bytes, sizeof bytes, 0);
	return count > 0 && send(to, bytes, (size_t)count, MSG_NOSIGNAL) == count;
}

static void relay(int client, int server)
{
	struct pollfd ends[] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
	bool good = true;
	while (good && poll(ends, 2, 20000) > 0) {
		good = (ends[0].revents == 0 || pass_on(client, server))
			&& (ends[1].revents == 0 || pass_on(server, client));
	}
}

/* @return is it asked for a tunnel, and for nothing else? */
static bool read_connect(int client)
{
	char head[1024] = "";
	size_t length = 0;
	while (strstr(head, "\r\n\r\n") == NULL && length < sizeof head - 1
		&& recv(client, head + length, 1, 0) == 1) {
		length++;
	}
	return strncmp(head, "CONNECT ", strlen("CONNECT ")) == 0;
}

static void *run(void *user)
{
	static const char answer[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct proxy *proxy = user;
	int client;
	while ((client = accept(proxy->listener, NULL, NULL)) >= 0) {
		struct sockaddr_in address = at(proxy->target);
		int server = socket(AF_INET, SOCK_STREAM, 0);
		if (read_connect(client)
			&& connect(server, (struct sockaddr *)&address, sizeof address) == 0
			&& send(client, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0) {
			proxy->connects++;
			relay(client, server);
		}
		close(server);
		close(client);
	}
	return NULL;
}

static void start_proxy(struct proxy *proxy, unsigned target)
{
	struct sockaddr_in address = at(0);
	socklen_t size = sizeof address;
	*proxy = (struct proxy){.target = target};
	proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(proxy->listener, 8), 0);
	assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&address, &size), 0);
	snprintf(proxy->url, sizeof proxy->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
	assert_int_equal(pthread_create(&proxy->thread, NULL, run, proxy), 0);
}

static void stop_proxy(struct proxy *proxy)
{
	shutdown(proxy->listener, SHUT_RDWR);
	pthread_join(proxy->thread, NULL);
	close(proxy->listener);
}

static const struct {
	const char *label;
	struct party_plan leaf;
	const char *reasons;
	const char *origin; /* NULL: HOST's */
} rows[] = {
	{"good", {.dns_name = HOST}, NULL, NULL},
	{"another name", {.dns_name = "near.example"}, "name", NULL},
	{"a common name alone", {.common_name = HOST}, "name", NULL},
	{"for clients", {.dns_name = HOST, .purpose = GNUTLS_KP_TLS_WWW_CLIENT}, "purpose", NULL},
	{"weak", {.dns_name = HOST, .algorithm = GNUTLS_PK_RSA, .bits = 1024}, "weak", NULL},
	{"an address of IPv6", {.ip_address = ADDRESS}, NULL, "https://[" ADDRESS "]"},
	{"another address", {.ip_address = "2606:4700::2"}, "name", "https://[" ADDRESS "]"},
	{"an address written as a name", {.dns_name = ADDRESS}, "name", "https://[" ADDRESS "]"},
	{"an address for a name", {.ip_address = ADDRESS}, "name", NULL},
};

static void judges_who_is_behind_a_proxy(void **state)
{
	struct authorities *all = *state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		void *network_state;
		struct proxy proxy;
		struct fetched fetched;
		struct party *leaf = party_new(&rows[i].leaf, all->between);
		struct encounter encounter = {.chain = {leaf, all->between}};
		network_start(&network_state, encounter_serve(&encounter));
		struct network *network = network_state;
		start_proxy(&proxy, loopback_port(network->loopback));
		network->config.proxy = proxy.url;
		network->config.ca_file = all->ca_file;
		network_restart(network);
		network_begin_at(network, rows[i].origin != NULL ? rows[i].origin : "https://" HOST,
			"/", 0, &fetched);
		network_await(&fetched);
		CHECK_ROW(rows[i].label, encounter_came_to(&fetched, rows[i].reasons));
		assert_int_equal(
			loopback_requests(network->loopback), fetched.code == MCPAUTH_OK ? 1 : 0);
		network->config.proxy = NULL;
		network_stop(&network_state);
		stop_proxy(&proxy);
		assert_int_equal(proxy.connects, 1);
		party_free(leaf);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, authorities_start, authorities_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(judges_who_is_behind_a_proxy),
	};
	return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
