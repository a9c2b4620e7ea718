/* A line of JSON for a log: one object whose strings may come from anybody. */
#ifndef MCPAUTH_MONITORING_JSON_LINE_H
#define MCPAUTH_MONITORING_JSON_LINE_H

#include <stddef.h>
#include <stdint.h>

/** Bytes of the longest, its line feed included: what one write(2) puts into a pipe at
 * once (PIPE_BUF on Linux). */
#define MCPAUTH__JSON_LINE_SIZE 4096

/** A line that is being written. A member that does not fit is left out, a string may be
 * cut: what ends it always fits. */
struct mcpauth__json_line {
	size_t length;
	char text[MCPAUTH__JSON_LINE_SIZE]; /* no NUL */
};

/** Begin one. */
void mcpauth__json_line_begin(struct mcpauth__json_line *line);

/**
 * Add a string member. What is not UTF-8 becomes U+FFFD; what a terminal obeys, and what
 * somebody takes for the end of a line, is escaped.
 *
 * @param name   a constant that needs no escape
 * @param value  any bytes; NULL: there is no such member
 * @param limit  bytes it may take as it is written; it is cut between characters
 */
void mcpauth__json_line_text(
	struct mcpauth__json_line *line, const char *name, const char *value, size_t limit);

/** Add a member that is a number. */
void mcpauth__json_line_number(struct mcpauth__json_line *line, const char *name, uint64_t value);

/** Add "time": RFC 3339, UTC, milliseconds. Nothing for a time beyond the year 9999. */
void mcpauth__json_line_time(
	struct mcpauth__json_line *line, int64_t seconds, unsigned milliseconds);

/** End it. */
void mcpauth__json_line_end(struct mcpauth__json_line *line);

#endif
