/* `notes` while system calls fail: nobody gets in, nobody hangs, nothing is lost. */
#define _GNU_SOURCE

#include "control.h"

#include "faults/support/notes.h"
#include "support/check.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOMETIMES 16384 /* of 65536 */
#define OFTEN 32768
/* What is asked for once, or seldom, would else not fail with every seed. */
#define ALWAYS 65536
#define REQUESTS 60
/* Failed fetches are tried again after 1, 2, 4, 8, then every 15 s. */
#define RECOVERY_MS 20000
#define SWEEP_USUAL 3

enum kind {
	OPEN_PATH,
	GOOD_TOKEN,
	FORGED_TOKEN,
	NO_TOKEN,
	KINDS
};

/** How notes gets to its keys. */
enum way {
	BY_ADDRESS,
	BY_NAME,
	BY_TLS,
	WAYS
};

struct row {
	const char *label;
	enum fault faults[2];
	unsigned chance;
	enum way way;
	bool reloads; /* SIGHUP among the requests */
	/* With epoll in place of poll(), too. There a kernel gives less than it was asked
	 * for only if it has no more, and MHD relies on that. */
	bool has_epoll;
};

static const struct row rows[] = {
	{"no descriptor for a connection", {FAULT_ACCEPT, FAULT_ACCEPT}, OFTEN, BY_ADDRESS, false,
		true},
	{"no descriptor to fetch keys with", {FAULT_SOCKET, FAULT_SOCKET}, ALWAYS, BY_ADDRESS,
		false, false},
	{"no descriptor for files", {FAULT_OPEN, FAULT_OPEN}, OFTEN, BY_TLS, true, false},
	{"no descriptor to wake the network thread", {FAULT_SOCKETPAIR, FAULT_EVENTFD}, ALWAYS,
		BY_ADDRESS, false, false},
	{"no space for the log", {FAULT_LOG, FAULT_LOG}, ALWAYS, BY_ADDRESS, true, false},
	{"waiting is interrupted", {FAULT_POLL, FAULT_POLL}, OFTEN, BY_NAME, false, true},
	{"reading is interrupted", {FAULT_READ_EINTR, FAULT_READ_EINTR}, OFTEN, BY_ADDRESS, false,
		true},
	{"writing is interrupted", {FAULT_WRITE_EINTR, FAULT_WRITE_EINTR}, OFTEN, BY_ADDRESS, false,
		true},
	{"little is read at a time", {FAULT_READ_SHORT, FAULT_READ_SHORT}, OFTEN, BY_TLS, false,
		false},
	{"little is written at a time", {FAULT_WRITE_SHORT, FAULT_WRITE_SHORT}, OFTEN, BY_TLS,
		false, false},
	{"interrupted, and in small parts", {FAULT_READ_SHORT, FAULT_WRITE_EINTR}, OFTEN, BY_NAME,
		false, false},
	{"connections break", {FAULT_RESET, FAULT_RESET}, SOMETIMES, BY_ADDRESS, false, true},
	{"no thread is to be had", {FAULT_THREAD, FAULT_THREAD}, ALWAYS, BY_NAME, false, false},
	{"no randomness", {FAULT_RANDOM, FAULT_RANDOM}, ALWAYS, BY_TLS, false, false},
	{"names are not found", {FAULT_RESOLVE, FAULT_RESOLVE}, ALWAYS, BY_NAME, false, false},
};
#define ROWS (sizeof rows / sizeof *rows)

static const char *const fault_names[FAULTS] = {
	[FAULT_ACCEPT] = "accept4",
	[FAULT_SOCKET] = "socket",
	[FAULT_OPEN] = "open, fopen",
	[FAULT_EVENTFD] = "eventfd",
	[FAULT_EPOLL_CREATE] = "epoll_create1",
	[FAULT_SOCKETPAIR] = "socketpair",
	[FAULT_LOG] = "fprintf: ENOSPC",
	[FAULT_POLL] = "poll, epoll_wait: EINTR",
	[FAULT_READ_EINTR] = "read, recv: EINTR",
	[FAULT_READ_SHORT] = "read, recv: short",
	[FAULT_WRITE_EINTR] = "write, send, sendmsg: EINTR",
	[FAULT_WRITE_SHORT] = "write, send, sendmsg: short",
	[FAULT_RESET] = "recv, send, sendmsg: ECONNRESET",
	[FAULT_THREAD] = "pthread_create",
	[FAULT_RANDOM] = "getrandom",
	[FAULT_RESOLVE] = "getaddrinfo",
};

/** What all tests share. */
struct stage {
	struct fault_control *control;
	char control_variable[128];
	char control_file[96];
	struct loopback_page page;
	struct loopback *issuer;
	char jwks_uri[96];
	char *tokens[KINDS];
	unsigned dice;
	unsigned injected[FAULTS];
};

static struct stage stage;
static bool is_long;

static void stage_start(void)
{
	const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : P_tmpdir;
	snprintf(stage.control_file, sizeof stage.control_file, "%s/faults-XXXXXX", parent);
	int fd = mkstemp(stage.control_file);
	assert_true(fd >= 0 && ftruncate(fd, sizeof *stage.control) == 0);
	stage.control = mmap(
		NULL, sizeof *stage.control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(stage.control != MAP_FAILED);
	close(fd);
	snprintf(stage.control_variable, sizeof stage.control_variable, FAULT_CONTROL "=%s",
		stage.control_file);
	/* So that no descriptor of notes is left for a later fetch to use again. */
	stage.page = (struct loopback_page){.path = "/keys",
		.status = 200,
		.headers = "Connection: close\r\n",
		.body = daemon_keys()};
	stage.tokens[GOOD_TOKEN] = daemon_token("alice");
	stage.tokens[FORGED_TOKEN] = notes_forged_token();
	stage.dice = 1;
}

static void stage_stop(void)
{
	unlink(stage.control_file);
	munmap(stage.control, sizeof *stage.control);
	free(stage.tokens[GOOD_TOKEN]);
	free(stage.tokens[FORGED_TOKEN]);
}

/* Each with an issuer of its own, which serves a bounded number of connections. */
static void start_issuer(enum way way)
{
	static const char *const hosts[WAYS] = {"127.0.0.1", FAULT_HOST, "localhost"};
	stage.issuer = way == BY_TLS ? loopback_new_tls(&stage.page, 1)
				     : loopback_new(&stage.page, 1);
	snprintf(stage.jwks_uri, sizeof stage.jwks_uri, "%s://%s:%u/keys",
		way == BY_TLS ? "https" : "http", hosts[way], loopback_port(stage.issuer));
}

static void stop_issuer(void)
{
	loopback_free(stage.issuer);
	stage.issuer = NULL;
}

/* Counts, too, begin anew: a fault of a number is one after this. */
static void nothing_fails(void)
{
	for (size_t i = 0; i < FAULTS; i++) {
		struct fault_rule *rule = &stage.control->rules[i];
		atomic_store(&rule->chance, 0);
		atomic_store(&rule->number, 0);
		stage.injected[i] += atomic_exchange(&rule->injected, 0);
		atomic_store(&rule->calls, 0);
	}
}

static struct notes *start_notes(bool with_epoll, int *status)
{
	const char *environment[] = {
		stage.control_variable, with_epoll ? FAULT_EPOLL "=1" : NULL, NULL};
	struct notes_config config = {
		.jwks_uri = stage.jwks_uri,
		.ca_file = loopback_ca_file(stage.issuer),
		.preload = FAULT_SHIM,
		.environment = environment,
	};
	return notes_new(&config, status);
}

static const char *path_of(enum kind kind)
{
	return kind == OPEN_PATH ? "/open" : "/mcp";
}

/* Whatever fails, the answer is one of these, or none. */
static void check_answer(const char *label, enum kind kind, int status)
{
	bool may_enter = kind == OPEN_PATH || kind == GOOD_TOKEN;
	CHECK_ROW(label, status != -1);
	CHECK_ROW(label, status != 200 || may_enter);
	CHECK_ROW(label, kind != GOOD_TOKEN || (status != 401 && status != 403));
}

static void ask_anything(const char *label, const struct notes *notes)
{
	stage.dice = stage.dice * 1103515245u + 12345u;
	enum kind kind = (stage.dice >> 16) % KINDS;
	check_answer(label, kind, notes_ask(notes, path_of(kind), stage.tokens[kind]));
}

/* What is open when a good token has been let in and nobody is connected. */
static unsigned usual_descriptors(bool with_epoll)
{
	struct notes *notes = start_notes(with_epoll, NULL);
	assert_non_null(notes);
	assert_true(notes_await_status(notes, "/mcp", stage.tokens[GOOD_TOKEN], 200, RECOVERY_MS));
	unsigned most = notes_descriptors(notes);
	unsigned count = most;
	/* It may not have noticed yet that the client and the issuer have gone. */
	for (int i = 0; i < 20; i++) {
		notes_sleep_ms(10);
		most = notes_descriptors(notes);
		count = most < count ? most : count;
	}
	notes_free(notes);
	return count;
}

static void check_recovered(const char *label, struct notes *notes, unsigned descriptors)
{
	CHECK_ROW(label, notes_is_running(notes));
	CHECK_ROW(label, notes_ask(notes, "/open", NULL) == 200);
	CHECK_ROW(label, notes_ask(notes, "/mcp", NULL) == 401);
	CHECK_ROW(label,
		notes_await_status(notes, "/mcp", stage.tokens[GOOD_TOKEN], 200, RECOVERY_MS));
	CHECK_ROW(label, notes_ask(notes, "/mcp", stage.tokens[FORGED_TOKEN]) == 401);
	CHECK_ROW(label, notes_await_descriptors(notes, descriptors) <= descriptors);
	int status = notes_stop(notes);
	CHECK_ROW(label, WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static unsigned total_injected(const struct row *row)
{
	return atomic_load(&stage.control->rules[row->faults[0]].injected)
		+ atomic_load(&stage.control->rules[row->faults[1]].injected);
}

static void arm(const struct row *row)
{
	atomic_store(&stage.control->rules[row->faults[0]].chance, row->chance);
	atomic_store(&stage.control->rules[row->faults[1]].chance, row->chance);
}

/* From before the first fetch on, so that this fails, too. */
static unsigned try_row(const struct row *row, bool with_epoll, unsigned seed)
{
	nothing_fails();
	atomic_store(&stage.control->seed, seed);
	unsigned descriptors = usual_descriptors(with_epoll);
	struct notes *notes = start_notes(with_epoll, NULL);
	assert_non_null(notes);
	nothing_fails();
	arm(row);
	for (int i = 0; i < REQUESTS; i++) {
		if (row->reloads && i % 5 == 0) {
			notes_reload(notes);
		}
		ask_anything(row->label, notes);
	}
	unsigned injected = total_injected(row);
	nothing_fails();
	check_recovered(row->label, notes, descriptors);
	notes_free(notes);
	return injected;
}

static void survives_while_it_serves(void **state)
{
	const struct row *row = *state;
	unsigned rounds = is_long ? 10 : 1;
	for (unsigned seed = 1; seed <= rounds; seed++) {
		start_issuer(row->way);
		CHECK_ROW(row->label, try_row(row, false, seed) > 0);
		if (row->has_epoll) {
			CHECK_ROW(row->label, try_row(row, true, seed) > 0);
		}
		stop_issuer();
	}
}

/* Start, serve and stop while the call of this number fails. It may give up, and
 * says so then by its exit status. */
static void try_number(enum fault fault, unsigned number, unsigned descriptors)
{
	int status = 0;
	nothing_fails();
	atomic_store(&stage.control->rules[fault].number, number);
	struct notes *notes = start_notes(fault == FAULT_EPOLL_CREATE, &status);
	if (notes == NULL) {
		CHECK_ROW(fault_names[fault], WIFEXITED(status) && WEXITSTATUS(status) != 0);
		CHECK_ROW(fault_names[fault], WEXITSTATUS(status) < 126);
		return;
	}
	for (enum kind kind = OPEN_PATH; kind < KINDS; kind++) {
		int answer = notes_ask(notes, path_of(kind), stage.tokens[kind]);
		check_answer(fault_names[fault], kind, answer);
	}
	nothing_fails();
	check_recovered(fault_names[fault], notes, descriptors);
	notes_free(notes);
}

/* @return how many of these calls one start, some requests and the end take */
static unsigned count_calls(enum fault fault, unsigned descriptors)
{
	nothing_fails();
	struct notes *notes = start_notes(fault == FAULT_EPOLL_CREATE, NULL);
	assert_non_null(notes);
	notes_ask(notes, "/open", NULL);
	check_recovered(fault_names[fault], notes, descriptors);
	notes_free(notes);
	return atomic_load(&stage.control->rules[fault].calls);
}

/* Every call of a kind in turn, from the program's first on. */
static void survives_the_failure_of_each_call(void **state)
{
	enum fault fault = (enum fault)(uintptr_t)*state;
	enum way way = fault == FAULT_RANDOM ? BY_TLS : BY_NAME;
	start_issuer(way);
	nothing_fails();
	unsigned descriptors = usual_descriptors(fault == FAULT_EPOLL_CREATE);
	unsigned calls = count_calls(fault, descriptors);
	stop_issuer();
	CHECK_ROW(fault_names[fault], calls > 0);
	if (!is_long && calls > SWEEP_USUAL) {
		calls = SWEEP_USUAL;
	}
	unsigned before = stage.injected[fault];
	unsigned struck = 0;
	/* Requests do not take the same number of calls each time: until one is too high. */
	for (unsigned number = 1; number <= calls && struck + 1 == number; number++) {
		start_issuer(way);
		try_number(fault, number, descriptors);
		stop_issuer();
		nothing_fails();
		struck = stage.injected[fault] - before;
	}
	CHECK_ROW(fault_names[fault], struck > 0);
}

/* A disk without space for the log, as the kernel has it. */
static void serves_with_a_full_disk(void **state)
{
	struct notes_config config = {.jwks_uri = stage.jwks_uri};
	(void)state;
	start_issuer(BY_ADDRESS);
	for (int full = 0; full <= 1; full++) {
		config.log = full ? "/dev/full" : NULL;
		struct notes *notes = notes_new(&config, NULL);
		assert_non_null(notes);
		unsigned descriptors = notes_descriptors(notes) + 4;
		notes_reload(notes);
		check_answer("full disk", FORGED_TOKEN,
			notes_ask(notes, "/mcp", stage.tokens[FORGED_TOKEN]));
		notes_sleep_ms(50);
		/* Without this the full disk would have stood in nobody's way. */
		assert_true(full || notes_has_logged(notes, "settings reloaded"));
		check_recovered("full disk", notes, descriptors);
		notes_free(notes);
	}
	stop_issuer();
}

/* A sanitizer puts a function of its own before the preloaded one. */
static bool can_fail(enum fault fault)
{
#ifdef __SANITIZE_ADDRESS__
	return fault != FAULT_LOG;
#else
	(void)fault;
	return true;
#endif
}

static size_t list_tests(struct CMUnitTest *tests)
{
	size_t count = 0;
	for (size_t i = 0; i < ROWS; i++) {
		if (can_fail(rows[i].faults[0])) {
			tests[count++] = (struct CMUnitTest){.name = rows[i].label,
				.test_func = survives_while_it_serves,
				.initial_state = (void *)&rows[i]};
		}
	}
	for (uintptr_t fault = 0; fault < FAULTS; fault++) {
		if (can_fail((enum fault)fault)) {
			tests[count++] = (struct CMUnitTest){.name = fault_names[fault],
				.test_func = survives_the_failure_of_each_call,
				.initial_state = (void *)fault};
		}
	}
	tests[count++] = (struct CMUnitTest){
		.name = "a full disk", .test_func = serves_with_a_full_disk};
	return count;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[ROWS + FAULTS + 1];
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--long") == 0) {
			is_long = true;
		} else {
			cmocka_set_test_filter(argv[i]);
		}
	}
	stage_start();
	size_t count = list_tests(tests);
	int failed = _cmocka_run_group_tests("system", tests, count, NULL, NULL);
	nothing_fails();
	for (size_t i = 0; i < FAULTS; i++) {
		printf("# %-34s failed %u times\n", fault_names[i], stage.injected[i]);
	}
	stage_stop();
	return failed;
}
