/* What a key holds: filled in by jwk_import.c, used by jwk.c. */
#ifndef MCPAUTH_JOSE_JWK_INT_H
#define MCPAUTH_JOSE_JWK_INT_H

#include "jose/jwk.h"

#include <gnutls/abstract.h>

struct mcpauth__jwk {
	gnutls_pubkey_t key;
	char *id;
	unsigned algorithms;     /* bits of those that it verifies */
	size_t signature_length; /* bytes that each of its signatures has */
};

#endif
