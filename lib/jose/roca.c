/* Telling moduli whose primes one maker's smart cards once chose ("Return of Coppersmith's
 * Attack"). */
#include "jose/roca.h"

#define BASE 65537u

/* The generator took primes that are powers of 65537 modulo the product of all
 * small primes, so its moduli are such powers too. These are the small primes
 * modulo which a number can be anything else. */
static const unsigned primes[] = {
	11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};

static unsigned remainder_of(const unsigned char *number, size_t length, unsigned prime)
{
	unsigned remainder = 0;
	for (size_t i = 0; i < length; i++) {
		remainder = (remainder * 256 + number[i]) % prime;
	}
	return remainder;
}

static bool is_power_of_base(unsigned remainder, unsigned prime)
{
	unsigned power = 1;
	do {
		if (power == remainder) {
			return true;
		}
		power = power * BASE % prime;
	} while (power != 1);
	return false;
}

bool mcpauth__roca_has_fingerprint(const unsigned char *modulus, size_t length)
{
	for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
		unsigned remainder = remainder_of(modulus, length, primes[i]);
		if (!is_power_of_base(remainder, primes[i])) {
			return false;
		}
	}
	return true;
}
