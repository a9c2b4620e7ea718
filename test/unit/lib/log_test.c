/* The log: what is written arrives, and no reason can drown the others. */
#include "base/log_int.h"

#include "support/check.h"

#include <mcpauth/mcpauth.h>

#include <string.h>

/** A log that counts, on a clock that stands still until it is moved. */
struct fixture {
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	int64_t monotonic;
	unsigned lines;
	enum mcpauth_level level;
	enum mcpauth_code code;
	char request[32];
	char message[32];
};

static void tell(int64_t *real, int64_t *monotonic, void *user)
{
	const struct fixture *fixture = user;
	*real = 1700000000;
	*monotonic = fixture->monotonic;
}

static void write_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	struct fixture *fixture = user;
	fixture->lines++;
	fixture->level = level;
	fixture->code = code;
	strncpy(fixture->request, request, sizeof fixture->request - 1);
	strncpy(fixture->message, message, sizeof fixture->message - 1);
}

static void start(struct fixture *fixture)
{
	memset(fixture, 0, sizeof *fixture);
	fixture->clock.now = tell;
	fixture->clock.user = fixture;
	fixture->log.write = write_line;
	fixture->log.user = fixture;
	fixture->log.clock = &fixture->clock;
	fixture->monotonic = 5000;
}

static void write_many(struct fixture *fixture, enum mcpauth_code code, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		mcpauth__log(&fixture->log, MCPAUTH_LOG_INFO, code, "r", "m");
	}
}

static void passes_a_line_on(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	mcpauth__log(&fixture.log, MCPAUTH_LOG_WARNING, MCPAUTH_E_EXPIRED, "id-1", "text");
	assert_int_equal(fixture.lines, 1);
	assert_int_equal(fixture.level, MCPAUTH_LOG_WARNING);
	assert_int_equal(fixture.code, MCPAUTH_E_EXPIRED);
	assert_string_equal(fixture.request, "id-1");
	assert_string_equal(fixture.message, "text");
}

static void is_silent_without_a_writer(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fixture.log.write = NULL;
	write_many(&fixture, MCPAUTH_E_EXPIRED, 3);
	assert_int_equal(fixture.lines, 0);
}

static void limits_the_lines_of_one_reason_in_one_second(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	write_many(&fixture, MCPAUTH_E_EXPIRED, 1000);
	assert_int_equal(fixture.lines, 20);
}

static void gives_a_new_share_in_the_next_second(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	write_many(&fixture, MCPAUTH_E_EXPIRED, 1000);
	fixture.monotonic += 1000;
	write_many(&fixture, MCPAUTH_E_EXPIRED, 1000);
	assert_int_equal(fixture.lines, 40);
}

static void gives_no_new_share_within_the_second(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	write_many(&fixture, MCPAUTH_E_EXPIRED, 1000);
	fixture.monotonic += 999;
	write_many(&fixture, MCPAUTH_E_EXPIRED, 1000);
	assert_int_equal(fixture.lines, 20);
}

static void wants_no_line_that_it_would_drop(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (unsigned i = 0; i < 20; i++) {
		assert_true(mcpauth__log_wants(&fixture.log, MCPAUTH_E_EXPIRED));
		write_many(&fixture, MCPAUTH_E_EXPIRED, 1);
		assert_int_equal(fixture.lines, i + 1);
	}
	assert_false(mcpauth__log_wants(&fixture.log, MCPAUTH_E_EXPIRED));
	assert_true(mcpauth__log_wants(&fixture.log, MCPAUTH_E_AUDIENCE));
	fixture.monotonic += 1000;
	assert_true(mcpauth__log_wants(&fixture.log, MCPAUTH_E_EXPIRED));
}

static void asking_takes_no_line_away(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(mcpauth__log_wants(&fixture.log, MCPAUTH_E_EXPIRED));
	}
	write_many(&fixture, MCPAUTH_E_EXPIRED, 1000);
	assert_int_equal(fixture.lines, 20);
}

static void wants_nothing_without_a_writer(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	assert_true(mcpauth__log_wants(&fixture.log, MCPAUTH_OK));
	fixture.log.write = NULL;
	assert_false(mcpauth__log_wants(&fixture.log, MCPAUTH_OK));
}

static void tells_a_program_what_is_wanted(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth *auth;
	struct mcpauth *silent;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	start(&fixture);
	CHECK_OK(mcpauth_new(NULL, &silent, &err));
	config.log = write_line;
	config.log_user = &fixture;
	CHECK_OK(mcpauth_new(&config, &auth, &err));
	assert_true(mcpauth_log_wants(auth, MCPAUTH_LOG_INFO, MCPAUTH_E_EXPIRED));
	assert_false(mcpauth_log_wants(silent, MCPAUTH_LOG_INFO, MCPAUTH_E_EXPIRED));
	mcpauth_free(auth);
	mcpauth_free(silent);
}

static const enum mcpauth_code groups[][2] = {
	{MCPAUTH_OK, MCPAUTH_OK},
	{MCPAUTH_E_NO_MEMORY, MCPAUTH_E_SYSTEM},
	{MCPAUTH_E_UNREACHABLE, MCPAUTH_E_BACKING_OFF},
	{MCPAUTH_E_INVALID_JSON, MCPAUTH_E_INVALID_KEYS},
	{MCPAUTH_E_NO_CREDENTIALS, MCPAUTH_E_INSUFFICIENT_SCOPE},
};

static void lets_no_reason_silence_another(void **state)
{
	(void)state;
	struct fixture fixture;
	unsigned codes = 0;
	start(&fixture);
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		for (unsigned code = groups[i][0]; code <= groups[i][1]; code++) {
			write_many(&fixture, (enum mcpauth_code)code, 1000);
			codes++;
		}
	}
	assert_int_equal(fixture.lines, 20 * codes);
}

static void takes_any_number_for_a_code(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	write_many(&fixture, (enum mcpauth_code)99999, 1);
	write_many(&fixture, (enum mcpauth_code)0x7fffffff, 1);
	assert_int_equal(fixture.lines, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_a_line_on),
		cmocka_unit_test(is_silent_without_a_writer),
		cmocka_unit_test(limits_the_lines_of_one_reason_in_one_second),
		cmocka_unit_test(gives_a_new_share_in_the_next_second),
		cmocka_unit_test(gives_no_new_share_within_the_second),
		cmocka_unit_test(wants_no_line_that_it_would_drop),
		cmocka_unit_test(asking_takes_no_line_away),
		cmocka_unit_test(wants_nothing_without_a_writer),
		cmocka_unit_test(tells_a_program_what_is_wanted),
		cmocka_unit_test(lets_no_reason_silence_another),
		cmocka_unit_test(takes_any_number_for_a_code),
	};
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
