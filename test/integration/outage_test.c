/* The issuer is down, comes up, or cannot even be looked up. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OTHER_ISSUER "https://other.example.com"
#define METADATA "/.well-known/oauth-protected-resource/mcp"
#define DEADLINE_MS 2000

typedef int (*resolve_fn)(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);

static atomic_uint stuck;

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* The test's own name server: this definition comes before the C library's, and
 * stuck.test hangs in it. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found)
{
	resolve_fn resolve;
	*(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
	bool is_stuck = node != NULL && strcmp(node, "stuck.test") == 0;
	if (is_stuck) {
		atomic_fetch_add(&stuck, 1);
		sleep_ms(3 * DEADLINE_MS);
	}
	int result = resolve(is_stuck ? "127.0.0.1" : node, service, hints, found);
	if (is_stuck) {
		atomic_fetch_sub(&stuck, 1);
	}
	return result;
}

static struct http_response get(const struct daemon *daemon, const char *path, const char *token)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(daemon_port(daemon));
	assert_true(http_client_get(client, path, token));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	http_client_free(client);
	return response;
}

static void check_get(
	const struct daemon *daemon, const char *path, const char *token, unsigned status)
{
	struct http_response response = get(daemon, path, token);
	CHECK_ROW(path, response.status == status);
	http_response_finish(&response);
}

static void check_unavailable(const struct daemon *daemon, const char *token)
{
	char value[16];
	struct http_response response = get(daemon, "/mcp", token);
	assert_int_equal(response.status, 503);
	assert_true(http_response_field(&response, "Retry-After", value, sizeof value));
	assert_in_range(strtoul(value, NULL, 10), 1, 30);
	assert_false(http_response_field(&response, "WWW-Authenticate", value, sizeof value));
	assert_non_null(strstr(response.body, "temporarily_unavailable"));
	http_response_finish(&response);
}

/* A key server on a port that nobody listened on before. */
static enum MHD_Result serve_keys(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	(void)user;
	(void)url;
	(void)method;
	(void)version;
	(void)upload_data;
	(void)upload_data_size;
	(void)con_cls;
	return daemon_answer(connection, 200, daemon_keys());
}

static struct MHD_Daemon *start_issuer(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct MHD_Daemon *issuer = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL,
		serve_keys, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
	assert_non_null(issuer);
	return issuer;
}

static unsigned find_free_port(void)
{
	struct MHD_Daemon *issuer = start_issuer(0);
	unsigned port = MHD_get_daemon_info(issuer, MHD_DAEMON_INFO_BIND_PORT)->port;
	MHD_stop_daemon(issuer);
	return port;
}

static void recovers_by_itself_from_an_issuer_that_was_down_from_the_start(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way += DAEMON_THREADS) {
		struct daemon_config config = {.way = way, .issuer_port = find_free_port()};
		struct daemon *daemon = daemon_new(&config);
		char *token = daemon_token("me");
		unsigned status = 503;
		check_get(daemon, METADATA, NULL, 200);
		check_unavailable(daemon, token);
		check_get(daemon, "/mcp", NULL, 401);
		check_get(daemon, METADATA, NULL, 200);
		struct MHD_Daemon *issuer = start_issuer(config.issuer_port);
		for (int i = 0; i < 100 && status == 503; i++) {
			struct http_response response = get(daemon, "/mcp", token);
			status = response.status;
			http_response_finish(&response);
			sleep_ms(100);
		}
		CHECK_ROW(daemon_way_name(way), status == 200);
		free(token);
		daemon_free(daemon);
		MHD_stop_daemon(issuer);
	}
}

static void the_metadata_document_names_the_issuer_while_it_is_down(void **state)
{
	struct daemon_config config = {.issuer_port = find_free_port()};
	struct daemon *daemon = daemon_new(&config);
	struct http_response response = get(daemon, METADATA, NULL);
	(void)state;
	assert_int_equal(response.status, 200);
	assert_non_null(strstr(response.body, "\"resource\":\"" DAEMON_RESOURCE "\""));
	assert_non_null(strstr(response.body, "\"authorization_servers\":[\"" DAEMON_ISSUER "\"]"));
	http_response_finish(&response);
	daemon_free(daemon);
}

static void add_other_issuer(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	char uri[64];
	(void)chain;
	snprintf(uri, sizeof uri, "http://127.0.0.1:%u/keys", loopback_port(user));
	issuer.issuer = OTHER_ISSUER;
	issuer.jwks_uri = uri;
	CHECK_OK(mcpauth_add_issuer(auth, DAEMON_RESOURCE, &issuer, &err));
}

static void check_others_are_quick(const struct daemon *daemon, const char *other_token)
{
	long start = http_client_clock();
	for (int i = 0; i < 20; i++) {
		check_get(daemon, "/open", NULL, 200);
		check_get(daemon, METADATA, NULL, 200);
		check_get(daemon, "/mcp", NULL, 401);
		check_get(daemon, "/mcp", other_token, 200);
	}
	assert_true(http_client_clock() - start < DEADLINE_MS * 3 / 4);
}

static void a_stuck_resolver_delays_its_own_to_the_deadline_and_others_not_at_all(void **state)
{
	struct loopback_page page = {.path = "/keys", .status = 200, .body = daemon_keys()};
	struct loopback *other = loopback_new(&page, 1);
	struct daemon_config config = {
		.jwks_uri = "http://stuck.test:9/keys",
		.deadline_ms = DEADLINE_MS,
		.prepare = add_other_issuer,
		.prepare_user = other,
	};
	struct daemon *daemon = daemon_new(&config);
	struct http_client *client = http_client_new(daemon_port(daemon));
	struct http_response response = {0};
	char *token = daemon_token("me");
	char *other_token = daemon_token_from(OTHER_ISSUER, "me");
	long start = http_client_clock();
	(void)state;
	assert_true(http_client_get(client, "/mcp", token));
	CHECK_SOON(atomic_load(&stuck) != 0);
	check_others_are_quick(daemon, other_token);
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	long took = http_client_clock() - start;
	assert_int_equal(response.status, 503);
	assert_true(took >= DEADLINE_MS - 50 && took < DEADLINE_MS + 2000);
	assert_int_equal(atomic_load(&stuck), 1); /* it still hangs */
	http_response_finish(&response);
	http_client_free(client);
	free(token);
	free(other_token);
	start = http_client_clock();
	daemon_free(daemon);
	assert_true(http_client_clock() - start < 2000);
	loopback_free(other);
}

/* Threads that libcurl gave up on end before the process does. */
static int await_resolvers(void **state)
{
	(void)state;
	for (int i = 0; i < 5000 && atomic_load(&stuck) > 0; i++) {
		sleep_ms(2);
	}
	sleep_ms(100);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recovers_by_itself_from_an_issuer_that_was_down_from_the_start),
		cmocka_unit_test(the_metadata_document_names_the_issuer_while_it_is_down),
		cmocka_unit_test(
			a_stuck_resolver_delays_its_own_to_the_deadline_and_others_not_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, await_resolvers);
}
