/* Fuzz target: which URLs are asked. Two lines: the host of the document that named it,
 * or nothing if it was configured, and the URL. */
#include "common/addresses.h"
#include "common/fuzz.h"

#include "base/error_int.h"
#include "net/url.h"
#include "net/worker.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Less may stand in a message by chance. */
#define TELLING_LENGTH 64

struct asked {
	const char *learnt_from;
	const char *url;
	unsigned fetches;
	unsigned answers;
	enum mcpauth_code code;
};

static struct asked asked;

/* An address, or what somebody could take for one. */
static bool is_number(const char *host)
{
	return strchr(host, ':') != NULL || host[strspn(host, "0123456789.")] == '\0';
}

static bool may_be_asked(const struct mcpauth__url *url)
{
	bool is_https = strcmp(url->scheme, "https") == 0;
	bool is_loopback = mcpauth__url_is_loopback(url);
	if (url->has_user || url->has_fragment) {
		return false;
	}
	if (asked.learnt_from == NULL || strcasecmp(asked.learnt_from, url->host) == 0) {
		return is_https || is_loopback;
	}
	return is_https && !is_loopback
		&& (!is_number(url->host) || addresses_judge(url->host) == MCPAUTH__ADDRESS_PUBLIC);
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	struct mcpauth__url parts;
	(void)user;
	asked.fetches++;
	MUST(strcmp(url, asked.url) == 0);
	MUST(mcpauth__url_parse(url, &parts, NULL) == MCPAUTH_OK && may_be_asked(&parts));
	mcpauth__url_finish(&parts);
	mcpauth_fetch_answer(fetch, 200, "{}", 2);
}

/* Queries hold secrets. As a message would show it: bytes that are no characters there
 * look like others, so a host may have what the query has. */
static bool tells_query(const char *message)
{
	char *shown = strdup(asked.url);
	MUST(shown != NULL);
	size_t before = strcspn(shown, "?");
	mcpauth__make_printable(shown);
	bool tells = false;
	if (strlen(shown) > before + TELLING_LENGTH) {
		const char *query = shown + before + 1;
		tells = strstr(shown, query) == query && strstr(message, query) != NULL;
	}
	free(shown);
	return tells;
}

static void on_answer(const struct mcpauth__response *response, void *user)
{
	(void)user;
	asked.answers++;
	asked.code = response->code;
	MUST(*response->message != '\0' && fuzz_is_line(response->message));
	MUST(!tells_query(response->message));
}

static struct mcpauth__worker *worker(void)
{
	static struct mcpauth__clock clock;
	static struct mcpauth__log log = {.clock = &clock};
	static struct mcpauth__worker *made;
	struct mcpauth__worker_config config = {.log = &log, .clock = &clock, .fetch = on_fetch};
	if (made == NULL) {
		made = mcpauth__worker_new(&config);
		MUST(made != NULL);
	}
	return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__url url;
	char *from = fuzz_field(&data, &size, '\n');
	char *text = fuzz_field(&data, &size, '\n');
	struct mcpauth__get get = {
		.url = text,
		.learnt_from = *from != '\0' ? from : NULL,
		.timeout_ms = 1000,
		.done = on_answer,
	};
	asked = (struct asked){.learnt_from = get.learnt_from, .url = text};
	mcpauth__worker_get(worker(), &get);
	MUST(asked.answers == 1 && asked.fetches <= 1);
	MUST((asked.code == MCPAUTH_OK) == (asked.fetches == 1));
	if (mcpauth__url_parse(text, &url, NULL) == MCPAUTH_OK) {
		MUST((asked.fetches == 1) == may_be_asked(&url));
		mcpauth__url_finish(&url);
	}
	free(text);
	free(from);
	return 0;
}
