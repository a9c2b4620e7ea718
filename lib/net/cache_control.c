/* Reading for how long an answer says that it is good. */
#include "net/cache_control.h"

#include "base/ascii.h"

#include <mcpauth/api.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* RFC 9111 section 1.2.2: what is more may be taken for so much. */
#define MAX_AGE_MAX 0x7fffffff

/* Is it this name, and no more? */
static bool is_same(const char *text, size_t length, const char *name)
{
	return length == strlen(name) && mcpauth__ascii_begins_alike(text, name, length);
}

/* Is it this name, its equals sign included, and something behind it? */
static bool has_argument(const char *text, size_t length, const char *name)
{
	return length > strlen(name) && mcpauth__ascii_begins_alike(text, name, strlen(name));
}

/* RFC 9111 section 5.2.2.4: with an argument no-cache is about some fields only,
 * which are not told apart here. */
static bool forbids_keeping(const char *text, size_t length)
{
	return is_same(text, length, "no-store") || is_same(text, length, "no-cache")
		|| has_argument(text, length, "no-cache=");
}

/* RFC 9111 section 5.2: a recipient takes the quoted form, too. @return
 * MCPAUTH_NONE if it is no number */
static unsigned read_seconds(const char *text, size_t length)
{
	if (length > 2 && text[0] == '"' && text[length - 1] == '"') {
		text++;
		length -= 2;
	}
	if (strspn(text, "0123456789") < length) {
		return MCPAUTH_NONE;
	}
	unsigned long long seconds = strtoull(text, NULL, 10);
	return seconds > MAX_AGE_MAX ? MAX_AGE_MAX : (unsigned)seconds;
}

static unsigned read_directive(const char *text, size_t length)
{
	static const char name[] = "max-age=";
	if (forbids_keeping(text, length)) {
		return 0;
	}
	return has_argument(text, length, name)
		? read_seconds(text + sizeof name - 1, length - (sizeof name - 1))
		: MCPAUTH_NONE;
}

void mcpauth__cache_control_read(const char *value, unsigned *max_age)
{
	while (*value != '\0') {
		value += strspn(value, " \t,");
		size_t length = strcspn(value, " \t,");
		unsigned seconds = read_directive(value, length);
		/* MCPAUTH_NONE is more than any time. */
		*max_age = seconds < *max_age ? seconds : *max_age;
		value += length;
	}
}
