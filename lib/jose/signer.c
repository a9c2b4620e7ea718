/* Signing with a private key that was imported into GnuTLS once. */
#include "jose/signer.h"

#include "base/base64url.h"
#include "base/error_int.h"
#include "base/wipe.h"
#include "jose/sign_algorithm.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BIT(name) MCPAUTH__ALGORITHM_BIT(MCPAUTH__##name)
#define ANY_RSA (BIT(RS256) | BIT(RS384) | BIT(RS512) | BIT(PS256) | BIT(PS384) | BIT(PS512))

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
#define HALF_MAX 66 /* octets of P-521's numbers */

/* What is signed with a kind of key. */
static const struct kind {
	gnutls_pk_algorithm_t id;
	gnutls_ecc_curve_t curve;
	unsigned algorithms;
	enum mcpauth__algorithm usual;
	size_t half; /* octets of each number of an ECDSA signature, or of its public key */
	const char *curve_name; /* in a JWK */
} kinds[] = {
	{GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, ANY_RSA, MCPAUTH__RS256, 0, NULL},
	{GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP256R1, BIT(ES256), MCPAUTH__ES256, 32, "P-256"},
	{GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP384R1, BIT(ES384), MCPAUTH__ES384, 48, "P-384"},
	{GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP521R1, BIT(ES512), MCPAUTH__ES512, HALF_MAX,
		"P-521"},
	{GNUTLS_PK_EDDSA_ED25519, GNUTLS_ECC_CURVE_ED25519, BIT(EDDSA) | BIT(ED25519),
		MCPAUTH__EDDSA, 0, NULL},
};

struct mcpauth__signer {
	gnutls_privkey_t key;
	enum mcpauth__algorithm algorithm;
	const struct kind *kind;
	unsigned char x[HALF_MAX]; /* of its public key, if it is one on a curve of ECDSA's */
	unsigned char y[HALF_MAX];
};

static enum mcpauth_code unusable(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "private_key: %s", why);
}

/* GnuTLS has other words, too, for no memory; a malloc() that failed has left its mark. */
static bool lacked_memory(int result)
{
	return result == GNUTLS_E_MEMORY_ERROR || errno == ENOMEM;
}

static enum mcpauth_code failed(struct mcpauth_error *err, int result)
{
	if (lacked_memory(result)) {
		return mcpauth__no_memory(err);
	}
	return unusable(err,
		result == GNUTLS_E_DECRYPTION_FAILED
			? "it is encrypted, and no password can be given"
			: gnutls_strerror(result));
}

static enum mcpauth_code read_pem(
	const char *pem, gnutls_x509_privkey_t *key, struct mcpauth_error *err)
{
	const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
	errno = 0;
	int result = gnutls_x509_privkey_init(key);
	if (result >= 0) {
		result = gnutls_x509_privkey_import2(*key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
	}
	if (result >= 0) {
		result = gnutls_x509_privkey_verify_params(*key);
	}
	enum mcpauth_code code = result < 0 ? failed(err, result) : MCPAUTH_OK;
	mcpauth__wipe_stack_of_signature();
	return code;
}

static enum mcpauth_code find_kind(
	gnutls_x509_privkey_t key, const struct kind **kind, struct mcpauth_error *err)
{
	unsigned bits = 0;
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	int id = gnutls_x509_privkey_get_pk_algorithm2(key, &bits);
	/* Of a key without a curve it leaves that as it is. From a gnutls_privkey_t it
	 * would take a copy of all of the key first, and not wipe that. */
	(void)gnutls_x509_privkey_export_ecc_raw(key, &curve, NULL, NULL, NULL);
	if (id == GNUTLS_PK_RSA && (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)) {
		return unusable(err, "an RSA key must have 2048 to 16384 bits");
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].id == (gnutls_pk_algorithm_t)id && kinds[i].curve == curve) {
			*kind = &kinds[i];
			return MCPAUTH_OK;
		}
	}
	return unusable(err, "it is none of RSA, EC on P-256, P-384 or P-521, and Ed25519");
}

static enum mcpauth_code choose_algorithm(struct mcpauth__signer *signer, const struct kind *kind,
	const char *name, struct mcpauth_error *err)
{
	signer->kind = kind;
	signer->algorithm = name == NULL ? kind->usual : mcpauth__algorithm_of(name);
	if (signer->algorithm == MCPAUTH__ALGORITHM_UNKNOWN) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"key_algorithm: %.32s is none of this library's", name);
	}
	if ((kind->algorithms & MCPAUTH__ALGORITHM_BIT(signer->algorithm)) == 0) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"key_algorithm: %s is not for a key of this kind, but %s is", name,
			mcpauth__algorithm_name(kind->usual));
	}
	return MCPAUTH_OK;
}

/* RFC 7518 section 3.4: as long as the curve's order. GnuTLS may leave a zero in front
 * that DER needs, or leave zeros out. */
static void put_number(const gnutls_datum_t *number, unsigned char *out, size_t size)
{
	size_t length = number->size < size ? number->size : size;
	memset(out, 0, size - length);
	memcpy(out + size - length, number->data + number->size - length, length);
}

/* From here, since a gnutls_privkey_t would copy the private number for it. */
static enum mcpauth_code keep_public(
	struct mcpauth__signer *signer, gnutls_x509_privkey_t key, struct mcpauth_error *err)
{
	gnutls_datum_t x = {0};
	gnutls_datum_t y = {0};
	if (signer->kind->half == 0) {
		return MCPAUTH_OK;
	}
	errno = 0;
	int result = gnutls_x509_privkey_export_ecc_raw(key, NULL, &x, &y, NULL);
	if (result < 0) {
		return failed(err, result);
	}
	put_number(&x, signer->x, signer->kind->half);
	put_number(&y, signer->y, signer->kind->half);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return MCPAUTH_OK;
}

/* Takes the key, also on failure. */
static enum mcpauth_code take_key(
	struct mcpauth__signer *signer, gnutls_x509_privkey_t key, struct mcpauth_error *err)
{
	errno = 0;
	int result = gnutls_privkey_init(&signer->key);
	if (result >= 0) {
		result = gnutls_privkey_import_x509(
			signer->key, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
	}
	if (result < 0) {
		gnutls_x509_privkey_deinit(key);
		return failed(err, result);
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code import_key(struct mcpauth__signer *signer, const char *pem,
	const char *algorithm, struct mcpauth_error *err)
{
	gnutls_x509_privkey_t key = NULL;
	const struct kind *kind = NULL;
	enum mcpauth_code code = read_pem(pem, &key, err);
	if (code == MCPAUTH_OK) {
		code = find_kind(key, &kind, err);
	}
	if (code == MCPAUTH_OK) {
		code = choose_algorithm(signer, kind, algorithm, err);
	}
	if (code == MCPAUTH_OK) {
		code = keep_public(signer, key, err);
	}
	if (code != MCPAUTH_OK) {
		gnutls_x509_privkey_deinit(key);
		return code;
	}
	return take_key(signer, key, err);
}

enum mcpauth_code mcpauth__signer_new(const char *pem, const char *algorithm,
	struct mcpauth__signer **signer, struct mcpauth_error *err)
{
	*signer = NULL;
	struct mcpauth__signer *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = import_key(made, pem, algorithm, err);
	if (code != MCPAUTH_OK) {
		mcpauth__signer_free(made);
		return code;
	}
	*signer = made;
	return MCPAUTH_OK;
}

void mcpauth__signer_free(struct mcpauth__signer *signer)
{
	if (signer == NULL) {
		return;
	}
	if (signer->key != NULL) {
		gnutls_privkey_deinit(signer->key);
	}
	free(signer);
}

const char *mcpauth__signer_algorithm(const struct mcpauth__signer *signer)
{
	return mcpauth__algorithm_name(signer->algorithm);
}

static bool append_encoded(struct mcpauth__buf *text, const void *data, size_t length)
{
	size_t encoded = MCPAUTH__BASE64URL_ENCODED(length);
	if (!mcpauth__buf_reserve(text, encoded)) {
		return false;
	}
	mcpauth__base64url_encode(data, length, text->data + text->length);
	text->length += encoded;
	return true;
}

enum mcpauth_code mcpauth__signer_public_jwk(
	const struct mcpauth__signer *signer, struct mcpauth__buf *jwk, struct mcpauth_error *err)
{
	const struct kind *kind = signer->kind;
	if (kind->curve_name == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			"a public key is told on P-256, P-384 and P-521 alone");
	}
	bool good = mcpauth__buf_printf(
			    jwk, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"", kind->curve_name)
		&& append_encoded(jwk, signer->x, kind->half)
		&& mcpauth__buf_puts(jwk, "\",\"y\":\"")
		&& append_encoded(jwk, signer->y, kind->half) && mcpauth__buf_puts(jwk, "\"}");
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static bool append_halves(struct mcpauth__buf *jws, const gnutls_datum_t *signature, size_t half)
{
	unsigned char flat[2 * HALF_MAX];
	gnutls_datum_t r = {0};
	gnutls_datum_t s = {0};
	/* What GnuTLS made it can read, unless there is no memory. */
	if (gnutls_decode_rs_value(signature, &r, &s) < 0) {
		return false;
	}
	put_number(&r, flat, half);
	put_number(&s, flat + half, half);
	bool good = append_encoded(jws, flat, 2 * half);
	mcpauth__wipe(flat, 2 * half);
	mcpauth__wipe(r.data, r.size);
	mcpauth__wipe(s.data, s.size);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return good;
}

static enum mcpauth_code append_signature(const struct mcpauth__signer *signer,
	const gnutls_datum_t *message, struct mcpauth__buf *jws, struct mcpauth_error *err)
{
	gnutls_datum_t signature = {0};
	errno = 0;
	int result = gnutls_privkey_sign_data2(
		signer->key, mcpauth__sign_algorithm(signer->algorithm), 0, message, &signature);
	bool no_memory = result < 0 && lacked_memory(result);
	/* What was reckoned with the key may lie there. */
	mcpauth__wipe_stack_of_signature();
	if (result < 0) {
		return no_memory ? mcpauth__no_memory(err)
				 : mcpauth__fail(err, MCPAUTH_E_SYSTEM, "GnuTLS does not sign: %s",
					 gnutls_strerror(result));
	}
	bool good = mcpauth__buf_append(jws, ".", 1)
		&& (signer->kind->half > 0 ? append_halves(jws, &signature, signer->kind->half)
					   : append_encoded(jws, signature.data, signature.size));
	mcpauth__wipe(signature.data, signature.size);
	gnutls_free(signature.data);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__signer_sign(const struct mcpauth__signer *signer, const char *header,
	const char *claims, struct mcpauth__buf *jws, struct mcpauth_error *err)
{
	size_t start = jws->length;
	if (!append_encoded(jws, header, strlen(header)) || !mcpauth__buf_append(jws, ".", 1)
		|| !append_encoded(jws, claims, strlen(claims))) {
		return mcpauth__no_memory(err);
	}
	const gnutls_datum_t message = {
		(unsigned char *)jws->data + start, (unsigned)(jws->length - start)};
	return append_signature(signer, &message, jws, err);
}
