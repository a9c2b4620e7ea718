/* The server whose memory is searched: the library behind MHD, under orders. */
#include "client.h"
#include "orders.h"
#include "stages.h"

#include "support/daemon.h"

#include "base/sleeper.h"
#include "base/wipe.h"

#include <gnutls/x509.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPAQUE_CLAIMS \
	"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE "\"," \
	"\"exp\":32503680000,\"sub\":\"opaque\"}"

static struct {
	struct daemon *daemon;
	struct mcpauth *auth;
	struct mcpauth_token_exchange *exchange;
	struct mcpauth_handles *handles;
	pthread_t makes; /* them */
	pthread_t uses;
	struct mcpauth__sleeper made;
	struct mcpauth__sleeper used;
	gnutls_datum_t key; /* for TLS */
	gnutls_datum_t certificate;
	char *lent;
	int log;
} server;

/* What ORDER_LEND writes to. */
#define LENT_SIZE 1024
static char lent_data[LENT_SIZE + 1];

static void say(const char *what, const char *message)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 64];
	int length = snprintf(line, sizeof line, "%s: %s\n", what, message);
	if (write(server.log, line, (size_t)length) != length) {
		abort();
	}
}

static void log_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	(void)level;
	(void)request;
	(void)user;
	say(mcpauth_code_name(code), message);
}

/* Tokens that begin like this are the program's own, and good. */
static void verify(struct mcpauth_inquiry *inquiry, void *user)
{
	(void)user;
	if (strncmp(mcpauth_inquiry_token(inquiry), "opaque-good", 11) == 0) {
		mcpauth_inquiry_accept(inquiry, OPAQUE_CLAIMS, sizeof OPAQUE_CLAIMS - 1);
	} else {
		mcpauth_inquiry_refuse(inquiry, MCPAUTH_E_UNKNOWN_KEY, "never heard of it");
	}
}

static void need(enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s: %s\n", mcpauth_code_name(code), err->message);
		abort();
	}
}

static void protect(
	struct mcpauth_chain *chain, const char *path, const char *scopes, bool with_details)
{
	struct mcpauth_error err;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.scopes = scopes;
	policy.allow_error_details = with_details;
	need(mcpauth_chain_protect(chain, path, &policy, &err), &err);
}

/* "introspected WAY PATH": how it proves itself, and what it asks on the issuer's port. */
static void introspect(struct mcpauth *auth, const struct order *order)
{
	unsigned way;
	char path[32];
	char endpoint[96];
	char secret[MARK_SIZE + 1];
	struct mcpauth_error err;
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	if (sscanf(order->text, "introspected %u %31s", &way, path) != 2) {
		return;
	}
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u%s", order->number, path);
	mark_show(&order->mark, secret);
	config.endpoint = endpoint;
	config.client_id = "server";
	config.authentication = (enum mcpauth_client_authentication)way;
	if (config.authentication == MCPAUTH_PRIVATE_KEY_JWT) {
		config.private_key = secret;
	} else if (config.authentication == MCPAUTH_CLIENT_BEARER_TOKEN) {
		config.bearer_token = secret;
	} else {
		config.client_secret = secret;
	}
	need(mcpauth_set_introspection(auth, DAEMON_ISSUER, &config, &err), &err);
	mcpauth__wipe(secret, sizeof secret);
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	const struct order *order = user;
	const char *kind = order->text;
	struct mcpauth_error err;
	server.auth = auth;
	protect(chain, "/scoped", "never:granted", true);
	protect(chain, "/details", NULL, true);
	protect(chain, "/plain", NULL, false);
	protect(chain, "/exchange", NULL, false);
	if (strcmp(kind, "opaque") == 0) {
		struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
		verifier.verify = verify;
		need(mcpauth_set_verifier(auth, DAEMON_RESOURCE, &verifier, &err), &err);
	}
	if (strcmp(kind, "stages") == 0) {
		char key[MARK_SIZE + 1];
		mark_show(&order->mark, key);
		stages_add(auth, chain, (const unsigned char *)key, server.log);
		mcpauth__wipe(key, sizeof key);
	}
	introspect(auth, order);
}

/* As an application does that calls further: a reference, the exchange, its end. */
static const char *exchange(const struct mcpauth_auth_info *caller)
{
	struct mcpauth_error err = {0};
	struct mcpauth_exchanged_token *token;
	struct mcpauth_auth_info *kept = mcpauth_auth_info_ref(caller);
	enum mcpauth_code code = mcpauth_token_exchange_run(server.exchange, kept, &token, &err);
	mcpauth_auth_info_free(kept);
	if (code != MCPAUTH_OK) {
		say("exchange", err.message);
		return "not exchanged";
	}
	mcpauth_exchanged_token_free(token);
	return "exchanged";
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static int seen;
	(void)user;
	(void)method;
	(void)version;
	(void)upload_data;
	if (*con_cls == NULL || *upload_data_size > 0) {
		*con_cls = &seen;
		*upload_data_size = 0;
		return MHD_YES;
	}
	const struct mcpauth_auth_info *info = mcpauth_mhd_auth_info(connection);
	return daemon_answer(
		connection, 200, strcmp(url, "/exchange") == 0 ? exchange(info) : "welcome");
}

static void sign(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	time_t now = time(NULL);
	gnutls_x509_crt_set_version(certificate, 3);
	gnutls_x509_crt_set_serial(certificate, "\1", 1);
	gnutls_x509_crt_set_activation_time(certificate, now - 60);
	gnutls_x509_crt_set_expiration_time(certificate, now + 3600);
	gnutls_x509_crt_set_key(certificate, key);
	gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
}

/* Both are PEM, and MHD's for as long as it runs. */
static void use_tls(struct daemon_config *config)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&certificate);
	gnutls_x509_privkey_generate(
		key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	sign(certificate, key);
	gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &server.key);
	gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &server.certificate);
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
	config->tls_key = (const char *)server.key.data;
	config->tls_certificate = (const char *)server.certificate.data;
}

static void start(const struct order *order, struct report *report)
{
	struct daemon_config config = {
		.way = DAEMON_EPOLL,
		.issuer_port = order->number,
		.handler = handle,
		.prepare = prepare,
		.prepare_user = (void *)order,
		.log = log_line,
	};
	if (strcmp(order->text, "tls") == 0) {
		use_tls(&config);
	}
	server.daemon = daemon_new(&config);
	report->number = daemon_port(server.daemon);
}

static void make_exchange(const struct order *order, struct report *report)
{
	struct mcpauth_error err = {0};
	char secret[MARK_SIZE + 1];
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	mark_show(&order->mark, secret);
	config.token_endpoint = order->text;
	config.client_id = "server";
	config.audience = "https://other.example.com";
	config.authentication = (enum mcpauth_client_authentication)order->number;
	if (config.authentication == MCPAUTH_PRIVATE_KEY_JWT) {
		config.private_key = secret;
	} else if (config.authentication == MCPAUTH_CLIENT_BEARER_TOKEN) {
		config.bearer_token = secret;
	} else {
		config.client_secret = secret;
	}
	report->code = mcpauth_token_exchange_new(server.auth, &config, &server.exchange, &err);
	mcpauth__wipe(secret, sizeof secret);
	memcpy(report->message, err.message, sizeof report->message);
}

static void read_settings(const struct order *order, struct report *report)
{
	struct mcpauth_error err = {0};
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_settings *settings;
	struct mcpauth *auth = NULL;
	report->code = mcpauth_settings_read(order->text, &settings, &err);
	if (report->code == MCPAUTH_OK) {
		report->code = mcpauth_settings_apply(settings, &config, &err);
	}
	if (report->code == MCPAUTH_OK) {
		report->code = mcpauth_new(&config, &auth, &err);
	}
	mcpauth_free(auth);
	mcpauth_settings_free(settings);
	memcpy(report->message, err.message, sizeof report->message);
}

static void use_handles(void)
{
	char handle[MCPAUTH_HANDLE_SIZE];
	struct mcpauth_error err = {0};
	need(mcpauth_handle_make(server.handles, NULL, handle, &err), &err);
	need(mcpauth_handle_check(server.handles, NULL, handle, &err), &err);
	handle[5] ^= 1;
	if (mcpauth_handle_check(server.handles, NULL, handle, &err) == MCPAUTH_OK) {
		abort();
	}
	say("handle", err.message);
}

static void make_handles(const struct order *order)
{
	struct mcpauth_error err = {0};
	char secret[MARK_SIZE + 1];
	struct mcpauth_handles_config config = MCPAUTH_HANDLES_CONFIG_INIT;
	mark_show(&order->mark, secret);
	config.key = secret;
	config.key_length = strlen(secret);
	config.purpose = order->text;
	need(mcpauth_handles_new(server.auth, &config, &server.handles, &err), &err);
	mcpauth__wipe(secret, sizeof secret);
}

/* Only what waits below: what was left on the stack stays as it is. */
static void *keep_making_handles(void *order)
{
	make_handles(order);
	mcpauth__sleeper_wake(&server.made);
	mcpauth__sleeper_sleep(&server.used);
	return NULL;
}

static void *keep_using_handles(void *unused)
{
	(void)unused;
	use_handles();
	mcpauth__sleeper_wake(&server.made);
	mcpauth__sleeper_sleep(&server.used);
	return NULL;
}

/* Each in a thread of its own, whose stack nobody else writes to. */
static void have_handles(const struct order *order)
{
	if (order->number == 0) {
		mcpauth__sleeper_wake(&server.used);
		mcpauth__sleeper_wake(&server.used);
		pthread_join(server.makes, NULL);
		pthread_join(server.uses, NULL);
		mcpauth_handles_free(server.handles);
		server.handles = NULL;
		return;
	}
	mcpauth__sleeper_init(&server.made);
	mcpauth__sleeper_init(&server.used);
	pthread_create(&server.makes, NULL, keep_making_handles, (void *)order);
	mcpauth__sleeper_sleep(&server.made);
	pthread_create(&server.uses, NULL, keep_using_handles, NULL);
	mcpauth__sleeper_sleep(&server.made);
}

static void lend(const struct order *order)
{
	free(server.lent);
	server.lent = order->number == PLACE_HEAP ? malloc(LENT_SIZE + 1) : NULL;
	memset(lent_data, 0, sizeof lent_data);
	if (order->number != PLACE_NONE) {
		mark_show(&order->mark, order->number == PLACE_HEAP ? server.lent : lent_data);
	}
}

static void stop(void)
{
	mcpauth_token_exchange_free(server.exchange);
	server.exchange = NULL;
	daemon_free(server.daemon);
	server.daemon = NULL;
	gnutls_free(server.key.data);
	gnutls_free(server.certificate.data);
}

static void obey(const struct order *order, struct report *report)
{
	switch (order->what) {
	case ORDER_MARK:
		marks_add(&order->mark);
		break;
	case ORDER_START:
		start(order, report);
		break;
	case ORDER_EXCHANGE:
		make_exchange(order, report);
		break;
	case ORDER_SETTLE:
		mcpauth_token_exchange_free(server.exchange);
		server.exchange = NULL;
		break;
	case ORDER_HANDLES:
		have_handles(order);
		break;
	case ORDER_CLIENT:
		client_obey(order, report, server.log);
		break;
	case ORDER_SETTINGS:
		read_settings(order, report);
		break;
	case ORDER_WATCH:
		watch_begin(order->number != 0);
		break;
	case ORDER_UNWATCH:
		report->count = watch_end(report->callers, WATCH_MAX);
		break;
	case ORDER_SEARCH:
		report->count = memory_search(report->places, FINDINGS_MAX);
		break;
	case ORDER_LEND:
		lend(order);
		break;
	case ORDER_STOP:
		stop();
		break;
	}
}

int server_main(int orders, int log)
{
	static struct order order;
	static struct report report;
	server.log = log;
	while (read(orders, &order, sizeof order) == sizeof order) {
		report = (struct report){0};
		obey(&order, &report);
		if (write(orders, &report, sizeof report) != sizeof report) {
			return 1;
		}
	}
	return 0;
}
