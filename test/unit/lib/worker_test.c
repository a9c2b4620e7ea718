/* The network thread: what it asks, what it refuses to ask, and when it gives up. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "net/worker.h"

#include "support/check.h"
#include "support/loopback.h"

#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIB ((size_t)1024 * 1024)
#define SIXTEEN "sixteen bytes..."
#define LONG_MS 20000

typedef int (*resolve_fn)(const char *node, const char *service, const struct addrinfo *hints,
	struct addrinfo **found);

static atomic_uint stuck_resolvers;

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

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
		sleep_ms(1500);
		int result = resolve("127.0.0.1", service, hints, found);
		atomic_fetch_sub(&stuck_resolvers, 1);
		return result;
	}
	return resolve(is_ours ? "127.0.0.1" : node, service, hints, found);
}

/** What came of a GET. */
struct fetched {
	pthread_mutex_t lock;
	pthread_cond_t came;
	unsigned calls;
	enum mcpauth_code code;
	unsigned status;
	size_t length;
	unsigned max_age;
	char body[64];
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
	bool blocks_signals;
};

/** A worker on the real clock and a server for it. */
struct fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	struct mcpauth__worker_config config;
	struct mcpauth__worker *worker;
	struct loopback *loopback;
	char line[512]; /* the last line of the log */
};

static const struct loopback_page pages[] = {
	{.path = "/good", .status = 200, .body = "good"},
	{.path = "/a/../b/./c", .status = 200, .body = "as is"},
	{.path = "/moved", .status = 302, .headers = "Location: /good\r\n"},
	{.path = "/zipped",
		.status = 200,
		.headers = "Content-Encoding: gzip\r\n",
		.body = "no gzip at all"},
	{.path = "/cookie", .status = 200, .headers = "Set-Cookie: a=b\r\n"},
	{.path = "/full", .status = 200, .body = SIXTEEN, .repeat = MIB / 16},
	{.path = "/full-chunked",
		.status = 200,
		.body = SIXTEEN,
		.repeat = MIB / 16,
		.chunked = true},
	{.path = "/over", .status = 200, .body = SIXTEEN, .repeat = MIB / 16 + 1},
	{.path = "/over-chunked",
		.status = 200,
		.body = SIXTEEN,
		.repeat = MIB / 16 + 1,
		.chunked = true},
	{.path = "/twice", .status = 200, .body = SIXTEEN, .repeat = MIB / 8},
	{.path = "/missing-over", .status = 404, .body = SIXTEEN, .repeat = MIB / 8},
	{.path = "/missing-over-chunked",
		.status = 404,
		.body = SIXTEEN,
		.repeat = MIB / 8,
		.chunked = true},
	{.path = "/broken", .status = 503, .body = "secret words"},
	{.path = "/held", .status = 200, .body = "at last", .manner = LOOPBACK_HELD},
	{.path = "/dripping", .status = 200, .manner = LOOPBACK_DRIPPING},
	{.path = "/reset", .manner = LOOPBACK_RESET},
	{.path = "/cut", .status = 200, .body = "half", .manner = LOOPBACK_CUT},
	{.path = "http://elsewhere.test/proxied", .status = 200, .body = "proxied"},
};

static void write_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fixture *fixture = user;
	(void)code;
	(void)request;
	assert_int_equal(level, MCPAUTH_LOG_DEBUG);
	snprintf(fixture->line, sizeof fixture->line, "%s", message);
}

static void start_worker(struct fixture *fixture)
{
	mcpauth__worker_free(fixture->worker);
	fixture->worker = mcpauth__worker_new(&fixture->config);
	assert_non_null(fixture->worker);
}

static struct fixture *make(struct loopback *loopback)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	fixture->log.write = write_line;
	fixture->log.user = fixture;
	fixture->log.clock = &fixture->clock;
	fixture->config.log = &fixture->log;
	fixture->config.clock = &fixture->clock;
	fixture->loopback = loopback;
	return fixture;
}

static int start(void **state)
{
	struct fixture *fixture = make(loopback_new(pages, COUNT(pages)));
	start_worker(fixture);
	*state = fixture;
	return 0;
}

static int start_tls(void **state)
{
	struct fixture *fixture = make(loopback_new_tls(pages, COUNT(pages)));
	fixture->config.ca_file = loopback_ca_file(fixture->loopback);
	start_worker(fixture);
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	mcpauth__worker_free(fixture->worker);
	loopback_free(fixture->loopback);
	free(fixture);
	return 0;
}

static void on_done(const struct mcpauth__response *response, void *user)
{
	struct fetched *fetched = user;
	sigset_t blocked;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	pthread_mutex_lock(&fetched->lock);
	fetched->calls++;
	fetched->code = response->code;
	fetched->status = response->status;
	fetched->length = response->length;
	fetched->max_age = response->max_age;
	snprintf(fetched->body, sizeof fetched->body, "%s", response->body);
	snprintf(fetched->message, sizeof fetched->message, "%s", response->message);
	fetched->blocks_signals = sigismember(&blocked, SIGTERM) == 1
		&& sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGHUP) == 1
		&& sigismember(&blocked, SIGPIPE) == 1;
	pthread_cond_signal(&fetched->came);
	pthread_mutex_unlock(&fetched->lock);
}

static void begin(struct fixture *fixture, const struct mcpauth__get *get, struct fetched *fetched)
{
	struct mcpauth__get whole = *get;
	*fetched = (struct fetched){0};
	pthread_mutex_init(&fetched->lock, NULL);
	pthread_cond_init(&fetched->came, NULL);
	whole.timeout_ms = get->timeout_ms > 0 ? get->timeout_ms : LONG_MS;
	whole.done = on_done;
	whole.user = fetched;
	mcpauth__worker_get(fixture->worker, &whole);
}

/* Begin at a path of the fixture's server, by the name given. */
static void begin_at(struct fixture *fixture, const char *origin, const char *path,
	unsigned timeout_ms, struct fetched *fetched)
{
	char url[256];
	snprintf(url, sizeof url, "%s:%u%s", origin, loopback_port(fixture->loopback), path);
	begin(fixture, &(struct mcpauth__get){.url = url, .timeout_ms = timeout_ms}, fetched);
}

static void await(struct fetched *fetched)
{
	pthread_mutex_lock(&fetched->lock);
	while (fetched->calls == 0) {
		pthread_cond_wait(&fetched->came, &fetched->lock);
	}
	pthread_mutex_unlock(&fetched->lock);
}

static void get(struct fixture *fixture, const char *path, struct fetched *fetched)
{
	begin_at(fixture, "http://127.0.0.1", path, 0, fetched);
	await(fetched);
}

static unsigned count_threads(void)
{
	unsigned count = 0;
	DIR *tasks = opendir("/proc/self/task");
	assert_non_null(tasks);
	while (readdir(tasks) != NULL) {
		count++;
	}
	closedir(tasks);
	return count;
}

static void starts_its_thread_with_the_first_fetch(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	unsigned before = count_threads();
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	start_worker(fixture);
	assert_int_equal(count_threads(), before);
	begin_at(fixture, "http://127.0.0.1", "/held", 0, &fetched);
	assert_true(count_threads() > before);
	loopback_release(fixture->loopback);
	await(&fetched);
}

static void keeps_signals_away_from_its_thread(void **state)
{
	struct fetched fetched;
	sigset_t before;
	sigset_t after;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	get(*state, "/good", &fetched);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	assert_true(fetched.blocks_signals);
	assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
}

static void says_who_it_is_and_nothing_else(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	char head[1024];
	char want[1024];
	get(fixture, "/cookie", &fetched);
	get(fixture, "/good?q=1", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.body, "good");
	loopback_last_request(fixture->loopback, head, sizeof head);
	char *version = strstr(head, "User-Agent: mcpauth/");
	assert_non_null(version);
	char *end = strstr(version, "\r\n");
	snprintf(want, sizeof want,
		"GET /good?q=1 HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%.*s\r\n"
		"Accept: application/json\r\n\r\n",
		loopback_port(fixture->loopback), (int)(end - version), version);
	assert_string_equal(head, want);
}

static void asks_for_the_path_as_it_is(void **state)
{
	struct fetched fetched;
	get(*state, "/a/../b/./c", &fetched);
	assert_string_equal(fetched.body, "as is");
}

static void follows_no_redirect(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	get(fixture, "/moved", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 302);
	assert_int_equal(loopback_requests(fixture->loopback), 1);
}

static void unpacks_nothing(void **state)
{
	struct fetched fetched;
	get(*state, "/zipped", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_string_equal(fetched.body, "no gzip at all");
}

static void uses_a_connection_again(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	for (unsigned i = 0; i < 5; i++) {
		get(fixture, "/good", &fetched);
		assert_int_equal(fetched.status, 200);
	}
	assert_int_equal(loopback_connections(fixture->loopback), 1);
	assert_int_equal(loopback_requests(fixture->loopback), 5);
}

static const struct {
	const char *path;
	enum mcpauth_code code;
	unsigned status;
	size_t length;
	const char *reason;
} answers[] = {
	{"/good", MCPAUTH_OK, 200, 4, "answered 200"},
	{"/full", MCPAUTH_OK, 200, MIB, "answered 200"},
	{"/full-chunked", MCPAUTH_OK, 200, MIB, "answered 200"},
	{"/over", MCPAUTH_E_TOO_LARGE, 0, 0, "over the limit"},
	{"/over-chunked", MCPAUTH_E_TOO_LARGE, 0, 0, "over the limit"},
	{"/twice", MCPAUTH_E_TOO_LARGE, 0, 0, "over the limit"},
	{"/missing", MCPAUTH_OK, 404, 0, "answered 404"},
	{"/missing-over", MCPAUTH_OK, 404, 0, "answered 404"},
	{"/missing-over-chunked", MCPAUTH_OK, 404, 0, "answered 404"},
	{"/broken", MCPAUTH_OK, 503, 0, "answered 503"},
	{"/reset", MCPAUTH_E_UNREACHABLE, 0, 0, "127.0.0.1"},
	{"/cut", MCPAUTH_E_UNREACHABLE, 0, 0, "127.0.0.1"},
};

static void tells_what_was_answered(void **state)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct fetched fetched;
		get(*state, answers[i].path, &fetched);
		CHECK_ROW(answers[i].path, fetched.code == answers[i].code);
		CHECK_ROW(answers[i].path, fetched.status == answers[i].status);
		CHECK_ROW(answers[i].path, fetched.length == answers[i].length);
		CHECK_ROW(answers[i].path, strstr(fetched.message, answers[i].reason) != NULL);
		CHECK_ROW(answers[i].path, strstr(fetched.message, "secret") == NULL);
	}
}

static void cannot_reach_a_closed_port(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	unsigned port = loopback_port(fixture->loopback);
	loopback_free(fixture->loopback);
	fixture->loopback = NULL;
	char url[64];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
	begin(fixture, &(struct mcpauth__get){.url = url}, &fetched);
	await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_UNREACHABLE);
	assert_int_equal(fetched.status, 0);
}

static const struct {
	const char *headers;
	unsigned max_age;
} cache_headers[] = {
	{NULL, MCPAUTH_NONE},
	{"Cache-Control: public\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=300\r\n", 300},
	{"cache-control: public,MAX-AGE=300 , must-revalidate\r\n", 300},
	{"Cache-Control: max-age=\"300\"\r\n", 300},
	{"Cache-Control: max-age=0\r\n", 0},
	{"Cache-Control: max-age=99999999999999999999999\r\n", 0x7fffffff},
	{"Cache-Control: max-age=-1\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=1x\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=\r\n", MCPAUTH_NONE},
	{"Cache-Control: s-maxage=300\r\n", MCPAUTH_NONE},
	{"Cache-Control: max-age=300, max-age=200\r\n", 200},
	{"Cache-Control: max-age=300\r\nCache-Control: max-age=100\r\n", 100},
	{"Cache-Control: no-store\r\n", 0},
	{"Cache-Control: max-age=300, no-cache\r\n", 0},
	{"Cache-Control: no-cache=\"x\", max-age=300\r\n", 0},
	{"Cache-Control: no-storex, max-age=300\r\n", 300},
	{"X-Cache-Control: no-store\r\n", MCPAUTH_NONE},
};

static void reads_how_long_an_answer_is_good(void **state)
{
	struct fixture *fixture = *state;
	struct loopback_page cached[COUNT(cache_headers)];
	char paths[COUNT(cache_headers)][8];
	for (size_t i = 0; i < COUNT(cache_headers); i++) {
		snprintf(paths[i], sizeof paths[i], "/%zu", i);
		cached[i] = (struct loopback_page){
			.path = paths[i], .status = 200, .headers = cache_headers[i].headers};
	}
	loopback_free(fixture->loopback);
	fixture->loopback = loopback_new(cached, COUNT(cached));
	for (size_t i = 0; i < COUNT(cache_headers); i++) {
		const char *row = cache_headers[i].headers != NULL ? cache_headers[i].headers : "-";
		struct fetched fetched;
		get(fixture, paths[i], &fetched);
		CHECK_ROW(row, fetched.status == 200);
		CHECK_ROW(row, fetched.max_age == cache_headers[i].max_age);
	}
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
		begin(*state,
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
	struct fixture *fixture = *state;
	struct fetched fetched;
	fixture->config.insecure_allow_http = true;
	start_worker(fixture);
	begin_at(fixture, "http://as.test", "/good", 0, &fetched);
	await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	assert_int_equal(fetched.status, 200);
}

/* An https URL at the fixture's server, as learnt from a document of `host`. */
static void get_learnt(
	struct fixture *fixture, const char *host, const char *path, struct fetched *fetched)
{
	char url[256];
	snprintf(url, sizeof url, "https://own.test:%u%s", loopback_port(fixture->loopback), path);
	begin(fixture, &(struct mcpauth__get){.url = url, .learnt_from = host}, fetched);
	await(fetched);
}

static void judges_what_a_name_resolves_to(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	get_learnt(fixture, "evil.test", "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	assert_int_equal(loopback_connections(fixture->loopback), 0);
	get_learnt(fixture, "OWN.test", "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	get_learnt(fixture, NULL, "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
}

static void rides_on_nobody_elses_connection(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	get_learnt(fixture, NULL, "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_OK);
	get_learnt(fixture, "evil.test", "/good", &fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_ADDRESS_REFUSED);
	assert_int_equal(loopback_requests(fixture->loopback), 1);
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
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(peers); i++) {
		struct fetched fetched;
		fixture->config.ca_file = peers[i].has_ca_file ? loopback_ca_file(fixture->loopback)
							       : NULL;
		start_worker(fixture);
		begin_at(fixture, peers[i].origin, "/good", 0, &fetched);
		await(&fetched);
		CHECK_ROW(peers[i].origin, fetched.code == peers[i].code);
	}
}

static void asks_no_proxy_of_the_environment(void **state)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
	struct fixture *fixture = *state;
	struct fetched fetched;
	fixture->config.insecure_allow_http = true;
	start_worker(fixture);
	for (size_t i = 0; i < COUNT(names); i++) {
		setenv(names[i], "http://127.0.0.1:1", 1);
	}
	begin_at(fixture, "http://as.test", "/good", 0, &fetched);
	await(&fetched);
	for (size_t i = 0; i < COUNT(names); i++) {
		unsetenv(names[i]);
	}
	assert_int_equal(fetched.code, MCPAUTH_OK);
}

static void asks_the_proxy_it_was_given(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	char proxy[64];
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", loopback_port(fixture->loopback));
	fixture->config.insecure_allow_http = true;
	fixture->config.proxy = proxy;
	start_worker(fixture);
	setenv("no_proxy", "*", 1);
	begin(fixture, &(struct mcpauth__get){.url = "http://elsewhere.test/proxied"}, &fetched);
	await(&fetched);
	unsetenv("no_proxy");
	assert_string_equal(fetched.body, "proxied");
	get(fixture, "/good", &fetched); /* this machine is asked directly */
	assert_string_equal(fetched.body, "good");
	fixture->config.proxy = NULL;
}

static int64_t now_of(struct fixture *fixture)
{
	return mcpauth__clock_monotonic(&fixture->clock);
}

static void gives_up_at_the_deadline(void **state)
{
	static const char *const paths[] = {"/held", "/dripping"};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct fetched fetched;
		int64_t began = now_of(fixture);
		begin_at(fixture, "http://127.0.0.1", paths[i], 200, &fetched);
		await(&fetched);
		int64_t took = now_of(fixture) - began;
		CHECK_ROW(paths[i], fetched.code == MCPAUTH_E_TIMEOUT && fetched.status == 0);
		CHECK_ROW(paths[i], took >= 200 && took < 1000);
		CHECK_ROW(paths[i], strstr(fetched.message, "no answer within 200 ms") != NULL);
	}
}

static void is_not_delayed_by_a_stuck_resolver(void **state)
{
	struct fixture *fixture = *state;
	struct fetched stuck;
	struct fetched good;
	int64_t began = now_of(fixture);
	begin(fixture, &(struct mcpauth__get){.url = "https://stuck.test/", .timeout_ms = 400},
		&stuck);
	while (atomic_load(&stuck_resolvers) == 0) {
		sleep_ms(1);
	}
	get(fixture, "/good", &good);
	assert_int_equal(good.status, 200);
	assert_true(now_of(fixture) - began < 400);
	await(&stuck);
	int64_t took = now_of(fixture) - began;
	assert_int_equal(stuck.code, MCPAUTH_E_TIMEOUT);
	assert_true(took >= 400 && took < 1000);
	get(fixture, "/good", &good);
	assert_int_equal(good.status, 200);
	start_worker(fixture); /* taking the old one down does not wait either */
	assert_true(now_of(fixture) - began < 1300);
	assert_int_equal(atomic_load(&stuck_resolvers), 1);
	while (atomic_load(&stuck_resolvers) > 0) {
		sleep_ms(10);
	}
	sleep_ms(100); /* for libcurl to clean up behind it */
}

static void carries_64_at_once_and_no_more(void **state)
{
	struct fixture *fixture = *state;
	static struct fetched held[MCPAUTH__TRANSFER_LIMIT];
	struct fetched extra;
	for (size_t i = 0; i < COUNT(held); i++) {
		begin_at(fixture, "http://127.0.0.1", "/held", 0, &held[i]);
	}
	begin_at(fixture, "http://127.0.0.1", "/good", 0, &extra);
	assert_int_equal(extra.calls, 1);
	assert_int_equal(extra.code, MCPAUTH_E_OVERLOADED);
	loopback_release(fixture->loopback);
	for (size_t i = 0; i < COUNT(held); i++) {
		await(&held[i]);
		assert_int_equal(held[i].code, MCPAUTH_OK);
		assert_string_equal(held[i].body, "at last");
	}
	get(fixture, "/good", &extra);
	assert_int_equal(extra.status, 200);
}

static void gives_all_up_when_it_goes(void **state)
{
	struct fixture *fixture = *state;
	struct fetched held[20];
	for (size_t i = 0; i < COUNT(held); i++) {
		begin_at(fixture, "http://127.0.0.1", "/held", 0, &held[i]);
	}
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	for (size_t i = 0; i < COUNT(held); i++) {
		assert_int_equal(held[i].calls, 1);
		assert_int_equal(held[i].code, MCPAUTH_E_CANCELLED);
	}
}

static void logs_every_fetch_without_its_query(void **state)
{
	struct fixture *fixture = *state;
	struct fetched fetched;
	char want[64];
	get(fixture, "/broken?token=secret", &fetched);
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	snprintf(want, sizeof want, " ms, http://127.0.0.1:%u/broken: answered 503",
		loopback_port(fixture->loopback));
	assert_non_null(strstr(fixture->line, want));
	assert_null(strstr(fixture->line, "secret"));
}

/** A timer that writes down its turn. */
struct alarm {
	struct mcpauth__timer timer;
	atomic_uint *turns;
	unsigned turn; /* 0: not expired */
};

static void on_alarm(struct mcpauth__timer *timer)
{
	struct alarm *alarm = (struct alarm *)timer;
	alarm->turn = atomic_load(alarm->turns) + 1;
	atomic_store(alarm->turns, alarm->turn); /* lets the test look */
}

static void arm(struct fixture *fixture, struct alarm *alarm, atomic_uint *turns, int64_t at)
{
	*alarm = (struct alarm){.timer = {.at = at, .expired = on_alarm}, .turns = turns};
	assert_true(mcpauth__worker_arm(fixture->worker, &alarm->timer));
}

static void expires_timers_in_their_order(void **state)
{
	static const int64_t times[] = {90, 30, 60, 30, 10, 120, 61};
	static const unsigned turns_wanted[] = {6, 2, 4, 3, 1, 7, 5};
	struct fixture *fixture = *state;
	struct alarm alarms[COUNT(times)];
	atomic_uint turns = 0;
	int64_t now = now_of(fixture);
	for (size_t i = 0; i < COUNT(times); i++) {
		arm(fixture, &alarms[i], &turns, now + times[i]);
	}
	while (atomic_load(&turns) < COUNT(times)) {
		sleep_ms(1);
	}
	assert_true(now_of(fixture) - now >= 120 && now_of(fixture) - now < 2000);
	for (size_t i = 0; i < COUNT(times); i++) {
		assert_int_equal(alarms[i].turn, turns_wanted[i]);
		assert_false(mcpauth__worker_disarm(fixture->worker, &alarms[i].timer));
	}
}

static void wakes_up_for_an_earlier_timer(void **state)
{
	struct fixture *fixture = *state;
	struct alarm late;
	struct alarm early;
	atomic_uint turns = 0;
	int64_t now = now_of(fixture);
	arm(fixture, &late, &turns, now + 1000000);
	sleep_ms(50); /* it is at rest */
	arm(fixture, &early, &turns, now + 60);
	while (atomic_load(&turns) == 0 && now_of(fixture) - now < 5000) {
		sleep_ms(1);
	}
	assert_int_equal(atomic_load(&turns), 1);
	assert_int_equal(early.turn, 1);
	assert_true(mcpauth__worker_disarm(fixture->worker, &late.timer));
}

static void takes_timers_back(void **state)
{
	struct fixture *fixture = *state;
	struct alarm alarms[5];
	atomic_uint turns = 0;
	int64_t now = now_of(fixture);
	for (size_t i = 0; i < COUNT(alarms); i++) {
		arm(fixture, &alarms[i], &turns, now + 100 + (int64_t)i);
	}
	assert_true(mcpauth__worker_disarm(fixture->worker, &alarms[0].timer));
	assert_true(mcpauth__worker_disarm(fixture->worker, &alarms[4].timer));
	assert_true(mcpauth__worker_disarm(fixture->worker, &alarms[2].timer));
	assert_false(mcpauth__worker_disarm(fixture->worker, &alarms[2].timer));
	sleep_ms(250);
	assert_int_equal(atomic_load(&turns), 2);
	assert_int_equal(alarms[1].turn, 1);
	assert_int_equal(alarms[3].turn, 2);
}

static void expires_every_timer_when_it_goes(void **state)
{
	struct fixture *fixture = *state;
	struct alarm alarms[3];
	atomic_uint turns = 0;
	for (size_t i = 0; i < COUNT(alarms); i++) {
		arm(fixture, &alarms[i], &turns, now_of(fixture) + 1000000);
	}
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	assert_int_equal(turns, 3);
}

/** A program's own fetch function, which keeps what it is to answer. */
struct program {
	struct mcpauth_fetch *fetches[MCPAUTH__TRANSFER_LIMIT + 1];
	size_t count;
};

static void keep_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct program *program = user;
	assert_string_equal(url, "https://as.test/keys");
	program->fetches[program->count++] = fetch;
}

static void use_program(struct fixture *fixture, struct program *program)
{
	*program = (struct program){.count = 0};
	fixture->config.fetch = keep_fetch;
	fixture->config.fetch_user = program;
	start_worker(fixture);
}

static void begin_own(struct fixture *fixture, unsigned timeout_ms, struct fetched *fetched)
{
	begin(fixture,
		&(struct mcpauth__get){.url = "https://as.test/keys", .timeout_ms = timeout_ms},
		fetched);
}

static void lets_the_program_fetch(void **state)
{
	struct program program;
	struct fetched fetched[4];
	use_program(*state, &program);
	for (size_t i = 0; i < COUNT(fetched); i++) {
		begin_own(*state, 0, &fetched[i]);
		assert_int_equal(fetched[i].calls, 0);
	}
	char *huge = calloc(1, MIB + 1);
	mcpauth_fetch_answer(program.fetches[3], 0, NULL, 0);
	mcpauth_fetch_answer(program.fetches[2], 200, huge, MIB + 1);
	mcpauth_fetch_answer(program.fetches[1], 204, NULL, 0);
	mcpauth_fetch_answer(program.fetches[0], 200, "own", 3);
	free(huge);
	assert_int_equal(fetched[3].code, MCPAUTH_E_UNREACHABLE);
	assert_int_equal(fetched[2].code, MCPAUTH_E_TOO_LARGE);
	assert_int_equal(fetched[1].status, 204);
	assert_int_equal(fetched[0].code, MCPAUTH_OK);
	assert_string_equal(fetched[0].body, "own");
	assert_int_equal(fetched[0].max_age, MCPAUTH_NONE);
}

static void limits_the_program_too(void **state)
{
	struct fixture *fixture = *state;
	struct program program;
	static struct fetched held[MCPAUTH__TRANSFER_LIMIT];
	struct fetched extra;
	use_program(fixture, &program);
	for (size_t i = 0; i < COUNT(held); i++) {
		begin_own(fixture, 0, &held[i]);
	}
	begin_own(fixture, 0, &extra);
	assert_int_equal(extra.code, MCPAUTH_E_OVERLOADED);
	assert_int_equal(program.count, MCPAUTH__TRANSFER_LIMIT);
	mcpauth_fetch_answer(program.fetches[7], 200, "x", 1);
	begin_own(fixture, 0, &extra);
	assert_int_equal(extra.calls, 0);
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	assert_int_equal(extra.code, MCPAUTH_E_CANCELLED);
	for (size_t i = 0; i < program.count; i++) {
		if (i != 7) {
			mcpauth_fetch_answer(program.fetches[i], 200, "late", 4);
		}
	}
	assert_int_equal(held[0].calls, 1);
	assert_int_equal(held[0].code, MCPAUTH_E_CANCELLED);
}

static void waits_for_the_program_no_longer_than_for_others(void **state)
{
	struct program program;
	struct fetched fetched;
	use_program(*state, &program);
	begin_own(*state, 50, &fetched);
	await(&fetched);
	assert_int_equal(fetched.code, MCPAUTH_E_TIMEOUT);
	mcpauth_fetch_answer(program.fetches[0], 200, "late", 4);
	assert_int_equal(fetched.calls, 1);
}

/** Somebody who takes their time over a response. */
struct slow {
	struct mcpauth_fetch *fetch;
	atomic_uint entered;
	atomic_uint left;
};

static void take_time(const struct mcpauth__response *response, void *user)
{
	struct slow *slow = user;
	(void)response;
	atomic_fetch_add(&slow->entered, 1);
	sleep_ms(100);
	atomic_fetch_add(&slow->left, 1);
}

static void *answer_slow(void *argument)
{
	struct slow *slow = argument;
	mcpauth_fetch_answer(slow->fetch, 200, "good", 4);
	return NULL;
}

static void goes_when_the_last_callback_is_back(void **state)
{
	struct fixture *fixture = *state;
	struct program program;
	struct slow slow = {.entered = 0};
	pthread_t thread;
	use_program(fixture, &program);
	mcpauth__worker_get(fixture->worker,
		&(struct mcpauth__get){.url = "https://as.test/keys",
			.timeout_ms = LONG_MS,
			.done = take_time,
			.user = &slow});
	slow.fetch = program.fetches[0];
	assert_int_equal(pthread_create(&thread, NULL, answer_slow, &slow), 0);
	while (atomic_load(&slow.entered) == 0) {
		sleep_ms(1);
	}
	mcpauth__worker_free(fixture->worker);
	fixture->worker = NULL;
	assert_int_equal(atomic_load(&slow.left), 1);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&slow.entered), 1);
}

static void *answer_slowly(void *argument)
{
	sleep_ms(1);
	mcpauth_fetch_answer(argument, 200, "raced", 5);
	return NULL;
}

static void ends_once_in_every_race(void **state)
{
	struct fixture *fixture = *state;
	for (unsigned i = 0; i < 100; i++) {
		struct program program;
		struct fetched fetched;
		pthread_t thread;
		use_program(fixture, &program);
		begin_own(fixture, i % 2 == 0 ? 1 : LONG_MS, &fetched);
		assert_int_equal(
			pthread_create(&thread, NULL, answer_slowly, program.fetches[0]), 0);
		sleep_ms(1);
		mcpauth__worker_free(fixture->worker);
		fixture->worker = NULL;
		assert_int_equal(fetched.calls, 1);
		pthread_join(thread, NULL);
		assert_int_equal(fetched.calls, 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, start_tls, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_its_thread_with_the_first_fetch),
		TEST(keeps_signals_away_from_its_thread),
		TEST(says_who_it_is_and_nothing_else),
		TEST(asks_for_the_path_as_it_is),
		TEST(follows_no_redirect),
		TEST(unpacks_nothing),
		TEST(uses_a_connection_again),
		TEST(tells_what_was_answered),
		TEST(cannot_reach_a_closed_port),
		TEST(reads_how_long_an_answer_is_good),
		TEST(refuses_urls_at_once),
		TEST(asks_anywhere_over_http_if_told_to),
		TLS_TEST(judges_what_a_name_resolves_to),
		TLS_TEST(rides_on_nobody_elses_connection),
		TLS_TEST(trusts_certificates_for_the_name_alone),
		TEST(asks_no_proxy_of_the_environment),
		TEST(asks_the_proxy_it_was_given),
		TEST(gives_up_at_the_deadline),
		TEST(is_not_delayed_by_a_stuck_resolver),
		TEST(carries_64_at_once_and_no_more),
		TEST(gives_all_up_when_it_goes),
		TEST(logs_every_fetch_without_its_query),
		TEST(expires_timers_in_their_order),
		TEST(wakes_up_for_an_earlier_timer),
		TEST(takes_timers_back),
		TEST(expires_every_timer_when_it_goes),
		TEST(lets_the_program_fetch),
		TEST(limits_the_program_too),
		TEST(waits_for_the_program_no_longer_than_for_others),
		TEST(goes_when_the_last_callback_is_back),
		TEST(ends_once_in_every_race),
	};
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
