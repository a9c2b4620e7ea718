/** @file The OAuth client in the process that is searched. */
#ifndef MCPAUTH_TEST_CLIENT_H
#define MCPAUTH_TEST_CLIENT_H

#include "orders.h"

/**
 * Do what the order's text says:
 *
 *     know secret|proof|random   keep the mark: what the client authenticates with (a secret
 *                                or PEM); a code, ID token or JWT; bytes for a verifier
 *     start PORT GRANT AUTHENTICATION STORAGE BINDING REDIRECT
 *                                make a client: GRANT code, credentials, enterprise,
 *                                workload; AUTHENTICATION a method's name, registered or
 *                                identified;
 *                                STORAGE memory, program or a file; BINDING bearer or dpop;
 *                                REDIRECT own or listener
 *     request STATUS             one request, which is answered with that and then with 200
 *     logout
 *     end                        release all of it
 *
 * The report has the outcome; of a request also whether the random bytes were used.
 */
void client_obey(const struct order *order, struct report *report, int log);

#endif
