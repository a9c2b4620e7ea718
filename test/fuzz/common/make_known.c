/* Makes the keys and tokens of known/ anew, which throws the old ones away. */
#include "base/buf.h"
#include "known.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(issuer) "\"iss\":\"" issuer "\",\"sub\":\"alice\",\"client_id\":\"app\""
#define LASTING ",\"exp\":4102444800"
#define HERE ",\"aud\":\"" KNOWN_RESOURCE "\""

struct token {
	const char *name;
	const char *algorithm;
	unsigned number;
	const char *header; /* members besides alg */
	const char *payload;
};

/* The first four are the good ones; each of the others is signed, and wrong. */
static const struct token tokens[] = {
	{"a-es-read", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"at+jwt\"",
		NAMES(KNOWN_A) HERE LASTING ",\"scope\":\"read\""},
	{"b-ed-read", "EdDSA", 1, ",\"kid\":\"b-ed\",\"typ\":\"application/at+jwt\"",
		NAMES(KNOWN_B) HERE LASTING ",\"scp\":[\"read\"],\"iat\":1700000000"},
	{"a-rs-write", "RS256", 0, ",\"kid\":\"a-rs\"",
		NAMES(KNOWN_A) HERE LASTING ",\"scope\":\"read write\",\"nbf\":1700000000"},
	{"b-ps-write", "PS256", 1, ",\"kid\":\"b-ps\",\"typ\":\"JWT\"",
		NAMES(KNOWN_B) LASTING ",\"aud\":[\"x\",\"" KNOWN_RESOURCE
				       "\"],\"scopes\":\"write read\""},
	{"wrong-audience", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"at+jwt\"",
		NAMES(KNOWN_A) LASTING ",\"aud\":\"https://other.example\""},
	{"wrong-expired", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"at+jwt\"",
		NAMES(KNOWN_A) HERE ",\"exp\":1700000000"},
	{"wrong-lasting", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"at+jwt\"", NAMES(KNOWN_A) HERE},
	{"wrong-early", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"at+jwt\"",
		NAMES(KNOWN_A) HERE LASTING ",\"nbf\":1900000000"},
	{"wrong-bound", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"at+jwt\"",
		NAMES(KNOWN_A) HERE LASTING ",\"cnf\":{\"jkt\":\"x\"}"},
	{"wrong-id-token", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"JWT\"",
		NAMES(KNOWN_A) HERE LASTING ",\"at_hash\":\"x\""},
	{"wrong-type", "ES256", 0, ",\"kid\":\"a-es\",\"typ\":\"logout+jwt\"",
		NAMES(KNOWN_A) HERE LASTING},
	{"wrong-critical", "ES256", 0, ",\"kid\":\"a-es\",\"crit\":[\"x\"],\"x\":1",
		NAMES(KNOWN_A) HERE LASTING},
	{"wrong-issuer", "EdDSA", 1, ",\"kid\":\"b-ed\"", NAMES(KNOWN_A) HERE LASTING},
	{"wrong-key", "EdDSA", 1, ",\"kid\":\"b-ps\"", NAMES(KNOWN_B) HERE LASTING},
};

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	if (file == NULL || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void write_token(const char *folder, const struct token *token)
{
	char name[64];
	struct mcpauth__buf header = {0};
	struct mcpauth__buf payload = {0};
	mcpauth__buf_printf(&header, "{\"alg\":\"%s\"%s}", token->algorithm, token->header);
	mcpauth__buf_printf(&payload, "{%s}", token->payload);
	char *made = test_key_sign(
		test_key(token->algorithm, token->number), header.data, payload.data);
	snprintf(name, sizeof name, "%s.jwt", token->name);
	write_file(folder, name, made);
	free(made);
	mcpauth__buf_finish(&header);
	mcpauth__buf_finish(&payload);
}

static void write_keys(const char *folder, const char *name, char *first, char *second)
{
	struct mcpauth__buf set = {0};
	mcpauth__buf_printf(&set, "{\"keys\":[%s,%s]}", first, second);
	write_file(folder, name, set.data);
	mcpauth__buf_finish(&set);
	free(first);
	free(second);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	write_keys(argv[1], "issuer-a.jwks",
		test_key_jwk(test_key("ES256", 0), "a-es", "ES256", "sig"),
		test_key_jwk(test_key("RS256", 0), "a-rs", NULL, "sig"));
	write_keys(argv[1], "issuer-b.jwks",
		test_key_jwk(test_key("EdDSA", 1), "b-ed", "EdDSA", NULL),
		test_key_jwk(test_key("PS256", 1), "b-ps", "PS256", NULL));
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		write_token(argv[1], &tokens[i]);
	}
	return 0;
}
