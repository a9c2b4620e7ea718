/**
 * @file
 * A private key for tests, with its public JWK and tokens signed by it.
 */
#ifndef MCPAUTH_TEST_TEST_KEY_H
#define MCPAUTH_TEST_TEST_KEY_H

#include <gnutls/abstract.h>

#include <stddef.h>

struct test_key;

/**
 * A key for an algorithm: RS, PS, ES with 256, 384, 512, EdDSA or Ed25519.
 *
 * Made at first use and kept until the process ends: the same arguments give
 * the same key. RS* and PS* share the RSA key (2048 bits) of a number. Any
 * thread. Whatever cannot be done here or below ends the process.
 *
 * @param number  0 to 3, for a test that needs several
 * @return borrowed for ever
 */
const struct test_key *test_key(const char *algorithm, unsigned number);

/**
 * The public key as a JWK (RFC 7517 section 4).
 *
 * @param kid, alg, use  put in as they are, left out if NULL
 * @return caller frees with free()
 */
char *test_key_jwk(const struct test_key *key, const char *kid, const char *alg, const char *use);

/** A JWK set with this one key. @return caller frees with free() */
char *test_key_jwks(const struct test_key *key, const char *kid);

/** The private key as PEM, in PKCS #8. @return caller frees with free() */
char *test_key_pem(const struct test_key *key);

/**
 * A compact JWS. The algorithm is the key's, whatever the header says.
 *
 * @param header, payload  JSON, taken as they are
 * @return caller frees with free()
 */
char *test_key_sign(const struct test_key *key, const char *header, const char *payload);

/**
 * The signature alone, in the form that JWS has it.
 *
 * @param[out] length  of the signature
 * @return caller frees with free()
 */
unsigned char *test_key_signature(
	const struct test_key *key, const void *data, size_t data_length, size_t *length);

/** The public key and GnuTLS's name of the algorithm, to verify without the
 * library. @return caller frees with gnutls_pubkey_deinit() */
gnutls_pubkey_t test_key_public(const struct test_key *key, gnutls_sign_algorithm_t *algorithm);

#endif
