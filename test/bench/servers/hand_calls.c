/* A token checked by libjwt before 3.0, which wants the key's PEM for each token and
 * leaves the claims to the program. */
#include "hand.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct hand_key {
	const struct server_options *options;
	char *pem;
	jwt_alg_t algorithm;
};

static bool is_equal(const char *value, const char *wanted)
{
	return value != NULL && wanted != NULL && strcmp(value, wanted) == 0;
}

struct hand_key *hand_key_new(const struct server_options *options)
{
	struct hand_key *key = calloc(1, sizeof *key);
	if (key == NULL) {
		exit(1);
	}
	key->options = options;
	key->algorithm = is_equal(options->algorithm, "ES256") ? JWT_ALG_ES256 : JWT_ALG_RS256;
	key->pem = server_read_file(options->key);
	return key;
}

void hand_key_free(struct hand_key *key)
{
	free(key->pem);
	free(key);
}

bool hand_key_check(const struct hand_key *key, const char *token, char *scope, size_t size)
{
	jwt_t *jwt = NULL;
	const unsigned char *pem = (const unsigned char *)key->pem;
	if (jwt_decode(&jwt, token, pem, (int)strlen(key->pem)) != 0) {
		return false;
	}
	const char *scopes = jwt_get_grant(jwt, "scope");
	bool good = jwt_get_alg(jwt) == key->algorithm
		&& is_equal(jwt_get_grant(jwt, "iss"), key->options->issuer)
		&& is_equal(jwt_get_grant(jwt, "aud"), key->options->resource)
		&& jwt_get_grant_int(jwt, "exp") > time(NULL);
	snprintf(scope, size, "%s", scopes != NULL ? scopes : "");
	jwt_free(jwt);
	return good;
}
