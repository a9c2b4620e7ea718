/* Keys change while sixteen threads verify and the daemon stops in their midst. */
#define _GNU_SOURCE

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/test_key.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VERIFIERS 16
#define CLIENTS 4
#define KEYS 4
#define TOKENS (KEYS + 1)
#define FORGED KEYS /* signed by key 1 under the name of key 0 */
#define START 1800000000
#define COOLDOWN 31
#define ROUND_MS 400

/** An issuer with a clock. At each moment it has two keys of four. */
struct rotating {
	char *sets[KEYS];
	char *tokens[TOKENS];
	_Atomic int64_t time; /* seconds since it began */
	atomic_uint generation;
	atomic_uint fetches;
};

/** One daemon's life. */
struct round {
	struct rotating *rotating;
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	struct MHD_Daemon *daemon;
	unsigned port;
	pthread_mutex_t lock; /* for the next */
	bool is_stopping;     /* nobody connects any more; who is connected goes on asking */
	atomic_bool over;
};

/** What came of it all. */
static struct {
	atomic_uint accepted;
	atomic_uint refused;
	atomic_uint unavailable;
	atomic_uint answered;
	atomic_uint wrong; /* let in who was to be kept out, or taken for another */
	atomic_uint rotations;
	atomic_uint left; /* requests without an answer when their daemon stopped */
} total;

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	struct rotating *rotating = user;
	int64_t time = atomic_load(&rotating->time);
	*real = START + time;
	*monotonic = (1000 + time) * 1000;
}

static void answer_with_keys(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct rotating *rotating = user;
	const char *set = rotating->sets[atomic_load(&rotating->generation) % KEYS];
	(void)url;
	atomic_fetch_add(&rotating->fetches, 1);
	mcpauth_fetch_answer(fetch, 200, set, strlen(set));
}

static char *sign(unsigned name, unsigned number)
{
	char header[96];
	char payload[256];
	snprintf(header, sizeof header, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k%u\"}",
		name);
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"user-%u\",\"exp\":%lld}",
		number, (long long)START * 2);
	return test_key_sign(test_key("ES256", number), header, payload);
}

static void rotating_start(struct rotating *rotating)
{
	for (unsigned i = 0; i < KEYS; i++) {
		char name[2][8];
		unsigned next = (i + 1) % KEYS;
		snprintf(name[0], sizeof name[0], "k%u", i);
		snprintf(name[1], sizeof name[1], "k%u", next);
		char *one = test_key_jwk(test_key("ES256", i), name[0], NULL, NULL);
		char *other = test_key_jwk(test_key("ES256", next), name[1], NULL, NULL);
		assert_true(asprintf(&rotating->sets[i], "{\"keys\":[%s,%s]}", one, other) > 0);
		free(one);
		free(other);
		rotating->tokens[i] = sign(i, i);
	}
	rotating->tokens[FORGED] = sign(0, 1);
}

static void rotating_stop(struct rotating *rotating)
{
	for (unsigned i = 0; i < TOKENS; i++) {
		free(rotating->tokens[i]);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		free(rotating->sets[i]);
	}
}

/* A different key each time, and so much later that it may be asked for. */
static void *rotate(void *user)
{
	struct round *round = user;
	while (!atomic_load(&round->over)) {
		atomic_fetch_add(&round->rotating->generation, 1);
		atomic_fetch_add(&round->rotating->time, COOLDOWN);
		atomic_fetch_add(&total.rotations, 1);
		sleep_ms(3);
	}
	return NULL;
}

static enum mcpauth_code verify(const struct round *round, unsigned token)
{
	struct mcpauth_auth_info *info;
	char subject[16];
	enum mcpauth_code code = mcpauth_verify(
		round->auth, DAEMON_RESOURCE, round->rotating->tokens[token], &info, NULL);
	snprintf(subject, sizeof subject, "user-%u", token);
	bool is_wrong = code == MCPAUTH_OK
		&& (token == FORGED || strcmp(mcpauth_auth_info_subject(info), subject) != 0);
	atomic_fetch_add(&total.wrong, is_wrong ? 1 : 0);
	mcpauth_auth_info_free(info);
	return code;
}

static void *verify_all(void *user)
{
	struct round *round = user;
	for (unsigned i = (unsigned)(uintptr_t)&i >> 12; !atomic_load(&round->over); i++) {
		enum mcpauth_code code = verify(round, i % TOKENS);
		atomic_fetch_add(code == MCPAUTH_OK ? &total.accepted : &total.refused, 1);
	}
	return NULL;
}

/* @return false if there will be no answer on this connection any more */
static bool ask(const struct round *round, struct http_client *client, unsigned token)
{
	struct http_response response = {0};
	bool came = http_client_get(client, "/mcp", round->rotating->tokens[token]);
	while (came && !http_client_read(client, &response, 100)) {
		came = !atomic_load(&round->over) && !http_client_is_closed(client, 1);
	}
	if (came) {
		atomic_fetch_add(&total.answered, 1);
		atomic_fetch_add(&total.unavailable, response.status == 503 ? 1 : 0);
		bool is_wrong = response.status == 200
			? token == FORGED
			: response.status != 401 && response.status != 503;
		atomic_fetch_add(&total.wrong, is_wrong ? 1 : 0);
	}
	http_response_finish(&response);
	return came;
}

static struct http_client *come(struct round *round)
{
	pthread_mutex_lock(&round->lock);
	struct http_client *client = round->is_stopping ? NULL : http_client_new(round->port);
	pthread_mutex_unlock(&round->lock);
	return client;
}

static void *ask_all(void *user)
{
	struct round *round = user;
	struct http_client *client;
	unsigned token = 0;
	while (!atomic_load(&round->over) && (client = come(round)) != NULL) {
		while (!atomic_load(&round->over) && ask(round, client, token++ % TOKENS)) {
		}
		http_client_free(client);
	}
	return NULL;
}

static void stop_daemon(struct round *round)
{
	atomic_fetch_add(&total.left, mcpauth_chain_drain(round->chain, 5000));
	pthread_mutex_lock(&round->lock);
	round->is_stopping = true;
	pthread_mutex_unlock(&round->lock);
	MHD_stop_daemon(round->daemon);
}

static void build(struct round *round)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	config.clock = tell_time;
	config.clock_user = round->rotating;
	config.fetch = answer_with_keys;
	config.fetch_user = round->rotating;
	resource.resource = DAEMON_RESOURCE;
	issuer.issuer = DAEMON_ISSUER;
	issuer.jwks_uri = DAEMON_ISSUER "/keys";
	CHECK_OK(mcpauth_new(&config, &round->auth, &err));
	CHECK_OK(mcpauth_add_resource(round->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(round->auth, DAEMON_RESOURCE, &issuer, &err));
	CHECK_OK(mcpauth_chain_new(round->auth, NULL, &round->chain, &err));
	CHECK_OK(mcpauth_chain_protect(round->chain, "/mcp", &policy, &err));
	mcpauth_chain_set_handler(round->chain, daemon_handler, NULL);
}

static void start_daemon(struct round *round)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, SOMAXCONN), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	round->port = ntohs(address.sin_port);
	round->daemon = MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL,
		NULL, mcpauth_mhd_handler, round->chain, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_ARRAY,
		mcpauth_mhd_options(round->chain), MHD_OPTION_END);
	assert_non_null(round->daemon);
}

/* When all is quiet again: who has a key is let in, whose key has gone is not. */
static void check_quiet(const struct round *round)
{
	unsigned now = atomic_load(&round->rotating->generation) % KEYS;
	unsigned gone = (now + 2) % KEYS;
	enum mcpauth_code code = MCPAUTH_OK;
	for (int i = 0; i < 1000 && code == MCPAUTH_OK; i++) {
		atomic_fetch_add(&round->rotating->time, COOLDOWN);
		assert_int_equal(verify(round, now), MCPAUTH_OK);
		code = verify(round, gone);
	}
	assert_int_not_equal(code, MCPAUTH_OK);
	assert_int_not_equal(verify(round, FORGED), MCPAUTH_OK);
}

static void run_round(struct rotating *rotating)
{
	struct round round = {.rotating = rotating};
	pthread_t threads[VERIFIERS + CLIENTS + 1];
	size_t count = 0;
	pthread_mutex_init(&round.lock, NULL);
	build(&round);
	start_daemon(&round);
	for (int i = 0; i < VERIFIERS; i++) {
		pthread_create(&threads[count++], NULL, verify_all, &round);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_create(&threads[count++], NULL, ask_all, &round);
	}
	pthread_create(&threads[count++], NULL, rotate, &round);
	sleep_ms(ROUND_MS);
	stop_daemon(&round);
	sleep_ms(ROUND_MS / 8);
	atomic_store(&round.over, true);
	for (size_t i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
	}
	check_quiet(&round);
	mcpauth_chain_free(round.chain);
	mcpauth_free(round.auth);
	pthread_mutex_destroy(&round.lock);
}

static long duration_ms = 3000;

static void nobody_is_let_in_by_a_key_that_is_not_his(void **state)
{
	struct rotating rotating = {.time = 0};
	long end = http_client_clock() + duration_ms;
	unsigned rounds = 0;
	(void)state;
	rotating_start(&rotating);
	while (http_client_clock() < end) {
		run_round(&rotating);
		rounds++;
	}
	printf("# %u daemons, %u rotations, %u fetches; %u tokens accepted, %u refused; %u answers, "
	       "%u of them 503; %u left without one\n",
		rounds, total.rotations, rotating.fetches, total.accepted, total.refused,
		total.answered, total.unavailable, total.left);
	assert_int_equal(total.wrong, 0);
	assert_int_equal(total.left, 0);
	assert_true(rounds > 0);
	assert_true(rotating.fetches > 2 * rounds);
	assert_true(total.accepted > 0 && total.refused > 0 && total.answered > 0);
	rotating_stop(&rotating);
}

/* rotation [SECONDS] */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_let_in_by_a_key_that_is_not_his),
	};
	if (argc > 1) {
		duration_ms = strtol(argv[1], NULL, 10) * 1000;
	}
	return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
