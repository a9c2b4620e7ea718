/* Taking URLs apart by hand, with curl_url as the second opinion. */
#include "net/url.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/error_int.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* A stretch of the caller's text. */
struct slice {
	const char *start;
	size_t length;
};

/* Where the parts of a URL lie in its text; an absent one starts at NULL. */
struct slices {
	struct slice scheme;
	struct slice authority;
	struct slice host;
	struct slice port;
	struct slice path;
	struct slice query;
	bool has_fragment;
	bool has_user;
};

static enum mcpauth_code invalid(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_URL, "%s", why);
}

/* RFC 3986 section 2 knows no other characters. A backslash is what browsers
 * take for a slash and servers do not; it goes with the rest. */
static bool has_only_url_characters(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		if (*at < 0x21 || *at > 0x7e) {
			return false;
		}
	}
	return strpbrk(text, "\"<>\\^`{|}") == NULL;
}

static bool is_port(const struct slice *port)
{
	if (port->length < 1 || port->length > 5 || strspn(port->start, DIGITS) < port->length) {
		return false;
	}
	long number = strtol(port->start, NULL, 10);
	return number >= 1 && number <= 65535;
}

static enum mcpauth_code cut_authority(struct slices *parts, struct mcpauth_error *err)
{
	const char *end = parts->authority.start + parts->authority.length;
	const char *host = parts->authority.start;
	for (const char *at = host; at < end; at++) {
		if (*at == '@') {
			parts->has_user = true;
			host = at + 1;
		}
	}
	size_t left = (size_t)(end - host);
	const char *colon = memchr(host, ':', left);
	if (left > 0 && *host == '[') {
		const char *bracket = memchr(host, ']', left);
		if (bracket == NULL || (bracket + 1 < end && bracket[1] != ':')) {
			return invalid(err, "the brackets around the host do not match");
		}
		colon = bracket + 1 < end ? bracket + 1 : NULL;
	}
	parts->host = (struct slice){host, colon != NULL ? (size_t)(colon - host) : left};
	if (parts->host.length == 0) {
		return invalid(err, "there is no host");
	}
	if (colon != NULL) {
		parts->port = (struct slice){colon + 1, (size_t)(end - colon - 1)};
		if (!is_port(&parts->port)) {
			return invalid(err, "the port is no number from 1 to 65535");
		}
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code cut(const char *text, struct slices *parts, struct mcpauth_error *err)
{
	*parts = (struct slices){0};
	if (!has_only_url_characters(text)) {
		return invalid(err, "there is a character in it that no URL has");
	}
	parts->scheme = (struct slice){text, strspn(text, LETTERS)};
	bool is_http = parts->scheme.length == 4 && mcpauth__ascii_begins_alike(text, "http", 4);
	bool is_https = parts->scheme.length == 5 && mcpauth__ascii_begins_alike(text, "https", 5);
	if ((!is_http && !is_https) || strncmp(text + parts->scheme.length, "://", 3) != 0) {
		return invalid(err, "it is no absolute http or https URL");
	}
	const char *at = text + parts->scheme.length + 3;
	parts->authority = (struct slice){at, strcspn(at, "/?#")};
	at += parts->authority.length;
	parts->path = (struct slice){at, strcspn(at, "?#")};
	at += parts->path.length;
	if (*at == '?') {
		parts->query = (struct slice){at + 1, strcspn(at + 1, "#")};
		at += 1 + parts->query.length;
	}
	parts->has_fragment = *at == '#';
	return cut_authority(parts, err);
}

/* What we publish is cut from the caller's text, what is asked is what libcurl
 * makes of it. A host on which the two differ, such as 2130706433 or 0x7f.1
 * for 127.0.0.1, would be judged as one thing and be another: refused. */
static bool is_same_host(const struct slice *host, const char *theirs)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];
	if (*host->start != '[') {
		return strlen(theirs) == host->length
			&& mcpauth__ascii_begins_alike(theirs, host->start, host->length);
	}
	size_t length = host->length - 2;
	if (length >= sizeof text) {
		return false;
	}
	memcpy(text, host->start + 1, length);
	text[length] = '\0';
	return inet_pton(AF_INET6, text, address) == 1;
}

static enum mcpauth_code compare(
	const char *text, const struct slices *parts, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	char *host = NULL;
	CURLU *url = curl_url();
	if (url == NULL) {
		return mcpauth__no_memory(err);
	}
	CURLUcode result = curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS);
	if (result == CURLUE_OK) {
		result = curl_url_get(url, CURLUPART_HOST, &host, 0);
	}
	if (result == CURLUE_OUT_OF_MEMORY) {
		code = mcpauth__no_memory(err);
	} else if (result != CURLUE_OK) {
		code = invalid(err, "libcurl cannot read it");
	} else if (!is_same_host(&parts->host, host)) {
		code = invalid(err, "the host is written in an unusual form");
	}
	curl_free(host);
	curl_url_cleanup(url);
	return code;
}

static enum mcpauth_code read_parts(
	const char *text, struct slices *parts, struct mcpauth_error *err)
{
	enum mcpauth_code code = cut(text, parts, err);
	return code == MCPAUTH_OK ? compare(text, parts, err) : code;
}

static char *copy(const struct slice *slice)
{
	char *text = malloc(slice->length + 1);
	if (text != NULL) {
		memcpy(text, slice->start, slice->length);
		text[slice->length] = '\0';
	}
	return text;
}

enum mcpauth_code mcpauth__url_parse(
	const char *text, struct mcpauth__url *url, struct mcpauth_error *err)
{
	struct slices parts;
	*url = (struct mcpauth__url){0};
	enum mcpauth_code code = read_parts(text, &parts, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (*parts.host.start == '[') {
		parts.host.start++;
		parts.host.length -= 2;
	}
	bool has_port = parts.port.start != NULL;
	bool has_query = parts.query.start != NULL;
	/* In lower case, and "http" is how "https" begins. */
	url->scheme = copy(&(struct slice){"https", parts.scheme.length});
	url->host = copy(&parts.host);
	url->port = has_port ? copy(&parts.port) : NULL;
	url->path = copy(&parts.path);
	url->query = has_query ? copy(&parts.query) : NULL;
	url->has_fragment = parts.has_fragment;
	url->has_user = parts.has_user;
	if (url->scheme == NULL || url->host == NULL || url->path == NULL
		|| (has_port && url->port == NULL) || (has_query && url->query == NULL)) {
		mcpauth__url_finish(url);
		return mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}

void mcpauth__url_finish(struct mcpauth__url *url)
{
	free(url->scheme);
	free(url->host);
	free(url->port);
	free(url->path);
	free(url->query);
	*url = (struct mcpauth__url){0};
}

unsigned mcpauth__url_port(const struct mcpauth__url *url)
{
	if (url->port != NULL) {
		return (unsigned)strtoul(url->port, NULL, 10);
	}
	return strcmp(url->scheme, "https") == 0 ? 443 : 80;
}

bool mcpauth__url_is_same_origin(const struct mcpauth__url *a, const struct mcpauth__url *b)
{
	return strcmp(a->scheme, b->scheme) == 0 && mcpauth__ascii_are_alike(a->host, b->host)
		&& mcpauth__url_port(a) == mcpauth__url_port(b);
}

static bool is_loopback(const char *host)
{
	static const char suffix[] = ".localhost";
	unsigned char v4[4];
	struct in6_addr v6;
	size_t length = strlen(host);
	if (inet_pton(AF_INET, host, v4) == 1) {
		return v4[0] == 127;
	}
	if (inet_pton(AF_INET6, host, &v6) == 1) {
		return IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return mcpauth__ascii_are_alike(host, suffix + 1)
		|| (length >= sizeof suffix
			&& mcpauth__ascii_are_alike(host + length + 1 - sizeof suffix, suffix));
}

bool mcpauth__url_is_loopback(const struct mcpauth__url *url)
{
	return is_loopback(url->host);
}

/* 127.0.0.0/8, and 0.0.0.0/8, of which 0.0.0.0 is this machine, too. */
static bool is_own4(uint32_t address)
{
	return address >> 24 == 127 || address >> 24 == 0;
}

static bool is_own6(const char *host)
{
	struct in6_addr v6;
	uint32_t last;
	if (inet_pton(AF_INET6, host, &v6) != 1) {
		return false;
	}
	memcpy(&last, &v6.s6_addr[12], sizeof last);
	return IN6_IS_ADDR_UNSPECIFIED(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && is_own4(ntohl(last)));
}

/* Behind a dot the forms of an address are open again that libcurl would have made one of:
 * inet_addr() knows them all, as browsers do. No name is as long as the text. */
bool mcpauth__url_may_be_this_machine(const struct mcpauth__url *url)
{
	char host[256];
	size_t length = strlen(url->host);
	while (length > 0 && url->host[length - 1] == '.') {
		length--;
	}
	if (length >= sizeof host) {
		return true;
	}
	memcpy(host, url->host, length);
	host[length] = '\0';
	return is_loopback(host) || is_own6(host) || is_own4(ntohl(inet_addr(host)));
}

enum mcpauth_code mcpauth__url_check(const char *text, bool allow_http, struct mcpauth_error *err)
{
	struct mcpauth__url url;
	enum mcpauth_code code = mcpauth__url_parse(text, &url, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (url.has_user) {
		code = invalid(err, "it names a user");
	} else if (url.has_fragment) {
		code = invalid(err, "it has a fragment");
	} else if (strcmp(url.scheme, "https") != 0 && !allow_http
		&& !mcpauth__url_is_loopback(&url)) {
		code = invalid(err, "it is not https");
	}
	mcpauth__url_finish(&url);
	return code;
}

/* What a well-known URL can be made of. */
static enum mcpauth_code read_base(
	const char *text, struct slices *parts, struct mcpauth_error *err)
{
	enum mcpauth_code code = read_parts(text, parts, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (parts->has_user || parts->has_fragment) {
		return invalid(err, "it names a user or has a fragment");
	}
	if (parts->path.length > 0 && parts->path.start[parts->path.length - 1] == '/') {
		parts->path.length--;
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code hand_over(
	struct mcpauth__buf *buf, char **result, struct mcpauth_error *err)
{
	*result = mcpauth__buf_take(buf);
	return *result != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__url_well_known_inserted(
	const char *text, const char *name, char **result, struct mcpauth_error *err)
{
	struct slices parts;
	struct mcpauth__buf buf = {0};
	*result = NULL;
	enum mcpauth_code code = read_base(text, &parts, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	mcpauth__buf_append(&buf, text, (size_t)(parts.path.start - text));
	mcpauth__buf_printf(&buf, "/.well-known/%s", name);
	mcpauth__buf_append(&buf, parts.path.start, parts.path.length);
	if (parts.query.start != NULL) {
		mcpauth__buf_puts(&buf, "?");
		mcpauth__buf_append(&buf, parts.query.start, parts.query.length);
	}
	return hand_over(&buf, result, err);
}

enum mcpauth_code mcpauth__url_well_known_appended(
	const char *text, const char *name, char **result, struct mcpauth_error *err)
{
	struct slices parts;
	struct mcpauth__buf buf = {0};
	*result = NULL;
	enum mcpauth_code code = read_base(text, &parts, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (parts.query.start != NULL) {
		return invalid(err, "it has a query, which nothing can stand behind");
	}
	mcpauth__buf_append(&buf, text, (size_t)(parts.path.start - text) + parts.path.length);
	mcpauth__buf_printf(&buf, "/.well-known/%s", name);
	return hand_over(&buf, result, err);
}
