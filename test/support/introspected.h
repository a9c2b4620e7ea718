/**
 * @file
 * An issuer whose introspection endpoint the test plays itself: what is asked there is
 * noted, and answered at once or when the test likes.
 */
#ifndef MCPAUTH_TEST_INTROSPECTED_H
#define MCPAUTH_TEST_INTROSPECTED_H

#include "support/fake_issuer.h"

#include "endpoint/introspector.h"

#include <pthread.h>
#include <stdatomic.h>

#define INTROSPECTED_ENDPOINT "https://as.example/introspect"
#define INTROSPECTED_ACTIVE "{\"active\":true,\"sub\":\"alice\"}"
#define INTROSPECTED_POSTS_MAX 256

struct introspected_post {
	struct mcpauth_fetch *fetch; /* NULL once it is answered */
	char url[128];
	char form[512];
	char authorization[128]; /* "" if there is none */
	char accept[64];
};

struct introspected {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	struct mcpauth_config seams; /* of the fake issuer, for all that is no POST */
	struct mcpauth_introspection_config config;
	struct mcpauth__introspector *introspector; /* the issuer's; borrowed */
	atomic_uint wakes;

	pthread_mutex_t lock; /* for all that follows */
	struct introspected_post posts[INTROSPECTED_POSTS_MAX];
	unsigned post_count;
	bool holds;
	unsigned status;
	char body[4096];
};

/** A test's set-up: nothing is configured but the endpoint, the client and its secret. */
int introspected_start(void **state);

/** Its tear-down, also after mcpauth_free(). */
int introspected_stop(void **state);

/**
 * Make the library with the configuration as it is now, in the place of the old one.
 *
 * @param issuer  NULL for one whose metadata is found
 */
void introspected_make(struct introspected *it, const struct mcpauth_issuer_config *issuer);

/** Make an introspector beside the issuer's own one; caller frees `it->introspector`. */
enum mcpauth_code introspected_make_another(struct introspected *it,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err);

/** Answer like this from now on. */
void introspected_answer(struct introspected *it, unsigned status, const char *body);

/** Answer this one of those that are held. */
void introspected_release(struct introspected *it, unsigned number);

/** How often the endpoint was asked. */
unsigned introspected_posts(struct introspected *it);

/** Ask about a token, once. @param waits  counted in `wakes` */
enum mcpauth_code introspected_ask(struct introspected *it, const char *token, bool waits,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err);

/**
 * Ask about a token and read the answer: all of it at once.
 *
 * @param text  NULL, or room for what was answered
 */
enum mcpauth_code introspected_try(
	struct introspected *it, const char *token, char text[1024], struct mcpauth_error *err);

/** What came of a question, which is given back. */
enum mcpauth_code introspected_result(
	struct mcpauth__introspection *introspection, struct mcpauth_error *err);

#endif
