/* A tool as a server lists it: what to call it with, and what its call's headers repeat. */
#ifndef CONFORMANCE_TOOL_H
#define CONFORMANCE_TOOL_H

#include "json.h"

#define TOOL_LINES 20

/** Header lines of a call; all zero before, tool_lines_finish() after. */
struct tool_lines {
	struct text texts[TOOL_LINES];
	const char *list[TOOL_LINES + 1];
	size_t count;
};

/** May it be called at all: does each `x-mcp-header` name a header of its own, of a
 * property that fits into one? */
bool tool_is_sound(const cJSON *tool);

/** Arguments that its schema takes, `object` where it wants one. @return caller frees */
cJSON *tool_arguments(const cJSON *tool, const cJSON *object);

/** The Mcp-Param-* lines for these arguments. */
void tool_lines_make(const cJSON *tool, const cJSON *arguments, struct tool_lines *lines);

void tool_lines_finish(struct tool_lines *lines);

#endif
