/* What lies in a store: an endpoint's answer, or the sign that somebody was forgotten. */
#ifndef MCPAUTH_ENDPOINT_STORED_ANSWER_H
#define MCPAUTH_ENDPOINT_STORED_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How long a sign is kept, in seconds. */
#define MCPAUTH__FORGOTTEN_SECONDS 3600

/** How long an answer is kept at most: so that it does not outlive the sign that was set
 * while it was under way. */
#define MCPAUTH__STORED_SECONDS_MAX 3300

/** Values are read on the program's thread, so one that is longer is none: two bytes for
 * each of the longest answer's, and its times. */
#define MCPAUTH__STORED_LENGTH_MAX ((size_t)129 * 1024)

/** An answer. Times are seconds since 1970: of all clocks only those of real time are
 * alike on several machines. */
struct mcpauth__stored_answer {
	char *text; /* ends with a NUL */
	size_t length;
	int64_t asked_at;
	int64_t until;
};

/**
 * Write one.
 *
 * @param[out] length  of the value
 * @return caller frees with free(); NULL without memory, and for a text that is no
 *         strict JSON: nobody could read it
 */
char *mcpauth__stored_answer_write(const struct mcpauth__stored_answer *answer, size_t *length);

/**
 * Read one.
 *
 * @param value        need not end with a NUL; borrowed for the call
 * @param[out] answer  caller frees text with free()
 * @return false if it is none, or without memory
 */
bool mcpauth__stored_answer_read(
	const char *value, size_t length, struct mcpauth__stored_answer *answer);

/** By which clock. */
struct mcpauth__stored_rules {
	int64_t now;       /* seconds since 1970 */
	int64_t tolerance; /* seconds by which the clocks of two machines may differ */
};

/** May it be believed still? Not if it is too old, nor if it is from the future, nor if
 * it would be for longer than anything may be kept. */
bool mcpauth__stored_answer_holds(
	const struct mcpauth__stored_answer *answer, const struct mcpauth__stored_rules *rules);

/** Write the sign of what was forgotten then. @return caller frees with free(); NULL
 * without memory */
char *mcpauth__forgotten_write(int64_t forgotten_at, size_t *length);

/**
 * Is the answer out of date, as this sign says? It is also if that cannot be read, and
 * if the clocks do not tell which of the two came first.
 */
bool mcpauth__stored_answer_is_forgotten(const struct mcpauth__stored_answer *answer,
	const struct mcpauth__stored_rules *rules, const char *sign, size_t length);

#endif
