/* Strict JSON: RFC 8259 to the letter, and no name twice in an object. */
#ifndef MCPAUTH_BASE_JSON_H
#define MCPAUTH_BASE_JSON_H

#include "base/arena.h"
#include "base/words.h"

#include <mcpauth/error.h>

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCPAUTH__JSON_DEPTH_LIMIT 32

/** Values in a text that is parsed, itself and all that it holds: in cJSON's tree one
 * of two characters takes eighty bytes. */
#define MCPAUTH__JSON_VALUE_LIMIT 10000

/**
 * Parse a text that somebody else wrote.
 *
 * Refuses what cJSON lets through: bytes that are not UTF-8, control
 * characters, a NUL written \u0000 (it would cut strings short), loose or
 * endless numbers, a byte order mark, anything behind the value, more than 32 levels
 * and a name that occurs twice in one object, however it is escaped.
 *
 * @param text       need not end with a NUL; borrowed for the call
 * @param[out] json  an object; caller frees with cJSON_Delete(). NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON (also for what is no object),
 *         MCPAUTH_E_TOO_LARGE (over MCPAUTH__JSON_VALUE_LIMIT, before there is
 *         a tree) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__json_parse_object(
	const char *text, size_t length, cJSON **json, struct mcpauth_error *err);

/**
 * The same for a text that people write, with as many values as they like: says
 * where it goes wrong.
 *
 * @param[out] fault  with MCPAUTH_E_INVALID_JSON: the offset of what cannot be
 *                    there, of a string's beginning if it is in a string, of a
 *                    name's if it was there before; else 0
 */
enum mcpauth_code mcpauth__json_parse_located(
	const char *text, size_t length, cJSON **json, size_t *fault, struct mcpauth_error *err);

/** What the tree of a usual text of this length takes in an arena: each value a node,
 * each string a copy. A text with many short values takes more, and grows it. */
#define MCPAUTH__JSON_ROOM(length) (128 + (length)*7 / 2)

/** A text to be read into an arena. */
struct mcpauth__json_text {
	const char *text; /* need not end with a NUL; borrowed for the call */
	size_t length;
	/* Is a NUL written \u0000 no reason to call the whole text malformed? Then it
	 * becomes U+FFFD in the tree: so no string is cut short, and none that holds
	 * a NUL equals one that does not. */
	bool allow_nul;
};

/**
 * The same in one pass, with nothing allocated but the arena's own, and no limit to
 * the values: whoever cannot be sure of the length counts them first.
 *
 * @param arena      where the tree lies; also on failure something may lie there
 * @param[out] json  an object of strict JSON, to be read only: neither changed
 *                   nor deleted, it ends with the arena. NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__json_read(struct mcpauth__arena *arena,
	const struct mcpauth__json_text *text, cJSON **json, struct mcpauth_error *err);

/** Is the text one JSON value by RFC 8259, not nested deeper than `depth`? */
bool mcpauth__json_is_valid(const char *text, size_t length, unsigned depth);

/** Likewise, and is every number short enough for cJSON, 63 characters, and no
 * NUL in it, not even written \u0000? */
bool mcpauth__json_is_readable(const char *text, size_t length, unsigned depth);

/** How many values are in it, itself and all that it holds; 0 if it is not what
 * mcpauth__json_is_readable() wants. Allocates nothing. */
size_t mcpauth__json_count(const char *text, size_t length, unsigned depth);

/** The offset at which a text stops being what mcpauth__json_is_readable() wants;
 * `length` if nothing is wrong but that it ends. */
size_t mcpauth__json_fault(const char *text, size_t length, unsigned depth);

/** As cJSON_GetObjectItemCaseSensitive(), but quick. Borrowed from the object; NULL if
 * it is absent, and if the object is NULL. */
const cJSON *mcpauth__json_member(const cJSON *object, const char *name);

/** The first of these members that is there, of whatever type. Borrowed likewise; NULL
 * if none is. */
const cJSON *mcpauth__json_first(const cJSON *object, const struct mcpauth__words *names);

/** Is there a member of this name, of whatever type? */
bool mcpauth__json_has(const cJSON *object, const char *name);

/** A member that is a string. @return borrowed from the object; NULL if it is absent or
 * no string */
const char *mcpauth__json_string(const cJSON *object, const char *name);

/**
 * A member that is a time in whole seconds, rounded down (RFC 7519 section 2).
 *
 * @param[out] seconds  0 on failure
 * @return false if it is absent, no number, or beyond ±2^53
 */
bool mcpauth__json_seconds(const cJSON *object, const char *name, int64_t *seconds);

/** cJSON_Delete() for what may hold secrets: all strings are wiped before. NULL is
 * accepted. */
void mcpauth__json_delete_wiped(cJSON *json);

/** A tree as a text. @return caller frees with free(); NULL without memory */
char *mcpauth__json_print(const cJSON *json);

#endif
