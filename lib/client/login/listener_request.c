/* Reading the head of a request strictly: what a browser never sends is refused. */
#include "client/login/listener_request.h"

#include "base/ascii.h"
#include "net/url.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define TOKEN_CHARACTERS DIGITS LETTERS "!#$%&'*+-.^_`|~"
#define END "\r\n\r\n"

/* What a DNS name may be long, with brackets, colon and port. */
#define HOST_SIZE 272

struct line {
	const char *start;
	size_t length;
};

struct host {
	unsigned count;
	struct line value;
};

/* Where the empty line begins; NULL: it did not come yet. */
static const char *find_end(const char *bytes, size_t length)
{
	const char *end = bytes + length;
	for (const char *at = bytes; end - at >= 4; at++) {
		at = memchr(at, '\r', (size_t)(end - at) - 3);
		if (at == NULL) {
			return NULL;
		}
		if (memcmp(at, END, 4) == 0) {
			return at;
		}
	}
	return NULL;
}

/* Not strspn(): there is no NUL behind it, but there may be one in it. */
static size_t token_length(const struct line *line)
{
	size_t length = 0;
	while (length < line->length
		&& memchr(TOKEN_CHARACTERS, line->start[length], sizeof TOKEN_CHARACTERS - 1)
			!= NULL) {
		length++;
	}
	return length;
}

/* A path and its query; a fragment is never sent. */
static size_t read_target(const char *at, size_t length)
{
	size_t i = 0;
	if (length == 0 || *at != '/') {
		return 0;
	}
	while (i < length && at[i] > 0x20 && at[i] < 0x7f && at[i] != '#') {
		i++;
	}
	return i;
}

static bool is_version(const char *at, size_t length)
{
	return length == 9 && (memcmp(at, " HTTP/1.1", 9) == 0 || memcmp(at, " HTTP/1.0", 9) == 0);
}

static bool is_word(const struct line *line, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(line->start, word, length) == 0;
}

static unsigned read_first_line(
	const struct line *line, const char *bytes, struct mcpauth__listener_request *request)
{
	size_t method = token_length(line);
	if (method == 0 || method == line->length || line->start[method] != ' ') {
		return 400;
	}
	const char *target = line->start + method + 1;
	size_t left = line->length - method - 1;
	size_t length = read_target(target, left);
	if (length == 0 || !is_version(target + length, left - length)) {
		return 400;
	}
	request->is_head = is_word(line, method, "HEAD");
	if (!is_word(line, method, "GET")) {
		return 405;
	}
	request->target = (size_t)(target - bytes);
	request->target_length = length;
	return 200;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static struct line trim(struct line value)
{
	while (value.length > 0 && is_blank(*value.start)) {
		value.start++;
		value.length--;
	}
	while (value.length > 0 && is_blank(value.start[value.length - 1])) {
		value.length--;
	}
	return value;
}

/* RFC 9110 section 5.5: visible characters, blanks, and bytes beyond ASCII. */
static bool is_value(const struct line *value)
{
	for (size_t i = 0; i < value->length; i++) {
		unsigned char byte = (unsigned char)value->start[i];
		if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
			return false;
		}
	}
	return true;
}

static bool read_field(const struct line *line, struct host *host)
{
	size_t name = token_length(line);
	if (name == 0 || name == line->length || line->start[name] != ':') {
		return false;
	}
	struct line value = {line->start + name + 1, line->length - name - 1};
	if (!is_value(&value)) {
		return false;
	}
	if (name == 4 && mcpauth__ascii_begins_alike(line->start, "Host", 4)) {
		host->count++;
		host->value = trim(value);
	}
	return true;
}

static bool is_port(const char *text, unsigned port)
{
	char wanted[sizeof ":4294967295"];
	snprintf(wanted, sizeof wanted, ":%u", port);
	return strcmp(text, wanted) == 0 || (*text == '\0' && port == 80);
}

/* A page under another name that was made to point here must get nothing. */
static bool is_loopback(const struct line *value, unsigned port)
{
	char text[HOST_SIZE];
	if (value->length >= sizeof text) {
		return false;
	}
	memcpy(text, value->start, value->length);
	text[value->length] = '\0';
	struct mcpauth__url url = {.host = text};
	char *end = text + strcspn(text, ":");
	if (*text == '[') {
		url.host = text + 1;
		end = strchr(text, ']');
		if (end == NULL || memchr(text, ':', (size_t)(end - text)) == NULL) {
			return false;
		}
		*end++ = '\0';
	}
	if (!is_port(end, port)) {
		return false;
	}
	*end = '\0';
	return mcpauth__url_is_loopback(&url);
}

/* The next line, without its end. What ends with LF alone has that in it, and is no value. */
static bool next_line(const char **at, const char *end, struct line *line)
{
	if (*at == end) {
		return false;
	}
	const char *stop = *at;
	while (end - stop >= 2 && memcmp(stop, "\r\n", 2) != 0) {
		stop++;
	}
	*line = (struct line){*at, (size_t)(stop - *at)};
	*at = stop + 2;
	return true;
}

/* All of a head, whose last line ends at `end`. */
static unsigned read_head(const char *bytes, const char *end, unsigned port,
	struct mcpauth__listener_request *request)
{
	struct host host = {0};
	struct line line = {bytes, 0};
	const char *at = bytes;
	next_line(&at, end, &line);
	unsigned status = read_first_line(&line, bytes, request);
	if (status == 400) {
		return 400;
	}
	while (next_line(&at, end, &line)) {
		if (!read_field(&line, &host)) {
			return 400;
		}
	}
	if (host.count != 1) {
		return 400;
	}
	return is_loopback(&host.value, port) ? status : 403;
}

unsigned mcpauth__listener_request_read(
	const char *bytes, size_t length, unsigned port, struct mcpauth__listener_request *request)
{
	bool is_long = length >= MCPAUTH__LISTENER_HEAD_LIMIT;
	*request = (struct mcpauth__listener_request){0};
	const char *end = find_end(bytes, is_long ? MCPAUTH__LISTENER_HEAD_LIMIT : length);
	if (end == NULL) {
		return is_long ? 431 : 0;
	}
	unsigned status = read_head(bytes, end + 2, port, request);
	if (status != 200) {
		request->target = 0;
		request->target_length = 0;
	}
	return status;
}
