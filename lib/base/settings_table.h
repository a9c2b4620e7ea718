/* Tables of what a settings file may say, and filling structs from it. */
#ifndef MCPAUTH_BASE_SETTINGS_TABLE_H
#define MCPAUTH_BASE_SETTINGS_TABLE_H

#include "base/words.h"

#include <mcpauth/error.h>

#include <cjson/cJSON.h>

#include <stdbool.h>
#include <stddef.h>

/** What a member is in the file, and in a struct. */
enum mcpauth__settings_type {
	MCPAUTH__SETTINGS_STRING,  /* const char * */
	MCPAUTH__SETTINGS_FLAG,    /* bool */
	MCPAUTH__SETTINGS_NUMBER,  /* unsigned */
	MCPAUTH__SETTINGS_SIZE,    /* likewise a number, size_t */
	MCPAUTH__SETTINGS_CHOICE,  /* a string of `choices`; an enum, by its place there */
	MCPAUTH__SETTINGS_WORDS,   /* strings without blanks; const char *, joined by blanks */
	MCPAUTH__SETTINGS_JSON,    /* an object with anything; const char *, its text */
	MCPAUTH__SETTINGS_LIST,    /* from here on nothing is stored: strings */
	MCPAUTH__SETTINGS_STRINGS, /* an object of strings */
	MCPAUTH__SETTINGS_LISTS,   /* an object of lists, as WORDS has them */
	MCPAUTH__SETTINGS_OBJECT,  /* of `members` */
	MCPAUTH__SETTINGS_OBJECTS, /* a list of such */
	MCPAUTH__SETTINGS_ANY
};

/** For numbers that have no upper end of their own; above it is MCPAUTH_NONE. */
#define MCPAUTH__SETTINGS_MOST 0xfffffffeu

/** A member. A table ends with one whose name is NULL. */
struct mcpauth__settings_member {
	const char *name;
	enum mcpauth__settings_type type;
	size_t offset;  /* in the struct */
	unsigned least; /* of a number, or of the elements of a list */
	unsigned most;  /* of a number */
	bool zero_is_none;
	bool required;
	bool translatable; /* also as "name#tag" */
	const char *const *choices;
	const struct mcpauth__settings_member *members;
};

/** An object of the file on its way into a struct. */
struct mcpauth__settings_filling {
	const struct mcpauth__settings_member *members;
	void *to;
	size_t size;                 /* of what `to` points at; 0 checks only */
	struct mcpauth__words *pool; /* owns what had to be joined; for WORDS and JSON */
	const cJSON *at;             /* set on failure: what is wrong... */
	bool at_name;                /* ...and whether its name is */
};

/**
 * Check an object against its table, with all that is in it, and store what
 * the struct has a place for. Other fields stay as they are.
 *
 * @param filling  strings that are stored are borrowed from `object` and the pool
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_SETTINGS or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__settings_fill(
	struct mcpauth__settings_filling *filling, const cJSON *object, struct mcpauth_error *err);

/** Store a member that was checked, if the struct has a place for it. */
enum mcpauth_code mcpauth__settings_store(struct mcpauth__settings_filling *filling,
	const struct mcpauth__settings_member *member, const cJSON *item,
	struct mcpauth_error *err);

/** The member of this name, also a translated one; NULL if there is none. */
const struct mcpauth__settings_member *mcpauth__settings_find(
	const struct mcpauth__settings_member *members, const char *name);

/**
 * Put where something stands before an error's message: "settings.json line 12: ".
 *
 * @param name  the file's; NULL for none
 * @return `code`, which stays what it was
 */
enum mcpauth_code mcpauth__settings_blame(
	struct mcpauth_error *err, enum mcpauth_code code, const char *name, unsigned line);

#endif
