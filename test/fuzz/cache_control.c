/* Fuzz target: a Cache-Control header's value, beside the grammar of RFC 9111. */
#include "common/fuzz.h"

#include "net/cache_control.h"

#include <mcpauth/api.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
#define MOST 0x7fffffffu

/* One directive at a time, with a value of either form. @return behind it; NULL if
 * this is not what the RFC calls a directive */
static const char *take_directive(const char *at, char name[32], char value[32])
{
	size_t length = strspn(at, TOKEN_CHARACTERS);
	if (length == 0 || length > 31) {
		return NULL;
	}
	memcpy(name, at, length);
	name[length] = '\0';
	*value = '\0';
	at += length;
	if (*at != '=') {
		return at;
	}
	bool quoted = *++at == '"';
	at += quoted ? 1 : 0;
	/* Quoted: no blank, comma or escape, which are read with less care. */
	length = strspn(at, TOKEN_CHARACTERS);
	if (length == 0 || length > 31 || (quoted && at[length] != '"')) {
		return NULL;
	}
	memcpy(value, at, length);
	value[length] = '\0';
	return at + length + (quoted ? 1 : 0);
}

static void apply(const char *name, const char *value, unsigned *max_age)
{
	if (strcasecmp(name, "no-store") == 0 && *value == '\0') {
		*max_age = 0;
	} else if (strcasecmp(name, "no-cache") == 0) {
		*max_age = 0;
	} else if (strcasecmp(name, "max-age") == 0 && *value != '\0'
		&& value[strspn(value, "0123456789")] == '\0') {
		unsigned long long seconds = strtoull(value, NULL, 10);
		unsigned age = seconds > MOST ? MOST : (unsigned)seconds;
		*max_age = age < *max_age ? age : *max_age;
	}
}

/* @return false if the value is not what the RFC says */
static bool read_slowly(const char *value, unsigned *max_age)
{
	char name[32];
	char argument[32];
	while (*value != '\0') {
		value += strspn(value, " \t,");
		if (*value == '\0') {
			break;
		}
		value = take_directive(value, name, argument);
		if (value == NULL) {
			return false;
		}
		apply(name, argument, max_age);
		value += strspn(value, " \t");
		if (*value != ',' && *value != '\0') {
			return false;
		}
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned ours = MCPAUTH_NONE;
	unsigned theirs = MCPAUTH_NONE;
	char *text = fuzz_text(data, size);
	mcpauth__cache_control_read(text, &ours);
	MUST(ours <= MOST || ours == MCPAUTH_NONE);
	if (read_slowly(text, &theirs)) {
		MUST(ours == theirs);
	}
	/* A second field can only shorten it. */
	unsigned both = ours;
	mcpauth__cache_control_read("max-age=60", &both);
	MUST(both == (ours < 60 ? ours : 60));
	free(text);
	return 0;
}
