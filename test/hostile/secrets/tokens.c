/* Tokens in all the ways that the library tells apart, and their marks. */
#include "tokens.h"

#include "base/base64url.h"
#include "support/daemon.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GOOD "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}"
#define PLAIN "{\"alg\":\"ES256\",\"kid\":\"k\"}"
#define SIGNED_BY(name) "{\"alg\":\"" name "\",\"kid\":\"" name "\"}"
#define SIGNATURE_MAX 256

const struct token_kind token_kinds[] = {
	{"good", "/plain", GOOD, "", NULL, 0, 0, 200, NULL},
	{"good, details", "/details", GOOD, "", NULL, 0, 0, 200, NULL},
	{"good, RSA", "/plain", SIGNED_BY("RS256"), "", NULL, 0, 0, 200, "RS256"},
	{"good, PSS", "/plain", SIGNED_BY("PS384"), "", NULL, 0, 0, 200, "PS384"},
	{"good, Ed25519", "/plain", SIGNED_BY("EdDSA"), "", NULL, 0, 0, 200, "EdDSA"},
	{"changed, RSA", "/details", SIGNED_BY("RS256"), "", NULL, 0, 'x', 401, "RS256"},
	{"changed, Ed25519", "/details", SIGNED_BY("EdDSA"), "", NULL, 0, 'x', 401, "EdDSA"},
	{"without the scope", "/scoped", GOOD, "", NULL, 0, 0, 403, NULL},
	{"other key", "/details", GOOD, "", NULL, 1, 0, 401, NULL},
	{"changed", "/details", GOOD, "", NULL, 0, 'x', 401, NULL},
	{"not base64url", "/details", GOOD, "", NULL, 0, '+', 401, NULL},
	{"four parts", "/details", GOOD, "", NULL, 0, '.', 401, NULL},
	{"of no key", "/details", "{\"alg\":\"ES256\",\"kid\":\"stranger\"}", "", NULL, 0, 0, 401,
		NULL},
	{"without alg", "/details", "{\"kid\":\"k\"}", "", NULL, 0, 0, 401, NULL},
	{"alg none", "/details", "{\"alg\":\"none\"}", "", NULL, 0, 0, 401, NULL},
	{"alg HS256", "/details", "{\"alg\":\"HS256\",\"kid\":\"k\"}", "", NULL, 0, 0, 401, NULL},
	{"crit", "/details", "{\"alg\":\"ES256\",\"crit\":[\"b64\"]}", "", NULL, 0, 0, 401, NULL},
	{"odd header", "/details", "{\"alg\":\"ES256\"", "", NULL, 0, 0, 401, NULL},
	{"an ID token", "/details", PLAIN, ",\"token_use\":\"id\"", NULL, 0, 0, 401, NULL},
	{"bound", "/details", GOOD, ",\"cnf\":{\"jkt\":\"x\"}", NULL, 0, 0, 401, NULL},
	{"for others", "/details", GOOD, ",\"aud\":\"https://else.example\"", "aud", 0, 0, 401,
		NULL},
	{"expired", "/details", GOOD, ",\"exp\":1000000000", "exp", 0, 0, 401, NULL},
	{"for ever", "/details", GOOD, "", "exp", 0, 0, 401, NULL},
	{"of a stranger", "/details", GOOD, ",\"iss\":\"https://bad.example\"", "iss", 0, 0, 401,
		NULL},
	{"of nobody", "/details", GOOD, "", "iss", 0, 0, 401, NULL},
	{"twice a name", "/details", GOOD, ",\"iss\":\"https://bad.example\"", NULL, 0, 0, 401,
		NULL},
};

const size_t token_kinds_count = sizeof token_kinds / sizeof *token_kinds;

static size_t add(
	char *text, size_t at, const struct token_kind *kind, const char *name, const char *value)
{
	if (kind->without != NULL && strcmp(kind->without, name) == 0) {
		return at;
	}
	return at + (size_t)sprintf(text + at, "\"%s\":%s,", name, value);
}

/* No two are equal, and what tells them apart is long enough to be found. */
static void write_claims(
	struct subject *subject, const struct token_kind *kind, char *text, size_t size)
{
	static unsigned count;
	char id[64];
	char expiry[32];
	size_t at = 1;
	count++;
	snprintf(id, sizeof id, "jti-%u-%llx-of-this-token-alone", count,
		(unsigned long long)count * 0x9e3779b97f4a7c15u);
	snprintf(expiry, sizeof expiry, "%lld", (long long)time(NULL) + 3600);
	text[0] = '{';
	at = add(text, at, kind, "iss", "\"" DAEMON_ISSUER "\"");
	at = add(text, at, kind, "aud", "\"" DAEMON_RESOURCE "\"");
	at = add(text, at, kind, "exp", expiry);
	snprintf(
		text + at, size - at, "\"jti\":\"%s\",\"sub\":\"sub-%s\"%s}", id, id, kind->claims);
	subject_mark_output(subject, kind->label, id, strlen(id));
}

static void reverse(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size / 2; i++) {
		unsigned char byte = bytes[i];
		bytes[i] = bytes[size - 1 - i];
		bytes[size - 1 - i] = byte;
	}
}

/* Numbers lie in memory with their lowest byte first: that of RSA is one, the others
 * have two. */
static void mark_signature(struct subject *subject, const char *label, const char *text)
{
	unsigned char bytes[SIGNATURE_MAX];
	char name[48];
	size_t size = MCPAUTH__BASE64URL_DECODED(strlen(text));
	size_t number = size == SIGNATURE_MAX ? size : size / 2;
	if (size < 2 * MARK_PIECE || size > sizeof bytes
		|| !mcpauth__base64url_decode(text, strlen(text), bytes)) {
		return;
	}
	snprintf(name, sizeof name, "signature: %s", label);
	subject_mark(subject, name, bytes, size);
	for (size_t at = 0; at < size; at += number) {
		reverse(bytes + at, number);
	}
	snprintf(name, sizeof name, "numbers: %s", label);
	subject_mark(subject, name, bytes, size);
}

const char *token_keys(void)
{
	static char keys[4096];
	char *elliptic = test_key_jwk(test_key("ES256", 0), "k", NULL, NULL);
	char *rsa = test_key_jwk(test_key("RS256", 0), "RS256", NULL, NULL);
	char *pss = test_key_jwk(test_key("PS384", 0), "PS384", NULL, NULL);
	char *edwards = test_key_jwk(test_key("EdDSA", 0), "EdDSA", NULL, NULL);
	snprintf(keys, sizeof keys, "{\"keys\":[%s,%s,%s,%s]}", elliptic, rsa, pss, edwards);
	free(elliptic);
	free(rsa);
	free(pss);
	free(edwards);
	return keys;
}

char *token_make(struct subject *subject, const struct token_kind *kind)
{
	char claims[768];
	write_claims(subject, kind, claims, sizeof claims);
	char *token = test_key_sign(
		test_key(kind->algorithm != NULL ? kind->algorithm : "ES256", kind->key),
		kind->header, claims);
	char *signature = strrchr(token, '.') + 1;
	if (kind->tamper != 0) {
		signature[40] = kind->tamper == signature[40] ? 'y' : kind->tamper;
	}
	subject_mark(subject, kind->label, token, strlen(token));
	mark_signature(subject, kind->label, signature);
	return token;
}

/* Another one each time: of what is found it is then known whose it is. */
char *token_make_opaque(struct subject *subject)
{
	static unsigned number;
	char *token = calloc(1, 64);
	number++;
	snprintf(token, 64, "%08x-opaque-%08x", 0x9e3779b9U * number, 0x85ebca6bU * number);
	subject_mark(subject, "opaque", token, strlen(token));
	return token;
}
