/* HTTPS by MHD's own GnuTLS: everything works as without. */
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CROWD 20

struct fixture {
	gnutls_datum_t key;
	gnutls_datum_t certificate;
	struct loopback_page page;
	struct loopback *issuer;
	struct daemon *daemon;
	char *token;
};

static void sign(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	static const char name[] = "localhost";
	time_t now = time(NULL);
	gnutls_x509_crt_set_version(certificate, 3);
	gnutls_x509_crt_set_serial(certificate, "\1", 1);
	gnutls_x509_crt_set_activation_time(certificate, now - 60);
	gnutls_x509_crt_set_expiration_time(certificate, now + 3600);
	gnutls_x509_crt_set_subject_alt_name(
		certificate, GNUTLS_SAN_DNSNAME, name, sizeof name - 1, GNUTLS_FSAN_SET);
	gnutls_x509_crt_set_key(certificate, key);
	assert_int_equal(
		gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
}

static void make_certificate(struct fixture *fixture)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&certificate);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
				 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
		0);
	sign(certificate, key);
	assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &fixture->key), 0);
	assert_int_equal(
		gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &fixture->certificate),
		0);
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
}

static struct fixture *fixture_new(enum daemon_way way, enum loopback_manner manner)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	make_certificate(fixture);
	fixture->page = (struct loopback_page){
		.path = "/keys", .status = 200, .body = daemon_keys(), .manner = manner};
	fixture->issuer = loopback_new(&fixture->page, 1);
	struct daemon_config config = {
		.way = way,
		.issuer_port = loopback_port(fixture->issuer),
		.tls_key = (const char *)fixture->key.data,
		.tls_certificate = (const char *)fixture->certificate.data,
	};
	fixture->daemon = daemon_new(&config);
	fixture->token = daemon_token("me");
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	daemon_free(fixture->daemon);
	loopback_free(fixture->issuer);
	gnutls_free(fixture->key.data);
	gnutls_free(fixture->certificate.data);
	free(fixture->token);
	free(fixture);
}

static void tokens_and_challenges_work_over_tls_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		struct fixture *fixture = fixture_new(way, LOOPBACK_PLAIN);
		struct http_response response = {0};
		char value[512];
		struct http_client *client = http_client_new_tls(daemon_port(fixture->daemon));
		CHECK_ROW(daemon_way_name(way), client != NULL);
		assert_true(http_client_get(client, "/mcp", fixture->token));
		CHECK_ROW(
			daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
		assert_int_equal(response.status, 200);
		assert_string_equal(response.body, "me");
		assert_true(http_client_get(client, "/mcp", NULL));
		CHECK_ROW(
			daemon_way_name(way), http_client_read(client, &response, HTTP_CLIENT_MS));
		assert_int_equal(response.status, 401);
		assert_true(
			http_response_field(&response, "WWW-Authenticate", value, sizeof value));
		http_response_finish(&response);
		http_client_free(client);
		fixture_free(fixture);
	}
}

static void a_refused_body_is_swallowed_over_tls(void **state)
{
	static char body[2000000];
	struct fixture *fixture = fixture_new(DAEMON_EPOLL, LOOPBACK_PLAIN);
	struct http_response response = {0};
	struct http_client *client = http_client_new_tls(daemon_port(fixture->daemon));
	(void)state;
	assert_non_null(client);
	assert_true(http_client_head(client, "POST", "/mcp", "Content-Length: 2000000\r\n"));
	assert_true(http_client_send(client, body, sizeof body));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 401);
	assert_true(http_client_get(client, "/open", NULL));
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	assert_int_equal(response.status, 200);
	http_response_finish(&response);
	http_client_free(client);
	fixture_free(fixture);
}

/* A crowd that waits for keys over TLS; `status` is what becomes of it. */
static void await_together(enum daemon_way way, bool stop, unsigned status)
{
	struct fixture *fixture = fixture_new(way, LOOPBACK_HELD);
	struct http_client *clients[CROWD];
	struct http_response responses[CROWD] = {0};
	for (int i = 0; i < CROWD; i++) {
		clients[i] = http_client_new_tls(daemon_port(fixture->daemon));
		assert_non_null(clients[i]);
		assert_true(http_client_get(clients[i], "/mcp", fixture->token));
	}
	assert_int_equal(http_clients_read(clients, responses, CROWD, 100), 0);
	if (stop) {
		CHECK_ROW(daemon_way_name(way), daemon_stop(fixture->daemon) == 0);
	} else {
		loopback_release(fixture->issuer);
	}
	CHECK_ROW(daemon_way_name(way),
		http_clients_read(clients, responses, CROWD, HTTP_CLIENT_MS) == CROWD);
	for (int i = 0; i < CROWD; i++) {
		CHECK_ROW(daemon_way_name(way), responses[i].status == status);
		http_response_finish(&responses[i]);
		http_client_free(clients[i]);
	}
	fixture_free(fixture);
}

static void requests_wait_over_tls_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		await_together(way, false, 200);
	}
}

static void a_stop_answers_everybody_over_tls_in_any_way_to_run(void **state)
{
	(void)state;
	for (enum daemon_way way = DAEMON_EPOLL; way < DAEMON_WAYS; way++) {
		await_together(way, true, 503);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_and_challenges_work_over_tls_in_any_way_to_run),
		cmocka_unit_test(a_refused_body_is_swallowed_over_tls),
		cmocka_unit_test(requests_wait_over_tls_in_any_way_to_run),
		cmocka_unit_test(a_stop_answers_everybody_over_tls_in_any_way_to_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
