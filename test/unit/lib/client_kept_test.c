/* What a storage has of tokens that this client did not put there: which of them it uses, and
 * with whose key. */
#include "client/storage/token_storage_int.h"
#include "support/check.h"
#include "support/small_web.h"

#include <stdlib.h>
#include <string.h>

#define BOUND \
	"{\"access_token\":\"bound\",\"token_type\":\"DPoP\",\"expires_in\":3600," \
	"\"refresh_token\":\"refresh-bound\"}"

/* What a client that is configured otherwise left there, and what comes of it. */
struct row {
	const char *label;
	const char *left_by; /* the issuer */
	enum mcpauth_client_dpop left;
	enum mcpauth_client_dpop wanted;
	const char *issuer; /* the one that is configured */
	unsigned logins;
};

static const struct row rows[] = {
	{"bound, wanted bound", ISSUER, MCPAUTH_DPOP_ALWAYS, MCPAUTH_DPOP_ALWAYS, NULL, 1},
	{"plain, wanted bound", ISSUER, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_ALWAYS, NULL, 2},
	{"bound, wanted plain", ISSUER, MCPAUTH_DPOP_ALWAYS, MCPAUTH_DPOP_NEVER, NULL, 2},
	{"plain, wanted plain", ISSUER, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_NEVER, NULL, 1},
	{"bound, either", ISSUER, MCPAUTH_DPOP_ALWAYS, MCPAUTH_DPOP_IF_OFFERED, NULL, 1},
	{"plain, either", ISSUER, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_IF_OFFERED, NULL, 1},
	{"of the issuer", ISSUER, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_NEVER, ISSUER, 1},
	{"of another", EVIL, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_NEVER, ISSUER, 2},
	{"of any", EVIL, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_NEVER, NULL, 1},
};

/* Kept in a storage that is new, by one who takes what there is. */
static void leave(struct small_web *web, const struct row *row)
{
	const char *tokens = row->left == MCPAUTH_DPOP_ALWAYS ? BOUND : TOKENS;
	mcpauth_token_storage_free(web->config.storage);
	CHECK_OK(mcpauth_token_storage_new_memory(&web->config.storage, &err));
	assert_non_null(web->config.storage);
	small_web_trust(web, WELL_KNOWN "/mcp", SERVER, row->left_by);
	small_web_put(web, ISSUER "/token", 200, "%s", tokens);
	web->config.dpop = row->left;
	web->config.issuer = NULL;
	CHECK_ROW_CODE(row->label, MCPAUTH_OK, small_web_visit(web, &err));
}

/* @param seconds  that go by in between */
static void check_row(struct small_web *web, const struct row *row, int64_t seconds)
{
	web->logins = 0;
	leave(web, row);
	web->seconds += seconds;
	if (row->issuer != NULL) {
		small_web_trust(web, WELL_KNOWN "/mcp", SERVER, row->issuer);
	}
	if (row->wanted != MCPAUTH_DPOP_IF_OFFERED) {
		small_web_put(web, ISSUER "/token", 200, "%s",
			row->wanted == MCPAUTH_DPOP_ALWAYS ? BOUND : TOKENS);
	}
	web->config.dpop = row->wanted;
	web->config.issuer = row->issuer;
	mcpauth__buf_finish(&web->asked);
	CHECK_ROW_CODE(row->label, MCPAUTH_OK, small_web_visit(web, &err));
	CHECK_ROW(row->label, web->logins == row->logins);
	CHECK_ROW(row->label,
		small_web_asked(web, "grant_type=refresh_token")
			== (row->logins == 1 && seconds > 0 ? 1 : 0));
}

static void a_token_that_is_not_wanted_is_not_shown(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check_row(*state, &rows[i], 0);
	}
}

static void a_token_that_is_not_wanted_is_not_refreshed(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check_row(*state, &rows[i], 3590);
	}
}

/* A token that nobody wants is a token of somebody's all the same. */
static void a_token_that_is_not_wanted_is_revoked(void **state)
{
	struct small_web *web = *state;
	const struct row row = {"plain", ISSUER, MCPAUTH_DPOP_NEVER, MCPAUTH_DPOP_ALWAYS, NULL, 1};
	small_web_put_issuer(web, ISSUER ISSUER_PLACE, ISSUER,
		"\"authorization_endpoint\":\"" ISSUER "/authorize\","
		"\"revocation_endpoint\":\"" ISSUER "/revoke\"");
	leave(web, &row);
	web->config.dpop = row.wanted;
	struct mcpauth_client *client = small_web_client(web);
	CHECK_OK(mcpauth_client_logout(client, &err));
	assert_int_equal(small_web_asked(web, "POST " ISSUER "/revoke token=refresh-me"), 1);
	mcpauth_client_free(client);
}

/* A proof's first part is the same for each of one key. */
static void copy_key(const char *proof, char key[512])
{
	size_t length = strcspn(proof, ".");
	assert_true(length > 0 && length < 512);
	memcpy(key, proof, length);
	key[length] = '\0';
}

static void check_key(const char *proof, const char *key)
{
	char own[512];
	copy_key(proof, own);
	assert_string_equal(own, key);
}

/* As if whoever logs in next had begun when nobody had logged in. */
static void empty_storage(struct small_web *web)
{
	const struct mcpauth__credentials nothing = {0};
	struct mcpauth_token_storage *storage = web->config.storage;
	CHECK_OK(mcpauth__token_storage_lock(storage, SERVER, &err));
	CHECK_OK(mcpauth__token_storage_save(storage, SERVER, &nothing, &err));
	mcpauth__token_storage_unlock(storage, SERVER);
}

/* What the server is shown with the next request. */
static void check_shown(struct mcpauth_client *client, const char *key)
{
	struct mcpauth_client_request *request = NULL;
	const char *name;
	const char *proof = NULL;
	CHECK_OK(mcpauth_client_request_new(client, "POST", NULL, &request, &err));
	assert_non_null(request);
	CHECK_OK(mcpauth_client_request_prepare(request, &err));
	assert_true(mcpauth_client_request_header_at(request, 1, &name, &proof));
	check_key(proof, key);
	mcpauth_client_request_free(request);
}

static void a_token_of_others_is_refreshed_with_their_key(void **state)
{
	struct small_web *web = *state;
	char first_key[512];
	char second_key[512];
	web->config.dpop = MCPAUTH_DPOP_ALWAYS;
	small_web_put(web, ISSUER "/token", 200, BOUND);
	struct mcpauth_client *first = small_web_client(web);
	CHECK_OK(small_web_send(web, first, &err));
	copy_key(web->proof, first_key);
	check_shown(first, first_key);
	empty_storage(web);
	CHECK_OK(small_web_visit(web, &err));
	copy_key(web->proof, second_key);
	assert_string_not_equal(first_key, second_key);
	assert_int_equal(web->logins, 2);
	web->seconds = 3590;
	CHECK_OK(small_web_send(web, first, &err));
	assert_int_equal(small_web_asked(web, "refresh_token=refresh-bound"), 1);
	check_key(web->proof, second_key);
	check_shown(first, second_key);
	assert_int_equal(web->logins, 2);
	mcpauth_client_free(first);
}

static void a_token_of_ones_own_is_refreshed_with_its_key(void **state)
{
	struct small_web *web = *state;
	char key[512];
	web->config.dpop = MCPAUTH_DPOP_ALWAYS;
	small_web_put(web, ISSUER "/token", 200, BOUND);
	struct mcpauth_client *client = small_web_client(web);
	CHECK_OK(small_web_send(web, client, &err));
	copy_key(web->proof, key);
	web->seconds = 3590;
	CHECK_OK(small_web_send(web, client, &err));
	assert_int_equal(small_web_asked(web, "refresh_token=refresh-bound"), 1);
	check_key(web->proof, key);
	mcpauth_client_free(client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_web_start, small_web_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_that_is_not_wanted_is_not_shown),
		TEST(a_token_that_is_not_wanted_is_not_refreshed),
		TEST(a_token_that_is_not_wanted_is_revoked),
		TEST(a_token_of_others_is_refreshed_with_their_key),
		TEST(a_token_of_ones_own_is_refreshed_with_its_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
