/* Forms: application/x-www-form-urlencoded, as OAuth's endpoints take them. */
#ifndef MCPAUTH_BASE_FORM_H
#define MCPAUTH_BASE_FORM_H

#include "base/buf.h"

/** Bytes that a text of this length takes at most once it is encoded. */
#define MCPAUTH__FORM_ENCODED(length) (3 * (length))

/** Append a text, encoded (RFC 6749 appendix B). @return false if there is no memory */
bool mcpauth__form_encode(struct mcpauth__buf *buf, const char *text);

/**
 * Append a parameter, behind "&" unless it is the first.
 *
 * @param name   needs no encoding
 * @param value  NULL appends nothing
 * @return false if there is no memory
 */
bool mcpauth__form_add(struct mcpauth__buf *form, const char *name, const char *value);

/** What a form says of a parameter. */
enum mcpauth__form_outcome {
	MCPAUTH__FORM_FOUND,
	MCPAUTH__FORM_ABSENT,
	MCPAUTH__FORM_REPEATED,
	MCPAUTH__FORM_MALFORMED, /* anywhere in it, whatever the parameter */
	MCPAUTH__FORM_NO_MEMORY
};

/**
 * Find a parameter in a form that somebody else wrote.
 *
 * Everything in it must be "name=value", joined by "&", of printable ASCII without
 * blanks; escapes are whole, and none is a NUL. An empty form is good. Names are
 * compared once they are decoded.
 *
 * @param form        need not end with a NUL; borrowed for the call
 * @param name        decoded
 * @param[out] value  decoded; caller frees with free(). NULL unless it was found
 */
enum mcpauth__form_outcome mcpauth__form_find(
	const char *form, size_t length, const char *name, char **value);

#endif
