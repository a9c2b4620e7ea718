/* Scopes as bits: the names that a program asks for again and again. */
#ifndef MCPAUTH_TOKEN_SCOPE_NAMES_H
#define MCPAUTH_TOKEN_SCOPE_NAMES_H

#include "base/lookup.h"
#include "base/words.h"
#include "token/hierarchy.h"

#define MCPAUTH__SCOPE_NAMES_LIMIT 64

/** Names, each with a bit of its own. Once nothing is added any more, any number of
 * threads may read it. mcpauth__scope_names_init() first. */
struct mcpauth__scope_names {
	uint64_t id; /* no other in this process ever has it; never 0 */
	struct mcpauth__words names;
	struct mcpauth__lookup by_name;
	uint64_t bits[MCPAUTH__SCOPE_NAMES_LIMIT];
};

/** What was granted, in the bits that there were at that time. {0} says nothing. */
struct mcpauth__scope_bits {
	uint64_t names_id; /* the id of those whose bits these are; 0: nobody's */
	uint64_t known;    /* the names that there were: a bit may be added later */
	uint64_t granted;
};

/** Begin without a name. */
void mcpauth__scope_names_init(struct mcpauth__scope_names *names);

/** Release them; zeroed storage is accepted. */
void mcpauth__scope_names_finish(struct mcpauth__scope_names *names);

/** Add a name, which need not end with a NUL. @return its bit; 0 if there is no room
 * for another one, or no memory: then it is compared as a string */
uint64_t mcpauth__scope_names_add(
	struct mcpauth__scope_names *names, const char *name, size_t length);

/** @return its bit; 0 if it has none */
uint64_t mcpauth__scope_names_find(
	const struct mcpauth__scope_names *names, const char *name, size_t length);

/**
 * Which of the names were granted?
 *
 * @param names    NULL: there are none
 * @param implied  what follows from those that were; NULL: nothing
 */
struct mcpauth__scope_bits mcpauth__scope_names_read(const struct mcpauth__scope_names *names,
	const struct mcpauth__words *granted, const struct mcpauth__implied *implied);

#endif
