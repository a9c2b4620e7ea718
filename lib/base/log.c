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

static bool has_share(struct mcpauth__log *log, enum mcpauth_code code)
{
	size_t reason = slot_of(code);
	int64_t now = mcpauth__clock_monotonic(log->clock) / 1000;
	if (atomic_exchange(&log->second[reason], now) != now) {
		atomic_store(&log->lines[reason], 0);
	}
	return atomic_fetch_add(&log->lines[reason], 1) < LINES_PER_SECOND;
}

void mcpauth__log(struct mcpauth__log *log, enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message)
{
	if (log->write != NULL && has_share(log, code)) {
		log->write(level, code, request, message, log->user);
	}
}
