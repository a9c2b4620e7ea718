/* Which URLs may be asked, and how they relate to one another. */
#define _POSIX_C_SOURCE 200809L

#include "http.h"

#include <string.h>
#include <strings.h>

static CURLU *parse(const char *url)
{
	CURLU *parsed = curl_url();
	if (parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK) {
		curl_url_cleanup(parsed);
		parsed = NULL;
	}
	return parsed;
}

/* True when the part is there and, if asked for, equals a value. */
static bool part_is(CURLU *url, CURLUPart part, const char *value)
{
	char *found = NULL;
	bool same = false;
	if (curl_url_get(url, part, &found, 0) == CURLUE_OK) {
		same = value == NULL || strcasecmp(found, value) == 0;
	}
	curl_free(found);
	return same;
}

static bool is_loopback(CURLU *url)
{
	return part_is(url, CURLUPART_HOST, "127.0.0.1") || part_is(url, CURLUPART_HOST, "[::1]")
		|| part_is(url, CURLUPART_HOST, "localhost");
}

bool url_is_loopback(const char *url)
{
	CURLU *parsed = parse(url);
	bool loopback = parsed != NULL && is_loopback(parsed);
	curl_url_cleanup(parsed);
	return loopback;
}

bool http_url_is_allowed(const struct http *http, const char *url)
{
	CURLU *parsed = parse(url);
	bool allowed = false;
	if (parsed == NULL) {
		return false;
	}
	/* A server elsewhere must not make us talk to services on this host. */
	bool loopback = is_loopback(parsed);
	if (part_is(parsed, CURLUPART_SCHEME, "https")) {
		allowed = !loopback || http->allow_loopback;
	} else if (part_is(parsed, CURLUPART_SCHEME, "http")) {
		allowed = loopback && http->allow_loopback;
	}
	if (part_is(parsed, CURLUPART_USER, NULL) || part_is(parsed, CURLUPART_PASSWORD, NULL)
		|| strchr(url, '#') != NULL) {
		allowed = false;
	}
	curl_url_cleanup(parsed);
	return allowed;
}

static bool same_part(CURLU *one, CURLU *other, CURLUPart part)
{
	char *value = NULL;
	bool same = false;
	if (curl_url_get(one, part, &value, CURLU_DEFAULT_PORT) == CURLUE_OK) {
		char *second = NULL;
		same = curl_url_get(other, part, &second, CURLU_DEFAULT_PORT) == CURLUE_OK
			&& strcasecmp(value, second) == 0;
		curl_free(second);
	}
	curl_free(value);
	return same;
}

bool url_same_origin(const char *one, const char *other)
{
	CURLU *first = parse(one);
	CURLU *second = parse(other);
	bool same = first != NULL && second != NULL && same_part(first, second, CURLUPART_SCHEME)
		&& same_part(first, second, CURLUPART_HOST)
		&& same_part(first, second, CURLUPART_PORT);
	curl_url_cleanup(first);
	curl_url_cleanup(second);
	return same;
}

bool url_resolve(const char *base, const char *reference, struct text *out)
{
	CURLU *url = parse(base);
	char *resolved = NULL;
	bool ok = url != NULL && curl_url_set(url, CURLUPART_URL, reference, 0) == CURLUE_OK
		&& curl_url_get(url, CURLUPART_URL, &resolved, 0) == CURLUE_OK;
	if (ok) {
		text_finish(out);
		text_join(out, resolved, NULL);
	}
	curl_free(resolved);
	curl_url_cleanup(url);
	return ok;
}
