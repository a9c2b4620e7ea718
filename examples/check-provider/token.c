/* Reading a token from where others do not see it, and its issuer's name out of it. */
#define _GNU_SOURCE

#include "token.h"

#include <cjson/cJSON.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* More than any server takes: it is to be told that it is too long. */
#define TOKEN_LIMIT ((size_t)64 * 1024)

/* Without a buffer of the stream's, in which the token would stay. No header can carry a
 * NUL: what stands behind one must not be passed over, nor a file in UTF-16 seem short. */
static char *read_file(FILE *file)
{
	char *text = calloc(1, TOKEN_LIMIT + 1);
	if (text == NULL) {
		return NULL;
	}
	(void)setvbuf(file, NULL, _IONBF, 0);
	size_t length = fread(text, 1, TOKEN_LIMIT, file);
	bool is_text = memchr(text, '\0', length) == NULL;
	if (ferror(file) == 0 && is_text) {
		return text;
	}
	errno = is_text ? errno : EILSEQ;
	explicit_bzero(text, length);
	free(text);
	return NULL;
}

static char *read_path(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		return NULL;
	}
	char *text = read_file(file);
	int why = errno;
	(void)fclose(file);
	errno = why;
	return text;
}

/* So that nobody reads it off the list of processes from here on. */
static char *take_argument(char *argument)
{
	char *text = strdup(argument);
	explicit_bzero(argument, strlen(argument));
	return text;
}

static char *read_from(char *where)
{
	if (strcmp(where, "-") == 0) {
		return read_file(stdin);
	}
	return *where == '@' ? read_path(where + 1) : take_argument(where);
}

char *token_read(char *where)
{
	char *token = read_from(where);
	if (token == NULL) {
		return NULL;
	}
	size_t length = strlen(token);
	while (length > 0 && strchr(" \t\r\n", token[length - 1]) != NULL) {
		token[--length] = '\0';
	}
	return token;
}

void token_free(char *token)
{
	if (token != NULL) {
		explicit_bzero(token, strlen(token));
		free(token);
	}
}

static int digit_of(char character)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = character != '\0' ? strchr(digits, character) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

/* Up to the first character that is none of base64url's: whether all of it is good the
 * library says. */
static char *decode(const char *text)
{
	char *out = calloc(1, strlen(text) + 1);
	unsigned bits = 0;
	unsigned count = 0;
	size_t length = 0;
	for (; out != NULL && digit_of(*text) >= 0; text++) {
		bits = bits << 6 | (unsigned)digit_of(*text);
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[length++] = (char)(bits >> count & 0xff);
		}
	}
	return out;
}

/* A URL is ASCII (RFC 3986), and what is not might write to a terminal. */
static bool is_printable(const char *text)
{
	while (*text > ' ' && *text <= '~') {
		text++;
	}
	return *text == '\0';
}

/* What stands between the scheme and the port or path, brackets included. */
static const char *host_of(const char *url, size_t *length)
{
	const char *host = strstr(url, "://");
	host = host != NULL ? host + 3 : url;
	*length = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
	return host;
}

bool token_issuer_is_asked(const char *issuer, const char *resource)
{
	size_t length;
	size_t other_length;
	const char *host = host_of(issuer, &length);
	const char *other = host_of(resource, &other_length);
	if (length == other_length && strncasecmp(host, other, length) == 0) {
		return true;
	}
	bool is_number = *host == '[' || strspn(host, "0123456789.") >= length;
	bool is_local = length >= 9 && strncasecmp(host + length - 9, "localhost", 9) == 0;
	return strncasecmp(issuer, "https://", 8) == 0 && !is_number && !is_local;
}

char *token_issuer(const char *token)
{
	const char *dot = strchr(token, '.');
	char *payload = dot != NULL ? decode(dot + 1) : NULL;
	cJSON *json = payload != NULL ? cJSON_Parse(payload) : NULL;
	const char *named = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "iss"));
	char *issuer = named != NULL && is_printable(named) ? strdup(named) : NULL;
	cJSON_Delete(json);
	free(payload);
	return issuer;
}
