/* One line per event on stderr, never with a token or a secret in it. */
#define _POSIX_C_SOURCE 200809L

#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static enum log_level threshold = LOG_INFO;

bool log_set_level(const char *name)
{
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], name) == 0) {
			threshold = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* Text from a client must not be able to forge or colour a line. */
static void make_printable(char *line)
{
	for (; *line != '\0'; line++) {
		unsigned char c = (unsigned char)*line;
		if (c < 0x20 || c == 0x7f) {
			*line = '?';
		}
	}
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[512];
	va_list arguments;
	if (level > threshold) {
		return;
	}
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	make_printable(line);
	fprintf(stderr, "authorization-server: %s: %s\n", names[level], line);
}
