/* The signature algorithms by the names of GnuTLS. */
#include "jose/sign_algorithm.h"

/* The ECDSA names that hold a curve: plain GNUTLS_SIGN_ECDSA_SHA256 would take
 * a P-384 key (RFC 7518 section 3.4 ties each algorithm to one curve). */
gnutls_sign_algorithm_t mcpauth__sign_algorithm(enum mcpauth__algorithm algorithm)
{
	switch (algorithm) {
	case MCPAUTH__RS256:
		return GNUTLS_SIGN_RSA_SHA256;
	case MCPAUTH__RS384:
		return GNUTLS_SIGN_RSA_SHA384;
	case MCPAUTH__RS512:
		return GNUTLS_SIGN_RSA_SHA512;
	case MCPAUTH__PS256:
		return GNUTLS_SIGN_RSA_PSS_SHA256;
	case MCPAUTH__PS384:
		return GNUTLS_SIGN_RSA_PSS_SHA384;
	case MCPAUTH__PS512:
		return GNUTLS_SIGN_RSA_PSS_SHA512;
	case MCPAUTH__ES256:
		return GNUTLS_SIGN_ECDSA_SECP256R1_SHA256;
	case MCPAUTH__ES384:
		return GNUTLS_SIGN_ECDSA_SECP384R1_SHA384;
	case MCPAUTH__ES512:
		return GNUTLS_SIGN_ECDSA_SECP521R1_SHA512;
	case MCPAUTH__EDDSA:
	case MCPAUTH__ED25519:
		return GNUTLS_SIGN_EDDSA_ED25519;
	case MCPAUTH__ALGORITHM_UNKNOWN:
		break;
	}
	return GNUTLS_SIGN_UNKNOWN;
}

bool mcpauth__algorithm_is_ecdsa(enum mcpauth__algorithm algorithm)
{
	return algorithm >= MCPAUTH__ES256 && algorithm <= MCPAUTH__ES512;
}
