/* Recognises JSON without building anything from it. */
#include "scan.h"

#include <string.h>

struct scan scan_start(struct slice text)
{
	const unsigned char *start = (const unsigned char *)text.at;
	return (struct scan){.at = start, .end = start + text.length};
}

void scan_blanks(struct scan *scan)
{
	while (scan->at < scan->end
		&& (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'
			|| *scan->at == '\n')) {
		scan->at++;
	}
}

bool scan_take(struct scan *scan, char wanted)
{
	if (scan->at == scan->end || *scan->at != (unsigned char)wanted) {
		return false;
	}
	scan->at++;
	return true;
}

static bool word(struct scan *scan, const char *wanted)
{
	size_t length = strlen(wanted);
	if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, wanted, length) != 0) {
		return false;
	}
	scan->at += length;
	return true;
}

static bool digits(struct scan *scan)
{
	const unsigned char *start = scan->at;
	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
		scan->at++;
	}
	return scan->at > start;
}

static bool number(struct scan *scan)
{
	scan_take(scan, '-');
	if (!scan_take(scan, '0') && !digits(scan)) {
		return false;
	}
	if (scan_take(scan, '.') && !digits(scan)) {
		return false;
	}
	if (scan_take(scan, 'e') || scan_take(scan, 'E')) {
		if (!scan_take(scan, '+')) {
			scan_take(scan, '-');
		}
		return digits(scan);
	}
	return true;
}

bool scan_hex4(struct scan *scan, unsigned *unit)
{
	static const char hex[] = "0123456789abcdef";
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		if (scan->at == scan->end || *scan->at == '\0') {
			return false;
		}
		int c = *scan->at++;
		const char *found = strchr(hex, c >= 'A' && c <= 'F' ? c + 32 : c);
		if (found == NULL) {
			return false;
		}
		*unit = *unit * 16 + (unsigned)(found - hex);
	}
	return true;
}

static bool escape(struct scan *scan)
{
	unsigned unit;
	if (scan_take(scan, 'u')) {
		if (!scan_hex4(scan, &unit)) {
			return false;
		}
		scan->nul |= unit == 0;
		return true;
	}
	if (scan->at == scan->end || *scan->at == '\0' || strchr("\"\\/bfnrt", *scan->at) == NULL) {
		return false;
	}
	scan->at++;
	return true;
}

/* RFC 3629 section 4: no overlong forms, no surrogates, nothing past U+10FFFF. */
static bool character(struct scan *scan)
{
	const unsigned char *at = scan->at;
	size_t length = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
	if (*at < 0x20 || (*at >= 0x80 && *at < 0xc2) || *at > 0xf4
		|| (size_t)(scan->end - at) < length) {
		return false;
	}
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return false;
		}
	}
	if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f)
		|| (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] > 0x8f)) {
		return false;
	}
	scan->at += length;
	return true;
}

bool scan_string(struct scan *scan, struct slice *value)
{
	const unsigned char *start = scan->at;
	if (!scan_take(scan, '"')) {
		return false;
	}
	while (!scan_take(scan, '"')) {
		if (scan->at == scan->end) {
			return false;
		}
		if (!(scan_take(scan, '\\') ? escape(scan) : character(scan))) {
			return false;
		}
	}
	*value = (struct slice){(const char *)start, (size_t)(scan->at - start)};
	return true;
}

static bool member(struct scan *scan)
{
	struct slice ignored;
	scan_blanks(scan);
	if (!scan_string(scan, &ignored)) {
		return false;
	}
	scan_blanks(scan);
	if (!scan_take(scan, ':')) {
		return false;
	}
	scan_blanks(scan);
	return scan_value(scan, &ignored);
}

static bool element(struct scan *scan)
{
	struct slice ignored;
	scan_blanks(scan);
	return scan_value(scan, &ignored);
}

/* Between its brackets: nothing, or items with commas between them. */
static bool items(struct scan *scan, bool (*item)(struct scan *scan), char close)
{
	if (++scan->depth > SCAN_DEPTH) {
		return false;
	}
	scan_blanks(scan);
	bool done = scan_take(scan, close);
	while (!done) {
		if (!item(scan)) {
			return false;
		}
		scan_blanks(scan);
		done = scan_take(scan, close);
		if (!done && !scan_take(scan, ',')) {
			return false;
		}
	}
	scan->depth--;
	return true;
}

static bool any(struct scan *scan)
{
	struct slice ignored;
	if (scan->at == scan->end) {
		return false;
	}
	switch (*scan->at) {
	case '{':
		scan->at++;
		return items(scan, member, '}');
	case '[':
		scan->at++;
		return items(scan, element, ']');
	case '"':
		return scan_string(scan, &ignored);
	case 't':
		return word(scan, "true");
	case 'f':
		return word(scan, "false");
	case 'n':
		return word(scan, "null");
	default:
		return number(scan);
	}
}

bool scan_value(struct scan *scan, struct slice *value)
{
	const unsigned char *start = scan->at;
	if (!any(scan)) {
		return false;
	}
	*value = (struct slice){(const char *)start, (size_t)(scan->at - start)};
	return true;
}
