/* What a programmer writes by hand: libjwt checks the signature, and the token's claims
 * are compared. */
#include "hand.h"

#include <string.h>

/* More than the tokens that are compared have. */
#define SCOPE_SIZE 256

struct hand {
	struct hand_key *key;
	struct MHD_Response *good;
	struct MHD_Response *bad;
};

static bool has_scope(const char *scopes, const char *wanted)
{
	size_t length = strlen(wanted);
	while (*scopes != '\0') {
		size_t next = strcspn(scopes, " ");
		if (next == length && memcmp(scopes, wanted, length) == 0) {
			return true;
		}
		scopes += next;
		scopes += *scopes == ' ';
	}
	return false;
}

static bool is_good(const struct hand *hand, const char *token)
{
	char scope[SCOPE_SIZE];
	return token != NULL && hand_key_check(hand->key, token, scope, sizeof scope)
		&& has_scope(scope, "read:notes");
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
	struct hand hand;
	server_parse(&options, argc, argv);
	hand.key = hand_key_new(&options);
	hand.good = server_response();
	hand.bad = server_refusal();
	struct server_daemon how = {.handler = handle, .user = &hand};
	int status = server_run(&options, &how);
	MHD_destroy_response(hand.bad);
	MHD_destroy_response(hand.good);
	hand_key_free(hand.key);
	return status;
}
