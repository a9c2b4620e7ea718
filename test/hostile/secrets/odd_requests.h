/** @file Requests with a token in all their places. */
#ifndef MCPAUTH_TEST_ODD_REQUESTS_H
#define MCPAUTH_TEST_ODD_REQUESTS_H

#include <stddef.h>

/** A request in which %s stands for the token, and what it is answered. */
struct odd_request {
	unsigned status;
	const char *request;
};

/** A good token where credentials are looked for. */
extern const struct odd_request odd_requests[];
extern const size_t odd_requests_count;

/** The same where a log might quote it. */
extern const struct odd_request quotable_requests[];
extern const size_t quotable_requests_count;

/** Write it with this token; its body gets the length that its head says. */
void odd_request_write(char *text, size_t size, const struct odd_request *form, const char *token);

#endif
