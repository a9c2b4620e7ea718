/* Ten thousand clients, each at an address of its own, that hammer with bad tokens at a
 * server with a limit of failures: what it takes, and whom it serves meanwhile. */
#define _GNU_SOURCE

#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/test_key.h"

#include <mcpauth/rate_limit.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SPARE 1000
#define ANSWER_SIZE 8192
#define ANSWER_S 20
#define THREADS 2
#define FORGET_S 3600 /* so that nothing is forgotten while it is counted */
#define HEAD "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s%s\r\n"

/* What the headers say. */
#define ENTRIES 65536 /* rate_limit.h */
#define ENTRY_BYTES 8
#define CACHED 1024     /* few, so that they do not hide what is looked for */
#define REFUSED_KIB 196 /* auth.h: token_cache_entries */
#define CACHED_KIB(length) (CACHED * 4 * (length) / 1024) /* likewise, of verified tokens */
/* chain.h: connection_memory and 1 KiB; and what MHD needs to know of it. */
#define CONNECTION_KIB 34
#define LIMIT_KIB (ENTRIES * ENTRY_BYTES / 1024 + REFUSED_KIB)
/* Nobody's promise: what the heap keeps besides, once answers of every kind were made
 * for as many connections; and what it may take more at any time. */
#define HEAP_KIB 3072
#define SLACK_KIB 1024

static unsigned clients = 10000;
static unsigned burst = 3;
static unsigned requests = 6;
static unsigned cycles = 2;

/** A client: where it comes from, and what it brings. */
struct client {
	int fd;
	char *lacking; /* a good token without the scope that is wanted */
	char *bad;
};

/** What came of as many requests as there were. */
struct outcome {
	unsigned long refused; /* 403 if a scope was lacking, else 401 */
	unsigned long limited; /* 429 */
	unsigned long other;
};

struct crowd {
	pid_t server;
	int order; /* the server ends when this is closed */
	unsigned port;
	long most; /* KiB resident, with the first clients connected */
	struct client *clients;
	char *token; /* of the one who does nothing wrong */
	pthread_t asking;
	atomic_bool over;
	atomic_uint asked;
	atomic_uint failed;
	atomic_long slowest;
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
		fprintf(stderr, "%s\n", err->message);
		abort();
	}
}

/* --- the server, in a process of its own --- */

static struct mcpauth *make_auth(void)
{
	struct mcpauth_error err;
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = DAEMON_RESOURCE;
	issuer.issuer = DAEMON_ISSUER;
	issuer.jwks = daemon_keys();
	config.token_cache_entries = CACHED;
	need_ok(mcpauth_new(&config, &auth, &err), &err);
	need_ok(mcpauth_add_resource(auth, &resource, &err), &err);
	need_ok(mcpauth_add_issuer(auth, resource.resource, &issuer, &err), &err);
	return auth;
}

static struct mcpauth_chain *make_chain(struct mcpauth *auth)
{
	struct mcpauth_error err;
	struct mcpauth_chain *chain;
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_rate_limit limit = MCPAUTH_RATE_LIMIT_INIT;
	/* Each thread has its share of it, and not each as many clients. */
	config.connection_limit = 2 * THREADS * (clients + SPARE);
	limit.address_burst = burst;
	limit.address_seconds = FORGET_S;
	limit.subject_burst = burst;
	limit.subject_seconds = FORGET_S;
	policy.scopes = "write";
	need_ok(mcpauth_chain_new(auth, &config, &chain, &err), &err);
	need_ok(mcpauth_chain_protect(chain, "/mcp", NULL, &err), &err);
	need_ok(mcpauth_chain_protect(chain, "/scoped", &policy, &err), &err);
	need_ok(mcpauth_chain_add_rate_limit(chain, &limit, &err), &err);
	mcpauth_chain_set_handler(chain, daemon_handler, NULL);
	return chain;
}

static struct MHD_Daemon *start_daemon(struct mcpauth_chain *chain)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
		mcpauth_mhd_handler, chain, MHD_OPTION_ARRAY, mcpauth_mhd_options(chain),
		MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, THREADS,
		MHD_OPTION_END);
}

static _Noreturn void serve(int answer, int order)
{
	char byte;
	struct mcpauth *auth = make_auth();
	struct mcpauth_chain *chain = make_chain(auth);
	struct MHD_Daemon *daemon = start_daemon(chain);
	need(daemon != NULL, "starting the server");
	unsigned port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	need(write(answer, &port, sizeof port) == sizeof port, "telling the port");
	while (read(order, &byte, 1) > 0) {
	}
	unsigned left = mcpauth_chain_drain(chain, 5000);
	MHD_stop_daemon(daemon);
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	exit(left == 0 ? 0 : 1);
}

static void start_server(struct crowd *crowd)
{
	int answer[2];
	int order[2];
	need(pipe2(answer, O_CLOEXEC) == 0 && pipe2(order, O_CLOEXEC) == 0, "making pipes");
	crowd->server = fork();
	need(crowd->server >= 0, "starting the server's process");
	if (crowd->server == 0) {
		/* Whatever becomes of the test, nothing stays behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(order[1]);
		serve(answer[1], order[0]);
	}
	close(answer[1]);
	close(order[0]);
	crowd->order = order[1];
	need(read(answer[0], &crowd->port, sizeof crowd->port) == sizeof crowd->port,
		"hearing of the port");
	close(answer[0]);
}

static long resident_kib(const struct crowd *crowd)
{
	char line[256];
	long kib = 0;
	snprintf(line, sizeof line, "/proc/%ld/status", (long)crowd->server);
	FILE *file = fopen(line, "r");
	need(file != NULL, "reading what memory is resident");
	while (kib == 0 && fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, "VmRSS:", 6) == 0) {
			kib = strtol(line + 6, NULL, 10);
		}
	}
	fclose(file);
	return kib;
}

/* Descriptors: each connection is one. */
static unsigned descriptors(const struct crowd *crowd)
{
	char name[64];
	unsigned count = 0;
	snprintf(name, sizeof name, "/proc/%ld/fd", (long)crowd->server);
	DIR *folder = opendir(name);
	need(folder != NULL, "counting descriptors");
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		count += entry->d_name[0] != '.';
	}
	closedir(folder);
	return count;
}

static double processor_time(int whose)
{
	struct rusage usage;
	need(getrusage(whose, &usage) == 0, "reading the processor time");
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
		+ (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* --- the clients --- */

/* About as long as providers make them. */
static char *sign(unsigned number)
{
	char payload[1024];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"client-%u\",\"exp\":%lld,\"pad\":\"%0500u\"}",
		number, (long long)time(NULL) + 3600, number);
	return test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}

static void sign_all(struct crowd *crowd)
{
	crowd->clients = calloc(clients, sizeof *crowd->clients);
	need(crowd->clients != NULL, "allocating");
	for (unsigned i = 0; i < clients; i++) {
		crowd->clients[i].lacking = sign(i);
		crowd->clients[i].bad = strdup(crowd->clients[i].lacking);
		need(crowd->clients[i].bad != NULL, "allocating");
		/* One letter in the midst of the signature, whose bits all count. */
		char *letter = strrchr(crowd->clients[i].bad, '.') + 20;
		*letter = *letter == 'A' ? 'B' : 'A';
	}
}

/* All of 127.0.0.0/8 is here. */
static int connect_from(unsigned port, unsigned number)
{
	struct sockaddr_in own = {.sin_family = AF_INET};
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct timeval limit = {.tv_sec = ANSWER_S};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(fd >= 0, "making a socket");
	own.sin_addr.s_addr = htonl(0x7f010000u + number);
	peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	need(bind(fd, (struct sockaddr *)&own, sizeof own) == 0, "binding an address");
	need(connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0, "connecting");
	return fd;
}

static void say(int fd, const char *path, const char *token)
{
	char text[2048];
	int length = snprintf(text, sizeof text, HEAD, path,
		token == NULL ? "" : "Authorization: Bearer ", token == NULL ? "" : token,
		token == NULL ? "" : "\r\n");
	need(send(fd, text, (size_t)length, MSG_NOSIGNAL) == length, "sending");
}

/* @return how long the answer is to be, 0: its head is not whole yet */
static size_t whole_length(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strcasestr(text, "\r\nContent-Length:");
	return end == NULL || length == NULL
		? 0
		: (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10);
}

/* @return the status, 0: there was no whole answer */
static unsigned hear(int fd)
{
	char text[ANSWER_SIZE];
	size_t got = 0;
	size_t whole = 0;
	while (whole == 0 || got < whole) {
		ssize_t more = recv(fd, text + got, sizeof text - 1 - got, 0);
		if (more <= 0) {
			return 0;
		}
		got += (size_t)more;
		text[got] = '\0';
		whole = whole_length(text);
	}
	return (unsigned)strtoul(text + 9, NULL, 10);
}

static void count(struct outcome *outcome, unsigned status, unsigned refusal)
{
	if (status == refusal) {
		outcome->refused++;
	} else if (status == 429) {
		outcome->limited++;
	} else {
		outcome->other++;
	}
}

enum what {
	NOTHING,
	LACKING,
	BAD
};

static const char *token_of(const struct client *client, enum what what)
{
	const char *const tokens[] = {NULL, client->lacking, client->bad};
	return tokens[what];
}

/* All speak before the first one listens. */
static struct outcome hammer(const struct crowd *crowd, enum what what, unsigned times)
{
	struct outcome outcome = {0};
	const char *path = what == LACKING ? "/scoped" : "/mcp";
	for (unsigned time = 0; time < times; time++) {
		for (unsigned i = 0; i < clients; i++) {
			say(crowd->clients[i].fd, path, token_of(&crowd->clients[i], what));
		}
		for (unsigned i = 0; i < clients; i++) {
			count(&outcome, hear(crowd->clients[i].fd), what == LACKING ? 403 : 401);
		}
	}
	return outcome;
}

/* Somebody with a good token comes every now and then. */
static void *ask_now_and_then(void *user)
{
	struct crowd *crowd = user;
	while (!atomic_load(&crowd->over)) {
		struct http_response response = {0};
		struct http_client *client = http_client_new(crowd->port);
		long begin = http_client_clock();
		bool good = http_client_get(client, "/mcp", crowd->token)
			&& http_client_read(client, &response, HTTP_CLIENT_MS)
			&& response.status == 200;
		long took = http_client_clock() - begin;
		atomic_fetch_add(&crowd->asked, 1);
		atomic_fetch_add(&crowd->failed, good ? 0 : 1);
		if (took > atomic_load(&crowd->slowest)) {
			atomic_store(&crowd->slowest, took);
		}
		http_response_finish(&response);
		http_client_free(client);
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	return NULL;
}

static void raise_limit(void)
{
	struct rlimit limit;
	need(getrlimit(RLIMIT_NOFILE, &limit) == 0, "reading the limit of descriptors");
	limit.rlim_cur = limit.rlim_max;
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "raising the limit of descriptors");
	if (limit.rlim_max < clients + SPARE) {
		clients = (unsigned)limit.rlim_max / 2;
		printf("# no more than %u clients at once: few descriptors\n", clients);
	}
}

static void start(struct crowd *crowd)
{
	/* Both have the keys, and there is no thread yet. */
	daemon_keys();
	start_server(crowd);
	sign_all(crowd);
	crowd->token = daemon_token("somebody");
	need(pthread_create(&crowd->asking, NULL, ask_now_and_then, crowd) == 0, "a thread");
}

static void stop(struct crowd *crowd)
{
	int status;
	close(crowd->order);
	need(waitpid(crowd->server, &status, 0) == crowd->server, "waiting for the server");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (unsigned i = 0; i < clients; i++) {
		free(crowd->clients[i].lacking);
		free(crowd->clients[i].bad);
	}
	free(crowd->clients);
	free(crowd->token);
}

static void connect_all(struct crowd *crowd, unsigned cycle)
{
	for (unsigned i = 0; i < clients; i++) {
		crowd->clients[i].fd = connect_from(crowd->port, cycle * clients + i);
	}
}

/* The next ones come when the server has seen that these have left. */
static void leave_all(struct crowd *crowd)
{
	long end = http_client_clock() + ANSWER_S * 1000;
	for (unsigned i = 0; i < clients; i++) {
		close(crowd->clients[i].fd);
	}
	while (descriptors(crowd) > SPARE / 2 && http_client_clock() < end) {
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
}

static void show(const char *what, const struct outcome *outcome, long kib)
{
	unsigned long all = outcome->refused + outcome->limited + outcome->other;
	printf("# %s: %lu requests, %.1f %% answered with 429 (%u of %u were over the limit), "
	       "%ld KiB resident\n",
		what, all, 100.0 * (double)outcome->limited / (double)all, requests - burst,
		requests, kib);
	fflush(stdout);
}

/* Of those over their limit so many at least must have been told. */
static void check(const struct outcome *outcome, unsigned percent)
{
	unsigned long over = (unsigned long)clients * (requests - burst);
	assert_int_equal(outcome->other, 0);
	assert_true(outcome->limited <= over);
	assert_true(outcome->limited >= over / 100 * percent);
}

/* @return KiB that all of it has grown by since the clients were connected */
static long run_cycle(struct crowd *crowd, unsigned cycle)
{
	connect_all(crowd, cycle);
	struct outcome outcome = hammer(crowd, NOTHING, 1);
	long before = resident_kib(crowd);
	printf("# cycle %u: %u clients at as many addresses, %ld KiB resident\n", cycle + 1,
		clients, before);
	assert_int_equal(outcome.refused, clients);
	/* First those whose address has not failed: their tokens are looked at. The
	 * subjects are the same in each cycle, and so over their limit from the first. */
	if (cycle == 0) {
		outcome = hammer(crowd, LACKING, requests);
		show("tokens that lack a scope", &outcome, resident_kib(crowd));
		check(&outcome, 90);
	}
	long looked_at = resident_kib(crowd);
	outcome = hammer(crowd, BAD, requests);
	show("bad tokens", &outcome, resident_kib(crowd));
	check(&outcome, cycle == 0 ? 90 : 75);
	long after = resident_kib(crowd);
	/* Later the heap has the pools of those who left, too, of each thread its own. */
	crowd->most = cycle == 0 ? after : crowd->most;
	printf("# bad tokens took %ld KiB: at most %d KiB are documented, and %d KiB of slack\n",
		after - looked_at, LIMIT_KIB, SLACK_KIB);
	assert_true(after - looked_at <= LIMIT_KIB + SLACK_KIB);
	long grown = after - before;
	leave_all(crowd);
	return grown;
}

static void ten_thousand_are_limited_within_bounds(void **state)
{
	static struct crowd crowd;
	long bound = LIMIT_KIB + HEAP_KIB;
	(void)state;
	start(&crowd);
	long idle = resident_kib(&crowd);
	bound += CACHED_KIB((long)strlen(crowd.clients[0].lacking));
	for (unsigned cycle = 0; cycle < cycles; cycle++) {
		long grown = run_cycle(&crowd, cycle);
		/* What is remembered of the first ones is there already. */
		long most = SLACK_KIB + (cycle == 0 ? bound : 0);
		printf("# grown by %ld KiB; at most %ld KiB are documented or the heap's\n", grown,
			most);
		assert_true(grown <= most);
	}
	atomic_store(&crowd.over, true);
	pthread_join(crowd.asking, NULL);
	stop(&crowd);
	printf("# the first clients took %ld KiB in all; %u connections may take %u KiB\n",
		crowd.most - idle, clients, clients * CONNECTION_KIB);
	printf("# %u requests with a good token meanwhile: the slowest took %ld ms, %u failed\n",
		atomic_load(&crowd.asked), atomic_load(&crowd.slowest), atomic_load(&crowd.failed));
	printf("# %.1f s of processor time, and %.1f s of the clients\n",
		processor_time(RUSAGE_CHILDREN), processor_time(RUSAGE_SELF));
	assert_true(crowd.most - idle <= bound + SLACK_KIB + (long)clients * CONNECTION_KIB);
	assert_true(atomic_load(&crowd.asked) >= 20);
	assert_int_equal(atomic_load(&crowd.failed), 0);
}

/* hammer [CLIENTS [BURST [REQUESTS [CYCLES]]]] */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_are_limited_within_bounds),
	};
	unsigned *const options[] = {&clients, &burst, &requests, &cycles};
	for (int i = 1; i < argc && i <= 4; i++) {
		*options[i - 1] = (unsigned)strtoul(argv[i], NULL, 10);
	}
	raise_limit();
	return cmocka_run_group_tests_name("hammer", tests, NULL, NULL);
}
