/* Writing to the log that a program gave. */
#ifndef MCPAUTH_BASE_LOG_INT_H
#define MCPAUTH_BASE_LOG_INT_H

#include "base/clock.h"

#include <mcpauth/log.h>

#include <stdatomic.h>
#include <stdbool.h>

#define MCPAUTH__LOG_REASONS 224

/** A log, and how many lines of each reason it took in this second. */
struct mcpauth__log {
	mcpauth_log_fn write; /* NULL: none */
	void *user;
	const struct mcpauth__clock *clock;
	_Atomic int64_t second[MCPAUTH__LOG_REASONS];
	_Atomic unsigned lines[MCPAUTH__LOG_REASONS];
};

/** Would a line of this reason be written now? To be asked before one is made up. */
bool mcpauth__log_wants(struct mcpauth__log *log, enum mcpauth_code code);

/** Write a line, unless its reason had its share of this second. Any thread. */
void mcpauth__log(struct mcpauth__log *log, enum mcpauth_level level, enum mcpauth_code code,
	const char *request, const char *message);

#endif
