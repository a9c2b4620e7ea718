/* What a token is good for: scopes, and the resources it may be shown to. */
#ifndef AUTHORIZATION_SERVER_TERMS_H
#define AUTHORIZATION_SERVER_TERMS_H

#include "form.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * Scopes in order, each once, one space between (RFC 6749 section 3.3).
 *
 * @return NULL if a character is not allowed or it is too long; caller frees
 */
char *scope_normalise(const char *text);

/** Whether a normalised list holds one scope. */
bool scope_has(const char *list, const char *scope);

/** Whether every scope of one normalised list is in another. */
bool scope_covers(const char *granted, const char *wanted);

/** The first of a list; the caller frees. */
char *scope_first(const char *list);

/** Scopes as a JSON array of strings. */
cJSON *scope_array(const char *list);

/**
 * The `resource` parameters of a request: absolute URIs without a fragment
 * (RFC 8707 section 2).
 *
 * @return a JSON array, empty if there were none; NULL if one is unfit
 */
cJSON *resources_read(const struct form *form);

/** Whether every resource of one array is in another. */
bool resources_cover(const cJSON *granted, const cJSON *wanted);

#endif
