/* A protected MHD server, run in any way MHD knows. */
#include "support/daemon.h"

#include "support/test_key.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_MS 5000
#define SLEEP_MS 60000

struct daemon {
	struct daemon_config config;
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	struct MHD_Daemon *mhd; /* NULL: stopped */
	unsigned port;

	pthread_t loop; /* the external one */
	int pipe[2];
	atomic_bool stopping;
	unsigned left; /* by the loop's own draining */
};

static const struct {
	const char *name;
	unsigned flags;
} ways[DAEMON_WAYS] = {
	[DAEMON_EPOLL] = {"epoll", MHD_USE_EPOLL_INTERNAL_THREAD},
	[DAEMON_SELECT] = {"select", MHD_USE_INTERNAL_POLLING_THREAD},
	[DAEMON_POLL] = {"poll", MHD_USE_POLL_INTERNAL_THREAD},
	[DAEMON_POOL] = {"thread pool", MHD_USE_EPOLL_INTERNAL_THREAD},
	[DAEMON_THREADS] = {"thread per connection",
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD},
	[DAEMON_EXTERNAL] = {"external loop", MHD_NO_FLAG},
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static void need_ok(enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s: %s\n", mcpauth_code_name(code), err->message);
		abort();
	}
}

enum MHD_Result daemon_answer(struct MHD_Connection *connection, unsigned status, const char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (char *)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result daemon_handler(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static int seen;
	(void)user;
	(void)url;
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
		connection, MHD_HTTP_OK, info == NULL ? "nobody" : mcpauth_auth_info_subject(info));
}

const char *daemon_way_name(enum daemon_way way)
{
	return ways[way].name;
}

const char *daemon_keys(void)
{
	static char *keys;
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	if (keys == NULL) {
		keys = test_key_jwks(test_key("ES256", 0), "k");
	}
	pthread_mutex_unlock(&lock);
	return keys;
}

char *daemon_token_from(const char *issuer, const char *subject)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"%s\",\"aud\":\"" DAEMON_RESOURCE "\",\"sub\":\"%s\",\"exp\":%lld}",
		issuer, subject, (long long)time(NULL) + 3600);
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}

char *daemon_token(const char *subject)
{
	return daemon_token_from(DAEMON_ISSUER, subject);
}

static void wake_loop(void *user)
{
	const struct daemon *daemon = user;
	ssize_t written = write(daemon->pipe[1], "w", 1);
	need(written == 1 || errno == EAGAIN, "waking the loop");
}

static void empty_pipe(const struct daemon *daemon)
{
	char bytes[64];
	while (read(daemon->pipe[0], bytes, sizeof bytes) > 0) {
	}
}

static void run_loop_once(struct daemon *daemon, unsigned long long sleep_ms)
{
	fd_set reading;
	fd_set writing;
	fd_set failing;
	MHD_socket highest = 0;
	unsigned long long wanted;
	FD_ZERO(&reading);
	FD_ZERO(&writing);
	FD_ZERO(&failing);
	need(MHD_get_fdset(daemon->mhd, &reading, &writing, &failing, &highest) == MHD_YES,
		"MHD_get_fdset");
	FD_SET(daemon->pipe[0], &reading);
	highest = highest > daemon->pipe[0] ? highest : daemon->pipe[0];
	if (MHD_get_timeout(daemon->mhd, &wanted) == MHD_YES && wanted < sleep_ms) {
		sleep_ms = wanted;
	}
	struct timeval time = {
		.tv_sec = (time_t)(sleep_ms / 1000),
		.tv_usec = (suseconds_t)(sleep_ms % 1000 * 1000),
	};
	select(highest + 1, &reading, &writing, &failing, &time);
	empty_pipe(daemon);
	MHD_run(daemon->mhd);
}

static void *run_loop(void *argument)
{
	struct daemon *daemon = argument;
	while (!atomic_load(&daemon->stopping)) {
		run_loop_once(daemon, SLEEP_MS);
	}
	/* A loop's own thread asks again and again instead of waiting. */
	time_t until = time(NULL) + DRAIN_MS / 1000;
	do {
		daemon->left = daemon->chain == NULL ? 0 : mcpauth_chain_drain(daemon->chain, 0);
		run_loop_once(daemon, 5);
	} while (daemon->left > 0 && time(NULL) < until);
	return NULL;
}

static void make_auth(struct daemon *daemon)
{
	struct mcpauth_error err;
	const struct daemon_config *config = &daemon->config;
	struct mcpauth_config auth = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	char uri[64];
	snprintf(uri, sizeof uri, "http://127.0.0.1:%u/keys", config->issuer_port);
	auth.deadline_ms = config->deadline_ms;
	auth.log = config->log;
	auth.log_user = config->log_user;
	auth.insecure_allow_http = config->jwks_uri != NULL;
	resource.resource = DAEMON_RESOURCE;
	issuer.issuer = DAEMON_ISSUER;
	issuer.jwks_uri = config->jwks_uri != NULL ? config->jwks_uri : uri;
	need_ok(mcpauth_new(&auth, &daemon->auth, &err), &err);
	need_ok(mcpauth_add_resource(daemon->auth, &resource, &err), &err);
	need_ok(mcpauth_add_issuer(daemon->auth, resource.resource, &issuer, &err), &err);
}

static void make_chain(struct daemon *daemon)
{
	struct mcpauth_error err;
	struct daemon_config *config = &daemon->config;
	struct mcpauth_chain_config chain = MCPAUTH_CHAIN_CONFIG_INIT;
	chain.refused_body_ms = config->refused_body_ms;
	chain.refused_body_limit = config->refused_body_limit;
	/* Below the 5 s that a drain may take: with epoll MHD 0.9.75 notices a
	 * client that left right behind its last bytes by this only. */
	chain.connection_timeout = 3;
	if (config->way == DAEMON_EXTERNAL) {
		chain.on_wake = wake_loop;
		chain.on_wake_user = daemon;
	}
	need_ok(mcpauth_chain_new(daemon->auth, &chain, &daemon->chain, &err), &err);
	need_ok(mcpauth_chain_publish(daemon->chain, "/open", NULL, &err), &err);
	mcpauth_chain_set_handler(daemon->chain, config->handler, config->handler_user);
	config->callbacks.size = sizeof config->callbacks;
	need_ok(mcpauth_mhd_set_callbacks(daemon->chain, &config->callbacks, &err), &err);
	if (config->prepare != NULL) {
		config->prepare(daemon->auth, daemon->chain, config->prepare_user);
	}
}

static void put(
	struct MHD_OptionItem *items, enum MHD_OPTION option, intptr_t value, const void *pointer)
{
	while (items->option != MHD_OPTION_END) {
		items++;
	}
	*items = (struct MHD_OptionItem){option, value, (void *)pointer};
}

static void put_own_options(const struct daemon_config *config, struct MHD_OptionItem *items)
{
	if (config->way == DAEMON_POOL) {
		put(items, MHD_OPTION_THREAD_POOL_SIZE, 4, NULL);
	}
	if (config->tls_key != NULL) {
		put(items, MHD_OPTION_HTTPS_MEM_KEY, 0, config->tls_key);
		put(items, MHD_OPTION_HTTPS_MEM_CERT, 0, config->tls_certificate);
	}
}

/* What the application would give to MHD itself. */
static void put_callbacks(
	const struct mcpauth_mhd_callbacks *callbacks, struct MHD_OptionItem *items)
{
	put(items, MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	put(items, MHD_OPTION_CONNECTION_TIMEOUT, 30, NULL);
	if (callbacks->completed != NULL) {
		put(items, MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)callbacks->completed,
			callbacks->completed_user);
	}
	if (callbacks->connection != NULL) {
		put(items, MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)callbacks->connection,
			callbacks->connection_user);
	}
	if (callbacks->uri_log != NULL) {
		put(items, MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)callbacks->uri_log,
			callbacks->uri_log_user);
	}
}

static unsigned flags_of(const struct daemon_config *config)
{
	return ways[config->way].flags | (config->without_suspend ? 0 : (unsigned)MCPAUTH_MHD_FLAGS)
		| (config->without_clock ? (unsigned)MHD_USE_SUPPRESS_DATE_NO_CLOCK : 0)
		| (config->tls_key != NULL ? (unsigned)MHD_USE_TLS : 0);
}

static void start_mhd(struct daemon *daemon)
{
	const struct daemon_config *config = &daemon->config;
	struct MHD_OptionItem own[8] = {{MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem *first = own + 7;
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	own[7].option = MHD_OPTION_END;
	put_own_options(config, own);
	if (config->without_chain) {
		put_callbacks(&config->callbacks, own);
	} else if (!config->without_options) {
		first = mcpauth_mhd_options(daemon->chain);
	}
	daemon->mhd = MHD_start_daemon(flags_of(config), 0, NULL, NULL,
		config->without_chain ? config->handler : mcpauth_mhd_handler,
		config->without_chain ? config->handler_user : daemon->chain, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&address, MHD_OPTION_ARRAY, first, MHD_OPTION_ARRAY, own,
		MHD_OPTION_END);
	need(daemon->mhd != NULL, "MHD_start_daemon");
	daemon->port = MHD_get_daemon_info(daemon->mhd, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void start_loop(struct daemon *daemon)
{
	need(pipe(daemon->pipe) == 0, "pipe");
	need(fcntl(daemon->pipe[0], F_SETFL, O_NONBLOCK) == 0
			&& fcntl(daemon->pipe[1], F_SETFL, O_NONBLOCK) == 0,
		"fcntl");
	need(pthread_create(&daemon->loop, NULL, run_loop, daemon) == 0, "pthread_create");
}

struct daemon *daemon_new(const struct daemon_config *config)
{
	struct daemon *daemon = calloc(1, sizeof *daemon);
	need(daemon != NULL, "calloc");
	daemon->config = *config;
	if (daemon->config.handler == NULL) {
		daemon->config.handler = daemon_handler;
	}
	if (!config->without_chain) {
		make_auth(daemon);
		make_chain(daemon);
	}
	start_mhd(daemon);
	if (config->way == DAEMON_EXTERNAL) {
		start_loop(daemon);
	}
	return daemon;
}

unsigned daemon_stop(struct daemon *daemon)
{
	if (daemon->config.way == DAEMON_EXTERNAL) {
		atomic_store(&daemon->stopping, true);
		wake_loop(daemon);
		pthread_join(daemon->loop, NULL);
	} else if (daemon->chain != NULL) {
		daemon->left = mcpauth_chain_drain(daemon->chain, DRAIN_MS);
	}
	MHD_stop_daemon(daemon->mhd);
	daemon->mhd = NULL;
	return daemon->left;
}

void daemon_free(struct daemon *daemon)
{
	if (daemon == NULL) {
		return;
	}
	if (daemon->mhd != NULL) {
		daemon_stop(daemon);
	}
	mcpauth_chain_free(daemon->chain);
	mcpauth_free(daemon->auth);
	/* Only now is on_wake over for good. */
	if (daemon->config.way == DAEMON_EXTERNAL) {
		close(daemon->pipe[0]);
		close(daemon->pipe[1]);
	}
	free(daemon);
}

unsigned daemon_port(const struct daemon *daemon)
{
	return daemon->port;
}

struct mcpauth_chain *daemon_chain(const struct daemon *daemon)
{
	return daemon->chain;
}
