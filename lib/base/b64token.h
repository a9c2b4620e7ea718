/* The syntax of bearer tokens (RFC 6750 section 2.1: b64token). */
#ifndef MCPAUTH_BASE_B64TOKEN_H
#define MCPAUTH_BASE_B64TOKEN_H

#include <stdbool.h>
#include <stddef.h>

/** Can it be shown as a Bearer? Of any length; NULL and "" cannot. */
bool mcpauth__is_b64token(const char *text);

/** The same of so many bytes. */
bool mcpauth__are_b64token(const char *text, size_t length);

#endif
