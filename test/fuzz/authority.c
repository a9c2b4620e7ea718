/* Fuzz target: the authority of a Host or Origin header, beside curl_url and inet_pton. */
#include "common/fuzz.h"

#include "origins/authority.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *host_of(const struct mcpauth__authority *authority)
{
	return fuzz_text((const uint8_t *)authority->host, authority->host_length);
}

static bool is_loopback(const char *host)
{
	unsigned char address[4];
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0
		|| (inet_pton(AF_INET, host, address) == 1 && address[0] == 127);
}

/* Where libcurl would go. */
static bool goes_to_loopback(const char *host)
{
	char url[512];
	char *theirs = NULL;
	CURLU *handle = curl_url();
	snprintf(url, sizeof url, "http://%.480s/", host);
	bool good = curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK
		&& curl_url_get(handle, CURLUPART_HOST, &theirs, 0) == CURLUE_OK
		&& is_loopback(theirs);
	curl_free(theirs);
	curl_url_cleanup(handle);
	return good;
}

static void check_written(const struct mcpauth__authority *authority)
{
	char text[MCPAUTH__AUTHORITY_SIZE];
	char again[MCPAUTH__AUTHORITY_SIZE];
	struct mcpauth__authority written;
	size_t length = mcpauth__authority_write(authority, text);
	MUST((length == 0) == (authority->host_length > MCPAUTH__HOST_LENGTH));
	if (length == 0) {
		return;
	}
	MUST(strlen(text) == length);
	MUST(mcpauth__authority_parse(text, &written));
	MUST(mcpauth__authority_write(&written, again) == length && strcmp(text, again) == 0);
	MUST(written.host_length == authority->host_length);
	MUST(strncasecmp(text, authority->host, authority->host_length) == 0);
}

static void check_twin(const struct mcpauth__authority *authority)
{
	struct mcpauth__authority twin;
	struct mcpauth__authority back;
	if (mcpauth__authority_twin(authority, &twin)) {
		MUST((twin.port == NULL) != (authority->port == NULL));
		twin.is_https = authority->is_https;
		MUST(mcpauth__authority_twin(&twin, &back));
	}
}

static void check(const struct mcpauth__authority *authority)
{
	char *host = host_of(authority);
	MUST(strlen(host) == authority->host_length && authority->host_length > 0);
	MUST(strpbrk(host, "/?#@\\ \t%\"<>") == NULL && fuzz_is_line(host));
	MUST(authority->port == NULL || (authority->port_length > 0 && authority->port_length < 6));
	bool loopback = mcpauth__authority_is_loopback(authority);
	MUST(loopback == is_loopback(host));
	MUST(!loopback || goes_to_loopback(host));
	check_written(authority);
	check_twin(authority);
	free(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__authority authority;
	struct mcpauth__authority of_url;
	const char *rest;
	char *text = fuzz_text(data, size);
	bool good = mcpauth__authority_parse(text, &authority);
	if (good) {
		check(&authority);
	}
	if (mcpauth__authority_of_url(text, &of_url, &rest)) {
		MUST(rest > text && rest <= text + strlen(text));
		check(&of_url);
	}
	/* The same authority, whether it stands alone or in a URL. */
	char *url = malloc(strlen(text) + sizeof "https://");
	MUST(url != NULL);
	sprintf(url, "https://%s", text);
	MUST(good == (mcpauth__authority_of_url(url, &of_url, &rest) && *rest == '\0'));
	free(url);
	free(text);
	return 0;
}
