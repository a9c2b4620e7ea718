/* One GET or POST by libcurl, with everything switched off that it could be led astray by. */
#include "net/transfer_int.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/wipe.h"
#include "net/address.h"
#include "net/cache_control.h"
#include "net/peer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MCPAUTH_VERSION
#define MCPAUTH_VERSION "0.0.0"
#endif

#define HEADER_LIMIT ((size_t)64 * 1024)

static bool may_reach(enum mcpauth__reach reach, enum mcpauth__address_kind kind)
{
	switch (reach) {
	case MCPAUTH__REACH_PUBLIC:
		return kind == MCPAUTH__ADDRESS_PUBLIC;
	case MCPAUTH__REACH_LOOPBACK:
		return kind == MCPAUTH__ADDRESS_LOOPBACK;
	case MCPAUTH__REACH_ANY:
		return true;
	}
	return false;
}

/* The address is judged here and not from a look-up of our own beforehand: a
 * name server could answer the second look-up differently. */
static curl_socket_t on_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct mcpauth__transfer *transfer = user;
	if (purpose != CURLSOCKTYPE_IPCXN) {
		return CURL_SOCKET_BAD;
	}
	/* A proxy was configured, wherever it is. */
	if (!transfer->uses_proxy
		&& !may_reach(transfer->fetch->reach, mcpauth__address_judge(&address->addr))) {
		transfer->refused++;
		return CURL_SOCKET_BAD;
	}
	transfer->attempted++;
	int made = socket(address->family, address->socktype, address->protocol);
	if (made >= 0) {
		/* A program that the application starts does not inherit it. */
		fcntl(made, F_SETFD, FD_CLOEXEC);
	}
	return made;
}

/* Also before a request on a connection that an earlier transfer opened, and
 * that one may have been allowed to go further. */
static int on_request(void *user, char *their_ip, char *our_ip, int their_port, int our_port)
{
	struct mcpauth__transfer *transfer = user;
	(void)our_ip;
	(void)their_port;
	(void)our_port;
	if (!transfer->uses_proxy
		&& !may_reach(transfer->fetch->reach, mcpauth__address_judge_text(their_ip))) {
		transfer->refused++;
		return CURL_PREREQFUNC_ABORT;
	}
	return mcpauth__peer_judge(transfer->easy, &transfer->fetch->worker->tls_files,
		       &transfer->certificate_fault)
		? CURL_PREREQFUNC_OK
		: CURL_PREREQFUNC_ABORT;
}

/* One line. libcurl unpacks a transfer coding that nobody asked for; all but
 * chunks are refused. */
static bool has_known_coding(const char *line, size_t length)
{
	static const char name[] = "Transfer-Encoding:";
	static const char known[] = "chunked";
	size_t at = sizeof name - 1;
	if (length < at || !mcpauth__ascii_begins_alike(line, name, at)) {
		return true;
	}
	while (at < length && (line[at] == ' ' || line[at] == '\t')) {
		at++;
	}
	while (length > at && strchr(" \t\r\n", line[length - 1]) != NULL) {
		length--;
	}
	return length - at == sizeof known - 1
		&& mcpauth__ascii_begins_alike(line + at, known, length - at);
}

static const char foreign_coding[] = "its answer has a transfer coding that was not asked for";

/* Every header of every answer on the way to the last one, and what trails its
 * body: libcurl before 8.3 keeps as many as there come. */
static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	struct mcpauth__transfer *transfer = user;
	size_t length = size * count;
	if (length > HEADER_LIMIT - transfer->header_length) {
		transfer->is_too_large = true;
		transfer->header_fault = "the headers of its answer are over the limit of 64 KiB";
		return 0;
	}
	transfer->header_length += length;
	if (!has_known_coding(data, length)) {
		transfer->header_fault = foreign_coding;
		return 0;
	}
	return length;
}

/* What an error page says is skipped. */
static size_t take_body(struct mcpauth__transfer *transfer, const char *data, size_t length)
{
	long status = 0;
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!mcpauth__fetch_wants_body(transfer->fetch, (unsigned)status)) {
		return length;
	}
	if (length > mcpauth__fetch_limit(transfer->fetch) - transfer->body.length) {
		transfer->is_too_large = true;
		return 0;
	}
	return mcpauth__buf_append(&transfer->body, data, length) ? length : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	struct mcpauth__transfer *transfer = user;
	size_t taken = take_body(transfer, data, size * count);
	/* A POST is answered with tokens, and libcurl gives its buffer back as it is. */
	if (transfer->fetch->body != NULL) {
		mcpauth__wipe(data, size * count);
	}
	return taken;
}

static bool add_header(struct mcpauth__transfer *transfer, const char *name, const char *value)
{
	struct mcpauth__buf line = {0};
	struct curl_slist *longer = NULL;
	/* Not by printf(), which has a buffer of its own, and this can be a secret. */
	if (mcpauth__buf_reserve(&line, strlen(name) + strlen(value) + 2)
		&& mcpauth__buf_puts(&line, name) && mcpauth__buf_puts(&line, ": ")
		&& mcpauth__buf_puts(&line, value)) {
		longer = curl_slist_append(transfer->headers, line.data);
	}
	mcpauth__buf_wipe(&line);
	if (longer == NULL) {
		return false;
	}
	transfer->headers = longer;
	return true;
}

static bool set_headers(struct mcpauth__transfer *transfer)
{
	const char *name;
	const char *value;
	bool good = true;
	for (size_t i = 0; good && mcpauth_fetch_header_at(transfer->fetch, i, &name, &value);
		i++) {
		good = add_header(transfer, name, value);
	}
	return good
		&& curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers)
		== CURLE_OK;
}

/* The form stays the fetch's, which outlives the transfer. */
static bool set_method(struct mcpauth__transfer *transfer)
{
	size_t length;
	CURL *easy = transfer->easy;
	const char *form = mcpauth_fetch_body(transfer->fetch, &length);
	if (form == NULL) {
		return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	}
	return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length)
		== CURLE_OK;
}

static bool set_request(struct mcpauth__transfer *transfer)
{
	CURL *easy = transfer->easy;
	return set_method(transfer) && set_headers(transfer)
		&& curl_easy_setopt(easy, CURLOPT_URL, transfer->fetch->url) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_USERAGENT, "mcpauth/" MCPAUTH_VERSION) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, NULL) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
		/* A connection whose certificates are refused here is closed, which
		 * libcurl does not do with HTTP/2: the next fetch would ride on it. */
		&& curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1)
		== CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK
		&& curl_easy_setopt(
			   easy, CURLOPT_MAXFILESIZE, (long)mcpauth__fetch_limit(transfer->fetch))
		== CURLE_OK;
}

/* A proxy, once named, gets everything but what is on this machine; without
 * one the empty strings keep libcurl from asking the environment. */
static bool set_connection(struct mcpauth__transfer *transfer)
{
	CURL *easy = transfer->easy;
	const struct mcpauth__worker *worker = transfer->fetch->worker;
	/* What url.c let through: http is judged there. */
	bool is_https = mcpauth__ascii_begins_alike(transfer->fetch->url, "https:", 6);
	transfer->uses_proxy = worker->proxy != NULL && *worker->proxy != '\0'
		&& !transfer->fetch->is_loopback;
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http")
		== CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_PROXY, transfer->uses_proxy ? worker->proxy : "")
		== CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
		/* Taking the handle away does not wait for a resolver that hangs. */
		&& curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

/* A file of one's own stands for the system's folder, too, which libcurl would
 * ask beside it. A session is not taken up again: its certificates would not be
 * judged again. */
static bool set_tls(struct mcpauth__transfer *transfer)
{
	CURL *easy = transfer->easy;
	const struct mcpauth__worker *worker = transfer->fetch->worker;
	return curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)
		== CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK
		&& mcpauth__peer_prepare(easy)
		&& (worker->tls_files.ca_file == NULL
			|| (curl_easy_setopt(easy, CURLOPT_CAINFO, worker->tls_files.ca_file)
					== CURLE_OK
				&& curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK))
		&& (worker->tls_files.crl_file == NULL
			|| curl_easy_setopt(easy, CURLOPT_CRLFILE, worker->tls_files.crl_file)
				== CURLE_OK);
}

static bool set_callbacks(struct mcpauth__transfer *transfer)
{
	CURL *easy = transfer->easy;
	return curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_error) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request) == CURLE_OK
		&& curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK;
}

enum mcpauth_code mcpauth__transfer_start(struct mcpauth_fetch *fetch, struct mcpauth_error *err)
{
	struct mcpauth__transfer *transfer = calloc(1, sizeof *transfer);
	fetch->transfer = transfer;
	if (transfer != NULL) {
		transfer->fetch = fetch;
		transfer->easy = curl_easy_init();
	}
	if (transfer == NULL || transfer->easy == NULL || !set_request(transfer)
		|| !set_connection(transfer) || !set_tls(transfer) || !set_callbacks(transfer)) {
		return mcpauth__fail(err, MCPAUTH_E_NO_MEMORY, "libcurl cannot be set up");
	}
	if (curl_multi_add_handle(fetch->worker->multi, transfer->easy) != CURLM_OK) {
		return mcpauth__fail(err, MCPAUTH_E_NO_MEMORY, "libcurl takes no more");
	}
	transfer->multi = fetch->worker->multi;
	return MCPAUTH_OK;
}

static unsigned max_age_of(CURL *easy)
{
	unsigned max_age = MCPAUTH_NONE;
	struct curl_header *header;
	for (size_t i = 0;
		curl_easy_header(easy, "Cache-Control", i, CURLH_HEADER, -1, &header) == CURLHE_OK;
		i++) {
		mcpauth__cache_control_read(header->value, &max_age);
	}
	return max_age;
}

/* One nonce, or none: of two nobody can tell which one counts. */
static void take_nonce(CURL *easy, struct mcpauth_fetch *fetch)
{
	struct curl_header *header;
	if (curl_easy_header(easy, "DPoP-Nonce", 0, CURLH_HEADER, -1, &header) == CURLHE_OK
		&& header->amount == 1) {
		mcpauth__fetch_take_nonce(fetch, header->value, strlen(header->value));
	}
}

/* What newer versions of libcurl refuse before on_header() sees it. */
static void note_header_fault(struct mcpauth__transfer *transfer, CURLcode result)
{
	if ((int)result == MCPAUTH__TOO_MANY_HEADERS) {
		transfer->header_fault = "the headers of its answer are too many";
	} else if (result == CURLE_BAD_CONTENT_ENCODING) {
		transfer->header_fault = foreign_coding;
	}
}

struct mcpauth_fetch *mcpauth__transfer_completed(
	CURL *easy, CURLcode result, struct mcpauth__response *response)
{
	struct mcpauth__transfer *transfer = NULL;
	long status = 0;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	note_header_fault(transfer, result);
	enum mcpauth_code code = mcpauth__transfer_code(transfer, result);
	/* Of an error page no more than its status is wanted, whatever its size. */
	if (code == MCPAUTH_E_TOO_LARGE && transfer->header_fault == NULL
		&& (status < 200 || status > 299)) {
		code = MCPAUTH_OK;
	}
	*response = (struct mcpauth__response){
		.code = code, .body = "", .max_age = MCPAUTH_NONE, .message = transfer->message};
	if (code != MCPAUTH_OK) {
		response->message = mcpauth__transfer_reason(transfer, result, code);
		return transfer->fetch;
	}
	snprintf(transfer->message, sizeof transfer->message, "answered %ld", status);
	response->status = (unsigned)status;
	/* Since 8.4 libcurl itself may end it in the middle of the body. */
	if (transfer->body.length > 0 && result == CURLE_OK) {
		response->body = transfer->body.data;
		response->length = transfer->body.length;
	}
	response->max_age = max_age_of(easy);
	take_nonce(easy, transfer->fetch);
	response->nonce = mcpauth__fetch_nonce(transfer->fetch);
	return transfer->fetch;
}

static void free_headers(struct curl_slist *headers)
{
	for (struct curl_slist *line = headers; line != NULL; line = line->next) {
		mcpauth__wipe(line->data, strlen(line->data));
	}
	curl_slist_free_all(headers);
}

void mcpauth__transfer_free(struct mcpauth__transfer *transfer)
{
	if (transfer == NULL) {
		return;
	}
	if (transfer->multi != NULL) {
		curl_multi_remove_handle(transfer->multi, transfer->easy);
	}
	curl_easy_cleanup(transfer->easy);
	free_headers(transfer->headers);
	mcpauth__buf_wipe(&transfer->body);
	free(transfer);
}
