/* Tells a well-formed traceparent (W3C Trace Context, section 3.2). */
#include "monitoring/trace_context.h"

#include <stddef.h>
#include <string.h>

/* Where its fields begin, each behind a dash but the first. */
enum place {
	VERSION = 0,
	TRACE_ID = 3,
	PARENT_ID = 36,
	FLAGS = 53,
};

/* HEXDIGLC: capitals are none. Stops at a NUL, which is none either. */
static bool is_hex(const char *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((at[i] < '0' || at[i] > '9') && (at[i] < 'a' || at[i] > 'f')) {
			return false;
		}
	}
	return true;
}

/* One of zeros alone is no id. */
static bool is_id(const char *at, size_t length)
{
	return is_hex(at, length) && strspn(at, "0") < length;
}

/* Each is looked at only if all before are there, so nothing behind a NUL is. */
static bool has_fields(const char *value)
{
	return is_hex(value + VERSION, 2) && value[TRACE_ID - 1] == '-'
		&& is_id(value + TRACE_ID, 32) && value[PARENT_ID - 1] == '-'
		&& is_id(value + PARENT_ID, 16) && value[FLAGS - 1] == '-'
		&& is_hex(value + FLAGS, 2);
}

bool mcpauth__traceparent_is_valid(const char *value)
{
	if (!has_fields(value) || strncmp(value, "ff", 2) == 0) {
		return false;
	}
	char behind = value[MCPAUTH__TRACEPARENT_LENGTH];
	return behind == '\0' || (behind == '-' && strncmp(value, "00", 2) != 0);
}
