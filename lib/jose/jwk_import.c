/* A JSON Web Key into GnuTLS: what is weak, malformed or not for verifying stays out. */
#include "jose/jwk_int.h"

#include "base/base64url.h"
#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"
#include "jose/roca.h"

#include <gnutls/gnutls.h>

#include <stdlib.h>
#include <string.h>

#define BIT(name) MCPAUTH__ALGORITHM_BIT(MCPAUTH__##name)
#define ANY_RSA (BIT(RS256) | BIT(RS384) | BIT(RS512) | BIT(PS256) | BIT(PS384) | BIT(PS512))

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
/* The longest modulus, and some zeros that encoders put before it. */
#define OCTETS_LIMIT (RSA_BITS_MAX / 8 + 16)

struct octets {
	unsigned char data[OCTETS_LIMIT];
	size_t length;
};

/* RFC 7518 section 6.2.1, RFC 8037 section 2. */
static const struct curve {
	const char *type;
	const char *name;
	gnutls_ecc_curve_t id;
	size_t size; /* octets of a coordinate */
	unsigned algorithms;
} curves[] = {
	{"EC", "P-256", GNUTLS_ECC_CURVE_SECP256R1, 32, BIT(ES256)},
	{"EC", "P-384", GNUTLS_ECC_CURVE_SECP384R1, 48, BIT(ES384)},
	{"EC", "P-521", GNUTLS_ECC_CURVE_SECP521R1, 66, BIT(ES512)},
	{"OKP", "Ed25519", GNUTLS_ECC_CURVE_ED25519, 32, BIT(EDDSA) | BIT(ED25519)},
};

static enum mcpauth_code unusable(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_KEYS, "key unusable: %s", why);
}

/* By GnuTLS. */
static enum mcpauth_code failed(struct mcpauth_error *err, int result)
{
	/* A number that cannot be read is not zero, see is_zero(): so it is memory. */
	bool no_memory = result == GNUTLS_E_MEMORY_ERROR || result == GNUTLS_E_MPI_SCAN_FAILED;
	return no_memory ? mcpauth__no_memory(err) : unusable(err, gnutls_strerror(result));
}

static bool take_octets(const cJSON *json, const char *name, struct octets *octets)
{
	const char *text = mcpauth__json_string(json, name);
	if (text == NULL) {
		return false;
	}
	size_t length = strlen(text);
	octets->length = MCPAUTH__BASE64URL_DECODED(length);
	return octets->length <= sizeof octets->data
		&& mcpauth__base64url_decode(text, length, octets->data);
}

/* Zeros before a number would make it look longer. */
static gnutls_datum_t strip_zeros(struct octets *octets)
{
	size_t zeros = 0;
	while (zeros < octets->length && octets->data[zeros] == 0) {
		zeros++;
	}
	return (gnutls_datum_t){
		.data = octets->data + zeros, .size = (unsigned)(octets->length - zeros)};
}

static bool is_odd(const gnutls_datum_t *number)
{
	return number->size > 0 && (number->data[number->size - 1] & 1) != 0;
}

static size_t bits_of(const gnutls_datum_t *number)
{
	size_t bits = (size_t)number->size * 8;
	for (unsigned top = 0x80; bits > 0 && (number->data[0] & top) == 0; top >>= 1) {
		bits--;
	}
	return bits;
}

/* GnuTLS would verify with 512 bits, and with e = 1 every signature is good.
 * The upper ends bound what one verification can cost. */
static enum mcpauth_code import_rsa(
	struct mcpauth__jwk *key, const cJSON *json, struct mcpauth_error *err)
{
	struct octets n;
	struct octets e;
	if (!take_octets(json, "n", &n) || !take_octets(json, "e", &e)) {
		return unusable(err, "n or e is missing, too long or not base64url");
	}
	gnutls_datum_t modulus = strip_zeros(&n);
	gnutls_datum_t exponent = strip_zeros(&e);
	size_t bits = bits_of(&modulus);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || !is_odd(&modulus)) {
		return unusable(err, "an RSA modulus must be odd and have 2048 to 16384 bits");
	}
	if (exponent.size > 4 || !is_odd(&exponent) || bits_of(&exponent) < 2) {
		return unusable(err, "an RSA exponent must be odd and from 3 to 2^32-1");
	}
	if (mcpauth__roca_has_fingerprint(modulus.data, modulus.size)) {
		return unusable(err, "its RSA modulus can be factored (CVE-2017-15361)");
	}
	key->algorithms = ANY_RSA;
	key->signature_length = modulus.size;
	int result = gnutls_pubkey_import_rsa_raw(key->key, &modulus, &exponent);
	return result < 0 ? failed(err, result) : MCPAUTH_OK;
}

/* A point of Ed25519 whose order is at most 8, as its y tells: under such a key anybody
 * makes good signatures, with a few tries, and GnuTLS would take it. */
static bool has_small_order(const struct octets *x)
{
	/* The two y, little-endian, of the points whose order is just 8. */
	static const unsigned char order_8[][32] = {
		{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
			0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38,
			0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
		{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
			0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7,
			0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	};
	unsigned char y[32];
	unsigned char zeros = 0;
	unsigned char ones = 0xff;
	memcpy(y, x->data, sizeof y);
	/* RFC 8032 section 5.1.2: what a JWK calls x is y, with the sign of x on top. */
	y[31] &= 0x7f;
	for (size_t i = 1; i < 31; i++) {
		zeros |= y[i];
		ones &= y[i];
	}
	/* 0 and 1; p - 1, and 0 and 1 again as p and p + 1, where p is the field's prime. */
	return (zeros == 0 && y[31] == 0 && y[0] <= 1)
		|| (ones == 0xff && y[31] == 0x7f && y[0] >= 0xec && y[0] <= 0xee)
		|| memcmp(y, order_8[0], sizeof y) == 0 || memcmp(y, order_8[1], sizeof y) == 0;
}

/* GnuTLS has one word for a coordinate of zeros and for no memory, and no key may
 * spoil the others of its set. */
static bool is_zero(const struct octets *octets)
{
	unsigned char any = 0;
	for (size_t i = 0; i < octets->length; i++) {
		any |= octets->data[i];
	}
	return any == 0;
}

static enum mcpauth_code import_curve(struct mcpauth__jwk *key, const cJSON *json,
	const struct curve *curve, struct mcpauth_error *err)
{
	struct octets x;
	struct octets y = {.length = curve->size};
	bool is_ec = curve->id != GNUTLS_ECC_CURVE_ED25519;
	if (!take_octets(json, "x", &x) || (is_ec && !take_octets(json, "y", &y))) {
		return unusable(err, "x or y is missing, too long or not base64url");
	}
	if (x.length != curve->size || y.length != curve->size) {
		return unusable(err, "x or y has not the length that its curve asks for");
	}
	if (!is_ec && has_small_order(&x)) {
		return unusable(err, "x is a point of small order, under which all can sign");
	}
	if (is_ec && (is_zero(&x) || is_zero(&y))) {
		return unusable(err, "x or y is zero");
	}
	gnutls_datum_t x_datum = {.data = x.data, .size = (unsigned)x.length};
	gnutls_datum_t y_datum = {.data = y.data, .size = (unsigned)y.length};
	key->algorithms = curve->algorithms;
	key->signature_length = 2 * curve->size;
	int result = gnutls_pubkey_import_ecc_raw(
		key->key, curve->id, &x_datum, is_ec ? &y_datum : NULL);
	/* The import takes a point that is not on its curve. */
	if (result >= 0) {
		result = gnutls_pubkey_verify_params(key->key);
	}
	return result < 0 ? failed(err, result) : MCPAUTH_OK;
}

static const struct curve *find_curve(const char *type, const char *name)
{
	if (type == NULL || name == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
		if (strcmp(curves[i].type, type) == 0 && strcmp(curves[i].name, name) == 0) {
			return &curves[i];
		}
	}
	return NULL;
}

static enum mcpauth_code import_key(
	struct mcpauth__jwk *key, const cJSON *json, struct mcpauth_error *err)
{
	const char *type = mcpauth__json_string(json, "kty");
	const char *name = mcpauth__json_string(json, "crv");
	if (type != NULL && strcmp(type, "RSA") == 0) {
		return import_rsa(key, json, err);
	}
	const struct curve *curve = find_curve(type, name);
	if (curve == NULL) {
		return unusable(err, "its kind or curve is not one that is supported");
	}
	return import_curve(key, json, curve, err);
}

/* RFC 7517 section 4.3. */
static bool may_verify(const cJSON *operations)
{
	bool found = false;
	const cJSON *operation;
	if (!cJSON_IsArray(operations)) {
		return false;
	}
	cJSON_ArrayForEach(operation, operations)
	{
		const char *name = cJSON_GetStringValue(operation);
		if (name == NULL) {
			return false;
		}
		found = found || strcmp(name, "verify") == 0;
	}
	return found;
}

/* A private key that was published is anybody's (RFC 7518 sections 6.2.2,
 * 6.3.2 and 6.4). */
static bool is_private(const cJSON *json)
{
	static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (mcpauth__json_has(json, members[i])) {
			return true;
		}
	}
	return false;
}

static enum mcpauth_code check_purpose(const cJSON *json, struct mcpauth_error *err)
{
	if (!cJSON_IsObject(json)) {
		return unusable(err, "not an object");
	}
	const char *use = mcpauth__json_string(json, "use");
	if (is_private(json)) {
		return unusable(err, "it was published together with its private part");
	}
	if (mcpauth__json_has(json, "use") && (use == NULL || strcmp(use, "sig") != 0)) {
		return unusable(err, "use is not sig");
	}
	if (mcpauth__json_has(json, "key_ops")
		&& !may_verify(cJSON_GetObjectItemCaseSensitive(json, "key_ops"))) {
		return unusable(err, "key_ops does not hold verify");
	}
	return MCPAUTH_OK;
}

/* RFC 7517 section 4.4: a key that names its algorithm is for no other. */
static enum mcpauth_code narrow_algorithms(
	struct mcpauth__jwk *key, const cJSON *json, struct mcpauth_error *err)
{
	const char *name = mcpauth__json_string(json, "alg");
	if (mcpauth__json_has(json, "alg")) {
		key->algorithms &= name == NULL
			? 0
			: MCPAUTH__ALGORITHM_BIT(mcpauth__algorithm_of(name));
	}
	return key->algorithms == 0 ? unusable(err, "alg is not one for its kind") : MCPAUTH_OK;
}

/* RFC 7517 section 4.5. */
static enum mcpauth_code take_id(
	struct mcpauth__jwk *key, const cJSON *json, struct mcpauth_error *err)
{
	const char *id = mcpauth__json_string(json, "kid");
	if (id == NULL) {
		return mcpauth__json_has(json, "kid") ? unusable(err, "kid is not a string")
						      : MCPAUTH_OK;
	}
	key->id = mcpauth__strdup(id);
	return key->id == NULL ? mcpauth__no_memory(err) : MCPAUTH_OK;
}

enum mcpauth_code mcpauth__jwk_import(
	const cJSON *json, struct mcpauth__jwk **key, struct mcpauth_error *err)
{
	*key = NULL;
	enum mcpauth_code code = check_purpose(json, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__jwk *fresh = calloc(1, sizeof *fresh);
	if (fresh == NULL || gnutls_pubkey_init(&fresh->key) < 0) {
		code = mcpauth__no_memory(err);
		goto out;
	}
	code = import_key(fresh, json, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	code = narrow_algorithms(fresh, json, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	code = take_id(fresh, json, err);
	if (code != MCPAUTH_OK) {
		goto out;
	}
	*key = fresh;
	fresh = NULL;
out:
	mcpauth__jwk_free(fresh);
	return code;
}
