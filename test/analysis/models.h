/**
 * @file
 * What the checkers cannot see, since it is said in another file: put before every
 * source that they read, never before one that is built.
 */
#ifndef MCPAUTH_TEST_ANALYSIS_MODELS_H
#define MCPAUTH_TEST_ANALYSIS_MODELS_H

#include "base/config.h"
#include "base/error_int.h"

#include <cjson/cJSON.h>

/* They return the code that they were given. */
static inline enum mcpauth_code model_same(enum mcpauth_code given, enum mcpauth_code returned)
{
	(void)returned;
	return given;
}

#define mcpauth__fail(err, code, ...) \
	model_same((code), (mcpauth__fail)((err), (code), __VA_ARGS__))
#define mcpauth__fail_as(err, code, message) \
	model_same((code), (mcpauth__fail_as)((err), (code), (message)))
#define mcpauth__no_memory(err) model_same(MCPAUTH_E_NO_MEMORY, (mcpauth__no_memory)(err))

/* Reading a configuration is over when it returns. */
static inline enum mcpauth_code model_at_once(enum mcpauth_code code)
{
	return code == MCPAUTH_PENDING ? MCPAUTH_E_INVALID_ARGUMENT : code;
}

#define mcpauth__config_read(to, size, from, err) \
	model_at_once((mcpauth__config_read)((to), (size), (from), (err)))

/* NULL is of no type, and a type does not change. */
static inline cJSON_bool model_is(const cJSON *item, int type)
{
	return item != NULL && (item->type & 0xff) == type;
}

#define cJSON_IsArray(item) model_is((item), cJSON_Array)
#define cJSON_IsNumber(item) model_is((item), cJSON_Number)
#define cJSON_IsObject(item) model_is((item), cJSON_Object)
#define cJSON_IsString(item) model_is((item), cJSON_String)

#endif
