/* RSA moduli of a generator that was broken. */
#ifndef MCPAUTH_JOSE_ROCA_H
#define MCPAUTH_JOSE_ROCA_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Does the modulus bear the mark of the generator of CVE-2017-15361, whose
 * moduli can be factored? By chance one in 2^27 others does.
 *
 * @param modulus  big-endian; borrowed for the call
 */
bool mcpauth__roca_marked(const unsigned char *modulus, size_t length);

#endif
