/* A client's private keys and assertions, in all the shapes in which they may lie about. */
#define _GNU_SOURCE
#include "client_keys.h"

#include "support/test_key.h"

#include <gnutls/abstract.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 6
#define LINE 64 /* of a PEM */

static void need(bool held, const char *what)
{
	if (!held) {
		fprintf(stderr, "client keys: %s\n", what);
		abort();
	}
}

/* The lines between the first and the last, which are everybody's. */
static const char *body_of(const char *pem, size_t *length)
{
	const char *body = strchr(pem, '\n');
	const char *end = strstr(pem, "\n-----END");
	need(body != NULL && end != NULL, "reading a key");
	*length = (size_t)(end - body - 1);
	return body + 1;
}

static void mark_text(struct subject *subject, const char *algorithm, const char *pem)
{
	char name[48];
	size_t length;
	const char *body = body_of(pem, &length);
	snprintf(name, sizeof name, "key: %s, PEM", algorithm);
	subject_mark(subject, name, body, length);
}

/* Where base64 in lines has the byte of this number. */
static size_t place_of(size_t byte)
{
	size_t at = byte * 4 / 3;
	return at + at / LINE;
}

/* An elliptic curve's key has the public one beside it, which is shown in proofs: only
 * what lies in between of the number itself. */
static void mark_number_in_text(struct subject *subject, const char *algorithm, const char *pem,
	const gnutls_datum_t *number)
{
	char name[48];
	size_t length;
	gnutls_datum_t der;
	const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
	const char *body = body_of(pem, &length);
	need(gnutls_pem_base64_decode2(NULL, &text, &der) == 0, "decoding a key");
	const unsigned char *found = memmem(der.data, der.size, number->data, number->size);
	need(found != NULL, "finding a number");
	size_t begin = place_of((size_t)(found - der.data) + 1);
	size_t end = place_of((size_t)(found - der.data) + number->size - 1);
	need(end <= length && begin < end, "a number in a text");
	snprintf(name, sizeof name, "key: %s, PEM", algorithm);
	subject_mark(subject, name, body + begin, end - begin);
	gnutls_free(der.data);
}

static void mark_number(
	struct subject *subject, const char *algorithm, const gnutls_datum_t *number)
{
	char name[48];
	unsigned char reversed[MARK_SIZE];
	need(number->size <= sizeof reversed, "a number");
	for (size_t i = 0; i < number->size; i++) {
		reversed[i] = number->data[number->size - 1 - i];
	}
	snprintf(name, sizeof name, "key: %s", algorithm);
	subject_mark(subject, name, number->data, number->size);
	snprintf(name, sizeof name, "key: %s, reversed", algorithm);
	subject_mark(subject, name, reversed, number->size);
}

static void mark_all(struct subject *subject, const char *algorithm, const char *pem)
{
	gnutls_privkey_t key;
	gnutls_datum_t secret[NUMBERS] = {{0}};
	const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
	need(gnutls_privkey_init(&key) == 0, "memory");
	need(gnutls_privkey_import_x509_raw(key, &text, GNUTLS_X509_FMT_PEM, NULL, 0) == 0,
		"reading a key");
	int result = gnutls_privkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_RSA
		? gnutls_privkey_export_rsa_raw2(key, NULL, NULL, &secret[0], &secret[1],
			&secret[2], &secret[3], &secret[4], &secret[5], 0)
		: gnutls_privkey_export_ecc_raw2(key, NULL, NULL, NULL, &secret[0], 0);
	need(result == 0, "exporting a key");
	if (gnutls_privkey_get_pk_algorithm(key, NULL) == GNUTLS_PK_ECDSA) {
		mark_number_in_text(subject, algorithm, pem, &secret[0]);
	} else {
		mark_text(subject, algorithm, pem);
	}
	for (size_t i = 0; i < NUMBERS && secret[i].data != NULL; i++) {
		mark_number(subject, algorithm, &secret[i]);
		gnutls_free(secret[i].data);
	}
	gnutls_privkey_deinit(key);
}

char *client_key_make(struct subject *subject, const char *algorithm)
{
	char *pem = test_key_pem(test_key(algorithm, 1));
	mark_all(subject, algorithm, pem);
	return pem;
}

void client_key_mark_assertion(struct subject *subject, const char *form)
{
	const char *assertion = strstr(form, "&client_assertion=");
	need(assertion != NULL, "there is no assertion");
	const char *signature = strrchr(assertion, '.');
	need(signature != NULL, "the assertion has no signature");
	signature++;
	subject_mark(subject, "assertion", signature, strcspn(signature, "&"));
}
