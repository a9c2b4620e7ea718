/* Strings as JSON writes them. */
#ifndef MCPAUTH_BASE_JSON_WRITE_H
#define MCPAUTH_BASE_JSON_WRITE_H

#include "base/buf.h"

/** Append a string with its quotes (RFC 8259 section 7). UTF-8 stays as it is, and so do
 * bytes that are none. @return false without memory */
bool mcpauth__json_put_string(struct mcpauth__buf *buf, const char *text);

#endif
