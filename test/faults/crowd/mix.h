/**
 * @file
 * A mixture of requests, good and bad, each with the statuses it may be answered
 * with. Made once; any thread may read it.
 */
#ifndef MCPAUTH_TEST_FAULTS_MIX_H
#define MCPAUTH_TEST_FAULTS_MIX_H

#include <stddef.h>

struct mix;

/** One request, whole. Borrowed from the mixture. */
struct mix_request {
	const char *data;
	size_t length;
	unsigned status; /* 0: anything but 2xx */
	const char *kind;
};

/**
 * Sign the tokens and write the requests.
 *
 * @param distinct  how many good tokens are used in turn
 * @param odd       a file of further requests that nobody lets in: for each its length
 *                  in decimal, a line end, and its bytes; NULL: none
 */
struct mix *mix_new(size_t distinct, const char *odd);

void mix_free(struct mix *mix);

/** The request of this number; any number is good. */
struct mix_request mix_at(const struct mix *mix, unsigned long number);

/** How many requests of the file are in it. */
size_t mix_odd_count(const struct mix *mix);

#endif
