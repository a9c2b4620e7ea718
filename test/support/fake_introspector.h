/**
 * @file
 * Introspection endpoints without a network, in place of the library's own way to ask
 * them. A test that is linked with the options that lib/meson.build has for it makes an
 * issuer one that can be asked by giving it such an endpoint. One thread.
 */
#ifndef MCPAUTH_TEST_FAKE_INTROSPECTOR_H
#define MCPAUTH_TEST_FAKE_INTROSPECTOR_H

#include <mcpauth/mcpauth.h>

/** An issuer's endpoint; static storage will do. */
struct fake_introspector {
	const char *issuer;
	struct mcpauth_introspection_config config;
	const char *says;        /* the text that it answers */
	enum mcpauth_code fails; /* with what it fails instead; MCPAUTH_OK: not */
	bool is_held;            /* it does not answer yet */
	bool is_unknown;         /* nor is known yet where it is */
	bool is_late;            /* it was asked a second before */
	int64_t kept_ms;         /* for how long an answer may be believed */
	struct mcpauth *auth;    /* whose clock counts */

	unsigned asked;
	unsigned read;      /* how often an answer was asked for */
	unsigned failures;  /* how often it was of no use */
	unsigned live;      /* questions that somebody has */
	int64_t limited_ms; /* for how long from now it was told to keep the last answer;
			       * INT64_MAX: it was not told */
	int64_t shared_ms;  /* for how long it was left to others; 0: it was not */
	char token[64];     /* what it was asked about */
	char digest[65];    /* in hexadecimal digits */
	struct mcpauth__waiter *waiter;
};

/** Let these be asked, in place of all others before. */
void fake_introspectors_set(struct fake_introspector *const *endpoints, size_t count);

/** It answers now, and wakes who waits. */
void fake_introspector_release(struct fake_introspector *endpoint);

#endif
