/* Reading for how long an answer says that it is good. */
#include "net/cache_control.h"

#include <mcpauth/api.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_AGE_MAX 0x7fffffff

/* One directive of Cache-Control (RFC 9111 section 5.2.2). Of several the
 * shortest time counts. */
static void read_directive(const char *text, size_t length, unsigned *max_age)
{
	static const char name[] = "max-age=";
	if ((length == 8
		    && (strncasecmp(text, "no-store", 8) == 0
			    || strncasecmp(text, "no-cache", 8) == 0))
		|| (length > 9 && strncasecmp(text, "no-cache=", 9) == 0)) {
		*max_age = 0;
		return;
	}
	if (length < sizeof name || strncasecmp(text, name, sizeof name - 1) != 0) {
		return;
	}
	const char *digits = text + sizeof name - 1;
	size_t count = length - (sizeof name - 1);
	if (count > 2 && digits[0] == '"' && digits[count - 1] == '"') {
		digits++;
		count -= 2;
	}
	if (strspn(digits, "0123456789") < count) {
		return;
	}
	unsigned long long seconds = strtoull(digits, NULL, 10);
	if (seconds > MAX_AGE_MAX) {
		seconds = MAX_AGE_MAX;
	}
	if (*max_age == MCPAUTH_NONE || seconds < *max_age) {
		*max_age = (unsigned)seconds;
	}
}

void mcpauth__cache_control_read(const char *value, unsigned *max_age)
{
	while (*value != '\0') {
		value += strspn(value, " \t,");
		size_t length = strcspn(value, " \t,");
		read_directive(value, length, max_age);
		value += length;
	}
}
