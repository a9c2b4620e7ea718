/* Members and strings of a JSON text, cut out of it rather than copied. */
#ifndef EXAMPLES_MCP_JSON_H
#define EXAMPLES_MCP_JSON_H

#include "scan.h"

/** Members an object may have where each is looked at. */
#define JSON_MEMBERS 64

/** An object, one level of it. Zeroed storage is an empty one. */
struct json_members {
	size_t count;
	struct {
		char *name; /**< unescaped */
		struct slice value;
	} at[JSON_MEMBERS];
};

/**
 * One value, and nothing else but blanks around it.
 *
 * @param text        borrowed for the call
 * @param[out] value  the value without those blanks
 */
bool json_value(struct slice text, struct slice *value);

/** Is there a \u0000 in it, which a C string could not hold? */
bool json_has_nul(struct slice value);

/**
 * The text of a string.
 *
 * @param value  of any kind, as json_value() found it; borrowed for the call
 * @return caller frees with free(); NULL if it is no string, holds \u0000 or
 *         half a surrogate pair, or memory is short
 */
char *json_string(struct slice value);

/**
 * Take an object apart.
 *
 * @param value          as json_value() found it; the members point into it
 * @param[out] members   caller frees with json_members_finish(), also on failure
 * @return false if it is no object, a name occurs twice or cannot be held, or
 *         there are more than JSON_MEMBERS
 */
bool json_members(struct slice value, struct json_members *members);

/** Release the names. */
void json_members_finish(struct json_members *members);

/** A member by its name. @return an empty slice if there is none */
struct slice json_member(const struct json_members *members, const char *name);

#endif
