/* Vectors of which the library and the file do not say the same, one by one. */
#ifndef MCPAUTH_TEST_WYCHEPROOF_KNOWN_H
#define MCPAUTH_TEST_WYCHEPROOF_KNOWN_H

#include "wycheproof.h"

enum known_kind {
	KNOWN_REFUSED,           /* whatever the file says */
	KNOWN_GOOD_WITHOUT_ALG,  /* refused; accepted as soon as the key has no `alg` */
	KNOWN_REFUSED_BY_NETTLE, /* valid; refused before Nettle can add a point to itself */
};

struct known {
	const char *file;
	int id;
	enum known_kind kind;
	const char *why;
};

/** What is known of a vector; NULL of most. */
const struct known *wycheproof_known(const struct vector_file *file, int id);

#endif
