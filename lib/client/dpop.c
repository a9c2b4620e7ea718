/* Makes DPoP proofs with a key of the client's own, and keeps the nonces they need (RFC 9449). */
#include "client/dpop.h"

#include "base/base64url.h"
#include "base/error_int.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/wipe.h"
#include "base/words.h"
#include "jose/signer.h"
#include "net/url.h"
#include "net/worker.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NONCE_LIMIT 16
#define JTI_SIZE 16 /* 96 bits are asked for at least (section 4.2) */
#define DIGEST_TEXT_SIZE (MCPAUTH__BASE64URL_ENCODED(MCPAUTH__SHA256_SIZE) + 1)

/* What a server gave for all that goes to its origin. */
struct nonce {
	char *origin;
	char *value;
};

struct mcpauth__dpop {
	char *pem;
	struct mcpauth__signer *signer;
	struct mcpauth__buf header; /* the same for each proof */
	char thumbprint[DIGEST_TEXT_SIZE];
	pthread_mutex_t lock;             /* of what follows */
	struct nonce nonces[NONCE_LIMIT]; /* the one that was given last is the last */
	size_t nonce_count;
};

/* SHA-256, in base64url. */
static bool digest(const char *text, size_t length, char out[DIGEST_TEXT_SIZE])
{
	unsigned char bytes[MCPAUTH__SHA256_SIZE];
	if (!mcpauth__sha256(text, length, bytes)) {
		return false;
	}
	mcpauth__base64url_encode(bytes, sizeof bytes, out);
	return true;
}

static enum mcpauth_code no_digest(struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "GnuTLS makes no SHA-256");
}

/* GnuTLS keeps what it allocates for itself: the text is copied, to be freed as ours. */
static int export_key(gnutls_x509_privkey_t key, char **pem)
{
	gnutls_datum_t text = {0};
	struct mcpauth__buf copy = {0};
	int result = gnutls_x509_privkey_generate(
		key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (result >= 0) {
		result = gnutls_x509_privkey_export2_pkcs8(
			key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text);
	}
	if (result < 0) {
		return result;
	}
	mcpauth__buf_append(&copy, text.data, text.size);
	*pem = mcpauth__buf_take(&copy);
	mcpauth__wipe(text.data, text.size);
	gnutls_free(text.data);
	return *pem != NULL ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static enum mcpauth_code generate(char **pem, struct mcpauth_error *err)
{
	gnutls_x509_privkey_t key;
	errno = 0;
	int result = gnutls_x509_privkey_init(&key);
	if (result >= 0) {
		result = export_key(key, pem);
		gnutls_x509_privkey_deinit(key);
	}
	/* Without memory libtasn1 may leave parts of a key out, which GnuTLS calls a success. */
	bool no_memory = result == GNUTLS_E_MEMORY_ERROR || errno == ENOMEM;
	mcpauth__wipe_stack_of_signature();
	if (result >= 0 && !no_memory) {
		return MCPAUTH_OK;
	}
	return no_memory ? mcpauth__no_memory(err)
			 : mcpauth__fail(err, MCPAUTH_E_SYSTEM, "GnuTLS makes no key: %s",
				 gnutls_strerror(result));
}

/* The thumbprint is that of the JWK's own text (RFC 7638 section 3). */
static enum mcpauth_code make_header(struct mcpauth__dpop *dpop, struct mcpauth_error *err)
{
	struct mcpauth__buf jwk = {0};
	enum mcpauth_code code = mcpauth__signer_public_jwk(dpop->signer, &jwk, err);
	if (code == MCPAUTH_OK && !digest(jwk.data, jwk.length, dpop->thumbprint)) {
		code = no_digest(err);
	}
	if (code == MCPAUTH_OK
		&& !mcpauth__buf_printf(&dpop->header,
			"{\"typ\":\"dpop+jwt\",\"alg\":\"%s\",\"jwk\":%s}",
			mcpauth__signer_algorithm(dpop->signer), jwk.data)) {
		code = mcpauth__no_memory(err);
	}
	mcpauth__buf_finish(&jwk);
	return code;
}

static enum mcpauth_code take_key(
	struct mcpauth__dpop *dpop, const char *pem, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (pem == NULL) {
		code = generate(&dpop->pem, err);
	} else {
		dpop->pem = mcpauth__strdup(pem);
		code = dpop->pem != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__signer_new(dpop->pem, "ES256", &dpop->signer, err);
	}
	if (code == MCPAUTH_E_INVALID_ARGUMENT) {
		mcpauth__error_prefix(err, "the key for DPoP");
	}
	return code == MCPAUTH_OK ? make_header(dpop, err) : code;
}

enum mcpauth_code mcpauth__dpop_new(
	const char *pem, struct mcpauth__dpop **dpop, struct mcpauth_error *err)
{
	*dpop = NULL;
	struct mcpauth__dpop *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	pthread_mutex_init(&made->lock, NULL);
	enum mcpauth_code code = take_key(made, pem, err);
	if (code != MCPAUTH_OK) {
		mcpauth__dpop_free(made);
		return code;
	}
	*dpop = made;
	return MCPAUTH_OK;
}

static void finish_nonce(struct nonce *nonce)
{
	free(nonce->origin);
	free(nonce->value);
}

void mcpauth__dpop_free(struct mcpauth__dpop *dpop)
{
	if (dpop == NULL) {
		return;
	}
	if (dpop->pem != NULL) {
		mcpauth__wipe(dpop->pem, strlen(dpop->pem));
	}
	free(dpop->pem);
	mcpauth__signer_free(dpop->signer);
	mcpauth__buf_finish(&dpop->header);
	for (size_t i = 0; i < dpop->nonce_count; i++) {
		finish_nonce(&dpop->nonces[i]);
	}
	pthread_mutex_destroy(&dpop->lock);
	free(dpop);
}

const char *mcpauth__dpop_pem(const struct mcpauth__dpop *dpop)
{
	return dpop->pem;
}

const char *mcpauth__dpop_thumbprint(const struct mcpauth__dpop *dpop)
{
	return dpop->thumbprint;
}

/* Of one server all spellings are one (RFC 6454 section 4). */
static void append_origin(struct mcpauth__buf *buf, struct mcpauth__url *url)
{
	for (char *at = url->host; *at != '\0'; at++) {
		*at |= *at >= 'A' && *at <= 'Z' ? 0x20 : 0;
	}
	mcpauth__buf_printf(buf, "%s %s %u", url->scheme, url->host, mcpauth__url_port(url));
}

/* @param[out] origin  caller frees; NULL on failure */
static enum mcpauth_code find_origin(const char *text, char **origin, struct mcpauth_error *err)
{
	struct mcpauth__url url = {0};
	struct mcpauth__buf buf = {0};
	*origin = NULL;
	enum mcpauth_code code = mcpauth__url_parse(text, &url, err);
	if (code == MCPAUTH_OK && url.has_user) {
		code = mcpauth__fail(
			err, MCPAUTH_E_INVALID_URL, "it names a user, whom no proof is to tell");
	}
	if (code == MCPAUTH_OK) {
		append_origin(&buf, &url);
		*origin = mcpauth__buf_take(&buf);
		code = *origin != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__url_finish(&url);
	return code;
}

/* Under the lock. @return its place; nonce_count if there is none */
static size_t find_nonce(const struct mcpauth__dpop *dpop, const char *origin)
{
	size_t i = 0;
	while (i < dpop->nonce_count && strcmp(dpop->nonces[i].origin, origin) != 0) {
		i++;
	}
	return i;
}

/* A copy: another one may come meanwhile. @return false without memory */
static bool copy_nonce(struct mcpauth__dpop *dpop, const char *origin, char **value)
{
	*value = NULL;
	pthread_mutex_lock(&dpop->lock);
	size_t place = find_nonce(dpop, origin);
	bool is_there = place < dpop->nonce_count;
	if (is_there) {
		*value = mcpauth__strdup(dpop->nonces[place].value);
	}
	pthread_mutex_unlock(&dpop->lock);
	return !is_there || *value != NULL;
}

/* Section 4.2: `htu` is without query and fragment, and of an empty path what is asked
 * for is "/". */
static bool append_target(struct mcpauth__buf *htu, const char *url)
{
	size_t authority = strcspn(url, ":") + strlen("://");
	size_t end = strcspn(url, "?#");
	bool has_path = authority + strcspn(url + authority, "/") < end;
	return mcpauth__buf_append(htu, url, end) && mcpauth__buf_puts(htu, has_path ? "" : "/");
}

static bool add(cJSON *claims, const char *name, const char *value)
{
	return value == NULL || cJSON_AddStringToObject(claims, name, value) != NULL;
}

/* What is in every proof; a token's hash and a nonce are for those that need them. */
static bool add_usual(
	cJSON *claims, const struct mcpauth__dpop_request *request, const unsigned char *number)
{
	char jti[MCPAUTH__BASE64URL_ENCODED(JTI_SIZE) + 1];
	struct mcpauth__buf htu = {0};
	mcpauth__base64url_encode(number, JTI_SIZE, jti);
	bool good = append_target(&htu, request->url) && add(claims, "jti", jti)
		&& add(claims, "htm", request->method) && add(claims, "htu", htu.data)
		&& cJSON_AddNumberToObject(claims, "iat", (double)request->now) != NULL;
	mcpauth__buf_finish(&htu);
	return good;
}

static enum mcpauth_code make_claims(const struct mcpauth__dpop_request *request, const char *nonce,
	char **text, struct mcpauth_error *err)
{
	unsigned char number[JTI_SIZE];
	char hash[DIGEST_TEXT_SIZE];
	const char *token = request->token;
	if (gnutls_rnd(GNUTLS_RND_RANDOM, number, sizeof number) < 0) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "randomness is not to be had");
	}
	if (token != NULL && !digest(token, strlen(token), hash)) {
		return no_digest(err);
	}
	cJSON *claims = cJSON_CreateObject();
	bool good = claims != NULL && add_usual(claims, request, number)
		&& add(claims, "ath", token != NULL ? hash : NULL) && add(claims, "nonce", nonce);
	*text = good ? mcpauth__json_print(claims) : NULL;
	cJSON_Delete(claims);
	return *text != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__dpop_prove(struct mcpauth__dpop *dpop,
	const struct mcpauth__dpop_request *request, struct mcpauth__buf *proof,
	struct mcpauth_error *err)
{
	char *origin = NULL;
	char *nonce = NULL;
	char *claims = NULL;
	enum mcpauth_code code = find_origin(request->url, &origin, err);
	if (code == MCPAUTH_OK && !copy_nonce(dpop, origin, &nonce)) {
		code = mcpauth__no_memory(err);
	}
	if (code == MCPAUTH_OK) {
		code = make_claims(request, nonce, &claims, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__signer_sign(dpop->signer, dpop->header.data, claims, proof, err);
	}
	free(claims);
	free(nonce);
	free(origin);
	return code;
}

/* RFC 9449 section 8.1: NQCHAR alone (RFC 6749, appendix A). */
static bool is_nonce(const char *text)
{
	size_t length = 0;
	while (text[length] > 0x20 && text[length] < 0x7f && text[length] != '"'
		&& text[length] != '\\') {
		length++;
	}
	return length > 0 && length < MCPAUTH__NONCE_SIZE && text[length] == '\0';
}

/* Under the lock: behind all others, of which the oldest goes if there are too many.
 * @param nonce  taken */
static void put_last(struct mcpauth__dpop *dpop, size_t place, const struct nonce *nonce)
{
	if (place == NONCE_LIMIT) {
		place = 0;
	}
	if (place < dpop->nonce_count) {
		finish_nonce(&dpop->nonces[place]);
		dpop->nonce_count--;
		memmove(&dpop->nonces[place], &dpop->nonces[place + 1],
			(dpop->nonce_count - place) * sizeof *dpop->nonces);
	}
	dpop->nonces[dpop->nonce_count++] = *nonce;
}

bool mcpauth__dpop_remember(struct mcpauth__dpop *dpop, const char *url, const char *nonce)
{
	struct nonce made = {0};
	if (nonce == NULL || !is_nonce(nonce)
		|| find_origin(url, &made.origin, NULL) != MCPAUTH_OK) {
		return false;
	}
	made.value = mcpauth__strdup(nonce);
	bool is_copied = made.value != NULL;
	pthread_mutex_lock(&dpop->lock);
	size_t place = find_nonce(dpop, made.origin);
	bool is_held = place < dpop->nonce_count && strcmp(dpop->nonces[place].value, nonce) == 0;
	if (is_copied && !is_held) {
		put_last(dpop, place, &made);
	}
	pthread_mutex_unlock(&dpop->lock);
	if (!is_copied || is_held) {
		finish_nonce(&made);
	}
	return is_copied || is_held;
}
