/* The one signing key: made at start, shown as a JWK, used for JWTs. */
#define _GNU_SOURCE

#include "keys.h"
#include "text.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#define CURVE_BYTES 32

static const struct recipe {
	const char *name;
	gnutls_pk_algorithm_t kind;
	unsigned bits;
	gnutls_sign_algorithm_t sign;
} recipes[] = {
	[RS256] = {"RS256", GNUTLS_PK_RSA, 2048, GNUTLS_SIGN_RSA_SHA256},
	[PS256] = {"PS256", GNUTLS_PK_RSA, 2048, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
	[ES256] = {"ES256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
		GNUTLS_SIGN_ECDSA_SECP256R1_SHA256},
	[EDDSA] = {"EdDSA", GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519),
		GNUTLS_SIGN_EDDSA_ED25519},
};

struct keys {
	const struct recipe *recipe;
	gnutls_privkey_t key;
	cJSON *jwk;
};

static void add_base64url(cJSON *object, const char *name, const void *data, size_t length)
{
	char *text = text_base64url(data, length);
	must(cJSON_AddStringToObject(object, name, text));
	free(text);
}

/* GnuTLS drops or adds leading zeros; RFC 7518 wants the curve's full width. */
static bool widen(const gnutls_datum_t *number, uint8_t out[CURVE_BYTES])
{
	const uint8_t *data = number->data;
	size_t size = number->size;
	while (size > CURVE_BYTES && *data == 0) {
		data++;
		size--;
	}
	if (size > CURVE_BYTES) {
		return false;
	}
	memset(out, 0, CURVE_BYTES - size);
	memcpy(out + CURVE_BYTES - size, data, size);
	return true;
}

/* The members a thumbprint covers, in the order RFC 7638 section 3.2 sorts them. */
static cJSON *rsa_members(gnutls_pubkey_t key)
{
	gnutls_datum_t modulus;
	gnutls_datum_t exponent;
	if (gnutls_pubkey_export_rsa_raw2(key, &modulus, &exponent, GNUTLS_EXPORT_FLAG_NO_LZ)
		!= 0) {
		return NULL;
	}
	cJSON *jwk = must(cJSON_CreateObject());
	add_base64url(jwk, "e", exponent.data, exponent.size);
	must(cJSON_AddStringToObject(jwk, "kty", "RSA"));
	add_base64url(jwk, "n", modulus.data, modulus.size);
	gnutls_free(modulus.data);
	gnutls_free(exponent.data);
	return jwk;
}

static cJSON *ec_members(gnutls_pubkey_t key)
{
	gnutls_datum_t x;
	gnutls_datum_t y;
	uint8_t wide_x[CURVE_BYTES];
	uint8_t wide_y[CURVE_BYTES];
	if (gnutls_pubkey_export_ecc_raw2(key, NULL, &x, &y, 0) != 0) {
		return NULL;
	}
	cJSON *jwk = NULL;
	if (widen(&x, wide_x) && widen(&y, wide_y)) {
		jwk = must(cJSON_CreateObject());
		must(cJSON_AddStringToObject(jwk, "crv", "P-256"));
		must(cJSON_AddStringToObject(jwk, "kty", "EC"));
		add_base64url(jwk, "x", wide_x, CURVE_BYTES);
		add_base64url(jwk, "y", wide_y, CURVE_BYTES);
	}
	gnutls_free(x.data);
	gnutls_free(y.data);
	return jwk;
}

static cJSON *okp_members(gnutls_pubkey_t key)
{
	gnutls_datum_t x;
	if (gnutls_pubkey_export_ecc_raw2(key, NULL, &x, NULL, 0) != 0) {
		return NULL;
	}
	cJSON *jwk = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(jwk, "crv", "Ed25519"));
	must(cJSON_AddStringToObject(jwk, "kty", "OKP"));
	add_base64url(jwk, "x", x.data, x.size);
	gnutls_free(x.data);
	return jwk;
}

static cJSON *public_jwk(const struct keys *keys)
{
	uint8_t digest[DIGEST_SIZE];
	gnutls_pubkey_t key;
	if (gnutls_pubkey_init(&key) != 0) {
		return NULL;
	}
	cJSON *jwk = NULL;
	if (gnutls_pubkey_import_privkey(key, keys->key, 0, 0) == 0) {
		jwk = keys->recipe->kind == GNUTLS_PK_RSA       ? rsa_members(key)
			: keys->recipe->kind == GNUTLS_PK_ECDSA ? ec_members(key)
								: okp_members(key);
	}
	gnutls_pubkey_deinit(key);
	if (jwk != NULL) {
		char *text = must(cJSON_PrintUnformatted(jwk));
		text_digest(text, strlen(text), digest);
		free(text);
		add_base64url(jwk, "kid", digest, sizeof digest);
		must(cJSON_AddStringToObject(jwk, "use", "sig"));
		must(cJSON_AddStringToObject(jwk, "alg", keys->recipe->name));
	}
	return jwk;
}

struct keys *keys_new(enum algorithm algorithm)
{
	struct keys *keys = must(calloc(1, sizeof *keys));
	keys->recipe = &recipes[algorithm];
	if (gnutls_privkey_init(&keys->key) == 0
		&& gnutls_privkey_generate(keys->key, keys->recipe->kind, keys->recipe->bits, 0)
			== 0) {
		keys->jwk = public_jwk(keys);
	}
	if (keys->jwk == NULL) {
		keys_free(keys);
		return NULL;
	}
	return keys;
}

void keys_free(struct keys *keys)
{
	if (keys != NULL) {
		gnutls_privkey_deinit(keys->key);
		cJSON_Delete(keys->jwk);
		free(keys);
	}
}

const char *keys_algorithm(const struct keys *keys)
{
	return keys->recipe->name;
}

cJSON *keys_public(const struct keys *keys)
{
	cJSON *set = must(cJSON_CreateObject());
	cJSON *list = must(cJSON_AddArrayToObject(set, "keys"));
	cJSON_AddItemToArray(list, must(cJSON_Duplicate(keys->jwk, true)));
	return set;
}

/* RFC 7518 section 3.4: r and s side by side instead of GnuTLS's DER. */
static char *ecdsa_text(const gnutls_datum_t *der)
{
	gnutls_datum_t r;
	gnutls_datum_t s;
	uint8_t both[2 * CURVE_BYTES];
	if (gnutls_decode_rs_value(der, &r, &s) != 0) {
		return NULL;
	}
	bool good = widen(&r, both) && widen(&s, both + CURVE_BYTES);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return good ? text_base64url(both, sizeof both) : NULL;
}

static char *signature_of(const struct keys *keys, char *input)
{
	gnutls_datum_t data = {(unsigned char *)input, (unsigned)strlen(input)};
	gnutls_datum_t signature;
	if (gnutls_privkey_sign_data2(keys->key, keys->recipe->sign, 0, &data, &signature) != 0) {
		return NULL;
	}
	char *text = keys->recipe->kind == GNUTLS_PK_ECDSA
		? ecdsa_text(&signature)
		: text_base64url(signature.data, signature.size);
	gnutls_free(signature.data);
	return text;
}

static char *part(const cJSON *json)
{
	char *text = must(cJSON_PrintUnformatted(json));
	char *encoded = text_base64url(text, strlen(text));
	free(text);
	return encoded;
}

char *keys_sign(const struct keys *keys, const char *type, const cJSON *claims)
{
	cJSON *header = must(cJSON_CreateObject());
	must(cJSON_AddStringToObject(header, "alg", keys->recipe->name));
	must(cJSON_AddStringToObject(header, "typ", type));
	must(cJSON_AddStringToObject(header, "kid", json_string(keys->jwk, "kid")));
	char *first = part(header);
	char *second = part(claims);
	char *input = NULL;
	char *token = NULL;
	if (asprintf(&input, "%s.%s", first, second) < 0) {
		must(NULL);
	}
	char *third = signature_of(keys, input);
	if (third != NULL && asprintf(&token, "%s.%s", input, third) < 0) {
		must(NULL);
	}
	cJSON_Delete(header);
	free(first);
	free(second);
	free(third);
	free(input);
	return token;
}
