/* Answers from a table of pages, and notes what was asked. */
#include "support/fake_web.h"

#include <mcpauth/fetch.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct fake_web *web = user;
	struct fake_page found = {url, 404, ""};
	size_t used = strlen(web->asked);
	snprintf(web->asked + used, sizeof web->asked - used, "%s\n", url);
	for (size_t i = 0; i < web->count; i++) {
		if (strcmp(web->pages[i].url, url) == 0) {
			found = web->pages[i];
		}
	}
	mcpauth_fetch_answer(fetch, found.status, found.body, strlen(found.body));
}

int fake_web_start(void **state)
{
	struct fake_web *web = calloc(1, sizeof *web);
	if (web == NULL) {
		return -1;
	}
	web->log.clock = &web->clock;
	const struct mcpauth__worker_config config = {
		.log = &web->log, .clock = &web->clock, .fetch = on_fetch, .fetch_user = web};
	web->asker.worker = mcpauth__worker_new(&config);
	web->asker.timeout_ms = 20000;
	*state = web;
	return web->asker.worker != NULL ? 0 : -1;
}

int fake_web_stop(void **state)
{
	struct fake_web *web = *state;
	if (web != NULL) {
		mcpauth__worker_free(web->asker.worker);
		free(web);
	}
	return 0;
}

void fake_web_set(struct fake_web *web, const struct fake_page *pages, size_t count)
{
	web->pages = pages;
	web->count = count;
	web->asked[0] = '\0';
}
