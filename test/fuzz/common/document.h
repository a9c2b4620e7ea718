/* Documents that a client reads, told again over cJSON. */
#ifndef MCPAUTH_TEST_DOCUMENT_H
#define MCPAUTH_TEST_DOCUMENT_H

#include "base/words.h"

#include <cjson/cJSON.h>

/** Is the member absent, null, or of this type? */
bool document_fits_text(const cJSON *json, const char *name);
bool document_fits_flag(const cJSON *json, const char *name);
/** An array of strings, with no more of them than a client reads. */
bool document_fits_list(const cJSON *json, const char *name);

/** Is this what a client makes of the member? */
bool document_is_text(const cJSON *json, const char *name, const char *text);
bool document_is_flag(const cJSON *json, const char *name, bool flag);
bool document_is_list(const cJSON *json, const char *name, const struct mcpauth__words *list);
/** Of a list: is `wanted` in it? */
bool document_has(const cJSON *json, const char *name, const char *wanted);

#endif
