/* What every answer of a chain must be, whatever was asked. */
#ifndef MCPAUTH_TEST_REPLIES_H
#define MCPAUTH_TEST_REPLIES_H

#include "answer_int.h"

#define REPLIES_METADATA "https://api.example.com/.well-known/oauth-protected-resource/mcp"

/**
 * A status that is known, header fields without control characters, a challenge that
 * parses (RFC 9110 section 11.6.1) exactly where there must be one, a body that is JSON.
 *
 * @param token  what the request brought: no answer may quote it
 */
void replies_check(const struct mcpauth_answer *answer, const char *token);

/** Names that are tokens, values that are one line of printable ASCII. */
void replies_check_fields(const struct mcpauth__headers *headers);

#endif
