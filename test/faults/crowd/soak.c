/* A million requests at `notes`: it grows by nothing, loses nothing, and does not slow
 * down. */
#define _GNU_SOURCE

#include "faults/support/notes.h"
#include "mix.h"
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
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

/** What all clients share. */
struct soak {
	const struct mix *mix;
	unsigned port;
	atomic_ulong next;
	unsigned long end;
	atomic_ulong wrong;
	atomic_ulong unanswered;
	atomic_ulong closed;
};

/** One stretch of the whole. */
struct stretch {
	double processor_time;
	double own_time; /* of the clients, whose work never changes */
	long resident;
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

static int connect_to(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
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
	bool is_right = request->status != 0 ? status == request->status : status / 100 != 2;
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
	int fd = connect_to(soak->port);
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
			fd = connect_to(soak->port);
		}
	}
	close(fd);
	return NULL;
}

/* So many more requests, after which nobody is connected any more. */
static struct stretch run_stretch(
	struct soak *soak, const struct notes *notes, unsigned long requests)
{
	pthread_t threads[THREADS];
	struct stretch stretch;
	double before = notes_processor_time(notes);
	double own_before = own_processor_time();
	unsigned long begin = soak->end;
	soak->end += requests;
	atomic_store(&soak->next, begin);
	for (int i = 0; i < THREADS; i++) {
		need(pthread_create(&threads[i], NULL, ask, soak) == 0, "starting a thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	stretch.processor_time = notes_processor_time(notes) - before;
	stretch.own_time = own_processor_time() - own_before;
	notes_sleep_ms(50);
	stretch.resident = notes_resident(notes);
	stretch.descriptors = notes_descriptors(notes);
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

static int judge_all(
	const struct soak *soak, const struct stretch *stretches, size_t count, double tolerance)
{
	const struct stretch *warm = &stretches[0];
	const struct stretch *first = &stretches[1];
	const struct stretch *last = &stretches[count - 1];
	int number = 0;
	double change = last->processor_time / first->processor_time - 1;
	/* What other programs do to the machine in the meantime slows both down. */
	double own_change = last->own_time / first->own_time - 1;
	double beside = (1 + change) / (1 + own_change) - 1;
	printf("# %lu requests: %lu answered wrongly, %lu not at all, %lu connections closed\n",
		soak->end, atomic_load(&soak->wrong), atomic_load(&soak->unanswered),
		atomic_load(&soak->closed));
	printf("# resident memory grew by %ld KiB, descriptors by %d\n",
		last->resident - warm->resident, (int)last->descriptors - (int)warm->descriptors);
	printf("# processor time a request changed by %.1f %%, the client's by %.1f %%: "
	       "%.1f %% of its own\n",
		change * 100, own_change * 100, beside * 100);
	return check(&number, atomic_load(&soak->wrong) == 0, "every request had its answer")
		+ check(&number, last->resident - warm->resident < DRIFT_KIB,
			"memory grew by less than 1 MiB")
		+ check(&number, last->descriptors <= warm->descriptors, "no descriptor was lost")
		+ check(&number, fmin(change, beside) < tolerance,
			"a request costs what it cost at first");
}

/* soak REQUESTS WARM-UP STRETCHES TOLERANCE-PERCENT [ODD REQUESTS] */
int main(int argc, char **argv)
{
	struct loopback_page page = {.path = "/keys",
		.status = 200,
		.headers = "Connection: close\r\n",
		.body = daemon_keys()};
	struct stretch stretches[128];
	char jwks_uri[64];
	need(argc >= 5, "usage");
	unsigned long requests = strtoul(argv[1], NULL, 10);
	unsigned long warm_up = strtoul(argv[2], NULL, 10);
	size_t count = strtoul(argv[3], NULL, 10) + 1;
	need(count >= 3 && count <= 128, "usage");
	struct loopback *issuer = loopback_new(&page, 1);
	snprintf(jwks_uri, sizeof jwks_uri, "http://127.0.0.1:%u/keys", loopback_port(issuer));
	struct mix *mix = mix_new(requests >= 500000 ? 20000 : 5000, argc > 5 ? argv[5] : NULL);
	struct notes *notes = notes_new(&(struct notes_config){.jwks_uri = jwks_uri}, NULL);
	need(notes != NULL, "starting notes");
	struct soak soak = {.mix = mix, .port = notes_port(notes)};
	printf("# %zu requests with odd headers from the corpus\n1..5\n", mix_odd_count(mix));
	stretches[0] = run_stretch(&soak, notes, warm_up);
	show("warm-up", &stretches[0], warm_up);
	for (size_t i = 1; i < count; i++) {
		char name[32];
		stretches[i] = run_stretch(&soak, notes, requests / (count - 1));
		snprintf(name, sizeof name, "stretch %zu", i);
		show(name, &stretches[i], requests / (count - 1));
	}
	int failed = judge_all(&soak, stretches, count, strtod(argv[4], NULL) / 100);
	int number = 4;
	int status = notes_stop(notes);
	failed += check(&number, WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends well");
	notes_free(notes);
	mix_free(mix);
	loopback_free(issuer);
	return failed == 0 ? 0 : 1;
}
