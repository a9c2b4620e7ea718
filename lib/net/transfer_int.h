/* A transfer's inside, for the files that make it up. */
#ifndef MCPAUTH_NET_TRANSFER_INT_H
#define MCPAUTH_NET_TRANSFER_INT_H

#include "base/buf.h"
#include "net/transfer.h"

/** CURLE_TOO_LARGE, which libcurl's headers name since 8.6: more headers than it keeps. */
#define MCPAUTH__TOO_MANY_HEADERS 100

struct mcpauth__transfer {
	CURL *easy;
	CURLM *multi; /* NULL until it is in there */
	struct curl_slist *headers;
	struct mcpauth_fetch *fetch;
	struct mcpauth__buf body;
	bool uses_proxy;
	bool is_too_large;
	unsigned refused;              /* addresses that it resolved to and may not ask */
	unsigned attempted;            /* addresses that it may */
	const char *certificate_fault; /* what we found wrong; NULL: nothing yet */
	const char *header_fault;      /* likewise, in what its answer begins with */
	size_t header_length;          /* octets so far */
	char curl_error[CURL_ERROR_SIZE];
	char message[32]; /* "answered 200" */
};

/** What libcurl's result means, with what we found wrong ourselves. */
enum mcpauth_code mcpauth__transfer_code(const struct mcpauth__transfer *transfer, CURLcode result);

/**
 * Why it failed, as one line for a message.
 *
 * @param code  what mcpauth__transfer_code() made of the result; not MCPAUTH_OK
 * @return borrowed until mcpauth__transfer_free(), or a constant
 */
const char *mcpauth__transfer_reason(
	const struct mcpauth__transfer *transfer, CURLcode result, enum mcpauth_code code);

#endif
