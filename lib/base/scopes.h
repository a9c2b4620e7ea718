/* What resources and policies may say of scopes. */
#ifndef MCPAUTH_BASE_SCOPES_H
#define MCPAUTH_BASE_SCOPES_H

#include <stdbool.h>
#include <stddef.h>

/** Are these scopes, separated by blanks (RFC 6749 section 3.3)? NULL is none. */
bool mcpauth__scopes_are_valid(const char *text);

/** Is it one scope, with one character at least and no blank? */
bool mcpauth__scope_is_valid(const char *text);

/** The same of so many bytes. */
bool mcpauth__is_scope(const char *text, size_t length);

/** What the operator is to be warned of; NULL: of nothing. */
const char *mcpauth__scopes_warning(const char *text);

#endif
