/* One HTTP request at a time, within limits, with no redirect followed. */
#define _POSIX_C_SOURCE 200809L

#include "http.h"

#include "say.h"

#include <gnutls/gnutls.h>
#include <string.h>
#include <strings.h>

#define BODY_LIMIT ((size_t)1024 * 1024)
#define HEADER_LIMIT ((size_t)64 * 1024)
#define TIME_LIMIT_MS 10000L

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	struct answer *answer = user;
	size_t length = size * count;
	if (length > BODY_LIMIT - answer->body.length) {
		return 0;
	}
	text_add(&answer->body, data, length);
	return length;
}

/* Libcurl gives one line a call, and those of a 100 before those that count. */
static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	struct answer *answer = user;
	size_t length = size * count;
	size_t kept = length;
	if (length > 5 && memcmp(data, "HTTP/", 5) == 0) {
		text_finish(&answer->headers);
	}
	if (length > HEADER_LIMIT - answer->headers.length) {
		return 0;
	}
	while (kept > 0 && strchr("\r\n \t", data[kept - 1]) != NULL) {
		kept--;
	}
	text_add(&answer->headers, data, kept);
	text_add(&answer->headers, "\n", 1);
	return length;
}

static void set_limits(CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIME_LIMIT_MS);
	/* Without it a stuck resolver outlives the timeout. */
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mcpauth-oauth-client/0.1");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
}

bool http_init(struct http *http, bool cookies)
{
	*http = (struct http){.curl = curl_easy_init()};
	if (http->curl == NULL) {
		return complain("libcurl cannot be started");
	}
	set_limits(http->curl);
	if (cookies) {
		curl_easy_setopt(http->curl, CURLOPT_COOKIEFILE, "");
	}
	return true;
}

void http_trust(struct http *http, const char *ca_file)
{
	if (ca_file != NULL) {
		curl_easy_setopt(http->curl, CURLOPT_CAINFO, ca_file);
		/* Else those of the folder are trusted as well. */
		curl_easy_setopt(http->curl, CURLOPT_CAPATH, NULL);
	}
}

void http_finish(struct http *http)
{
	curl_easy_cleanup(http->curl);
	http->curl = NULL;
}

static struct curl_slist *header_list(const char *const *headers)
{
	struct curl_slist *list = NULL;
	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
		struct curl_slist *longer = curl_slist_append(list, headers[i]);
		if (longer == NULL) {
			break;
		}
		list = longer;
	}
	return list;
}

/* One of the lines holds the access token. */
static void free_headers(struct curl_slist *list)
{
	for (struct curl_slist *at = list; at != NULL; at = at->next) {
		gnutls_memset(at->data, 0, strlen(at->data));
	}
	curl_slist_free_all(list);
}

static void print_request(const struct request *request)
{
	int shown = (int)strcspn(request->url, "?");
	asked("%s %.*s%s%s%s", request->body != NULL ? "POST" : "GET", shown, request->url,
		request->url[shown] != '\0' ? "?..." : "", request->label != NULL ? "   " : "",
		request->label != NULL ? request->label : "");
}

static bool explain(CURLcode code, const char *reason, const char *url)
{
	const char *why = reason[0] != '\0' ? reason : curl_easy_strerror(code);
	if (code == CURLE_WRITE_ERROR) {
		why = "the answer is longer than this client reads (1 MiB)";
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		why = "no complete answer within 10 seconds";
	}
	return complain("%.*s: %s", (int)strcspn(url, "?"), url, why);
}

bool http_send(struct http *http, const struct request *request, struct answer *answer)
{
	char reason[CURL_ERROR_SIZE] = "";
	CURL *curl = http->curl;
	answer_finish(answer);
	if (!http_url_is_allowed(http, request->url)) {
		return complain("%s is not asked: only https, or http to this "
				"machine from a server on this machine",
			request->url);
	}
	print_request(request);
	struct curl_slist *headers = header_list(request->headers);
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (request->body != NULL) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text_string(request->body));
		curl_easy_setopt(
			curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body->length);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
	free_headers(headers);
	if (code != CURLE_OK) {
		return explain(code, reason, request->url);
	}
	answered("%ld", answer->status);
	return true;
}

bool answer_header(const struct answer *answer, const char *name, size_t index, struct text *value)
{
	size_t length = strlen(name);
	const char *line = text_string(&answer->headers);
	text_finish(value);
	for (; *line != '\0'; line += strcspn(line, "\n") + 1) {
		if (strncasecmp(line, name, length) != 0 || line[length] != ':' || index-- > 0) {
			continue;
		}
		const char *start = line + length + 1;
		start += strspn(start, " \t");
		text_add(value, start, strcspn(start, "\n"));
		return true;
	}
	return false;
}

void answer_finish(struct answer *answer)
{
	text_finish(&answer->headers);
	text_finish(&answer->body);
	answer->status = 0;
}
