/* Lines that somebody types, or a program pipes in. */
#define _POSIX_C_SOURCE 200809L

#include "lines.h"

#include "say.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef WITH_LIBEDIT
#include <histedit.h>
#include <wchar.h>
#endif

#define LINE_LIMIT ((size_t)64 * 1024)
#define HISTORY_LINES 500

struct lines {
	bool typed;
	/* What was read and not yet handed out. */
	struct text ahead;
	struct text line;
	const char *prompt;
	const char *const *starts;
#ifdef WITH_LIBEDIT
	const char *history_file;
	EditLine *edit;
	History *history;
#endif
};

#ifdef WITH_LIBEDIT

static char *show_prompt(EditLine *edit)
{
	struct lines *lines = NULL;
	el_get(edit, EL_CLIENTDATA, &lines);
	return (char *)lines->prompt;
}

/* How far all that go on from what was typed agree; NULL if none does. */
static const char *agreed(const struct lines *lines, const char *typed, size_t length, size_t *end)
{
	const char *found = NULL;
	for (const char *const *at = lines->starts; at != NULL && *at != NULL; at++) {
		size_t same = 0;
		if (strncmp(*at, typed, length) != 0 || (*at)[length] == '\0') {
			continue;
		}
		if (found == NULL) {
			found = *at;
			*end = strlen(found);
		}
		while (same < *end && found[same] == (*at)[same]) {
			same++;
		}
		*end = same;
	}
	return found;
}

static unsigned char complete(EditLine *edit, wint_t key)
{
	struct lines *lines = NULL;
	const LineInfo *line = el_line(edit);
	size_t length = (size_t)(line->cursor - line->buffer);
	size_t end = 0;
	(void)key;
	el_get(edit, EL_CLIENTDATA, &lines);
	const char *found = agreed(lines, line->buffer, length, &end);
	if (found == NULL || end == length) {
		return CC_ERROR;
	}
	struct text rest = {0};
	text_add(&rest, found + length, end - length);
	unsigned char done = el_insertstr(edit, text_string(&rest)) == 0 ? CC_REFRESH : CC_ERROR;
	text_finish(&rest);
	return done;
}

static void start_editing(struct lines *lines, const char *history_file)
{
	HistEvent event;
	lines->edit = el_init("oauth-client", stdin, stdout, stderr);
	lines->history = history_init();
	if (lines->edit == NULL || lines->history == NULL) {
		return;
	}
	history(lines->history, &event, H_SETSIZE, HISTORY_LINES);
	history(lines->history, &event, H_SETUNIQUE, 1);
	el_set(lines->edit, EL_CLIENTDATA, lines);
	el_set(lines->edit, EL_PROMPT, show_prompt);
	el_set(lines->edit, EL_EDITOR, "emacs");
	el_set(lines->edit, EL_SIGNAL, 1);
	el_set(lines->edit, EL_HIST, history, lines->history);
	/* The narrow call copies its texts and never frees them. */
	el_wset(lines->edit, EL_ADDFN, L"complete", L"Complete the line", complete);
	el_set(lines->edit, EL_BIND, "^I", "complete", NULL);
	lines->history_file = history_file;
	if (history_file != NULL) {
		history(lines->history, &event, H_LOAD, history_file);
	}
}

static void stop_editing(struct lines *lines)
{
	HistEvent event;
	if (lines->history != NULL && lines->history_file != NULL
		&& history(lines->history, &event, H_SAVE, lines->history_file) < 0) {
		complain("the history could not be kept in %s", lines->history_file);
	}
	if (lines->history != NULL) {
		history_end(lines->history);
	}
	if (lines->edit != NULL) {
		el_end(lines->edit);
	}
}

static const char *edit_line(struct lines *lines)
{
	HistEvent event;
	int count = 0;
	const char *typed = el_gets(lines->edit, &count);
	if (typed == NULL || count <= 0) {
		return NULL;
	}
	size_t length = strcspn(typed, "\r\n");
	text_finish(&lines->line);
	text_add(&lines->line, typed, length);
	if (length > 0 && lines->history != NULL) {
		history(lines->history, &event, H_ENTER, text_string(&lines->line));
	}
	return text_string(&lines->line);
}

#endif

struct lines *lines_new(const char *history_file)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	if (lines == NULL) {
		return NULL;
	}
	lines->typed = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
#ifdef WITH_LIBEDIT
	if (lines->typed) {
		start_editing(lines, history_file);
	}
#else
	if (history_file != NULL) {
		tell("--history is not kept: this program was built without line editing");
	}
#endif
	return lines;
}

void lines_free(struct lines *lines)
{
	if (lines == NULL) {
		return;
	}
#ifdef WITH_LIBEDIT
	stop_editing(lines);
#endif
	text_finish(&lines->ahead);
	text_finish(&lines->line);
	free(lines);
}

void lines_offer(struct lines *lines, const char *const *starts)
{
	lines->starts = starts;
}

bool lines_are_typed(const struct lines *lines)
{
	return lines->typed;
}

/* Hand out what is there up to the end of a line, or all of it at the end. */
static bool take_line(struct lines *lines, bool at_end)
{
	struct text *ahead = &lines->ahead;
	const char *found = ahead->length > 0 ? memchr(ahead->data, '\n', ahead->length) : NULL;
	if (found == NULL && (!at_end || ahead->length == 0)) {
		return false;
	}
	size_t length = found != NULL ? (size_t)(found - ahead->data) : ahead->length;
	struct text rest = {0};
	if (found != NULL) {
		text_add(&rest, found + 1, ahead->length - length - 1);
	}
	text_finish(&lines->line);
	text_add(&lines->line, ahead->data, length);
	text_finish(ahead);
	*ahead = rest;
	return true;
}

/* @return false once nothing more comes */
static bool read_more(struct lines *lines)
{
	char part[4096];
	ssize_t count = read(STDIN_FILENO, part, sizeof(part));
	if (count < 0 && errno == EINTR) {
		return true;
	}
	if (count <= 0 || lines->ahead.length > LINE_LIMIT) {
		return false;
	}
	text_add(&lines->ahead, part, (size_t)count);
	return true;
}

const char *lines_read_or_wake(struct lines *lines, int wake, bool *woken)
{
	struct pollfd both[] = {
		{.fd = wake, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	*woken = false;
	while (!take_line(lines, false)) {
		if (poll(both, 2, -1) < 0 && errno != EINTR) {
			return NULL;
		}
		if (both[0].revents != 0) {
			*woken = true;
			return NULL;
		}
		if (both[1].revents != 0 && !read_more(lines)) {
			return take_line(lines, true) ? text_string(&lines->line) : NULL;
		}
		both[0].revents = both[1].revents = 0;
	}
	return text_string(&lines->line);
}

const char *lines_read(struct lines *lines, const char *prompt)
{
	bool woken;
	lines->prompt = prompt;
#ifdef WITH_LIBEDIT
	if (lines->edit != NULL) {
		return edit_line(lines);
	}
#endif
	if (lines->typed) {
		fputs(prompt, stdout);
		fflush(stdout);
	}
	return lines_read_or_wake(lines, -1, &woken);
}
