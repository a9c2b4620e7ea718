/* Opening a URL in the desktop's browser: which program, and with which arguments. */
#include "client/login/browser.h"

#include "base/error_int.h"
#include "base/words.h"
#include "client/login/detached.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 32

static enum mcpauth_code check(const char *url, struct mcpauth_error *err)
{
	struct mcpauth__url parts;
	enum mcpauth_code code = mcpauth__url_parse(url, &parts, err);
	if (code == MCPAUTH_OK && parts.has_user) {
		code = mcpauth__fail(err, MCPAUTH_E_INVALID_URL, "it names a user");
	}
	mcpauth__url_finish(&parts);
	return code;
}

/* The URL goes in as an argument of its own, whatever characters it has. */
static bool start(const struct mcpauth__words *words, const char *url)
{
	char *arguments[ARGUMENTS_MAX + 2] = {0};
	bool has_url = false;
	for (size_t i = 0; i < words->count; i++) {
		bool is_url = i > 0 && strcmp(words->items[i], "%s") == 0;
		arguments[i] = is_url ? (char *)url : words->items[i];
		has_url = has_url || is_url;
	}
	if (!has_url) {
		arguments[words->count] = (char *)url;
	}
	return mcpauth__detached_start(arguments);
}

/* @param command  a list of words; no quotes, no variables, nothing that a shell does */
static enum mcpauth_code try(const char *command, const char *url)
{
	struct mcpauth__words words = {0};
	enum mcpauth_code code = MCPAUTH_OK;
	if (!mcpauth__words_split(&words, command)) {
		code = MCPAUTH_E_NO_MEMORY;
	} else if (words.count == 0 || words.count > ARGUMENTS_MAX || !start(&words, url)) {
		code = MCPAUTH_E_NO_BROWSER;
	}
	mcpauth__words_finish(&words);
	return code;
}

static enum mcpauth_code try_variable(const char *url)
{
	const char *entries = getenv("BROWSER");
	if (entries == NULL) {
		return MCPAUTH_E_NO_BROWSER;
	}
	char *first = mcpauth__strdup(entries);
	if (first == NULL) {
		return MCPAUTH_E_NO_MEMORY;
	}
	first[strcspn(first, ":")] = '\0';
	enum mcpauth_code code = try(first, url);
	free(first);
	return code;
}

enum mcpauth_code mcpauth__browser_open(const char *url, struct mcpauth_error *err)
{
	enum mcpauth_code code = check(url, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = try_variable(url);
	if (code == MCPAUTH_E_NO_BROWSER) {
		code = try("xdg-open", url);
	}
	if (code == MCPAUTH_E_NO_BROWSER) {
		code = try("open", url);
	}
	if (code == MCPAUTH_E_NO_BROWSER) {
		return mcpauth__fail(err, code,
			"no browser can be opened: none in BROWSER, no xdg-open, no open");
	}
	return code == MCPAUTH_OK ? code : mcpauth__no_memory(err);
}
