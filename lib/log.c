/* Log functions that a program can use as they are. */
#include "auth_int.h"

#include <stdio.h>
#include <syslog.h>

static const char *const level_names[] = {"", "error", "warning", "info", "debug"};

static bool is_wanted(enum mcpauth_level level, const void *user)
{
	enum mcpauth_level loudest = user == NULL ? MCPAUTH_LOG_WARNING
						  : *(const enum mcpauth_level *)user;
	return level >= MCPAUTH_LOG_ERROR && level <= MCPAUTH_LOG_DEBUG && level <= loudest;
}

void mcpauth_log_stderr(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	if (!is_wanted(level, user)) {
		return;
	}
	fprintf(stderr, "mcpauth %s: %s%s%s%s%s\n", level_names[level],
		code == MCPAUTH_OK ? "" : mcpauth_code_name(code), code == MCPAUTH_OK ? "" : ": ",
		request == NULL ? "" : request, request == NULL ? "" : " ", message);
}

void mcpauth_log_syslog(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	static const int priorities[] = {0, LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
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
