/* Public keys from PEM or JWK files, and signatures judged by them. */
#include "public_key.h"
#include "text.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#define RSA_BITS 2048

/* RFC 7518 section 3.1, RFC 8037, RFC 9864: never `none`, never a shared secret. */
static const struct recipe {
	const char *name;
	gnutls_pk_algorithm_t kind;
	gnutls_ecc_curve_t curve;
	gnutls_sign_algorithm_t sign;
	size_t length; /* of the signature; 0: as long as the modulus */
} recipes[] = {
	{"RS256", GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, GNUTLS_SIGN_RSA_SHA256, 0},
	{"RS384", GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, GNUTLS_SIGN_RSA_SHA384, 0},
	{"RS512", GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, GNUTLS_SIGN_RSA_SHA512, 0},
	{"PS256", GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0},
	{"PS384", GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0},
	{"PS512", GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, 0},
	{"ES256", GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP256R1, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256,
		64},
	{"ES384", GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP384R1, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384,
		96},
	{"ES512", GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP521R1, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512,
		132},
	{"EdDSA", GNUTLS_PK_EDDSA_ED25519, GNUTLS_ECC_CURVE_ED25519, GNUTLS_SIGN_EDDSA_ED25519, 64},
	{"Ed25519", GNUTLS_PK_EDDSA_ED25519, GNUTLS_ECC_CURVE_ED25519, GNUTLS_SIGN_EDDSA_ED25519,
		64},
};

struct public_key {
	gnutls_pubkey_t key;
	gnutls_pk_algorithm_t kind;
	gnutls_ecc_curve_t curve;
	char *id;        /* a JWK's kid, or NULL */
	char *algorithm; /* a JWK's alg, or NULL */
};

/* A member of a JWK as bytes; the caller frees data. */
static bool read_number(const cJSON *jwk, const char *name, gnutls_datum_t *number)
{
	const char *text = json_string(jwk, name);
	size_t size = 0;
	number->data = text == NULL ? NULL
				    : (unsigned char *)text_unbase64url(text, strlen(text), &size);
	number->size = (unsigned)size;
	return number->data != NULL;
}

static gnutls_ecc_curve_t curve_of(const cJSON *jwk)
{
	static const struct {
		const char *name;
		const char *type;
		gnutls_ecc_curve_t curve;
	} curves[] = {
		{"P-256", "EC", GNUTLS_ECC_CURVE_SECP256R1},
		{"P-384", "EC", GNUTLS_ECC_CURVE_SECP384R1},
		{"P-521", "EC", GNUTLS_ECC_CURVE_SECP521R1},
		{"Ed25519", "OKP", GNUTLS_ECC_CURVE_ED25519},
	};
	const char *type = json_string(jwk, "kty");
	const char *name = json_string(jwk, "crv");
	for (size_t i = 0; type != NULL && name != NULL && i < sizeof curves / sizeof curves[0];
		i++) {
		if (strcmp(curves[i].name, name) == 0 && strcmp(curves[i].type, type) == 0) {
			return curves[i].curve;
		}
	}
	return GNUTLS_ECC_CURVE_INVALID;
}

static bool import_curve(gnutls_pubkey_t key, const cJSON *jwk)
{
	gnutls_datum_t x = {0};
	gnutls_datum_t y = {0};
	gnutls_ecc_curve_t curve = curve_of(jwk);
	bool edwards = curve == GNUTLS_ECC_CURVE_ED25519;
	bool good = curve != GNUTLS_ECC_CURVE_INVALID && read_number(jwk, "x", &x)
		&& (edwards || read_number(jwk, "y", &y))
		&& gnutls_pubkey_import_ecc_raw(key, curve, &x, edwards ? NULL : &y) == 0;
	free(x.data);
	free(y.data);
	return good;
}

static bool import_rsa(gnutls_pubkey_t key, const cJSON *jwk)
{
	gnutls_datum_t modulus = {0};
	gnutls_datum_t exponent = {0};
	bool good = read_number(jwk, "n", &modulus) && read_number(jwk, "e", &exponent)
		&& gnutls_pubkey_import_rsa_raw(key, &modulus, &exponent) == 0;
	free(modulus.data);
	free(exponent.data);
	return good;
}

/* With `d` it would be a private key, which nobody but its owner should have. */
static bool import_jwk(struct public_key *key, const cJSON *jwk)
{
	const char *type = json_string(jwk, "kty");
	key->id = text_copy(json_string(jwk, "kid"));
	key->algorithm = text_copy(json_string(jwk, "alg"));
	if (type == NULL || cJSON_GetObjectItemCaseSensitive(jwk, "d") != NULL) {
		return false;
	}
	return strcmp(type, "RSA") == 0 ? import_rsa(key->key, jwk) : import_curve(key->key, jwk);
}

static const char *judge(struct public_key *key)
{
	unsigned bits = 0;
	gnutls_datum_t x = {0};
	gnutls_datum_t y = {0};
	int kind = gnutls_pubkey_get_pk_algorithm(key->key, &bits);
	key->kind = (gnutls_pk_algorithm_t)kind;
	if (kind == GNUTLS_PK_RSA) {
		return bits < RSA_BITS ? "the RSA key has less than 2048 bits" : NULL;
	}
	if ((kind != GNUTLS_PK_ECDSA && kind != GNUTLS_PK_EDDSA_ED25519)
		|| gnutls_pubkey_export_ecc_raw2(key->key, &key->curve, &x, &y, 0) != 0) {
		return "the key is of no kind that is known here";
	}
	gnutls_free(x.data);
	gnutls_free(y.data);
	return NULL;
}

static const char *import(struct public_key *key, const gnutls_datum_t *file)
{
	cJSON *jwk = json_parse((const char *)file->data, file->size);
	bool good = jwk == NULL ? gnutls_pubkey_import(key->key, file, GNUTLS_X509_FMT_PEM) == 0
				: import_jwk(key, jwk);
	cJSON_Delete(jwk);
	return good ? judge(key) : "it is neither a public key in PEM nor a public JWK";
}

struct public_key *public_key_read(const char *path, const char **why)
{
	gnutls_datum_t file;
	if (gnutls_load_file(path, &file) != 0) {
		*why = "the file cannot be read";
		return NULL;
	}
	struct public_key *key = must(calloc(1, sizeof *key));
	const char *reason = "GnuTLS does not work";
	if (gnutls_pubkey_init(&key->key) == 0) {
		reason = import(key, &file);
	}
	gnutls_free(file.data);
	if (reason != NULL) {
		*why = reason;
		public_key_free(key);
		return NULL;
	}
	return key;
}

void public_key_free(struct public_key *key)
{
	if (key != NULL) {
		gnutls_pubkey_deinit(key->key);
		free(key->id);
		free(key->algorithm);
		free(key);
	}
}

static const struct recipe *recipe_for(const struct public_key *key, const cJSON *header)
{
	const char *name = json_string(header, "alg");
	if (name == NULL || (key->algorithm != NULL && strcmp(name, key->algorithm) != 0)) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
		const struct recipe *recipe = &recipes[i];
		if (strcmp(recipe->name, name) == 0 && recipe->kind == key->kind
			&& (recipe->kind == GNUTLS_PK_RSA || recipe->curve == key->curve)) {
			return recipe;
		}
	}
	return NULL;
}

/* A kid that both sides name must be the same one. */
static bool kid_fits(const struct public_key *key, const cJSON *header)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(header, "kid");
	const char *id = cJSON_GetStringValue(item);
	return item == NULL || (id != NULL && (key->id == NULL || strcmp(id, key->id) == 0));
}

/* RFC 7518 section 3.4: r and s stand side by side, GnuTLS wants them in DER. */
static bool ecdsa_der(const struct jwt *jwt, gnutls_datum_t *der)
{
	unsigned half = (unsigned)(jwt->signature_length / 2);
	const gnutls_datum_t r = {jwt->signature, half};
	const gnutls_datum_t s = {jwt->signature + half, half};
	return gnutls_encode_rs_value(der, &r, &s) == 0;
}

bool public_key_verifies(const struct public_key *key, const struct jwt *jwt)
{
	const struct recipe *recipe = recipe_for(key, jwt->header);
	if (recipe == NULL || !kid_fits(key, jwt->header)
		|| (recipe->length != 0 && jwt->signature_length != recipe->length)) {
		return false;
	}
	const gnutls_datum_t data = {(unsigned char *)jwt->text, (unsigned)jwt->signed_length};
	gnutls_datum_t signature = {jwt->signature, (unsigned)jwt->signature_length};
	bool ecdsa = recipe->kind == GNUTLS_PK_ECDSA;
	if (ecdsa && !ecdsa_der(jwt, &signature)) {
		return false;
	}
	bool good = gnutls_pubkey_verify_data2(key->key, recipe->sign, 0, &data, &signature) >= 0;
	if (ecdsa) {
		gnutls_free(signature.data);
	}
	return good;
}
