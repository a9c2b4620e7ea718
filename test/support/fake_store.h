/**
 * @file
 * A store in memory that answers at once, when it is told to, or that it cannot. Any
 * thread may use one.
 */
#ifndef MCPAUTH_TEST_FAKE_STORE_H
#define MCPAUTH_TEST_FAKE_STORE_H

#include <mcpauth/store.h>

enum fake_store_mode {
	FAKE_STORE_ANSWERS, /**< at once; what it is at first */
	FAKE_STORE_HOLDS,   /**< keeps each request until fake_store_release() */
	FAKE_STORE_IS_DOWN  /**< says MCPAUTH_STORE_FAILED at once */
};

struct fake_store;

struct fake_store *fake_store_new(void);

/** Answers what it still holds. */
void fake_store_free(struct fake_store *store);

void fake_store_set_mode(struct fake_store *store, enum fake_store_mode mode);

/** A mcpauth_store_fn. @param user the store */
void fake_store_carry_out(struct mcpauth_store_request *request, void *user);

/** Answer all that it holds, in the order in which it was asked. */
void fake_store_release(struct fake_store *store);

/** How many it holds. */
unsigned fake_store_held(struct fake_store *store);

/** How often it was asked; 0 counts all. */
unsigned fake_store_asked(struct fake_store *store, enum mcpauth_store_operation operation);

/** The value of the only key that begins like this, "" if there is none. Borrowed until
 * the next change. */
const char *fake_store_value(struct fake_store *store, const char *prefix);

/** For how many seconds it has that; 0 if there is none. */
unsigned fake_store_seconds(struct fake_store *store, const char *prefix);

/** That key itself. */
const char *fake_store_key(struct fake_store *store, const char *prefix);

/** Give the only key that begins like this another value. */
void fake_store_replace(struct fake_store *store, const char *prefix, const char *value);

/** How many keys begin like this. */
unsigned fake_store_count(struct fake_store *store, const char *prefix);

#endif
