/* Filling a caller's error: bounded, without allocating, one line of ASCII. */
#include "base/error_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void mcpauth__make_printable(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e) {
			*text = '?';
		}
	}
}

enum mcpauth_code mcpauth__fail(
	struct mcpauth_error *err, enum mcpauth_code code, const char *format, ...)
{
	if (err == NULL) {
		return code;
	}
	va_list args;
	va_start(args, format);
	err->code = code;
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	mcpauth__make_printable(err->message);
	return code;
}

enum mcpauth_code mcpauth__fail_as(
	struct mcpauth_error *err, enum mcpauth_code code, const char *message)
{
	if (err != NULL) {
		size_t length = strnlen(message, sizeof err->message - 1);
		err->code = code;
		memcpy(err->message, message, length);
		err->message[length] = '\0';
	}
	return code;
}

void mcpauth__error_prefix(struct mcpauth_error *err, const char *prefix)
{
	if (err == NULL) {
		return;
	}
	char message[MCPAUTH_ERROR_MESSAGE_SIZE];
	memcpy(message, err->message, sizeof message);
	size_t used = strlen(prefix);
	if (used + 3 > sizeof err->message) {
		return;
	}
	snprintf(err->message, sizeof err->message, "%s: ", prefix);
	used = strlen(err->message);
	size_t left = sizeof err->message - used - 1;
	size_t length = strnlen(message, sizeof message - 1);
	memcpy(err->message + used, message, length < left ? length : left);
	err->message[used + (length < left ? length : left)] = '\0';
	mcpauth__make_printable(err->message);
}

enum mcpauth_code mcpauth__no_memory(struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_NO_MEMORY, "out of memory");
}
