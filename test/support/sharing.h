/**
 * @file
 * Libraries, as of several processes, that share a store and ask the same issuer's
 * introspection endpoint.
 */
#ifndef MCPAUTH_TEST_SHARING_H
#define MCPAUTH_TEST_SHARING_H

#include "support/fake_issuer.h"
#include "support/fake_store.h"

#include <stdatomic.h>

#define SHARING_ENDPOINT "https://as.example/introspect"
#define SHARING_ANSWER "mcpauth:introspection:"
#define SHARING_SIGN "mcpauth:forgotten:"
#define SHARING_ACTIVE \
	"{\"active\":true,\"sub\":\"alice\",\"sid\":\"s1\",\"aud\":\"" FAKE_RESOURCE "\"}"

struct sharing {
	struct fake_issuer *fake;
	struct fake_store *store;
	struct mcpauth *one;
	struct mcpauth *two;
	atomic_uint wakes;
};

/** Two of them, and an endpoint that says SHARING_ACTIVE. */
void sharing_start(struct sharing *sharing);

/** Those that are NULL are gone already. */
void sharing_stop(struct sharing *sharing);

/** One more of them. @param config  its introspection; NULL for the usual one. Caller
 * frees with mcpauth_free() */
struct mcpauth *sharing_add(
	struct sharing *sharing, const struct mcpauth_introspection_config *config);

/** The usual one, to be changed. */
struct mcpauth_introspection_config sharing_config(void);

/** Show a token to one of them. */
enum mcpauth_code sharing_show(struct mcpauth *auth, const char *token, struct mcpauth_error *err);

/** The same; not without waiting, which is counted in `wakes`. */
struct mcpauth_verification *sharing_begin(
	struct sharing *sharing, struct mcpauth *auth, const char *token);

/** What came of that. */
enum mcpauth_code sharing_end(struct mcpauth_verification *pending, struct mcpauth_error *err);

/** How often the endpoint was asked. */
unsigned sharing_asked(struct sharing *sharing);

#endif
