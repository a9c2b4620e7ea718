/* Fuzz target: the URL guard, beside curl_url, inet_pton and inet_aton. */
#define _DEFAULT_SOURCE /* inet_aton */

#include "common/fuzz.h"

#include "metadata/server_discovery.h"
#include "net/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *part(CURLU *handle, CURLUPart which)
{
	char *text = NULL;
	curl_url_get(handle, which, &text, 0);
	return text;
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Where libcurl goes is what was judged. */
static void compare(const char *text, const struct mcpauth__url *url)
{
	unsigned char theirs[16];
	unsigned char ours[16];
	CURLU *handle = curl_url();
	MUST(curl_url_set(handle, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK);
	char *scheme = part(handle, CURLUPART_SCHEME);
	char *host = part(handle, CURLUPART_HOST);
	char *port = part(handle, CURLUPART_PORT);
	char *user = part(handle, CURLUPART_USER);
	MUST(strcasecmp(scheme, url->scheme) == 0);
	MUST(url->port == NULL ? port == NULL
			       : strtol(port, NULL, 10) == strtol(url->port, NULL, 10));
	MUST(user == NULL || url->has_user);
	if (*host == '[') {
		host[strlen(host) - 1] = '\0';
		MUST(inet_pton(AF_INET6, host + 1, theirs) == 1);
		MUST(inet_pton(AF_INET6, url->host, ours) == 1 && memcmp(ours, theirs, 16) == 0);
	} else {
		MUST(strcasecmp(host, url->host) == 0);
	}
	curl_free(user);
	curl_free(port);
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(handle);
}

static void check_host(const struct mcpauth__url *url)
{
	struct in_addr address;
	unsigned char bytes[16];
	bool is4 = inet_pton(AF_INET, url->host, bytes) == 1;
	/* 0x7f.1, 2130706433: numbers in no other form than the usual one. */
	MUST(is4 || inet_aton(url->host, &address) == 0);
	bool loopback = mcpauth__url_is_loopback(url);
	size_t length = strlen(url->host);
	bool named = strcasecmp(url->host, "localhost") == 0
		|| (length > 10 && strcasecmp(url->host + length - 10, ".localhost") == 0);
	bool is6 = !is4 && inet_pton(AF_INET6, url->host, bytes) == 1;
	bool numbered = is4 ? bytes[0] == 127
			    : is6 && IN6_IS_ADDR_LOOPBACK((struct in6_addr *)bytes);
	MUST(loopback == (named || numbered));
}

/* Its parts, one after the other, are the text: nothing was changed or left out. */
static void check_whole(const char *text, const struct mcpauth__url *url)
{
	size_t size = strlen(text) + 1;
	char *again = malloc(size);
	MUST(again != NULL);
	bool brackets = strchr(url->host, ':') != NULL;
	int length = snprintf(again, size, "%s://%s%s%s%s%s%s%s%s", url->scheme,
		brackets ? "[" : "", url->host, brackets ? "]" : "", url->port != NULL ? ":" : "",
		url->port != NULL ? url->port : "", url->path, url->query != NULL ? "?" : "",
		url->query != NULL ? url->query : "");
	MUST((size_t)length < size && strcasecmp(again, text) == 0);
	free(again);
}

static void check_well_known(const char *text, const char *made)
{
	struct mcpauth__url from;
	struct mcpauth__url to;
	MUST(mcpauth__url_parse(text, &from, NULL) == MCPAUTH_OK);
	MUST(mcpauth__url_parse(made, &to, NULL) == MCPAUTH_OK);
	MUST(same(from.scheme, to.scheme) && same(from.host, to.host) && same(from.port, to.port));
	MUST(!to.has_user && !to.has_fragment && strstr(to.path, "/.well-known/") != NULL);
	mcpauth__url_finish(&from);
	mcpauth__url_finish(&to);
}

static void check_places(const char *text, bool good)
{
	char *made;
	struct mcpauth_error err;
	for (unsigned attempt = 0; attempt < 4; attempt++) {
		enum mcpauth_code code = mcpauth__discovery_url(
			text, MCPAUTH_DISCOVERY_AUTO, attempt, &made, &err);
		fuzz_check_error(code, &err);
		MUST(good || code != MCPAUTH_OK || made == NULL);
		if (made != NULL) {
			check_well_known(text, made);
		}
		free(made);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth_error err;
	struct mcpauth__url url;
	char *text = fuzz_text(data, size);
	enum mcpauth_code code = mcpauth__url_parse(text, &url, &err);
	enum mcpauth_code strict = mcpauth__url_check(text, false, &err);
	fuzz_check_error(strict, &err);
	enum mcpauth_code lax = mcpauth__url_check(text, true, &err);
	MUST(strict != MCPAUTH_OK || lax == MCPAUTH_OK);
	MUST(lax != MCPAUTH_OK || code == MCPAUTH_OK);
	if (code == MCPAUTH_OK) {
		compare(text, &url);
		check_host(&url);
		MUST((lax == MCPAUTH_OK) == (!url.has_user && !url.has_fragment));
		MUST(strict != MCPAUTH_OK || strcmp(url.scheme, "https") == 0
			|| mcpauth__url_is_loopback(&url));
		if (lax == MCPAUTH_OK) {
			check_whole(text, &url);
		}
	}
	check_places(text, lax == MCPAUTH_OK);
	mcpauth__url_finish(&url);
	free(text);
	return 0;
}
