/* Nothing that stands in the environment changes whom a fetch asks and whom it believes. */
#include "net/worker.h"

#include "support/check.h"
#include "support/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct loopback_page pages[] = {{.path = "/good", .status = 200, .body = "good"}};

static const struct loopback_page proxied[] = {
	{.path = "http://elsewhere.test/good", .status = 200, .body = "proxied"},
};

/* Whoever asks a proxy comes here. */
struct canary {
	struct loopback *loopback;
	char url[64];
};

static void canary_start(struct canary *canary)
{
	canary->loopback = loopback_new(proxied, COUNT(proxied));
	snprintf(canary->url, sizeof canary->url, "http://127.0.0.1:%u",
		loopback_port(canary->loopback));
}

static int start_tls(void **state)
{
	network_start(state, loopback_new_tls(pages, COUNT(pages)));
	struct network *network = *state;
	network->config.ca_file = loopback_ca_file(network->loopback);
	network_restart(network);
	return 0;
}

static int start(void **state)
{
	return network_start(state, loopback_new(pages, COUNT(pages)));
}

static const char *const proxies[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
	"all_proxy", "ALL_PROXY", "socks_proxy", "SOCKS_PROXY"};

static void get_at(struct network *network, const char *origin, struct fetched *fetched)
{
	network_begin_at(network, origin, "/good", 0, fetched);
	network_await(fetched);
}

static void asks_none_of_them(struct network *network, const char *origin)
{
	struct canary canary;
	struct fetched fetched;
	canary_start(&canary);
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	for (size_t i = 0; i < COUNT(proxies); i++) {
		setenv(proxies[i], canary.url, 1);
		network_restart(network);
		get_at(network, origin, &fetched);
		unsetenv(proxies[i]);
		CHECK_ROW(proxies[i], fetched.code == MCPAUTH_OK && fetched.status == 200);
		CHECK_ROW(proxies[i], loopback_connections(canary.loopback) == 0);
	}
	loopback_free(canary.loopback);
}

static void asks_no_proxy_for_http(void **state)
{
	struct network *network = *state;
	network->config.insecure_allow_http = true;
	asks_none_of_them(network, "http://127.0.0.1");
}

static void asks_no_proxy_for_https(void **state)
{
	asks_none_of_them(*state, "https://localhost");
}

static const char *const exceptions[] = {"no_proxy", "NO_PROXY"};

static void asks_its_own_proxy_in_spite_of_exceptions(void **state)
{
	struct network *network = *state;
	struct canary canary;
	canary_start(&canary);
	network->config.insecure_allow_http = true;
	network->config.proxy = canary.url;
	for (unsigned i = 0; i < COUNT(exceptions); i++) {
		struct fetched fetched;
		setenv(exceptions[i], "*", 1);
		network_restart(network);
		network_begin(network, &(struct mcpauth__get){.url = "http://elsewhere.test/good"},
			&fetched);
		network_await(&fetched);
		unsetenv(exceptions[i]);
		CHECK_ROW(exceptions[i], strcmp(fetched.body, "proxied") == 0);
		CHECK_ROW(exceptions[i], loopback_connections(canary.loopback) == i + 1);
	}
	loopback_free(canary.loopback);
}

static const char *const authorities[] = {
	"CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"};

static void set_authorities(const char *file)
{
	for (size_t i = 0; i < COUNT(authorities); i++) {
		if (file != NULL) {
			setenv(authorities[i], file, 1);
		} else {
			unsetenv(authorities[i]);
		}
	}
}

static void believes_no_authority_that_it_names(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	set_authorities(loopback_ca_file(network->loopback));
	network->config.ca_file = NULL;
	network_restart(network);
	get_at(network, "https://localhost", &fetched);
	set_authorities(NULL);
	assert_int_equal(fetched.code, MCPAUTH_E_TLS);
}

static void believes_its_own_authorities_in_spite_of_it(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	set_authorities("/nonexistent/ca.pem");
	network_restart(network);
	get_at(network, "https://localhost", &fetched);
	set_authorities(NULL);
	assert_int_equal(fetched.code, MCPAUTH_OK);
}

static void tells_no_password_of_a_home(void **state)
{
	struct network *network = *state;
	struct fetched fetched;
	char head[1024];
	char home[] = "/tmp/environment-XXXXXX";
	char path[64];
	assert_non_null(mkdtemp(home));
	snprintf(path, sizeof path, "%s/.netrc", home);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("default login me password secret\n", file);
	fclose(file);
	setenv("HOME", home, 1);
	network_restart(network);
	get_at(network, "http://127.0.0.1", &fetched);
	unlink(path);
	rmdir(home);
	assert_int_equal(fetched.status, 200);
	loopback_last_request(network->loopback, head, sizeof head);
	assert_null(strstr(head, "Authorization"));
}

/* RFC 7838, RFC 6797: what a server says of other servers is forgotten. */
static void remembers_nothing_of_other_ways(void **state)
{
	struct network *network = *state;
	struct canary canary;
	struct fetched fetched;
	char headers[256];
	canary_start(&canary);
	snprintf(headers, sizeof headers,
		"Alt-Svc: http/1.1=\"127.0.0.1:%u\"; ma=86400, h2=\"127.0.0.1:%u\"\r\n"
		"Strict-Transport-Security: max-age=86400; includeSubDomains\r\n"
		"Set-Cookie: a=b\r\n",
		loopback_port(canary.loopback), loopback_port(canary.loopback));
	struct loopback_page page = {
		.path = "/good", .status = 200, .headers = headers, .body = "good"};
	loopback_free(network->loopback);
	network->loopback = loopback_new_tls(&page, 1);
	network->config.ca_file = loopback_ca_file(network->loopback);
	network_restart(network);
	for (unsigned i = 1; i <= 2; i++) {
		char head[1024];
		get_at(network, "https://localhost", &fetched);
		assert_int_equal(fetched.status, 200);
		loopback_last_request(network->loopback, head, sizeof head);
		assert_null(strstr(head, "Cookie"));
		assert_int_equal(loopback_connections(network->loopback), i);
		loopback_hang_up(network->loopback);
	}
	assert_int_equal(loopback_connections(canary.loopback), 0);
	loopback_free(canary.loopback);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, network_stop)
#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, start_tls, network_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(asks_no_proxy_for_http),
		TLS_TEST(asks_no_proxy_for_https),
		TEST(asks_its_own_proxy_in_spite_of_exceptions),
		TLS_TEST(believes_no_authority_that_it_names),
		TLS_TEST(believes_its_own_authorities_in_spite_of_it),
		TEST(tells_no_password_of_a_home),
		TLS_TEST(remembers_nothing_of_other_ways),
	};
	return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
