/* Exchanges on a transport that is memory, and a server whose issuer is, too. */
#include "fake_exchange.h"

#include "base/buf.h"

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#define PATIENCE_SECONDS 20

static void keep_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fake_server *server = user;
	(void)request;
	pthread_mutex_lock(&server->lock);
	size_t used = strlen(server->log);
	snprintf(server->log + used, sizeof server->log - used, "%d %d %s\n", (int)level, (int)code,
		message);
	pthread_mutex_unlock(&server->lock);
}

static void add_resource(struct fake_server *server, const char *name)
{
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = name;
	issuer.issuer = FAKE_ISSUER;
	issuer.jwks_uri = FAKE_KEYS;
	CHECK_OK(mcpauth_add_resource(server->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(server->auth, name, &issuer, &err));
}

void fake_server_start(
	struct fake_server *server, enum fake_reach reach, const char *const *resources)
{
	static const char *const one[] = {SERVER_RESOURCE, NULL};
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	memset(server, 0, sizeof *server);
	pthread_mutex_init(&server->lock, NULL);
	server->issuer = fake_issuer_new();
	fake_issuer_configure(server->issuer, &config);
	config.log = keep_line;
	config.log_user = server;
	CHECK_OK(mcpauth_new(&config, &server->auth, &err));
	for (const char *const *at = resources == NULL ? one : resources; *at != NULL; at++) {
		add_resource(server, *at);
	}
	if (reach == FAKE_AT_HAND) {
		CHECK_OK(mcpauth_prefetch(server->auth, &err));
	} else if (reach == FAKE_HELD) {
		fake_issuer_hold(server->issuer);
	} else {
		fake_issuer_set_down(server->issuer, true);
	}
	CHECK_OK(mcpauth_chain_new(server->auth, NULL, &server->chain, &err));
}

unsigned fake_server_logged(struct fake_server *server, const char *text)
{
	unsigned count = 0;
	pthread_mutex_lock(&server->lock);
	for (const char *at = server->log; (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	pthread_mutex_unlock(&server->lock);
	return count;
}

void fake_server_stop(struct fake_server *server)
{
	fake_issuer_release(server->issuer);
	mcpauth_chain_free(server->chain);
	mcpauth_free(server->auth);
	fake_issuer_free(server->issuer);
	pthread_mutex_destroy(&server->lock);
}

char *fake_server_bearer(struct fake_server *server, const char *scope)
{
	struct mcpauth__buf claims = {0};
	mcpauth__buf_puts(&claims, ",\"scope\":\"");
	mcpauth__buf_puts(&claims, scope);
	mcpauth__buf_puts(&claims, "\"");
	assert_false(claims.failed);
	struct fake_token wanted = {.audience = SERVER_RESOURCE, .claims = claims.data};
	char *token = fake_issuer_token(server->issuer, &wanted);
	mcpauth__buf_finish(&claims);
	size_t size = strlen(token) + sizeof "Bearer ";
	char *value = malloc(size);
	assert_non_null(value);
	snprintf(value, size, "Bearer %s", token);
	free(token);
	return value;
}

static const char *find(const char *const *pairs, const char *name, unsigned index)
{
	for (; pairs[0] != NULL; pairs += 2) {
		if (strcasecmp(pairs[0], name) == 0 && index-- == 0) {
			return pairs[1];
		}
	}
	return NULL;
}

static const char *header(void *user, const char *name, unsigned index)
{
	struct fake_exchange *fake = user;
	return find(fake->request.headers, name, index);
}

static void walk_headers(void *user, struct mcpauth__request_headers *headers)
{
	const struct fake_exchange *fake = user;
	for (const char *const *pair = fake->request.headers; pair[0] != NULL; pair += 2) {
		mcpauth__request_headers_add(
			headers, pair[0], strlen(pair[0]), pair[1], strlen(pair[1]));
	}
}

static const char *argument(void *user, const char *name)
{
	struct fake_exchange *fake = user;
	return find(fake->request.arguments, name, 0);
}

static const struct sockaddr *peer(void *user)
{
	const struct fake_exchange *fake = user;
	return fake->request.address == NULL ? NULL : (const void *)fake->peer;
}

static void set_peer(struct fake_exchange *fake, const char *address)
{
	struct sockaddr_in *ipv4 = (void *)fake->peer;
	struct sockaddr_in6 *ipv6 = (void *)fake->peer;
	if (address == NULL) {
		return;
	}
	if (inet_pton(AF_INET, address, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, address, &ipv6->sin6_addr), 1);
		ipv6->sin6_family = AF_INET6;
	}
}

static void suspend(void *user)
{
	struct fake_exchange *fake = user;
	atomic_fetch_add(&fake->suspends, 1);
	if (fake->suspended != NULL) {
		fake->suspended(fake);
	}
}

static void resume(void *user)
{
	struct fake_exchange *fake = user;
	/* On any thread, where a check could not end the test. */
	if (atomic_fetch_add(&fake->resumes, 1) >= atomic_load(&fake->suspends)) {
		fprintf(stderr, "resumed without having been suspended\n");
		abort();
	}
	sem_post(&fake->resumed);
}

static const struct mcpauth__transport transport = {
	.header = header,
	.walk_headers = walk_headers,
	.argument = argument,
	.peer = peer,
	.suspend = suspend,
	.resume = resume,
};

static void begin(struct fake_exchange *fake, const struct fake_request *request)
{
	fake->request = *request;
	/* The lists end with a NULL of their own. */
	assert_null(request->headers[15]);
	assert_null(request->arguments[3]);
	sem_init(&fake->resumed, 0, 0);
	set_peer(fake, request->address);
	struct mcpauth__arrival arrival = {
		.transport = &transport,
		.user = fake,
		.wait_mode = request->wait_mode,
		.method = request->method == NULL ? "GET" : request->method,
		.path = request->path == NULL ? "/mcp" : request->path,
		.query = request->query,
	};
	fake->exchange = mcpauth__connection_begin(fake->connection, &arrival);
	assert_non_null(fake->exchange);
}

void fake_exchange_start(
	struct fake_exchange *fake, struct fake_server *server, const struct fake_request *request)
{
	memset(fake, 0, sizeof *fake);
	fake->connection = &fake->own_connection;
	mcpauth__connection_open(fake->connection, server->chain);
	begin(fake, request);
}

void fake_exchange_start_on(struct fake_exchange *fake, struct mcpauth__connection *connection,
	const struct fake_request *request)
{
	memset(fake, 0, sizeof *fake);
	fake->connection = connection;
	begin(fake, request);
}

enum mcpauth__verdict fake_exchange_run(struct fake_exchange *fake)
{
	mcpauth__exchange_end_wait(fake->exchange);
	fake->verdict = mcpauth__chain_run(fake->exchange);
	if (fake->verdict == MCPAUTH__ANSWER) {
		mcpauth__chain_edit_answer(fake->exchange);
	}
	return fake->verdict;
}

void fake_exchange_await(struct fake_exchange *fake)
{
	struct timespec until;
	int result;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_SECONDS;
	do {
		result = sem_timedwait(&fake->resumed, &until);
	} while (result != 0 && errno == EINTR);
	assert_int_equal(result, 0);
}

enum mcpauth__verdict fake_exchange_serve(struct fake_exchange *fake)
{
	while (fake_exchange_run(fake) == MCPAUTH__LATER) {
		fake_exchange_await(fake);
	}
	return fake->verdict;
}

enum mcpauth__verdict fake_exchange_give_body(struct fake_exchange *fake, const char *body)
{
	assert_true(mcpauth__buf_append(&fake->exchange->body, body, strlen(body)));
	fake->exchange->body_is_complete = true;
	return fake_exchange_serve(fake);
}

unsigned fake_exchange_status(const struct fake_exchange *fake)
{
	return fake->verdict == MCPAUTH__ANSWER ? mcpauth_answer_status(&fake->exchange->answer)
						: 0;
}

const char *fake_exchange_header(const struct fake_exchange *fake, const char *name)
{
	return mcpauth_answer_header(&fake->exchange->answer, name);
}

const char *fake_exchange_body(const struct fake_exchange *fake)
{
	size_t length;
	return mcpauth_answer_body(&fake->exchange->answer, &length);
}

static void end(struct fake_exchange *fake, unsigned status)
{
	mcpauth__connection_end(fake->connection, status);
	/* One that is not its own is its owner's to close. */
	mcpauth__connection_close(&fake->own_connection);
	sem_destroy(&fake->resumed);
}

void fake_exchange_finish(struct fake_exchange *fake)
{
	unsigned status = fake_exchange_status(fake);
	end(fake, status == 0 ? 200 : status);
}

void fake_exchange_break(struct fake_exchange *fake)
{
	end(fake, 0);
}

bool fake_server_answers(
	struct fake_server *server, const struct fake_request *request, unsigned status)
{
	struct fake_exchange fake;
	fake_exchange_start(&fake, server, request);
	fake_exchange_serve(&fake);
	unsigned got = fake_exchange_status(&fake);
	if (got != status) {
		print_error("status %u\n", got);
	}
	fake_exchange_finish(&fake);
	return got == status;
}
