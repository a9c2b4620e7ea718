/* Keys that GnuTLS makes for tests, each once per process. */
#include "support/test_key.h"

#include "base/base64url.h"
#include "base/buf.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 4

/* Indices into the cache of private keys. */
enum family {
	RSA,
	P256,
	P384,
	P521,
	OKP,
	FAMILIES
};

struct family_facts {
	const char *head; /* the JWK's first members */
	gnutls_pk_algorithm_t kind;
	unsigned bits;
	size_t size; /* octets of a coordinate */
};

static const struct family_facts families[FAMILIES] = {
	[RSA] = {"\"kty\":\"RSA\"", GNUTLS_PK_RSA, 2048, 0},
	[P256] = {"\"kty\":\"EC\",\"crv\":\"P-256\"", GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 32},
	[P384] = {"\"kty\":\"EC\",\"crv\":\"P-384\"", GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), 48},
	[P521] = {"\"kty\":\"EC\",\"crv\":\"P-521\"", GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1), 66},
	[OKP] = {"\"kty\":\"OKP\",\"crv\":\"Ed25519\"", GNUTLS_PK_EDDSA_ED25519,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519), 32},
};

static const struct {
	const char *name;
	enum family family;
	gnutls_sign_algorithm_t sign;
} algorithms[] = {
	{"RS256", RSA, GNUTLS_SIGN_RSA_SHA256},
	{"RS384", RSA, GNUTLS_SIGN_RSA_SHA384},
	{"RS512", RSA, GNUTLS_SIGN_RSA_SHA512},
	{"PS256", RSA, GNUTLS_SIGN_RSA_PSS_SHA256},
	{"PS384", RSA, GNUTLS_SIGN_RSA_PSS_SHA384},
	{"PS512", RSA, GNUTLS_SIGN_RSA_PSS_SHA512},
	{"ES256", P256, GNUTLS_SIGN_ECDSA_SHA256},
	{"ES384", P384, GNUTLS_SIGN_ECDSA_SHA384},
	{"ES512", P521, GNUTLS_SIGN_ECDSA_SHA512},
	{"EdDSA", OKP, GNUTLS_SIGN_EDDSA_ED25519},
	{"Ed25519", OKP, GNUTLS_SIGN_EDDSA_ED25519},
};
#define ALGORITHMS (sizeof algorithms / sizeof *algorithms)

struct test_key {
	gnutls_privkey_t key;
	gnutls_sign_algorithm_t sign;
	enum family family;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static gnutls_privkey_t private_keys[FAMILIES][NUMBERS];
static struct test_key keys[ALGORITHMS][NUMBERS];

static void need(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "test key: %s failed\n", what);
		abort();
	}
}

static gnutls_privkey_t private_key(enum family family, unsigned number)
{
	gnutls_privkey_t *key = &private_keys[family][number];
	if (*key == NULL) {
		need(gnutls_privkey_init(key) == 0, "making a key");
		need(gnutls_privkey_generate(*key, families[family].kind, families[family].bits, 0)
				== 0,
			"making a key");
	}
	return *key;
}

const struct test_key *test_key(const char *algorithm, unsigned number)
{
	size_t i = 0;
	while (i < ALGORITHMS && strcmp(algorithms[i].name, algorithm) != 0) {
		i++;
	}
	need(i < ALGORITHMS && number < NUMBERS, "looking for a key");
	struct test_key *key = &keys[i][number];
	pthread_mutex_lock(&lock);
	/* Once: whoever has it reads it without the lock. */
	if (key->key == NULL) {
		key->sign = algorithms[i].sign;
		key->family = algorithms[i].family;
		key->key = private_key(algorithms[i].family, number);
	}
	pthread_mutex_unlock(&lock);
	return key;
}

static char *encode(const void *data, size_t length)
{
	char *text = malloc(MCPAUTH__BASE64URL_ENCODED(length) + 1);
	need(text != NULL, "allocating");
	mcpauth__base64url_encode(data, length, text);
	return text;
}

/* Big-endian and exactly `size` octets, as JWS and JWK want them. */
static void put_padded(const gnutls_datum_t *number, unsigned char *out, size_t size)
{
	size_t length = number->size;
	const unsigned char *data = number->data;
	while (length > size) {
		need(*data == 0, "fitting a number");
		data++;
		length--;
	}
	memset(out, 0, size - length);
	memcpy(out + size - length, data, length);
}

/* A member in base64url; size 0 leaves the number as long as it is. */
static void put_number(
	struct mcpauth__buf *jwk, const char *name, gnutls_datum_t *number, size_t size)
{
	unsigned char padded[1024];
	size = size > 0 ? size : number->size;
	need(size <= sizeof padded, "fitting a number");
	put_padded(number, padded, size);
	char *text = encode(padded, size);
	mcpauth__buf_printf(jwk, ",\"%s\":\"%s\"", name, text);
	free(text);
	gnutls_free(number->data);
}

static void put_public(struct mcpauth__buf *jwk, const struct test_key *key)
{
	gnutls_datum_t a = {0};
	gnutls_datum_t b = {0};
	size_t size = families[key->family].size;
	mcpauth__buf_printf(jwk, "{%s", families[key->family].head);
	if (key->family == RSA) {
		need(gnutls_privkey_export_rsa_raw2(key->key, &a, &b, NULL, NULL, NULL, NULL, NULL,
			     NULL, GNUTLS_EXPORT_FLAG_NO_LZ)
				== 0,
			"exporting");
		put_number(jwk, "n", &a, 0);
		put_number(jwk, "e", &b, 0);
		return;
	}
	need(gnutls_privkey_export_ecc_raw2(key->key, NULL, &a, &b, NULL, GNUTLS_EXPORT_FLAG_NO_LZ)
			== 0,
		"exporting");
	put_number(jwk, "x", &a, size);
	if (key->family != OKP) {
		put_number(jwk, "y", &b, size);
	}
}

static void put_string(struct mcpauth__buf *jwk, const char *name, const char *value)
{
	if (value != NULL) {
		mcpauth__buf_printf(jwk, ",\"%s\":\"%s\"", name, value);
	}
}

static char *take(struct mcpauth__buf *buf)
{
	char *text = mcpauth__buf_take(buf);
	need(text != NULL, "allocating");
	return text;
}

char *test_key_jwk(const struct test_key *key, const char *kid, const char *alg, const char *use)
{
	struct mcpauth__buf jwk = {0};
	put_public(&jwk, key);
	put_string(&jwk, "kid", kid);
	put_string(&jwk, "alg", alg);
	put_string(&jwk, "use", use);
	mcpauth__buf_puts(&jwk, "}");
	return take(&jwk);
}

char *test_key_jwks(const struct test_key *key, const char *kid)
{
	struct mcpauth__buf set = {0};
	char *jwk = test_key_jwk(key, kid, NULL, NULL);
	mcpauth__buf_printf(&set, "{\"keys\":[%s]}", jwk);
	free(jwk);
	return take(&set);
}

char *test_key_pem(const struct test_key *key)
{
	gnutls_x509_privkey_t exported;
	gnutls_datum_t pem;
	need(gnutls_privkey_export_x509(key->key, &exported) == 0, "exporting");
	need(gnutls_x509_privkey_export2_pkcs8(
		     exported, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem)
			== 0,
		"exporting");
	char *text = calloc(1, pem.size + 1);
	need(text != NULL, "allocating");
	memcpy(text, pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_privkey_deinit(exported);
	return text;
}

/* GnuTLS gives DER, JWS wants r and s in a row (RFC 7518 section 3.4). */
static unsigned char *flatten(const gnutls_datum_t *signature, size_t size)
{
	gnutls_datum_t r;
	gnutls_datum_t s;
	unsigned char *flat = malloc(2 * size);
	need(flat != NULL, "allocating");
	need(gnutls_decode_rs_value(signature, &r, &s) == 0, "reading a signature");
	put_padded(&r, flat, size);
	put_padded(&s, flat + size, size);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return flat;
}

unsigned char *test_key_signature(
	const struct test_key *key, const void *data, size_t data_length, size_t *length)
{
	gnutls_datum_t message = {.data = (unsigned char *)data, .size = (unsigned)data_length};
	gnutls_datum_t signature;
	unsigned char *result;
	need(gnutls_privkey_sign_data2(key->key, key->sign, 0, &message, &signature) == 0,
		"signing");
	if (key->family == RSA || key->family == OKP) {
		*length = signature.size;
		result = malloc(signature.size);
		need(result != NULL, "allocating");
		memcpy(result, signature.data, signature.size);
	} else {
		*length = 2 * families[key->family].size;
		result = flatten(&signature, families[key->family].size);
	}
	gnutls_free(signature.data);
	return result;
}

char *test_key_sign(const struct test_key *key, const char *header, const char *payload)
{
	struct mcpauth__buf token = {0};
	char *head = encode(header, strlen(header));
	char *body = encode(payload, strlen(payload));
	size_t length;
	mcpauth__buf_printf(&token, "%s.%s", head, body);
	unsigned char *bytes = test_key_signature(key, token.data, token.length, &length);
	char *tail = encode(bytes, length);
	mcpauth__buf_printf(&token, ".%s", tail);
	free(head);
	free(body);
	free(bytes);
	free(tail);
	return take(&token);
}

gnutls_pubkey_t test_key_public(const struct test_key *key, gnutls_sign_algorithm_t *algorithm)
{
	gnutls_pubkey_t made;
	need(gnutls_pubkey_init(&made) == 0, "making a public key");
	need(gnutls_pubkey_import_privkey(made, key->key, 0, 0) == 0, "making a public key");
	*algorithm = key->sign;
	return made;
}
