/**
 * @file
 * All the servers that a client may ask, as a table: what is at which URL. Whoever asks
 * does so through the library's own seam, and is told at once.
 */
#ifndef MCPAUTH_TEST_FAKE_WEB_H
#define MCPAUTH_TEST_FAKE_WEB_H

#include "client/ask.h"

#include <stdbool.h>
#include <stddef.h>

/** What is at a URL; anywhere else is a 404. */
struct fake_page {
	const char *url;
	unsigned status; /* 0: no answer comes */
	const char *body;
};

struct fake_web {
	struct mcpauth__asker asker;
	struct mcpauth__clock clock;
	struct mcpauth__log log;
	const struct fake_page *pages;
	size_t count;
	char asked[2048]; /* the URLs that were asked, each with a newline */
};

/** A test's set-up and tear-down. */
int fake_web_start(void **state);
int fake_web_stop(void **state);

/** Be these pages, which nobody has asked yet. Borrowed. */
void fake_web_set(struct fake_web *web, const struct fake_page *pages, size_t count);

#endif
