/**
 * @file
 * What logout tokens are tried with: two issuers, and whoever is told. For programs that
 * are linked with mcpauth_forget_session() and mcpauth_forget_subject() wrapped.
 */
#ifndef MCPAUTH_TEST_LOGOUT_FIXTURE_H
#define MCPAUTH_TEST_LOGOUT_FIXTURE_H

#include "support/fake_issuer.h"
#include "support/logout_tokens.h"

#include <stdatomic.h>

#define OTHER "https://other.example"
#define SESSION ",\"sid\":\"s1\"," LOGOUT_EVENTS
#define BOTH ",\"sub\":\"alice\"" SESSION

/** What was forgotten, as "session ISSUER s1; subject ISSUER alice; ". */
extern char forgotten[1024];

/** How much was remembered of any session. */
extern size_t remembered;

/** Two issuers: the fake one, whose keys are fetched, and OTHER with key 1 by hand. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint wakes;
	atomic_uint heard;
	char last[128]; /* as "ISSUER alice s1" */
};

/** @param config  NULL for the defaults */
void start_with(struct fixture *fixture, const struct mcpauth_config *config);
void start(struct fixture *fixture);
void stop(struct fixture *fixture);

/** Let an object accept OTHER. */
void add_other(struct mcpauth *auth);

/** A request whose wakes and logouts the fixture counts. */
struct mcpauth_logout_request request_of(struct fixture *fixture, const char *token);

/** Begin it. */
enum mcpauth_code begin(struct fixture *fixture, const char *token,
	struct mcpauth_logout_wait **pending, struct mcpauth_error *err);

/** All of it. Keys come at once, so what has to wait is woken before it is returned. */
enum mcpauth_code try_text(struct fixture *fixture, const char *token, struct mcpauth_error *err);

/** Sign one; the issuer is FAKE_ISSUER, the time FAKE_NOW if nothing else is said. */
char *sign(const struct logout_token *token);

/** Sign one and try it. */
enum mcpauth_code try_token(
	struct fixture *fixture, const struct logout_token *token, struct mcpauth_error *err);

/** The same, as an argument of CHECK_OK() and CHECK_CODE(). */
#define TRY(...) try_token(&fixture, &(struct logout_token){__VA_ARGS__}, &err)

#endif
