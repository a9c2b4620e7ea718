/**
 * @file
 * Another server's pages, and the library in a process of its own that is searched.
 */
#ifndef MCPAUTH_TEST_FIXTURE_H
#define MCPAUTH_TEST_FIXTURE_H

#include "subject.h"

#include "support/loopback.h"

/** Of 20 ms: until MHD has noticed that a client is gone. */
#define FIXTURE_TRIES 150

struct fixture {
	struct subject *subject;
	struct loopback *loopback;
	unsigned port; /* of the library's server */
	bool over_tls;
};

/** For cmocka: start both. Pages are borrowed. */
int fixture_start(void **state, const char *program, const char *tunables,
	const struct loopback_page *pages, size_t count);
int fixture_stop(void **state);

/** Pieces of marks in its memory; waits for them to go. */
size_t fixture_search(struct fixture *fixture);
void fixture_print_places(struct fixture *fixture, const struct report *report);

/** Nothing in memory while it serves, nor when it has stopped, nor in what it said. */
void fixture_check_silence(struct fixture *fixture);

#endif
