/**
 * @file
 * A server with certificates of the test's own, asked by the library's network.
 */
#ifndef MCPAUTH_TEST_ENCOUNTER_H
#define MCPAUTH_TEST_ENCOUNTER_H

#include "support/authority.h"
#include "support/network.h"

/** Where a test that asks by it must have it lead to 127.0.0.1. */
#define ENCOUNTER_HOST "own.example.test"

/** An authority that the file names, one below it that signs servers'
 * certificates, and another that nobody knows. */
struct authorities {
	struct party *root;
	struct party *between;
	struct party *stranger;
	char ca_file[64];
	char crl_file[64]; /* empty */
};

/** A test's set-up and tear-down. */
int authorities_start(void **state);
int authorities_stop(void **state);

/** A server that shows this chain, asked by this name. */
struct encounter {
	const struct party *chain[5]; /* its own certificate first */
	const char *host;             /* NULL: ENCOUNTER_HOST */
	const char *ca_file;
	const char *crl_file;
	const char *priorities;
};

/** Start the server alone; its page is at "/". */
struct loopback *encounter_serve(const struct encounter *encounter);

/** Ask it. One that is not believed gets no request. */
void encounter_meet(const struct encounter *encounter, struct fetched *fetched);

/**
 * Did it come to what was wanted? If not, what it came to is printed.
 *
 * @param reasons  NULL: belief; else MCPAUTH_E_TLS with one of these, which have
 *                 bars between them: TLS libraries have words of their own
 */
bool encounter_came_to(const struct fetched *fetched, const char *reasons);

#endif
