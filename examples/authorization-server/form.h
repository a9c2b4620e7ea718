/* A strict reader of application/x-www-form-urlencoded text. */
#ifndef AUTHORIZATION_SERVER_FORM_H
#define AUTHORIZATION_SERVER_FORM_H

#include <stdbool.h>
#include <stddef.h>

#define FORM_FIELDS 64

struct form {
	size_t count;
	struct {
		char *name;
		char *value;
	} fields[FORM_FIELDS];
};

/**
 * Read a query or a body. Every name may come once only, except "resource"
 * (RFC 6749 section 3.1, RFC 8707 section 2).
 *
 * @return NULL, or why it is refused; form_finish() is due either way
 */
const char *form_parse(struct form *form, const char *text, size_t length);

/** The value; NULL if absent or empty, which RFC 6749 treats alike. */
const char *form_get(const struct form *form, const char *name);

/** Undo percent-encoding. NULL if malformed or not clean UTF-8; caller frees. */
char *form_decode(const char *text, size_t length);

void form_finish(struct form *form);

#endif
