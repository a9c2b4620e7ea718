/* ROCA: RSA moduli that can be factored, as CVE-2017-15361 describes them. */
#ifndef MCPAUTH_JOSE_ROCA_H
#define MCPAUTH_JOSE_ROCA_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Does the modulus bear the fingerprint of the generator whose moduli can be
 * factored? By chance one in 2^27 others does.
 *
 * @param modulus  big-endian, zeros before it or not; borrowed for the call
 * @param length   in octets
 */
bool mcpauth__roca_has_fingerprint(const unsigned char *modulus, size_t length);

#endif
