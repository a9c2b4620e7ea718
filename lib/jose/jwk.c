/* Verifying signatures with an imported key. */
#include "jose/jwk_int.h"

#include "base/wipe.h"
#include "jose/sign_algorithm.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* GnuTLS takes no const, but only reads. */
static gnutls_datum_t datum(const unsigned char *data, size_t length)
{
	return (gnutls_datum_t){.data = (unsigned char *)data, .size = (unsigned)length};
}

/* GnuTLS has one word for a bad signature and for no memory to look at it; a
 * malloc() that failed has left its mark. */
static bool lacked_memory(int result)
{
	return result == GNUTLS_E_MEMORY_ERROR || errno == ENOMEM;
}

static enum mcpauth_code verify(const struct mcpauth__jwk *key, enum mcpauth__algorithm algorithm,
	const struct mcpauth__signed *data, const gnutls_datum_t *signature)
{
	gnutls_datum_t message = datum(data->data, data->length);
	errno = 0;
	int result = gnutls_pubkey_verify_data2(
		key->key, mcpauth__sign_algorithm(algorithm), 0, &message, signature);
	enum mcpauth_code failure = lacked_memory(result) ? MCPAUTH_E_NO_MEMORY
							  : MCPAUTH_E_BAD_SIGNATURE;
	/* The number that an RSA signature is, lies there. */
	mcpauth__wipe_stack_of_signature();
	return result >= 0 ? MCPAUTH_OK : failure;
}

enum mcpauth_code mcpauth__jwk_verify(const struct mcpauth__jwk *key,
	enum mcpauth__algorithm algorithm, const struct mcpauth__signed *data)
{
	if (!mcpauth__jwk_fits(key, algorithm) || data->length > UINT_MAX
		|| data->signature_length != key->signature_length) {
		return MCPAUTH_E_BAD_SIGNATURE;
	}
	gnutls_datum_t whole = datum(data->signature, data->signature_length);
	if (!mcpauth__algorithm_is_ecdsa(algorithm)) {
		return verify(key, algorithm, data, &whole);
	}
	/* RFC 7518 section 3.4: R and S in a row, where GnuTLS wants DER. */
	size_t half = data->signature_length / 2;
	gnutls_datum_t r = datum(data->signature, half);
	gnutls_datum_t s = datum(data->signature + half, half);
	gnutls_datum_t encoded = {0};
	/* Any two numbers will do, so this fails for want of memory only. */
	if (gnutls_encode_rs_value(&encoded, &r, &s) < 0) {
		return MCPAUTH_E_NO_MEMORY;
	}
	enum mcpauth_code code = verify(key, algorithm, data, &encoded);
	mcpauth__wipe(encoded.data, encoded.size);
	gnutls_free(encoded.data);
	return code;
}

bool mcpauth__jwk_fits(const struct mcpauth__jwk *key, enum mcpauth__algorithm algorithm)
{
	return (key->algorithms & MCPAUTH__ALGORITHM_BIT(algorithm)) != 0;
}

const char *mcpauth__jwk_id(const struct mcpauth__jwk *key)
{
	return key->id;
}

void mcpauth__jwk_free(struct mcpauth__jwk *key)
{
	if (key == NULL) {
		return;
	}
	if (key->key != NULL) {
		gnutls_pubkey_deinit(key->key);
	}
	free(key->id);
	free(key);
}
