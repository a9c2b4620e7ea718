/**
 * @file
 * A program that wants to be a client of an issuer's, for tests without a server.
 */
#ifndef MCPAUTH_TEST_APPLICANT_H
#define MCPAUTH_TEST_APPLICANT_H

#include "client/registration/registration.h"

#define APPLICANT_ISSUER "https://as.example"
#define APPLICANT_ENDPOINT "https://as.example/register"
#define APPLICANT_REDIRECT "http://127.0.0.1:33418/callback"
#define APPLICANT_NOW ((int64_t)1800000000)

/** All that an applicant borrows; its own after applicant_init(). */
struct applicant {
	struct mcpauth_client_config config;
	struct mcpauth__authorization_server server;
	struct mcpauth__asker asker;
	struct mcpauth__applicant it;
};

/** A person's program with a redirect on loopback, and an issuer where it can register.
 * Fails the test without memory. @param methods  separated by blanks; NULL: not said */
void applicant_init(struct applicant *applicant, const char *methods);

/** Release it. */
void applicant_finish(struct applicant *applicant);

#endif
