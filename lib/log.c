/* Log functions that a program can use as they are. */
#include "auth_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static const char *const level_names[] = {"", "error", "warning", "info", "debug"};
static const int priorities[] = {0, LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

static bool is_wanted(enum mcpauth_level level, const void *user)
{
	enum mcpauth_level loudest = user == NULL ? MCPAUTH_LOG_WARNING
						  : *(const enum mcpauth_level *)user;
	return level >= MCPAUTH_LOG_ERROR && level <= MCPAUTH_LOG_DEBUG && level <= loudest;
}

/* systemd's journal, as JOURNAL_STREAM has it (systemd.exec(5)): it reads how grave a line
 * is from its beginning (sd-daemon(3)), where others would only show a number. */
static bool leads_to_journal(int descriptor)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat file;
	char *end;
	if (stream == NULL || fstat(descriptor, &file) != 0) {
		return false;
	}
	unsigned long long device = strtoull(stream, &end, 10);
	return *end == ':' && device == file.st_dev && strtoull(end + 1, NULL, 10) == file.st_ino;
}

void mcpauth_log_stderr(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	if (!is_wanted(level, user)) {
		return;
	}
	char priority[8] = "";
	if (leads_to_journal(STDERR_FILENO)) {
		snprintf(priority, sizeof priority, "<%d>", priorities[level]);
	}
	/* At once, so that no two lines mix. */
	fprintf(stderr, "%smcpauth %s: %s%s%s%s%s\n", priority, level_names[level],
		code == MCPAUTH_OK ? "" : mcpauth_code_name(code), code == MCPAUTH_OK ? "" : ": ",
		request == NULL ? "" : request, request == NULL ? "" : " ", message);
}

void mcpauth_log_syslog(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	if (!is_wanted(level, user)) {
		return;
	}
	syslog(priorities[level], "mcpauth: %s: %s%s%s", mcpauth_code_name(code),
		request == NULL ? "" : request, request == NULL ? "" : " ", message);
}

bool mcpauth_log_wants(struct mcpauth *auth, enum mcpauth_level level, enum mcpauth_code code)
{
	/* All levels of a reason share what it may write. */
	(void)level;
	return mcpauth__log_wants(&auth->runtime->log, code);
}

void mcpauth_log(struct mcpauth *auth, enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message)
{
	mcpauth__log(&auth->runtime->log, level, code, request, message);
}
