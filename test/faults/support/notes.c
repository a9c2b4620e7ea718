/* The example server `notes` in a process of its own, and what it takes. */
#define _GNU_SOURCE

#include "faults/support/notes.h"

#include "support/daemon.h"
#include "support/http_client.h"
#include "support/test_key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 20000

struct notes {
	pid_t pid;
	bool ended;
	int status;
	unsigned port;
	FILE *output;
	char folder[256];
	char settings[288];
	char log[PATH_MAX];
};

static void need(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

void notes_sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void write_settings(struct notes *notes, const struct notes_config *config)
{
	FILE *file = fopen(notes->settings, "w");
	bool trusts = config->ca_file != NULL && *config->ca_file != '\0';
	need(file != NULL, "writing settings");
	fprintf(file,
		"{\"auth\":{\"insecure_allow_http\":true,\"token_cache_seconds\":%u%s%s%s},"
		"\"chain\":{\"connection_timeout\":%u},"
		"\"resources\":[{\"resource\":\"" DAEMON_RESOURCE "\","
		"\"issuers\":[{\"issuer\":\"" DAEMON_ISSUER "\",\"jwks_uri\":\"%s\"}]}],"
		"\"routes\":[{\"path\":\"/mcp\"}]}\n",
		config->token_cache > 0 ? config->token_cache : 60, trusts ? ",\"ca_file\":\"" : "",
		trusts ? config->ca_file : "", trusts ? "\"" : "",
		config->timeout > 0 ? config->timeout : 30, config->jwks_uri);
	need(fclose(file) == 0, "writing settings");
}

/* A sanitizer's library wants to be the first of all. */
static void set_preload(const char *library)
{
	const char *first = getenv("NOTES_PRELOAD_FIRST");
	char list[2 * PATH_MAX];
	snprintf(list, sizeof list, "%s%s%s", first != NULL ? first : "", first != NULL ? ":" : "",
		library);
	setenv("LD_PRELOAD", list, 1);
}

static _Noreturn void become(
	const struct notes *notes, const struct notes_config *config, const int output[2])
{
	char threads[16];
	char *arguments[] = {NOTES_PROGRAM, "--port", "0", "--config", (char *)notes->settings,
		"--log-level", "info", "--threads", threads, NULL};
	snprintf(threads, sizeof threads, "%u", config->threads > 0 ? config->threads : 1);
	/* Whatever becomes of the test, nothing stays behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int log = open(notes->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	need(log >= 0 && dup2(log, STDERR_FILENO) >= 0, "opening the log");
	need(dup2(output[1], STDOUT_FILENO) >= 0, "redirecting");
	close(log);
	close(output[0]);
	close(output[1]);
	for (size_t i = 0; config->environment != NULL && config->environment[i] != NULL; i++) {
		putenv((char *)config->environment[i]);
	}
	if (config->preload != NULL) {
		set_preload(config->preload);
	}
	execv(NOTES_PROGRAM, arguments);
	_exit(126);
}

static struct notes *prepare(const struct notes_config *config)
{
	struct notes *notes = calloc(1, sizeof *notes);
	need(notes != NULL, "allocating");
	const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : P_tmpdir;
	snprintf(notes->folder, sizeof notes->folder, "%s/notes-XXXXXX", parent);
	need(mkdtemp(notes->folder) != NULL, "making a folder");
	snprintf(notes->settings, sizeof notes->settings, "%s/settings.json", notes->folder);
	if (config->log != NULL) {
		snprintf(notes->log, sizeof notes->log, "%s", config->log);
	} else {
		snprintf(notes->log, sizeof notes->log, "%s/log", notes->folder);
	}
	write_settings(notes, config);
	return notes;
}

struct notes *notes_new(const struct notes_config *config, int *status)
{
	struct notes *notes = prepare(config);
	int output[2];
	char line[256] = "";
	need(pipe2(output, O_CLOEXEC) == 0, "making a pipe");
	notes->pid = fork();
	need(notes->pid >= 0, "starting notes");
	if (notes->pid == 0) {
		become(notes, config, output);
	}
	close(output[1]);
	notes->output = fdopen(output[0], "r");
	need(notes->output != NULL, "reading from notes");
	if (fgets(line, sizeof line, notes->output) == NULL
		|| sscanf(line, "listening on http://127.0.0.1:%u", &notes->port) != 1) {
		int how = notes_stop(notes);
		if (status != NULL) {
			*status = how;
		}
		notes_free(notes);
		return NULL;
	}
	return notes;
}

bool notes_is_running(struct notes *notes)
{
	notes->ended = notes->ended || waitpid(notes->pid, &notes->status, WNOHANG) == notes->pid;
	return !notes->ended;
}

int notes_stop(struct notes *notes)
{
	long end = http_client_clock() + STOP_MS;
	if (notes_is_running(notes)) {
		kill(notes->pid, SIGTERM);
	}
	while (notes_is_running(notes)) {
		if (http_client_clock() > end) {
			kill(notes->pid, SIGKILL);
		}
		notes_sleep_ms(2);
	}
	return notes->status;
}

void notes_free(struct notes *notes)
{
	char own_log[288];
	if (notes == NULL) {
		return;
	}
	notes_stop(notes);
	fclose(notes->output);
	unlink(notes->settings);
	snprintf(own_log, sizeof own_log, "%s/log", notes->folder);
	unlink(own_log);
	rmdir(notes->folder);
	free(notes);
}

unsigned notes_port(const struct notes *notes)
{
	return notes->port;
}

pid_t notes_pid(const struct notes *notes)
{
	return notes->pid;
}

void notes_reload(const struct notes *notes)
{
	kill(notes->pid, SIGHUP);
}

bool notes_has_logged(const struct notes *notes, const char *text)
{
	char line[4096];
	bool found = false;
	FILE *log = fopen(notes->log, "r");
	need(log != NULL, "reading the log");
	while (!found && fgets(line, sizeof line, log) != NULL) {
		found = strstr(line, text) != NULL;
	}
	fclose(log);
	return found;
}

static void name_of(const struct notes *notes, const char *what, char *name, size_t size)
{
	snprintf(name, size, "/proc/%ld/%s", (long)notes->pid, what);
}

unsigned notes_descriptors(const struct notes *notes)
{
	char name[64];
	unsigned count = 0;
	name_of(notes, "fd", name, sizeof name);
	DIR *folder = opendir(name);
	need(folder != NULL, "counting descriptors");
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		count += entry->d_name[0] != '.';
	}
	closedir(folder);
	return count;
}

unsigned notes_await_descriptors(const struct notes *notes, unsigned at_most)
{
	long end = http_client_clock() + STOP_MS;
	unsigned count = notes_descriptors(notes);
	while (count > at_most && http_client_clock() < end) {
		notes_sleep_ms(10);
		count = notes_descriptors(notes);
	}
	return count;
}

long notes_resident(const struct notes *notes)
{
	char name[64];
	char line[256];
	long kib = 0;
	name_of(notes, "status", name, sizeof name);
	FILE *file = fopen(name, "r");
	need(file != NULL, "reading what memory is resident");
	while (kib == 0 && fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, "VmRSS:", 6) == 0) {
			kib = strtol(line + 6, NULL, 10);
		}
	}
	fclose(file);
	return kib;
}

double notes_processor_time(const struct notes *notes)
{
	clockid_t clock;
	struct timespec time;
	errno = clock_getcpuclockid(notes->pid, &clock);
	need(errno == 0 && clock_gettime(clock, &time) == 0, "reading the processor time");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int notes_ask(const struct notes *notes, const char *path, const char *token)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(notes->port);
	long begin = http_client_clock();
	int status = 0;
	/* Whoever is closed on while he still speaks may have an answer all the same. */
	http_client_get(client, path, token);
	if (http_client_read(client, &response, NOTES_ANSWER_MS)) {
		status = (int)response.status;
	} else if (http_client_clock() - begin >= NOTES_ANSWER_MS) {
		status = -1;
	}
	http_response_finish(&response);
	http_client_free(client);
	return status;
}

bool notes_await_status(
	const struct notes *notes, const char *path, const char *token, int status, long ms)
{
	long end = http_client_clock() + ms;
	int got = notes_ask(notes, path, token);
	while (got != status && http_client_clock() < end) {
		notes_sleep_ms(50);
		got = notes_ask(notes, path, token);
	}
	return got == status;
}

char *notes_forged_token(void)
{
	char payload[512];
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" DAEMON_ISSUER "\",\"aud\":\"" DAEMON_RESOURCE
		"\",\"sub\":\"mallory\",\"exp\":%lld}",
		(long long)time(NULL) + 3600);
	return test_key_sign(test_key("ES256", 1),
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}", payload);
}
