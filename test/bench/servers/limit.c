/* The physical limit of a token never seen before: its signature, checked with a
 * key that was imported once, and nothing else. */
#include "server.h"

#include "base/base64url.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIGNATURE 512

struct limit {
	gnutls_pubkey_t key;
	gnutls_sign_algorithm_t algorithm;
	bool raw_pair; /**< the signature is r and s (RFC 7518 section 3.4) */
	struct MHD_Response *good;
	struct MHD_Response *bad;
};

static void must(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", what, gnutls_strerror(result));
		exit(2);
	}
}

static void choose(struct limit *limit, const char *algorithm)
{
	static const struct {
		const char *name;
		gnutls_sign_algorithm_t algorithm;
	} known[] = {
		{"RS256", GNUTLS_SIGN_RSA_SHA256},
		{"ES256", GNUTLS_SIGN_ECDSA_SECP256R1_SHA256},
		{"EdDSA", GNUTLS_SIGN_EDDSA_ED25519},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (algorithm != NULL && strcmp(algorithm, known[i].name) == 0) {
			limit->algorithm = known[i].algorithm;
			limit->raw_pair = known[i].algorithm == GNUTLS_SIGN_ECDSA_SECP256R1_SHA256;
			return;
		}
	}
	fprintf(stderr, "--algorithm is RS256, ES256 or EdDSA\n");
	exit(2);
}

static void import_key(struct limit *limit, const char *path)
{
	char *text = server_read_file(path);
	gnutls_datum_t pem = {.data = (unsigned char *)text, .size = (unsigned)strlen(text)};
	must(gnutls_pubkey_init(&limit->key), path);
	must(gnutls_pubkey_import(limit->key, &pem, GNUTLS_X509_FMT_PEM), path);
	free(text);
}

static bool is_good_signature(
	const struct limit *limit, const gnutls_datum_t *signed_text, gnutls_datum_t *signature)
{
	gnutls_datum_t pair = {0};
	if (limit->raw_pair) {
		unsigned half = signature->size / 2;
		gnutls_datum_t r = {.data = signature->data, .size = half};
		gnutls_datum_t s = {.data = signature->data + half, .size = half};
		if (gnutls_encode_rs_value(&pair, &r, &s) < 0) {
			return false;
		}
		signature = &pair;
	}
	int result = gnutls_pubkey_verify_data2(
		limit->key, limit->algorithm, 0, signed_text, signature);
	gnutls_free(pair.data);
	return result >= 0;
}

static bool is_good(const struct limit *limit, const char *token)
{
	unsigned char bytes[MAX_SIGNATURE];
	const char *first = token != NULL ? strchr(token, '.') : NULL;
	const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
	size_t length = second != NULL ? strlen(second + 1) : 0;
	if (length == 0 || MCPAUTH__BASE64URL_DECODED(length) > sizeof bytes
		|| !mcpauth__base64url_decode(second + 1, length, bytes)) {
		return false;
	}
	gnutls_datum_t text = {.data = (unsigned char *)token, .size = (unsigned)(second - token)};
	gnutls_datum_t signature = {
		.data = bytes, .size = (unsigned)MCPAUTH__BASE64URL_DECODED(length)};
	return is_good_signature(limit, &text, &signature);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **con_cls)
{
	const struct limit *limit = user;
	if (*con_cls == NULL || *size > 0 || is_good(limit, server_token(connection))) {
		return server_handle(
			limit->good, connection, url, method, version, data, size, con_cls);
	}
	return MHD_queue_response(connection, MHD_HTTP_UNAUTHORIZED, limit->bad);
}

int main(int argc, char **argv)
{
	struct server_options options;
	struct limit limit = {0};
	server_parse(&options, argc, argv);
	choose(&limit, options.algorithm);
	import_key(&limit, options.key);
	limit.good = server_response();
	limit.bad = server_refusal();
	struct server_daemon how = {.handler = handle, .user = &limit};
	int status = server_run(&options, &how);
	MHD_destroy_response(limit.bad);
	MHD_destroy_response(limit.good);
	gnutls_pubkey_deinit(limit.key);
	return status;
}
