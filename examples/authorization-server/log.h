/* One line per event on stderr, never with a token or a secret in it. */
#ifndef AUTHORIZATION_SERVER_LOG_H
#define AUTHORIZATION_SERVER_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG
};

/** Choose by name before any thread starts; false if there is no such level. */
bool log_set_level(const char *name);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
