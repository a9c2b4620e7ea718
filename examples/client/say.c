/* What the program tells its user, with nothing a server sent able to steer
 * the terminal. */
#define _POSIX_C_SOURCE 200809L

#include "say.h"

#include "text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RUB_OUT "\r\033[K"

bool say_steps = true;
bool say_details = false;
bool say_draws = false;
bool say_colour = false;
void (*say_complaint)(const char *message) = NULL;

/* The library's thread tells what it fetches, another one spins. */
static pthread_mutex_t screen = PTHREAD_MUTEX_INITIALIZER;
static bool spinning = false;

/* A byte that is no UTF-8 may be a control to a terminal of eight bits. */
static void put_clean(FILE *out, const char *line, const char *indent)
{
	while (*line != '\0') {
		size_t length = character_length(line);
		if (*line == '\n') {
			fprintf(out, "\n%s", indent);
		} else if (length == 0 || is_control(line)) {
			fputc('?', out);
		} else {
			fprintf(out, "%.*s", (int)length, line);
		}
		line += length > 0 ? length : 1;
	}
	fputc('\n', out);
}

static char *make(const char *format, va_list values) __attribute__((format(printf, 1, 0)));

static char *make(const char *format, va_list values)
{
	char *line = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&line, &length);
	if (out == NULL) {
		return NULL;
	}
	bool ok = vfprintf(out, format, values) >= 0;
	ok = fclose(out) == 0 && ok;
	if (!ok) {
		free(line);
		line = NULL;
	}
	return line;
}

static void rub_out(void)
{
	if (spinning) {
		fputs(RUB_OUT, stderr);
		spinning = false;
	}
}

/* @param line  taken; NULL: there was no memory for it */
static void put(FILE *out, const char *lead, const char *indent, char *line)
{
	if (line != NULL) {
		pthread_mutex_lock(&screen);
		rub_out();
		fputs(lead, out);
		put_clean(out, line, indent);
		fflush(out);
		pthread_mutex_unlock(&screen);
	}
	free(line);
}

void step(const char *format, ...)
{
	static int number = 0;
	char lead[40];
	va_list values;
	if (!say_steps) {
		return;
	}
	snprintf(lead, sizeof(lead), "\n%s%d.%s ", say_colour ? "\033[1m" : "", ++number,
		say_colour ? "\033[0m" : "");
	va_start(values, format);
	put(stderr, lead, "   ", make(format, values));
	va_end(values);
}

void asked(const char *format, ...)
{
	va_list values;
	if (!say_steps) {
		return;
	}
	va_start(values, format);
	put(stderr, "   -> ", "      ", make(format, values));
	va_end(values);
}

void answered(const char *format, ...)
{
	va_list values;
	if (!say_steps) {
		return;
	}
	va_start(values, format);
	put(stderr, "   <- ", "      ", make(format, values));
	va_end(values);
}

void note(const char *format, ...)
{
	va_list values;
	if (!say_steps) {
		return;
	}
	va_start(values, format);
	put(stderr, "      ", "      ", make(format, values));
	va_end(values);
}

void detail(const char *format, ...)
{
	va_list values;
	if (!say_details) {
		return;
	}
	va_start(values, format);
	put(stderr, "      | ", "      | ", make(format, values));
	va_end(values);
}

void tell(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	put(stderr, "", "", make(format, values));
	va_end(values);
}

void spin(const char *what)
{
	static const char wheel[] = "|/-\\";
	static unsigned turn = 0;
	if (!say_draws) {
		return;
	}
	pthread_mutex_lock(&screen);
	fprintf(stderr, RUB_OUT "%c %s", wheel[turn++ % (sizeof(wheel) - 1)], what);
	fflush(stderr);
	spinning = true;
	pthread_mutex_unlock(&screen);
}

void spin_end(void)
{
	pthread_mutex_lock(&screen);
	rub_out();
	pthread_mutex_unlock(&screen);
}

void print(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	put(stdout, "", "", make(format, values));
	va_end(values);
}

bool complain(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	if (say_complaint != NULL) {
		char *message = make(format, values);
		say_complaint(message != NULL ? message : "out of memory");
		free(message);
	} else {
		fflush(stdout);
		put(stderr, "oauth-client: ", "  ", make(format, values));
	}
	va_end(values);
	return false;
}
