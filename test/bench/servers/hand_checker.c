/* A token checked by libjwt 3.0 or newer, whose checker takes a JWK and looks at most of
 * the claims itself. The checker keeps what went wrong: each token gets its own. */
#include "hand.h"

#include <gnutls/abstract.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An RSA key of 4096 bits takes 683 characters. */
#define JWK_SIZE 2048

struct hand_key {
	const struct server_options *options;
	jwk_set_t *keys;
	jwt_alg_t algorithm;
};

/* What a token's callback fills in. */
struct scope {
	char *text;
	size_t size;
};

static void need(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "the public key: %s\n", what);
		exit(1);
	}
}

/* Adds ,"NAME":"BYTES", these in base64url. */
static void add_member(char *jwk, const char *name, gnutls_datum_t *bytes)
{
	gnutls_datum_t text;
	size_t length = strlen(jwk);
	need(gnutls_base64_encode2(bytes, &text) == 0, "no memory");
	for (unsigned i = 0; i < text.size; i++) {
		unsigned char *at = &text.data[i];
		*at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
	}
	int digits = (int)strcspn((const char *)text.data, "=");
	int more = snprintf(jwk + length, JWK_SIZE - length, ",\"%s\":\"%.*s\"", name, digits,
		(const char *)text.data);
	need(more > 0 && (size_t)more < JWK_SIZE - length - 1, "it is too long");
	gnutls_free(text.data);
	gnutls_free(bytes->data);
}

/* Before 3.4 libjwt takes keys as JWKs alone, and this server is given PEM. */
static void write_jwk(gnutls_pubkey_t key, bool is_ec, char *jwk)
{
	gnutls_datum_t first = {NULL, 0};
	gnutls_datum_t second = {NULL, 0};
	if (is_ec) {
		gnutls_ecc_curve_t curve;
		need(gnutls_pubkey_export_ecc_raw2(key, &curve, &first, &second, 0) == 0
				&& curve == GNUTLS_ECC_CURVE_SECP256R1,
			"it is not of P-256");
		strcpy(jwk, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\"");
	} else {
		need(gnutls_pubkey_export_rsa_raw2(key, &first, &second, GNUTLS_EXPORT_FLAG_NO_LZ)
				== 0,
			"it is not of RSA");
		strcpy(jwk, "{\"kty\":\"RSA\",\"alg\":\"RS256\"");
	}
	add_member(jwk, is_ec ? "x" : "n", &first);
	add_member(jwk, is_ec ? "y" : "e", &second);
	strcat(jwk, "}");
}

struct hand_key *hand_key_new(const struct server_options *options)
{
	char jwk[JWK_SIZE];
	gnutls_pubkey_t public_key;
	struct hand_key *key = calloc(1, sizeof *key);
	char *pem = server_read_file(options->key);
	gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
	bool is_ec = options->algorithm != NULL && strcmp(options->algorithm, "ES256") == 0;
	need(key != NULL && gnutls_pubkey_init(&public_key) == 0, "no memory");
	need(gnutls_pubkey_import(public_key, &text, GNUTLS_X509_FMT_PEM) == 0, "it is not PEM");
	write_jwk(public_key, is_ec, jwk);
	gnutls_pubkey_deinit(public_key);
	free(pem);
	key->options = options;
	key->algorithm = is_ec ? JWT_ALG_ES256 : JWT_ALG_RS256;
	key->keys = jwks_create(jwk);
	need(key->keys != NULL && jwks_item_get(key->keys, 0) != NULL, "libjwt refuses it");
	return key;
}

void hand_key_free(struct hand_key *key)
{
	jwks_free(key->keys);
	free(key);
}

/* The checker itself lets a token without `exp` pass. */
static int read_claims(jwt_t *jwt, jwt_config_t *config)
{
	struct scope *scope = config->ctx;
	jwt_value_t value;
	jwt_set_GET_INT(&value, "exp");
	if (jwt_claim_get(jwt, &value) != JWT_VALUE_ERR_NONE) {
		return 1;
	}
	jwt_set_GET_STR(&value, "scope");
	if (jwt_claim_get(jwt, &value) == JWT_VALUE_ERR_NONE) {
		snprintf(scope->text, scope->size, "%s", value.str_val);
	}
	return 0;
}

bool hand_key_check(const struct hand_key *key, const char *token, char *scope, size_t size)
{
	struct scope found = {scope, size};
	jwt_checker_t *checker = jwt_checker_new();
	scope[0] = '\0';
	bool good = checker != NULL
		&& jwt_checker_setkey(checker, key->algorithm, jwks_item_get(key->keys, 0)) == 0
		&& jwt_checker_claim_set(checker, JWT_CLAIM_ISS, key->options->issuer) == 0
		&& jwt_checker_claim_set(checker, JWT_CLAIM_AUD, key->options->resource) == 0
		&& jwt_checker_setcb(checker, read_claims, &found) == 0
		&& jwt_checker_verify(checker, token) == 0;
	jwt_checker_free(checker);
	return good;
}
