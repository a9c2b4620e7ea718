/* A million requests at `notes`: it grows by nothing, loses nothing, and does not slow
 * down. */
#define _GNU_SOURCE

#include "faults/support/notes.h"
#include "mix.h"
#include "statistics.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 6
#define DRIFT_KIB 1024
#define ANSWER_SIZE 65536
#define PAIRS 20
/* Tokens in use: more than the cache holds. To sign them takes seconds. */
#define DISTINCT_LONG 20000
#define DISTINCT_SHORT 5000
#define LONG_RUN 500000

/** One server, and what all its clients share. */
struct soak {
	const struct mix *mix;
	struct notes *notes;
	atomic_ulong next;
	unsigned long end;   /* of the stretch under way: one past its last request */
	unsigned long asked; /* in all; `end` leaps for the young one */
	atomic_ulong wrong;
	atomic_ulong unanswered;
	atomic_ulong closed;
};

struct plan {
	unsigned long warm_up;
	size_t stretches;
	unsigned long requests; /* of a stretch */
	double tolerance;       /* 0.05: by so much may it change what a request costs */
};

/** One stretch of the whole. */
struct stretch {
	double processor_time; /* the server's, in seconds */
	double own_time;       /* the clients', in seconds; their work never changes */
	long resident;         /* KiB */
	unsigned descriptors;
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static double own_processor_time(void)
{
	struct timespec time;
	need(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0, "reading the processor time");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int connect_to(const struct notes *notes)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)notes_port(notes))};
	struct timeval limit = {.tv_sec = NOTES_ANSWER_MS / 1000};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(fd >= 0, "making a socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	need(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connecting");
	return fd;
}

/* @return how long the answer is to be, 0: its head is not whole yet */
static size_t whole_length(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = end == NULL ? NULL : strcasestr(text, "\r\nContent-Length:");
	if (end == NULL) {
		return 0;
	}
	return (size_t)(end + 4 - text)
		+ (length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0);
}

/* @return the status, 0: there was no whole answer */
static unsigned receive(int fd, bool *is_kept)
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
	*is_kept = strcasestr(text, "\r\nConnection: close\r\n") == NULL;
	return (unsigned)strtoul(text + 9, NULL, 10);
}

static void judge(struct soak *soak, const struct mix_request *request, unsigned status)
{
	/* Without an expected status any refusal will do, but silence is none. */
	bool is_right = status != 0
		&& (request->status != 0 ? status == request->status : status / 100 != 2);
	if (status == 0) {
		atomic_fetch_add(&soak->unanswered, 1);
	}
	if (!is_right && atomic_fetch_add(&soak->wrong, 1) < 10) {
		fprintf(stderr, "%s: answered with %u\n%.300s\n", request->kind, status,
			request->data);
	}
}

static void *ask(void *user)
{
	struct soak *soak = user;
	int fd = connect_to(soak->notes);
	for (;;) {
		unsigned long number = atomic_fetch_add(&soak->next, 1);
		bool is_kept = false;
		if (number >= soak->end) {
			break;
		}
		struct mix_request request = mix_at(soak->mix, number);
		send(fd, request.data, request.length, MSG_NOSIGNAL);
		judge(soak, &request, receive(fd, &is_kept));
		if (!is_kept) {
			atomic_fetch_add(&soak->closed, 1);
			close(fd);
			fd = connect_to(soak->notes);
		}
	}
	close(fd);
	return NULL;
}

/* So many more requests, after which nobody is connected any more. */
static struct stretch run_stretch(struct soak *soak, unsigned long requests)
{
	pthread_t threads[THREADS];
	struct stretch stretch;
	double before = notes_processor_time(soak->notes);
	double own_before = own_processor_time();
	unsigned long begin = soak->end;
	soak->end += requests;
	soak->asked += requests;
	atomic_store(&soak->next, begin);
	for (int i = 0; i < THREADS; i++) {
		need(pthread_create(&threads[i], NULL, ask, soak) == 0, "starting a thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	stretch.processor_time = notes_processor_time(soak->notes) - before;
	stretch.own_time = own_processor_time() - own_before;
	notes_sleep_ms(50); /* the server closes its ends a little later: they are not lost */
	stretch.resident = notes_resident(soak->notes);
	stretch.descriptors = notes_descriptors(soak->notes);
	return stretch;
}

static void show(const char *name, const struct stretch *stretch, unsigned long requests)
{
	printf("# %-12s %6.2f us of processor time a request (the client's %6.2f), %6ld KiB "
	       "resident, %u descriptors\n",
		name, stretch->processor_time / (double)requests * 1e6,
		stretch->own_time / (double)requests * 1e6, stretch->resident,
		stretch->descriptors);
	fflush(stdout);
}

static int check(int *number, bool held, const char *claim)
{
	printf("%sok %d - %s\n", held ? "" : "not ", ++*number, claim);
	return held ? 0 : 1;
}

/* The last requests of the old server beside the first of a young one that was warmed up
 * alike: the same ones, by turns, so that whatever other programs do to the machine in the
 * meantime, they do to both.
 *
 * @return processor time of the old one by that of the young one */
static struct statistics compare(struct soak *old, struct soak *young, unsigned long requests)
{
	struct soak *both[2] = {old, young};
	double times[2][PAIRS];
	double ratios[PAIRS];
	for (unsigned i = 0; i < PAIRS; i++) {
		young->end = old->end;
		for (unsigned turn = 0; turn < 2; turn++) {
			unsigned which = (i + turn) % 2;
			times[which][i] = run_stretch(both[which], requests).processor_time;
		}
	}
	return statistics_of_ratios(times[0], times[1], ratios, PAIRS);
}

/* Servers inherit the one processor: of two, the host may slow down one alone. The clients
 * have all of them. */
static struct soak start(const struct mix *mix, const char *jwks_uri)
{
	cpu_set_t all;
	cpu_set_t one;
	int first = 0;
	need(sched_getaffinity(0, sizeof all, &all) == 0, "asking for the processors");
	while (!CPU_ISSET(first, &all)) {
		first++;
	}
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	need(sched_setaffinity(0, sizeof one, &one) == 0, "taking one processor");
	/* No accepted token is given up during a run: to check it again costs at moments that
	 * differ between old and young. */
	struct notes *notes = notes_new(
		&(struct notes_config){.jwks_uri = jwks_uri, .token_cache = 3600}, NULL);
	need(notes != NULL, "starting notes");
	need(sched_setaffinity(0, sizeof all, &all) == 0, "taking all processors");
	return (struct soak){.mix = mix, .notes = notes};
}

static int finish(struct soak *soak, int *number, const char *claim)
{
	int status = notes_stop(soak->notes);
	notes_free(soak->notes);
	return check(number, WIFEXITED(status) && WEXITSTATUS(status) == 0, claim);
}

/* Both were asked all they are asked. */
static int judge_answers(const struct soak *old, const struct soak *young, int *number)
{
	unsigned long wrong = atomic_load(&old->wrong) + atomic_load(&young->wrong);
	printf("# %lu requests, %lu of them to the young one: %lu answered wrongly, %lu not at "
	       "all, %lu connections closed\n",
		old->asked + young->asked, young->asked, wrong,
		atomic_load(&old->unanswered) + atomic_load(&young->unanswered),
		atomic_load(&old->closed) + atomic_load(&young->closed));
	return check(number, wrong == 0, "every request had its answer");
}

/* What there is to say of the old server by itself. */
struct history {
	struct stretch warm_up;
	struct stretch first;
	struct stretch last;
};

static struct history run_alone(struct soak *soak, const struct plan *plan)
{
	struct history history = {.warm_up = run_stretch(soak, plan->warm_up)};
	show("warm-up", &history.warm_up, plan->warm_up);
	for (size_t i = 1; i <= plan->stretches; i++) {
		char name[32];
		history.last = run_stretch(soak, plan->requests);
		if (i == 1) {
			history.first = history.last;
		}
		snprintf(name, sizeof name, "stretch %zu", i);
		show(name, &history.last, plan->requests);
	}
	printf("# from the first stretch to the last, processor time a request changed by "
	       "%.1f %%, the client's, whose work never changes, by %.1f %%\n",
		(history.last.processor_time / history.first.processor_time - 1) * 100,
		(history.last.own_time / history.first.own_time - 1) * 100);
	return history;
}

static int judge_growth(const struct history *history, int *number)
{
	long growth = history->last.resident - history->warm_up.resident;
	int lost = (int)history->last.descriptors - (int)history->warm_up.descriptors;
	printf("# since the warm-up resident memory grew by %ld KiB, descriptors by %d\n", growth,
		lost);
	int failed = check(number, growth < DRIFT_KIB, "memory grew by less than 1 MiB");
	return failed + check(number, lost <= 0, "no descriptor was lost");
}

/* @return failures */
static int soak_all(struct soak *old, struct soak *young, const struct plan *plan)
{
	int number = 0;
	struct history history = run_alone(old, plan);
	int failed = judge_growth(&history, &number);
	run_stretch(young, plan->warm_up);
	struct statistics ratio = compare(old, young, plan->requests / PAIRS);
	printf("# processor time a request, by a young server's: %.3f (%.3f - %.3f, %d pairs)\n",
		ratio.median, ratio.low, ratio.high, PAIRS);
	failed += check(&number, fabs(ratio.median - 1) < plan->tolerance,
		"a request costs what it cost at first");
	failed += judge_answers(old, young, &number);
	failed += finish(old, &number, "the old server ends well");
	return failed + finish(young, &number, "the young server ends well");
}

static bool read_plan(int argc, char **argv, struct plan *plan)
{
	if (argc < 5) {
		return false;
	}
	plan->warm_up = strtoul(argv[2], NULL, 10);
	plan->stretches = strtoul(argv[3], NULL, 10);
	plan->requests = plan->stretches > 0 ? strtoul(argv[1], NULL, 10) / plan->stretches : 0;
	plan->tolerance = strtod(argv[4], NULL) / 100;
	return plan->stretches >= 2 && plan->requests >= PAIRS;
}

int main(int argc, char **argv)
{
	struct loopback_page page = {.path = "/keys",
		.status = 200,
		.headers = "Connection: close\r\n",
		.body = daemon_keys()};
	char jwks_uri[64];
	struct plan plan;
	if (!read_plan(argc, argv, &plan)) {
		fputs("usage: soak REQUESTS WARM-UP STRETCHES TOLERANCE-PERCENT [ODD-REQUESTS]\n",
			stderr);
		return 2;
	}
	struct loopback *issuer = loopback_new(&page, 1);
	snprintf(jwks_uri, sizeof jwks_uri, "http://127.0.0.1:%u/keys", loopback_port(issuer));
	bool is_long = plan.requests * plan.stretches >= LONG_RUN;
	struct mix *mix = mix_new(
		is_long ? DISTINCT_LONG : DISTINCT_SHORT, argc > 5 ? argv[5] : NULL);
	struct soak old = start(mix, jwks_uri);
	struct soak young = start(mix, jwks_uri);
	printf("# %zu requests with odd headers from the corpus\n1..6\n", mix_odd_count(mix));
	int failed = soak_all(&old, &young, &plan);
	mix_free(mix);
	loopback_free(issuer);
	return failed == 0 ? 0 : 1;
}
