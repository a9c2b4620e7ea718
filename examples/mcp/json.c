/* Cuts members and strings out of JSON that the scanner has passed. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

bool json_value(struct slice text, struct slice *value)
{
	struct scan scan = scan_start(text);
	scan_blanks(&scan);
	if (!scan_value(&scan, value)) {
		return false;
	}
	scan_blanks(&scan);
	return scan.at == scan.end;
}

bool json_has_nul(struct slice value)
{
	struct scan scan = scan_start(value);
	struct slice ignored;
	return scan_value(&scan, &ignored) && scan.nul;
}

static char *put_utf8(char *out, unsigned code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*out++ = (char)(0xe0 | code >> 12);
		} else {
			*out++ = (char)(0xf0 | code >> 18);
			*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

/* RFC 8259 section 7: beyond U+FFFF two escapes make one character. */
static bool unicode(struct scan *scan, unsigned *code)
{
	unsigned low;
	if (!scan_hex4(scan, code) || *code == 0 || (*code >= 0xdc00 && *code <= 0xdfff)) {
		return false;
	}
	if (*code < 0xd800 || *code > 0xdbff) {
		return true;
	}
	if (!scan_take(scan, '\\') || !scan_take(scan, 'u') || !scan_hex4(scan, &low)
		|| low < 0xdc00 || low > 0xdfff) {
		return false;
	}
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static bool unescape(struct scan *scan, char **out)
{
	static const char names[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	unsigned code;
	if (scan_take(scan, 'u')) {
		if (!unicode(scan, &code)) {
			return false;
		}
		*out = put_utf8(*out, code);
		return true;
	}
	*(*out)++ = meant[strchr(names, *scan->at++) - names];
	return true;
}

char *json_string(struct slice value)
{
	if (value.length < 2 || value.at[0] != '"') {
		return NULL;
	}
	/* Never longer than its escaped form. */
	char *text = malloc(value.length);
	if (text == NULL) {
		return NULL;
	}
	char *out = text;
	struct scan scan = scan_start((struct slice){value.at + 1, value.length - 2});
	while (scan.at < scan.end) {
		if (!scan_take(&scan, '\\')) {
			*out++ = (char)*scan.at++;
		} else if (!unescape(&scan, &out)) {
			free(text);
			return NULL;
		}
	}
	*out = '\0';
	return text;
}

static bool add(struct json_members *members, struct slice name, struct slice value)
{
	char *text = members->count < JSON_MEMBERS ? json_string(name) : NULL;
	if (text == NULL || json_member(members, text).at != NULL) {
		free(text);
		return false;
	}
	members->at[members->count].name = text;
	members->at[members->count].value = value;
	members->count++;
	return true;
}

bool json_members(struct slice value, struct json_members *members)
{
	struct scan scan = scan_start(value);
	struct slice name;
	struct slice item;
	members->count = 0;
	if (!scan_take(&scan, '{')) {
		return false;
	}
	scan_blanks(&scan);
	while (!scan_take(&scan, '}')) {
		/* The text was scanned before, so only add() can fail. */
		if (!scan_string(&scan, &name)) {
			return false;
		}
		scan_blanks(&scan);
		scan_take(&scan, ':');
		scan_blanks(&scan);
		if (!scan_value(&scan, &item) || !add(members, name, item)) {
			return false;
		}
		scan_blanks(&scan);
		scan_take(&scan, ',');
		scan_blanks(&scan);
	}
	return true;
}

void json_members_finish(struct json_members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		free(members->at[i].name);
	}
	members->count = 0;
}

struct slice json_member(const struct json_members *members, const char *name)
{
	for (size_t i = 0; i < members->count; i++) {
		if (strcmp(members->at[i].name, name) == 0) {
			return members->at[i].value;
		}
	}
	return (struct slice){0};
}
