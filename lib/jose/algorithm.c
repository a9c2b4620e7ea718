/* The names of the accepted signature algorithms. */
#include "jose/algorithm.h"

#include "base/error_int.h"
#include "base/words.h"

#include <string.h>

#define BOTH_ED25519 \
	(MCPAUTH__ALGORITHM_BIT(MCPAUTH__EDDSA) | MCPAUTH__ALGORITHM_BIT(MCPAUTH__ED25519))

static const struct {
	const char *name;
	enum mcpauth__algorithm algorithm;
} algorithms[] = {
	{"RS256", MCPAUTH__RS256},
	{"RS384", MCPAUTH__RS384},
	{"RS512", MCPAUTH__RS512},
	{"PS256", MCPAUTH__PS256},
	{"PS384", MCPAUTH__PS384},
	{"PS512", MCPAUTH__PS512},
	{"ES256", MCPAUTH__ES256},
	{"ES384", MCPAUTH__ES384},
	{"ES512", MCPAUTH__ES512},
	{"EdDSA", MCPAUTH__EDDSA},
	{"Ed25519", MCPAUTH__ED25519},
};

static enum mcpauth__algorithm find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (strlen(algorithms[i].name) == length
			&& memcmp(algorithms[i].name, name, length) == 0) {
			return algorithms[i].algorithm;
		}
	}
	return MCPAUTH__ALGORITHM_UNKNOWN;
}

enum mcpauth__algorithm mcpauth__algorithm_of(const char *name)
{
	return find(name, strlen(name));
}

const char *mcpauth__algorithm_name(enum mcpauth__algorithm algorithm)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (algorithms[i].algorithm == algorithm) {
			return algorithms[i].name;
		}
	}
	return NULL;
}

enum mcpauth_code mcpauth__algorithms_parse(
	const char *names, unsigned *bits, struct mcpauth_error *err)
{
	const char *name;
	size_t length;
	unsigned found = 0;
	*bits = 0;
	while ((name = mcpauth__word_next(&names, &length)) != NULL) {
		enum mcpauth__algorithm algorithm = find(name, length);
		if (algorithm == MCPAUTH__ALGORITHM_UNKNOWN) {
			return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
				"no signature algorithm of this library: %.*s",
				(int)(length < 32 ? length : 32), name);
		}
		found |= MCPAUTH__ALGORITHM_BIT(algorithm);
	}
	/* RFC 9864 section 2.2 gives EdDSA over Ed25519 a second name. */
	if ((found & BOTH_ED25519) != 0) {
		found |= BOTH_ED25519;
	}
	*bits = found != 0 ? found : MCPAUTH__ALGORITHMS_ALL;
	return MCPAUTH_OK;
}
