/* The log functions that come with the library: what they write, and when not. */
#define _DEFAULT_SOURCE /* LOG_PERROR: syslog(3) writes to stderr, too */

#include "support/check.h"

#include <mcpauth/mcpauth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static char written[512];

/* What it writes to stderr, as a string. */
static const char *told_by(mcpauth_log_fn write_line, enum mcpauth_level level,
	enum mcpauth_code code, const char *request, void *user)
{
	FILE *file = tmpfile();
	int former = dup(STDERR_FILENO);
	assert_non_null(file);
	fflush(stderr);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	write_line(level, code, request, "what happened", user);
	fflush(stderr);
	assert_int_equal(dup2(former, STDERR_FILENO), STDERR_FILENO);
	close(former);
	rewind(file);
	written[fread(written, 1, sizeof written - 1, file)] = '\0';
	fclose(file);
	return written;
}

static void stderr_gets_level_reason_and_request(void **state)
{
	(void)state;
	assert_string_equal(told_by(mcpauth_log_stderr, MCPAUTH_LOG_ERROR, MCPAUTH_E_NO_MEMORY,
				    "GET /mcp", NULL),
		"mcpauth error: MCPAUTH_E_NO_MEMORY: GET /mcp what happened\n");
}

static void stderr_gets_no_reason_where_there_is_none(void **state)
{
	(void)state;
	assert_string_equal(
		told_by(mcpauth_log_stderr, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL, NULL),
		"mcpauth warning: what happened\n");
}

/* Whether it is to be taken for what JOURNAL_STREAM names, or for its neighbour. */
static const char *told_to_journal(bool is_it, enum mcpauth_level level)
{
	char stream[64];
	struct stat file;
	FILE *journal = tmpfile();
	int former = dup(STDERR_FILENO);
	enum mcpauth_level debug = MCPAUTH_LOG_DEBUG;
	assert_non_null(journal);
	assert_int_equal(fstat(fileno(journal), &file), 0);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)file.st_dev,
		(unsigned long long)file.st_ino + (is_it ? 0 : 1));
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	fflush(stderr);
	assert_int_equal(dup2(fileno(journal), STDERR_FILENO), STDERR_FILENO);
	mcpauth_log_stderr(level, MCPAUTH_OK, NULL, "what happened", &debug);
	assert_int_equal(dup2(former, STDERR_FILENO), STDERR_FILENO);
	close(former);
	unsetenv("JOURNAL_STREAM");
	rewind(journal);
	written[fread(written, 1, sizeof written - 1, journal)] = '\0';
	fclose(journal);
	return written;
}

static void the_journal_is_told_the_level(void **state)
{
	(void)state;
	assert_string_equal(
		told_to_journal(true, MCPAUTH_LOG_ERROR), "<3>mcpauth error: what happened\n");
	assert_string_equal(
		told_to_journal(true, MCPAUTH_LOG_DEBUG), "<7>mcpauth debug: what happened\n");
}

static void what_is_not_the_journal_gets_no_number(void **state)
{
	static const char *const others[] = {"", "17", ":", "x:y"};
	(void)state;
	assert_string_equal(
		told_to_journal(false, MCPAUTH_LOG_ERROR), "mcpauth error: what happened\n");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(setenv("JOURNAL_STREAM", others[i], 1), 0);
		assert_string_equal(
			told_by(mcpauth_log_stderr, MCPAUTH_LOG_ERROR, MCPAUTH_OK, NULL, NULL),
			"mcpauth error: what happened\n");
	}
	unsetenv("JOURNAL_STREAM");
}

static void syslog_gets_reason_and_request(void **state)
{
	(void)state;
	assert_non_null(strstr(told_by(mcpauth_log_syslog, MCPAUTH_LOG_WARNING, MCPAUTH_E_NO_MEMORY,
				       "GET /mcp", NULL),
		"mcpauth: MCPAUTH_E_NO_MEMORY: GET /mcp what happened"));
}

static void syslog_gets_no_request_where_there_is_none(void **state)
{
	(void)state;
	assert_non_null(strstr(
		told_by(mcpauth_log_syslog, MCPAUTH_LOG_WARNING, MCPAUTH_E_NO_MEMORY, NULL, NULL),
		"mcpauth: MCPAUTH_E_NO_MEMORY: what happened"));
}

static void quieter_levels_are_left_out_unless_asked_for(void **state)
{
	static const mcpauth_log_fn writers[] = {mcpauth_log_stderr, mcpauth_log_syslog};
	enum mcpauth_level info = MCPAUTH_LOG_INFO;
	(void)state;
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++) {
		assert_string_equal(
			told_by(writers[i], MCPAUTH_LOG_INFO, MCPAUTH_OK, NULL, NULL), "");
		assert_non_null(
			strstr(told_by(writers[i], MCPAUTH_LOG_INFO, MCPAUTH_OK, NULL, &info),
				"what happened"));
		assert_string_equal(
			told_by(writers[i], MCPAUTH_LOG_DEBUG, MCPAUTH_OK, NULL, &info), "");
	}
}

static void a_level_that_does_not_exist_is_left_out(void **state)
{
	enum mcpauth_level debug = MCPAUTH_LOG_DEBUG;
	(void)state;
	assert_string_equal(
		told_by(mcpauth_log_stderr, (enum mcpauth_level)0, MCPAUTH_OK, NULL, &debug), "");
	assert_string_equal(
		told_by(mcpauth_log_syslog, (enum mcpauth_level)99, MCPAUTH_OK, NULL, &debug), "");
}

static int open_log(void **state)
{
	(void)state;
	openlog("log_writers", LOG_PERROR, LOG_USER);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stderr_gets_level_reason_and_request),
		cmocka_unit_test(stderr_gets_no_reason_where_there_is_none),
		cmocka_unit_test(the_journal_is_told_the_level),
		cmocka_unit_test(what_is_not_the_journal_gets_no_number),
		cmocka_unit_test(syslog_gets_reason_and_request),
		cmocka_unit_test(syslog_gets_no_request_where_there_is_none),
		cmocka_unit_test(quieter_levels_are_left_out_unless_asked_for),
		cmocka_unit_test(a_level_that_does_not_exist_is_left_out),
	};
	return cmocka_run_group_tests_name("log_writers", tests, open_log, NULL);
}
