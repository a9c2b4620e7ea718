/* Names whose addresses change or are mixed: what is connected to is what was judged. */
#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* _GNU_SOURCE would have it, and give connect() another type. */
#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1L)
#endif

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NAME "moving.test"
#define ANSWERS_MAX 3
#define PUBLIC4 "93.184.215.14"
#define PUBLIC6 "2606:2800:21f:cb07::1"

/* What the name server says: at the first question, at the second, and so on;
 * the last answer stays. Addresses have blanks between them. */
static const char *const *answers;
static unsigned questions;
/* Where somebody wanted to connect to, each with a blank behind it. */
static char connected[512];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *next_answer(void)
{
	pthread_mutex_lock(&lock);
	const char *answer = answers[questions];
	if (questions + 1 < ANSWERS_MAX && answers[questions + 1] != NULL) {
		questions++;
	}
	pthread_mutex_unlock(&lock);
	return answer;
}

typedef int (*resolve_fn)(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);

/* Linked up as the C library does it, so that its freeaddrinfo() can release it. */
static int resolve_all(resolve_fn resolve, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	char text[256];
	char *rest = NULL;
	struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST, .ai_socktype = hints->ai_socktype};
	*found = NULL;
	snprintf(text, sizeof text, "%s", next_answer());
	for (char *at = strtok_r(text, " ", &rest); at != NULL; at = strtok_r(NULL, " ", &rest)) {
		if (resolve(at, service, &numeric, found) != 0) {
			abort();
		}
		while (*found != NULL) {
			found = &(*found)->ai_next;
		}
	}
	return 0;
}

/* The test's own name server: these definitions come before the C library's. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	resolve_fn resolve;
	*(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	return node != NULL && strcmp(node, NAME) == 0 ? resolve_all(resolve, service, hints, found)
						       : resolve(node, service, hints, found);
}

static void note(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
	inet_ntop(address->sa_family,
		address->sa_family == AF_INET ? (const void *)&in->sin_addr
					      : (const void *)&in6->sin6_addr,
		text, sizeof text);
	size_t length = strlen(connected);
	snprintf(connected + length, sizeof connected - length, "%s ", text);
}

/* Public addresses refuse at once here: a test asks nobody on the outside. */
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	int (*real)(int fd, const struct sockaddr *address, socklen_t length);
	*(void **)&real = dlsym(RTLD_NEXT, "connect");
	if (address->sa_family != AF_INET && address->sa_family != AF_INET6) {
		return real(fd, address, length);
	}
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
	pthread_mutex_lock(&lock);
	note(address);
	pthread_mutex_unlock(&lock);
	if (address->sa_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127) {
		return real(fd, address, length);
	}
	errno = ECONNREFUSED;
	return -1;
}

static const struct loopback_page pages[] = {{.path = "/", .status = 200, .body = "good"}};

static int start(void **state)
{
	network_start(state, loopback_new(pages, COUNT(pages)));
	return 0;
}

static void ask_within(struct network *network, unsigned timeout_ms, const char *scheme,
	const char *learnt_from, struct fetched *fetched)
{
	char url[64];
	snprintf(url, sizeof url, "%s://" NAME ":%u/", scheme, loopback_port(network->loopback));
	network_begin(network,
		&(struct mcpauth__get){
			.url = url, .learnt_from = learnt_from, .timeout_ms = timeout_ms},
		fetched);
	network_await(fetched);
}

static void ask(struct network *network, const char *scheme, const char *learnt_from,
	struct fetched *fetched)
{
	ask_within(network, 0, scheme, learnt_from, fetched);
}

static void expect(const char *const *script)
{
	pthread_mutex_lock(&lock);
	answers = script;
	questions = 0;
	*connected = '\0';
	pthread_mutex_unlock(&lock);
}

/* All that a name of somebody else's resolves to. */
static const struct {
	const char *answer;
	enum mcpauth_code code;
	const char *connected;
} learnt[] = {
	{PUBLIC4, MCPAUTH_E_UNREACHABLE, PUBLIC4 " "},
	{PUBLIC6, MCPAUTH_E_UNREACHABLE, PUBLIC6 " "},
	{"::ffff:" PUBLIC4, MCPAUTH_E_UNREACHABLE, "::ffff:" PUBLIC4 " "},
	{"64:ff9b::8.8.8.8", MCPAUTH_E_UNREACHABLE, "64:ff9b::808:808 "},
	{"127.0.0.1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"::1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"::ffff:127.0.0.1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"64:ff9b::127.0.0.1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"64:ff9b::a9fe:a9fe", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"2002:7f00:1::1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"0.0.0.0", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"::", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"10.0.0.1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"100.64.0.1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"169.254.169.254", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"fe80::1%1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"fd00:ec2::254", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"224.0.0.1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"ff02::1", MCPAUTH_E_ADDRESS_REFUSED, ""},
	{"127.0.0.1 " PUBLIC4 " 10.0.0.1", MCPAUTH_E_UNREACHABLE, PUBLIC4 " "},
	{PUBLIC4 " 127.0.0.1 192.168.0.1", MCPAUTH_E_UNREACHABLE, PUBLIC4 " "},
	{"::1 fe80::1%1 " PUBLIC6, MCPAUTH_E_UNREACHABLE, PUBLIC6 " "},
};

static void connects_to_the_public_ones_of_a_names_addresses(void **state)
{
	for (size_t i = 0; i < COUNT(learnt); i++) {
		struct fetched fetched;
		const char *script[ANSWERS_MAX] = {learnt[i].answer};
		network_restart(*state); /* which forgets what it resolved */
		expect(script);
		ask(*state, "https", "as.test", &fetched);
		CHECK_ROW(learnt[i].answer, fetched.code == learnt[i].code);
		CHECK_ROW(learnt[i].answer, strcmp(connected, learnt[i].connected) == 0);
	}
}

/* libcurl may end such a transfer only at its deadline; why it failed must still be told. */
static void connects_to_none_where_all_of_both_families_are_refused(void **state)
{
	static const char *const script[ANSWERS_MAX] = {
		"127.0.0.1 ::1 10.0.0.1 169.254.169.254 fe80::1%1"};
	struct fetched fetched;
	expect(script);
	ask_within(*state, 1000, "https", "as.test", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	assert_string_equal(connected, "");
}

static void judges_what_a_name_becomes_later(void **state)
{
	static const char *const script[ANSWERS_MAX] = {PUBLIC4, "127.0.0.1", "169.254.169.254"};
	struct network *network = *state;
	struct fetched fetched;
	expect(script);
	ask(network, "https", "as.test", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_UNREACHABLE);
	for (unsigned i = 0; i < 3; i++) {
		network_restart(network);
		ask(network, "https", "as.test", &fetched);
		assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	}
	assert_string_equal(connected, PUBLIC4 " ");
	assert_int_equal(loopback_connections(network->loopback), 0);
}

/* A configured name may be private: what libcurl remembers of it helps nobody else. */
static void judges_what_was_resolved_for_another(void **state)
{
	static const char *const script[ANSWERS_MAX] = {"127.0.0.1"};
	struct network *network = *state;
	struct fetched fetched;
	network->config.insecure_allow_http = true;
	network_restart(network);
	expect(script);
	ask(network, "http", NULL, &fetched);
	assert_string_equal(fetched.body, "good");
	assert_string_equal(connected, "127.0.0.1 ");
	ask(network, "https", "as.test", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	assert_string_equal(connected, "127.0.0.1 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connects_to_the_public_ones_of_a_names_addresses),
		TEST(connects_to_none_where_all_of_both_families_are_refused),
		TEST(judges_what_a_name_becomes_later),
		TEST(judges_what_was_resolved_for_another),
	};
	return cmocka_run_group_tests_name("rebinding", tests, NULL, NULL);
}
