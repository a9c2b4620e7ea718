/* Lines that somebody types, or a program pipes in. */
#ifndef CLIENT_LINES_H
#define CLIENT_LINES_H

#include <stdbool.h>

struct lines;

/**
 * Read stdin; on a terminal with line editing, where it was built with that.
 *
 * @param history  a file that keeps what was typed; NULL: none does
 * @return caller frees with lines_free()
 */
struct lines *lines_new(const char *history);

/** Release, after saving the history. NULL is accepted. */
void lines_free(struct lines *lines);

/**
 * What Tab completes to, where lines are edited.
 *
 * @param starts  beginnings of lines, up to a NULL; borrowed until other ones are given
 */
void lines_offer(struct lines *lines, const char *const *starts);

/** Whether somebody sits in front of it. */
bool lines_are_typed(const struct lines *lines);

/**
 * The next line, without its end.
 *
 * @param prompt  shown to who types
 * @return borrowed until the next one; NULL at the end, or past 64 KiB
 */
const char *lines_read(struct lines *lines, const char *prompt);

/**
 * The same without editing and history, unless something else comes first.
 *
 * @param wake       a descriptor; once it is readable, there is no line
 * @param[out] woken  that it was
 */
const char *lines_read_or_wake(struct lines *lines, int wake, bool *woken);

#endif
