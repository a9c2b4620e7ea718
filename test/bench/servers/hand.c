/* What a programmer writes by hand: libjwt checks the signature, which wants the
 * key's PEM for each token, and its claims are compared. */
#include "server.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct hand {
	const struct server_options *options;
	char *pem;
	jwt_alg_t algorithm;
	struct MHD_Response *good;
	struct MHD_Response *bad;
};

static bool has_scope(const char *scopes, const char *wanted)
{
	size_t length = strlen(wanted);
	while (scopes != NULL && *scopes != '\0') {
		size_t next = strcspn(scopes, " ");
		if (next == length && memcmp(scopes, wanted, length) == 0) {
			return true;
		}
		scopes += next;
		scopes += *scopes == ' ';
	}
	return false;
}

static bool is_equal(const char *value, const char *wanted)
{
	return value != NULL && wanted != NULL && strcmp(value, wanted) == 0;
}

static bool is_good(const struct hand *hand, const char *token)
{
	jwt_t *jwt = NULL;
	const unsigned char *pem = (const unsigned char *)hand->pem;
	if (token == NULL || jwt_decode(&jwt, token, pem, (int)strlen(hand->pem)) != 0) {
		return false;
	}
	bool good = jwt_get_alg(jwt) == hand->algorithm
		&& is_equal(jwt_get_grant(jwt, "iss"), hand->options->issuer)
		&& is_equal(jwt_get_grant(jwt, "aud"), hand->options->resource)
		&& jwt_get_grant_int(jwt, "exp") > time(NULL)
		&& has_scope(jwt_get_grant(jwt, "scope"), "read:notes");
	jwt_free(jwt);
	return good;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **con_cls)
{
	const struct hand *hand = user;
	if (*con_cls == NULL || *size > 0 || strcmp(url, "/open") == 0
		|| is_good(hand, server_token(connection))) {
		return server_handle(
			hand->good, connection, url, method, version, data, size, con_cls);
	}
	return MHD_queue_response(connection, MHD_HTTP_UNAUTHORIZED, hand->bad);
}

int main(int argc, char **argv)
{
	struct server_options options;
	struct hand hand = {.options = &options};
	server_parse(&options, argc, argv);
	hand.algorithm = is_equal(options.algorithm, "ES256") ? JWT_ALG_ES256 : JWT_ALG_RS256;
	hand.pem = server_read_file(options.key);
	hand.good = server_response();
	hand.bad = server_refusal();
	struct server_daemon how = {.handler = handle, .user = &hand};
	int status = server_run(&options, &how);
	MHD_destroy_response(hand.bad);
	MHD_destroy_response(hand.good);
	free(hand.pem);
	return status;
}
