/* What GnuTLS calls the signature algorithms. */
#ifndef MCPAUTH_JOSE_SIGN_ALGORITHM_H
#define MCPAUTH_JOSE_SIGN_ALGORITHM_H

#include "jose/algorithm.h"

#include <gnutls/gnutls.h>

#include <stdbool.h>

/** One that binds the curve, where there is one; GNUTLS_SIGN_UNKNOWN if there is none. */
gnutls_sign_algorithm_t mcpauth__sign_algorithm(enum mcpauth__algorithm algorithm);

/** Are its signatures two numbers in a row (RFC 7518 section 3.4)? */
bool mcpauth__algorithm_is_ecdsa(enum mcpauth__algorithm algorithm);

#endif
