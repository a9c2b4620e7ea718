/* The token that is looked into: where it comes from, and whom it names. */
#ifndef EXAMPLES_CHECK_PROVIDER_TOKEN_H
#define EXAMPLES_CHECK_PROVIDER_TOKEN_H

#include <stdbool.h>

/**
 * Read a token.
 *
 * @param where  the token itself, which is overwritten there; "-" for the standard input,
 *               or "@FILE"
 * @return without blanks and line ends behind it; caller ends it with token_free(). NULL if
 *         there is none: errno says why
 */
char *token_read(char *where);

/** Overwrite and release it. NULL is accepted. */
void token_free(char *token);

/** The issuer that it names, proved by nothing. @return of printable ASCII, caller frees;
 * NULL if it is no JWT, or names none */
char *token_issuer(const char *token);

/**
 * May that issuer be asked, on the token's word alone? Whoever wrote the token chose the URL,
 * and must not have this machine ask others that he cannot reach: it is an https URL with a
 * name, whose certificate counts, or it is at the resource's own host.
 */
bool token_issuer_is_asked(const char *issuer, const char *resource);

#endif
