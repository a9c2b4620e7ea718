/* One object of a text taken apart by name; what its members hold stays as it is. */
#ifndef MCPAUTH_BASE_JSON_MEMBERS_H
#define MCPAUTH_BASE_JSON_MEMBERS_H

#include "base/arena.h"

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

/** Members that one object may have: nobody needs more where they are looked at one by
 * one, and it bounds what they take. */
#define MCPAUTH__JSON_MEMBER_LIMIT 1000

/** A member; lies in the arena. */
struct mcpauth__json_member {
	const struct mcpauth__json_member *next;
	const char *name; /* decoded, no NUL behind it; from the text, or in the arena */
	size_t name_length;
	const char *value; /* in the text, without the blanks around it */
	size_t length;
};

/** All of one object, in their order. {0}: none. */
struct mcpauth__json_members {
	const struct mcpauth__json_member *first;
	size_t count;
};

/**
 * Take an object apart, so that nobody sees another member under a name.
 *
 * Names are compared decoded. Two are one if they differ in nothing but the case of
 * letters: those of ASCII, and the four others that become one of them when a parser
 * folds case (U+0130, U+0131, U+017F, U+212A). A name that holds a NUL, \u0000, is
 * anything to parsers that end strings there. What is deeper inside may hold it, and
 * a name twice.
 *
 * Takes time in proportion to the length, and for many members in proportion to it
 * times the logarithm of their number.
 *
 * @param arena         48 bytes are taken for a member, and for an escaped name no
 *                      more than it has in the text; also on failure
 * @param text          need not end with a NUL; borrowed while the members are used
 * @param depth         brackets that may be open at once, the object's own included, so
 *                      at least 1
 * @param[out] members  {0} on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON (not one object by RFC 8259, with blanks
 *         around it at most), MCPAUTH_E_DUPLICATE (two names that are one, or a NUL in
 *         one), MCPAUTH_E_TOO_LARGE (over MCPAUTH__JSON_MEMBER_LIMIT; the rest is not
 *         looked at) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__json_members_split(struct mcpauth__arena *arena, const char *text,
	size_t length, unsigned depth, struct mcpauth__json_members *members);

/** The member of exactly this name; NULL if there is none. */
const struct mcpauth__json_member *mcpauth__json_members_find(
	const struct mcpauth__json_members *members, const char *name);

/** Is there a member that differs from one of these names, the last one NULL, but in
 * nothing except the case of letters? */
bool mcpauth__json_members_misspell(
	const struct mcpauth__json_members *members, const char *const *names);

#endif
