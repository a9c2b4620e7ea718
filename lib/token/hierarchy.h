/* Scopes that include others: what a program says of them, and what a token holds by that. */
#ifndef MCPAUTH_TOKEN_HIERARCHY_H
#define MCPAUTH_TOKEN_HIERARCHY_H

#include "base/words.h"

#include <mcpauth/error.h>
#include <mcpauth/scope_hierarchy.h>

#include <stdint.h>

/** Pairs of a scope and a pattern of those that it includes. */
#define MCPAUTH__HIERARCHY_LIMIT 256

/** The bits of the scopes that include others: no more than there are pairs. */
#define MCPAUTH__HIERARCHY_WORDS (MCPAUTH__HIERARCHY_LIMIT / 64)

/**
 * The pairs of one resource, and the program's function. Counted: who holds an auth info
 * may ask when the resource is gone. Built by one thread; once it is settled any number
 * may read it.
 */
struct mcpauth__hierarchy;

/** What a token holds beside its scopes. */
struct mcpauth__implied {
	struct mcpauth__hierarchy *hierarchy;
	/* Of those scopes that include others it was granted these, or they follow. */
	uint64_t broader[MCPAUTH__HIERARCHY_WORDS];
	bool are_scopes; /* all that was granted, as the function may be asked of them */
};

/** One without a pair. @return NULL without memory */
struct mcpauth__hierarchy *mcpauth__hierarchy_new(void);

/** For who holds one. */
struct mcpauth__hierarchy *mcpauth__hierarchy_ref(struct mcpauth__hierarchy *hierarchy);

/** NULL is accepted. */
void mcpauth__hierarchy_free(struct mcpauth__hierarchy *hierarchy);

/** Add pairs: all of them or, on failure, none. One that is there already is not added
 * again. Before it is settled. @return as mcpauth_imply_scopes() */
enum mcpauth_code mcpauth__hierarchy_add(struct mcpauth__hierarchy *hierarchy, const char *scope,
	const char *implied, struct mcpauth_error *err);

/** Ask this function, too; NULL: nobody. Before it is settled. */
void mcpauth__hierarchy_ask(
	struct mcpauth__hierarchy *hierarchy, mcpauth_implies_fn implies, void *user);

/** All that is to be added was: see what follows from what. A time that grows with the
 * square of the pairs. */
void mcpauth__hierarchy_settle(struct mcpauth__hierarchy *hierarchy);

/**
 * What follows from these scopes? One look at the table per scope.
 *
 * @param hierarchy     settled, or NULL
 * @param[out] implied  borrows the hierarchy
 * @return can anything follow at all?
 */
bool mcpauth__implied_read(struct mcpauth__implied *implied, struct mcpauth__hierarchy *hierarchy,
	const struct mcpauth__words *granted);

/**
 * Does another scope follow? Each pair is compared with it once at most; then the
 * function is asked, once for each granted scope and twice for each pair at most.
 *
 * @param granted  as mcpauth__implied_read() had them
 */
bool mcpauth__implied_has(const struct mcpauth__implied *implied,
	const struct mcpauth__words *granted, const char *wanted);

#endif
