/* One HTTP request at a time, within limits, with no redirect followed. */
#ifndef CLIENT_HTTP_H
#define CLIENT_HTTP_H

#include "text.h"

#include <curl/curl.h>

/** A client; one with cookies stands in for a browser. */
struct http {
	CURL *curl;
	/** Whether loopback addresses may be asked at all. */
	bool allow_loopback;
};

struct request {
	/** NULL for GET, else the body of a POST. */
	const struct text *body;
	const char *url;
	/** Whole header lines up to a NULL; NULL for none. */
	const char *const *headers;
	/** Printed after the URL; may be NULL. */
	const char *label;
};

/** An answer; all zero before, answer_finish() after. */
struct answer {
	long status;
	/** Header lines, each ended by '\n'. */
	struct text headers;
	struct text body;
};

bool http_init(struct http *http, bool cookies);

/** Trust the authorities in this file alone; NULL: those of the system. Borrowed for the call. */
void http_trust(struct http *http, const char *ca_file);

void http_finish(struct http *http);

/**
 * Send a request, print its line and the status, read the whole answer.
 *
 * @param[out] answer  emptied first; caller frees with answer_finish()
 * @return false after complaining: URL not allowed, no connection, more than
 *         1 MiB, longer than 10 s
 */
bool http_send(struct http *http, const struct request *request, struct answer *answer);

/** The index-th value of a header; false when there are fewer. */
bool answer_header(const struct answer *answer, const char *name, size_t index, struct text *value);

/** Wipe and release. */
void answer_finish(struct answer *answer);

/** https, or http to loopback where allowed; no user, no fragment. */
bool http_url_is_allowed(const struct http *http, const char *url);

/** Whether the host is 127.0.0.1, ::1 or localhost. */
bool url_is_loopback(const char *url);

/** Same scheme, host and port. */
bool url_same_origin(const char *one, const char *other);

/** Resolve a reference as a browser would; false when it is no URL. */
bool url_resolve(const char *base, const char *reference, struct text *out);

#endif
