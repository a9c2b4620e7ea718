/* Issuers and tokens that every run of a fuzz target finds the same. */
#include "known.h"

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 4096
#define GOOD_COUNT 4

/* Of no use but to be there: RFC 8037 appendix A.2. */
static const char own_key[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
			      "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

/* The first half may read, the second may write, too. */
static const char *const good_names[GOOD_COUNT] = {
	"a-es-read.jwt", "b-ed-read.jwt", "a-rs-write.jwt", "b-ps-write.jwt"};
static char good[GOOD_COUNT][FILE_MAX];

static void read_known(const char *name, char text[FILE_MAX])
{
	char path[4096];
	snprintf(path, sizeof path, "%s/test/fuzz/known/%s", TEST_ROOT, name);
	FILE *file = fopen(path, "rb");
	MUST(file != NULL);
	size_t length = fread(text, 1, FILE_MAX - 1, file);
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

static size_t find(const char *token)
{
	static bool loaded;
	size_t which = 0;
	for (size_t i = 0; !loaded && i < GOOD_COUNT; i++) {
		read_known(good_names[i], good[i]);
	}
	loaded = true;
	while (which < GOOD_COUNT && strcmp(good[which], token) != 0) {
		which++;
	}
	return which;
}

bool known_is_good(const char *token)
{
	return find(token) < GOOD_COUNT;
}

bool known_may_write(const char *token)
{
	size_t which = find(token);
	return which >= GOOD_COUNT / 2 && which < GOOD_COUNT;
}

static void tell_time(int64_t *real, int64_t *monotonic, void *user)
{
	(void)user;
	*real = KNOWN_NOW;
	*monotonic = 1000000;
}

static void on_line(enum mcpauth_level level, enum mcpauth_code code, const char *request,
	const char *message, void *user)
{
	(void)level;
	(void)code;
	(void)request;
	(void)user;
	MUST(fuzz_is_line(message));
}

static void on_fetch(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	(void)fetch;
	(void)user;
	MUST(url == NULL);
}

void known_configure(struct mcpauth_config *config)
{
	config->log = on_line;
	config->clock = tell_time;
	config->fetch = on_fetch;
}

static void add_issuer(struct mcpauth *auth, const char *name, const char *jwks)
{
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	issuer.issuer = name;
	issuer.jwks = jwks;
	MUST(mcpauth_add_issuer(auth, KNOWN_RESOURCE, &issuer, NULL) == MCPAUTH_OK);
}

static struct mcpauth *make(const struct mcpauth_config *config)
{
	struct mcpauth *auth;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	resource.resource = KNOWN_RESOURCE;
	MUST(mcpauth_new(config, &auth, NULL) == MCPAUTH_OK);
	MUST(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK);
	return auth;
}

struct mcpauth *known_auth(void)
{
	static struct mcpauth *auth;
	char jwks[FILE_MAX];
	if (auth == NULL) {
		struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
		known_configure(&config);
		auth = make(&config);
		read_known("issuer-a.jwks", jwks);
		add_issuer(auth, KNOWN_A, jwks);
		read_known("issuer-b.jwks", jwks);
		add_issuer(auth, KNOWN_B, jwks);
	}
	return auth;
}

struct mcpauth *known_auth_with(mcpauth_verifier_fn verify, void *user)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	known_configure(&config);
	config.token_cache_seconds = MCPAUTH_NONE;
	verifier.verify = verify;
	verifier.user = user;
	struct mcpauth *auth = make(&config);
	add_issuer(auth, KNOWN_A, own_key);
	MUST(mcpauth_set_verifier(auth, KNOWN_RESOURCE, &verifier, NULL) == MCPAUTH_OK);
	return auth;
}
