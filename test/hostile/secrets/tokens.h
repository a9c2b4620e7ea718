/** @file Tokens of the tests' issuer, good ones and others, each in all its forms marked. */
#ifndef MCPAUTH_TEST_TOKENS_H
#define MCPAUTH_TEST_TOKENS_H

#include "subject.h"

#include <stddef.h>

/** How a token comes to be refused, or not. */
struct token_kind {
	const char *label;
	const char *path;    /* where it is shown */
	const char *header;  /* NULL: a good one */
	const char *claims;  /* members put behind the usual ones; may repeat none */
	const char *without; /* a usual member that is left out, or NULL */
	unsigned key;        /* 0 is the issuer's */
	char tamper;         /* put in the middle of the signature, 0: nothing */
	unsigned status;
	const char *algorithm; /* NULL: ES256 */
};

extern const struct token_kind token_kinds[];
extern const size_t token_kinds_count;

/** The keys that they are signed with. @return borrowed for ever */
const char *token_keys(void);

/** Make one and mark it. @return caller frees with free() */
char *token_make(struct subject *subject, const struct token_kind *kind);

/** Likewise one that is no JWT. */
char *token_make_opaque(struct subject *subject);

#endif
