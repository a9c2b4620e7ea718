/* Passing lines to the program's log, some per second and reason. */
#include "base/log_int.h"

#include <stddef.h>

/* An attacker decides how many refusals there are: enough lines to see what
 * happens, too few to fill a disk. */
#define LINES_PER_SECOND 20

/* 32 for each group of codes. Two reasons must not share one slot: whoever
 * sends no credentials could silence what the operator has to see. */
static size_t slot_of(enum mcpauth_code code)
{
	unsigned number = (unsigned)code;
	return (number / 100 * 32 + number % 100 % 32) % MCPAUTH__LOG_REASONS;
}

static int64_t second_of(const struct mcpauth__log *log)
{
	return mcpauth__clock_coarse(log->clock) / 1000;
}

/* Loads only: while a flood of one reason is kept out, its threads share no line of
 * memory that any of them writes. */
static bool has_share(struct mcpauth__log *log, size_t reason, int64_t now)
{
	return atomic_load_explicit(&log->second[reason], memory_order_relaxed) != now
		|| atomic_load_explicit(&log->lines[reason], memory_order_relaxed)
		< LINES_PER_SECOND;
}

static bool take_share(struct mcpauth__log *log, enum mcpauth_code code)
{
	size_t reason = slot_of(code);
	int64_t now = second_of(log);
	if (!has_share(log, reason, now)) {
		return false;
	}
	if (atomic_exchange(&log->second[reason], now) != now) {
		atomic_store(&log->lines[reason], 0);
	}
	return atomic_fetch_add(&log->lines[reason], 1) < LINES_PER_SECOND;
}

bool mcpauth__log_wants(struct mcpauth__log *log, enum mcpauth_code code)
{
	return log->write != NULL && has_share(log, slot_of(code), second_of(log));
}

void mcpauth__log(struct mcpauth__log *log, enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message)
{
	if (log->write != NULL && take_share(log, code)) {
		log->write(level, code, request, message, log->user);
	}
}
