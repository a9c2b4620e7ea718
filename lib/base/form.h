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

#endif
