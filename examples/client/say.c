/* What the program tells its user, with nothing a server sent able to steer
 * the terminal. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool say_details = false;

/* C0 and DEL start escape sequences, and so do the C1 controls, which are
 * C2 80 to C2 9F in UTF-8. */
static bool is_control(const unsigned char *at)
{
	return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

static void put_clean(FILE *out, const char *line, const char *indent)
{
	const unsigned char *at = (const unsigned char *)line;
	for (; *at != '\0'; at++) {
		if (*at == '\n') {
			fprintf(out, "\n%s", indent);
		} else if (is_control(at)) {
			fputc('?', out);
			at += *at == 0xc2;
		} else {
			fputc(*at, out);
		}
	}
	fputc('\n', out);
}

static void put(FILE *out, const char *lead, const char *indent, const char *format, va_list values)
	__attribute__((format(printf, 4, 0)));

static void put(FILE *out, const char *lead, const char *indent, const char *format, va_list values)
{
	if (format == NULL) {
		return;
	}
	char *line = NULL;
	va_list again;
	va_copy(again, values);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length >= 0) {
		line = malloc((size_t)length + 1);
	}
	if (line != NULL) {
		vsnprintf(line, (size_t)length + 1, format, values);
		fputs(lead, out);
		put_clean(out, line, indent);
		fflush(out);
	}
	free(line);
}

void step(const char *format, ...)
{
	static int number = 0;
	char lead[24];
	va_list values;
	snprintf(lead, sizeof(lead), "\n%d. ", ++number);
	va_start(values, format);
	put(stdout, lead, "   ", format, values);
	va_end(values);
}

void asked(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	put(stdout, "   -> ", "      ", format, values);
	va_end(values);
}

void answered(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	put(stdout, "   <- ", "      ", format, values);
	va_end(values);
}

void note(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	put(stdout, "      ", "      ", format, values);
	va_end(values);
}

void detail(const char *format, ...)
{
	va_list values;
	if (!say_details) {
		return;
	}
	va_start(values, format);
	put(stdout, "      | ", "      | ", format, values);
	va_end(values);
}

bool complain(const char *format, ...)
{
	va_list values;
	fflush(stdout);
	va_start(values, format);
	put(stderr, "oauth-client: ", "  ", format, values);
	va_end(values);
	return false;
}
