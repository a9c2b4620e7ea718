/* Whom a GET may reach: by which URL, name, address, certificate and proxy. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef int (*resolve_fn)(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);

static atomic_uint stuck_resolvers;

/* The test's own name server: this definition comes before the C library's.
 * stuck.test hangs, every other .test name is at 127.0.0.1. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	resolve_fn resolve;
	*(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	size_t length = node != NULL ? strlen(node) : 0;
	bool is_ours = length > 5 && strcmp(node + length - 5, ".test") == 0;
	if (is_ours && strcmp(node, "stuck.test") == 0) {
		atomic_fetch_add(&stuck_resolvers, 1);
		network_sleep(1500);
		int result = resolve("127.0.0.1", service, hints, found);
		atomic_fetch_sub(&stuck_resolvers, 1);
		return result;
	}
	return resolve(is_ours ? "127.0.0.1" : node, service, hints, found);
}

static const struct loopback_page pages[] = {
	{.path = "/good", .status = 200, .body = "good"},
	{.path = "http://elsewhere.test/proxied", .status = 200, .body = "proxied"},
};

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static int start_tls(void **state)
{
	network_start(state, loopback_new_tls(pages, COUNT(pages)));
	struct network *network = *state;
	network->config.ca_file = loopback_ca_file(network->loopback);
	network_restart(network);
	return 0;
}

static const struct {
	const char *label;
	const char *url;
	const char *learnt_from;
	enum mcpauth_code code;
} refused[] = {
	{"no URL", "nonsense", NULL, MCPAUTH_E_INVALID_URL},
	{"a file", "file:///etc/passwd", NULL, MCPAUTH_E_INVALID_URL},
	{"http", "http://as.test/", NULL, MCPAUTH_E_INVALID_URL},
	{"a user", "https://a@as.test/", NULL, MCPAUTH_E_INVALID_URL},
	{"a fragment", "https://as.test/#a", NULL, MCPAUTH_E_INVALID_URL},
	{"learnt nonsense", "nonsense", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt http", "http://other.test/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt http of its own", "http://as.test/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt loopback", "https://127.0.0.1:1/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt localhost", "https://localhost:1/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt ::1", "https://[::1]:1/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt mapped", "https://[::ffff:10.0.0.1]/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"learnt private", "https://10.0.0.1/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"a cloud's secrets", "https://169.254.169.254/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
	{"a number for a host", "https://2130706433/", "as.test", MCPAUTH_E_ADDRESS_REFUSED},
};

static void refuses_urls_at_once(void **state)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct fetched fetched;
		network_begin(*state,
			&(struct mcpauth__get){
				.url = refused[i].url, .learnt_from = refused[i].learnt_from},
			&fetched);
		CHECK_ROW(refused[i].label, fetched.calls == 1);
		CHECK_ROW(refused[i].label, fetched.code == refused[i].code);
		CHECK_ROW(refused[i].label, strlen(fetched.message) > 0);
	}
}

static void asks_anywhere_over_http_if_told_to(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	network->config.insecure_allow_http = true;
	network_restart(network);
	network_begin_at(network, "http://as.test", "/good", 0, &fetched);
	network_await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 200);
}

/* An https URL at the network's server, as learnt from a document of `host`. */
static void get_learnt(
	struct network *network, const char *host, const char *path, struct fetched *fetched)
{
	char url[256];
	snprintf(url, sizeof url, "https://own.test:%u%s", loopback_port(network->loopback), path);
	network_begin(network, &(struct mcpauth__get){.url = url, .learnt_from = host}, fetched);
	network_await(fetched);
}

static void judges_what_a_name_resolves_to(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	get_learnt(network, "evil.test", "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	assert_int_equal(loopback_connections(network->loopback), 0);
	get_learnt(network, "OWN.test", "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	get_learnt(network, NULL, "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
}

static void rides_on_nobody_elses_connection(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	get_learnt(network, NULL, "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	get_learnt(network, "evil.test", "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	assert_int_equal(loopback_requests(network->loopback), 1);
}

static const struct {
	const char *origin;
	bool has_ca_file;
	enum mcpauth_code code;
} peers[] = {
	{"https://localhost", true, MCPAUTH_OK},
	{"https://own.test", true, MCPAUTH_OK},
	{"https://other.test", true, MCPAUTH_E_TLS},
	{"https://127.0.0.1", true, MCPAUTH_E_TLS},
	{"https://localhost", false, MCPAUTH_E_TLS},
};

static void trusts_certificates_for_the_name_alone(void **state)
{
	struct network *network = *state;
	for (size_t i = 0; i < COUNT(peers); i++) {
		struct fetched fetched;
		network->config.ca_file = peers[i].has_ca_file ? loopback_ca_file(network->loopback)
							       : NULL;
		network_restart(network);
		network_begin_at(network, peers[i].origin, "/good", 0, &fetched);
		network_await(&fetched);
		CHECK_ROW(peers[i].origin, fetched.code == peers[i].code);
	}
}

static void asks_no_proxy_of_the_environment(void **state)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
	struct network *network = *state;
	struct fetched fetched;
	network->config.insecure_allow_http = true;
	network_restart(network);
	for (size_t i = 0; i < COUNT(names); i++) {
		setenv(names[i], "http://127.0.0.1:1", 1);
	}
	network_begin_at(network, "http://as.test", "/good", 0, &fetched);
	network_await(&fetched);
	for (size_t i = 0; i < COUNT(names); i++) {
		unsetenv(names[i]);
	}
	assert_int_equal(fetched.code, MCPAUTH_OK);
}

static void asks_the_proxy_it_was_given(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char proxy[64];
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", loopback_port(network->loopback));
	network->config.insecure_allow_http = true;
	network->config.proxy = proxy;
	network_restart(network);
	setenv("no_proxy", "*", 1);
	network_begin(
		network, &(struct mcpauth__get){.url = "http://elsewhere.test/proxied"}, &fetched);
	network_await(&fetched);
	unsetenv("no_proxy");
	assert_string_equal(fetched.body, "proxied");
	network_get(network, "/good", &fetched); /* this machine is asked directly */
	assert_string_equal(fetched.body, "good");
	network->config.proxy = NULL;
}

static void is_not_delayed_by_a_stuck_resolver(void **state)
{
	struct network *network = *state;
	struct fetched stuck;
	struct fetched good;
	int64_t began = network_now(network);
	network_begin(network,
		&(struct mcpauth__get){.url = "https://stuck.test/", .timeout_ms = 400}, &stuck);
	CHECK_SOON(atomic_load(&stuck_resolvers) != 0);
	network_get(network, "/good", &good);
	assert_int_equal(good.status, 200);
	assert_true(network_now(network) - began < 400);
	network_await(&stuck);
	int64_t took = network_now(network) - began;
	assert_int_equal(stuck.code, MCPAUTH_E_TIMEOUT);
	assert_true(took >= 400 && took < 1000);
	network_get(network, "/good", &good);
	assert_int_equal(good.status, 200);
	network_restart(network); /* taking the old one down does not wait either */
	assert_true(network_now(network) - began < 1300);
	assert_int_equal(atomic_load(&stuck_resolvers), 1);
	CHECK_SOON(atomic_load(&stuck_resolvers) == 0);
	network_sleep(100); /* for libcurl to clean up behind it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)
#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, start_tls, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_urls_at_once),
		TEST(asks_anywhere_over_http_if_told_to),
		TLS_TEST(judges_what_a_name_resolves_to),
		TLS_TEST(rides_on_nobody_elses_connection),
		TLS_TEST(trusts_certificates_for_the_name_alone),
		TEST(asks_no_proxy_of_the_environment),
		TEST(asks_the_proxy_it_was_given),
		TEST(is_not_delayed_by_a_stuck_resolver),
	};
	return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
