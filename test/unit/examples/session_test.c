/* Claims about sessions: whose they are, when they end, and which messages
 * need one. No sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "mcp/era.h"
#include "support/check.h"
#include "token/auth_info_int.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define THREADS 4
#define ROUNDS 2000

static const struct session_owner nobody;
static const struct session_owner alice = {"https://as.example", "alice", "app"};
static int64_t now;

static int64_t read_clock(void)
{
	return now;
}

static struct slice text(const char *value)
{
	return (struct slice){value, value != NULL ? strlen(value) : 0};
}

static int make_sessions(void **state)
{
	now = 1000;
	*state = sessions_new(read_clock);
	return *state != NULL ? 0 : -1;
}

static int free_sessions(void **state)
{
	sessions_free(*state);
	return 0;
}

static void gives_ids_that_are_long_and_never_the_same(void **state)
{
	char first[SESSION_ID_SIZE];
	char second[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &nobody, first));
	assert_true(sessions_open(*state, &nobody, second));
	assert_int_equal(strlen(first), 64);
	assert_int_equal(strspn(first, "0123456789abcdef"), 64);
	assert_string_not_equal(first, second);
}

static void knows_only_ids_that_it_gave(void **state)
{
	char id[SESSION_ID_SIZE];
	char other[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &nobody, id));
	assert_true(sessions_use(*state, text(id), &nobody));
	for (size_t i = 0; i < SESSION_ID_SIZE - 1; i++) {
		memcpy(other, id, sizeof other);
		other[i] = id[i] == '0' ? '1' : '0';
		assert_false(sessions_use(*state, text(other), &nobody));
	}
	assert_false(sessions_use(*state, text(""), &nobody));
	assert_false(sessions_use(*state, (struct slice){0}, &nobody));
	assert_false(sessions_use(*state, (struct slice){id, strlen(id) - 1}, &nobody));
}

static void serves_nobody_but_the_owner(void **state)
{
	static const struct session_owner others[] = {
		{"https://other.example", "alice", "app"},
		{"https://as.example", "bob", "app"},
		{"https://as.example", "alice", "other"},
		{"https://as.example", "alice", NULL},
		{"https://as.example", NULL, "app"},
		{"https://as.example", "", "app"},
		{NULL, NULL, NULL},
	};
	char id[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &alice, id));
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_false(sessions_use(*state, text(id), &others[i]));
		assert_false(sessions_close(*state, text(id), &others[i]));
	}
	assert_true(sessions_use(*state, text(id), &alice));
}

static void gives_what_nobody_opened_to_nobody_else(void **state)
{
	char id[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &nobody, id));
	assert_false(sessions_use(*state, text(id), &alice));
	assert_true(sessions_use(*state, text(id), &nobody));
}

static void ends_a_session_for_good(void **state)
{
	char id[SESSION_ID_SIZE];
	char other[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &alice, id));
	assert_true(sessions_open(*state, &alice, other));
	assert_true(sessions_close(*state, text(id), &alice));
	assert_false(sessions_use(*state, text(id), &alice));
	assert_false(sessions_close(*state, text(id), &alice));
	assert_true(sessions_use(*state, text(other), &alice));
}

static void ends_a_session_that_is_idle_for_an_hour(void **state)
{
	char id[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &alice, id));
	now += SESSION_IDLE_MS - 1;
	assert_true(sessions_use(*state, text(id), &alice));
	now += SESSION_IDLE_MS - 1;
	assert_true(sessions_use(*state, text(id), &alice));
	now += SESSION_IDLE_MS;
	assert_false(sessions_use(*state, text(id), &alice));
	assert_false(sessions_close(*state, text(id), &alice));
}

static void is_not_kept_alive_by_others(void **state)
{
	char id[SESSION_ID_SIZE];
	assert_true(sessions_open(*state, &alice, id));
	now += SESSION_IDLE_MS - 1;
	assert_false(sessions_use(*state, text(id), &nobody));
	now += 1;
	assert_false(sessions_use(*state, text(id), &alice));
}

static void makes_room_by_ending_the_one_longest_idle(void **state)
{
	static char ids[SESSIONS_MAX + 1][SESSION_ID_SIZE];
	for (size_t i = 0; i < SESSIONS_MAX; i++, now++) {
		assert_true(sessions_open(*state, &alice, ids[i]));
	}
	assert_true(sessions_use(*state, text(ids[0]), &alice));
	assert_true(sessions_open(*state, &alice, ids[SESSIONS_MAX]));
	assert_false(sessions_use(*state, text(ids[1]), &alice));
	for (size_t i = 2; i <= SESSIONS_MAX; i++) {
		assert_true(sessions_use(*state, text(ids[i]), &alice));
	}
	assert_true(sessions_use(*state, text(ids[0]), &alice));
}

/* Each place is used several times over, with neighbours before and behind it. */
static void stays_whole_while_sessions_come_and_go(void **state)
{
	static char ids[4 * SESSIONS_MAX][SESSION_ID_SIZE];
	for (size_t i = 0; i < SESSIONS_MAX - 1; i++) {
		assert_true(sessions_open(*state, &nobody, ids[i]));
	}
	for (size_t i = SESSIONS_MAX - 1; i < COUNT(ids); i++) {
		size_t oldest = i - (SESSIONS_MAX - 1);
		assert_true(sessions_open(*state, &nobody, ids[i]));
		assert_true(sessions_close(*state, text(ids[oldest]), &nobody));
		assert_false(sessions_use(*state, text(ids[oldest]), &nobody));
		assert_true(sessions_use(*state, text(ids[(oldest + 1 + i) / 2]), &nobody));
	}
	for (size_t i = COUNT(ids) - (SESSIONS_MAX - 1); i < COUNT(ids); i++) {
		assert_true(sessions_close(*state, text(ids[i]), &nobody));
	}
}

static void keeps_the_neighbours_of_those_that_end(void **state)
{
	static char ids[SESSIONS_MAX][SESSION_ID_SIZE];
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		assert_true(sessions_open(*state, &nobody, ids[i]));
	}
	for (size_t i = 1; i < SESSIONS_MAX; i += 2) {
		assert_true(sessions_close(*state, text(ids[i]), &nobody));
	}
	for (size_t i = 0; i < SESSIONS_MAX; i += 2) {
		assert_true(sessions_use(*state, text(ids[i]), &nobody));
	}
}

static void *open_use_close(void *sessions)
{
	size_t done = 0;
	for (int i = 0; i < ROUNDS; i++) {
		char id[SESSION_ID_SIZE];
		done += sessions_open(sessions, &alice, id)
			&& sessions_use(sessions, text(id), &alice)
			&& sessions_close(sessions, text(id), &alice);
	}
	return done == ROUNDS ? sessions : NULL;
}

static void serves_several_threads(void **state)
{
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, open_use_close, *state), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		void *done;
		assert_int_equal(pthread_join(threads[i], &done), 0);
		assert_ptr_equal(done, *state);
	}
}

#define INITIALIZE \
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"," \
	"\"params\":{\"protocolVersion\":\"2025-11-25\"}}"
#define PING "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}"
#define INITIALIZED "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"

static int make_server(void **state)
{
	*state = mcp_server_new("test", "1.2", "/mcp");
	return *state != NULL ? 0 : -1;
}

static int free_server(void **state)
{
	mcp_server_free(*state);
	return 0;
}

/* What a verified token with these claims makes of its bearer. */
static struct mcpauth_auth_info *bearer(const char *issuer, const char *claims)
{
	struct mcpauth__jws jws;
	struct mcpauth__identity *identity;
	struct mcpauth__claim_policy policy;
	struct mcpauth_issuer_config usual = MCPAUTH_ISSUER_CONFIG_INIT;
	assert_true(mcpauth__claim_policy_init(&policy, &usual));
	cJSON *said = cJSON_Parse(claims);
	assert_non_null(cJSON_AddStringToObject(said, "iss", issuer));
	char *text_said = cJSON_PrintUnformatted(said);
	assert_non_null(text_said);
	CHECK_OK(mcpauth__jws_from_claims(text_said, strlen(text_said), &jws, &err));
	free(text_said);
	cJSON_Delete(said);
	struct mcpauth__identity_parts parts = {
		.pool = mcpauth__identity_pool_new(),
		.policy = &policy,
		.resource = "https://api.example/mcp",
	};
	assert_non_null(parts.pool);
	CHECK_OK(mcpauth__identity_new(&jws, &parts, &identity, &err));
	mcpauth__identity_pool_free(parts.pool);
	mcpauth__claim_policy_finish(&policy);
	struct mcpauth_auth_info *info = mcpauth__auth_info_new(identity, "a.b.c");
	assert_non_null(info);
	return info;
}

static unsigned post(const struct mcp_server *server, const char *body, struct era_headers headers,
	const struct mcpauth_auth_info *who)
{
	struct reply reply;
	era_answer(server, text(body), &headers, who, &reply);
	assert_int_equal(reply.session[0], '\0');
	free(reply.body);
	return reply.status;
}

static unsigned post_in(const struct mcp_server *server, const char *session, const char *body)
{
	return post(server, body, (struct era_headers){.session = text(session)}, NULL);
}

static unsigned end(
	const struct mcp_server *server, const char *session, const struct mcpauth_auth_info *who)
{
	struct era_headers headers = {.session = text(session)};
	struct reply reply;
	era_answer_bare(server, "DELETE", &headers, who, &reply);
	assert_int_equal(reply.body == NULL, reply.status == 204);
	free(reply.body);
	return reply.status;
}

static void open_session(const struct mcp_server *server, const struct mcpauth_auth_info *who,
	char id[SESSION_ID_SIZE])
{
	struct era_headers headers = {0};
	struct reply reply;
	era_answer(server, text(INITIALIZE), &headers, who, &reply);
	assert_int_equal(reply.status, 200);
	assert_int_equal(strlen(reply.session), SESSION_ID_SIZE - 1);
	memcpy(id, reply.session, SESSION_ID_SIZE);
	free(reply.body);
}

static void wants_the_session_that_initialize_opened(void **state)
{
	char id[SESSION_ID_SIZE];
	open_session(*state, NULL, id);
	assert_int_equal(post_in(*state, id, INITIALIZED), 202);
	assert_int_equal(post_in(*state, id, PING), 200);
	assert_int_equal(post_in(*state, NULL, INITIALIZED), 400);
	assert_int_equal(post_in(*state, NULL, PING), 400);
	assert_int_equal(post_in(*state, "none", INITIALIZED), 404);
	assert_int_equal(post_in(*state, "none", PING), 404);
	assert_int_equal(post_in(*state, "", PING), 404);
}

static void opens_nothing_for_a_handshake_that_fails(void **state)
{
	assert_int_equal(post(*state, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}",
				 (struct era_headers){0}, NULL),
		200);
	assert_int_equal(
		post(*state, INITIALIZE, (struct era_headers){.version = text("2024-11-05")}, NULL),
		400);
	assert_int_equal(post(*state,
				 "{\"jsonrpc\":\"2.0\",\"method\":\"initialize\","
				 "\"params\":{\"protocolVersion\":\"2025-11-25\"}}",
				 (struct era_headers){0}, NULL),
		400);
}

static void refuses_two_session_headers(void **state)
{
	char id[SESSION_ID_SIZE];
	open_session(*state, NULL, id);
	struct era_headers headers = {.session = text(id), .session_repeated = true};
	assert_int_equal(post(*state, PING, headers, NULL), 400);
	headers.session_repeated = false;
	assert_int_equal(post(*state, PING, headers, NULL), 200);
}

static void ends_the_session_that_delete_names(void **state)
{
	char id[SESSION_ID_SIZE];
	open_session(*state, NULL, id);
	assert_int_equal(end(*state, NULL, NULL), 400);
	assert_int_equal(end(*state, "none", NULL), 404);
	assert_int_equal(post_in(*state, id, PING), 200);
	assert_int_equal(end(*state, id, NULL), 204);
	assert_int_equal(post_in(*state, id, PING), 404);
	assert_int_equal(end(*state, id, NULL), 404);
}

/* One thing about the bearer differs in each row. */
static void keeps_sessions_apart_by_what_tokens_say(void **state)
{
	static const char *const others[][2] = {
		{"https://other.example", "{\"sub\":\"alice\",\"client_id\":\"app\"}"},
		{"https://as.example", "{\"sub\":\"bob\",\"client_id\":\"app\"}"},
		{"https://as.example", "{\"sub\":\"alice\",\"client_id\":\"other\"}"},
		{"https://as.example", "{\"sub\":\"alice\"}"},
	};
	char id[SESSION_ID_SIZE];
	struct mcpauth_auth_info *owner = bearer(
		"https://as.example", "{\"sub\":\"alice\",\"client_id\":\"app\"}");
	open_session(*state, owner, id);
	struct era_headers headers = {.session = text(id)};
	for (size_t i = 0; i < COUNT(others); i++) {
		struct mcpauth_auth_info *other = bearer(others[i][0], others[i][1]);
		assert_int_equal(post(*state, PING, headers, other), 404);
		assert_int_equal(end(*state, id, other), 404);
		mcpauth_auth_info_free(other);
	}
	assert_int_equal(post(*state, PING, headers, NULL), 404);
	assert_int_equal(post(*state, PING, headers, owner), 200);
	mcpauth_auth_info_free(owner);
}

static void stays_with_its_owner_when_the_token_is_renewed(void **state)
{
	char id[SESSION_ID_SIZE];
	struct mcpauth_auth_info *before = bearer("https://as.example",
		"{\"sub\":\"alice\",\"client_id\":\"app\",\"exp\":1,\"scope\":\"a\"}");
	struct mcpauth_auth_info *after = bearer("https://as.example",
		"{\"sub\":\"alice\",\"client_id\":\"app\",\"exp\":2,\"scope\":\"b\"}");
	open_session(*state, before, id);
	mcpauth_auth_info_free(before);
	assert_int_equal(post(*state, PING, (struct era_headers){.session = text(id)}, after), 200);
	assert_int_equal(end(*state, id, after), 204);
	mcpauth_auth_info_free(after);
}

static void ignores_sessions_in_the_modern_era(void **state)
{
	const char *body =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\","
		"\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
	struct era_headers headers = {
		.version = text("2026-07-28"), .method = text("server/discover")};
	assert_int_equal(post(*state, body, headers, NULL), 200);
	headers.session = text("none");
	headers.session_repeated = true;
	assert_int_equal(post(*state, body, headers, NULL), 200);
}

static void check_not_allowed(
	const struct mcp_server *server, const char *method, const char *version, const char *allow)
{
	struct era_headers headers = {.version = text(version)};
	struct reply reply;
	era_answer_bare(server, method, &headers, NULL, &reply);
	assert_int_equal(reply.status, 405);
	assert_string_equal(reply.allow, allow);
	free(reply.body);
}

static void allows_post_and_in_the_older_era_delete(void **state)
{
	check_not_allowed(*state, "GET", NULL, "POST, DELETE");
	check_not_allowed(*state, "GET", "2025-11-25", "POST, DELETE");
	check_not_allowed(*state, "PUT", "2025-11-25", "POST, DELETE");
	check_not_allowed(*state, "GET", "2026-07-28", "POST");
	check_not_allowed(*state, "DELETE", "2026-07-28", "POST");
}

#define WITH_SESSIONS(test) cmocka_unit_test_setup_teardown(test, make_sessions, free_sessions)
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, make_server, free_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SESSIONS(gives_ids_that_are_long_and_never_the_same),
		WITH_SESSIONS(knows_only_ids_that_it_gave),
		WITH_SESSIONS(serves_nobody_but_the_owner),
		WITH_SESSIONS(gives_what_nobody_opened_to_nobody_else),
		WITH_SESSIONS(ends_a_session_for_good),
		WITH_SESSIONS(ends_a_session_that_is_idle_for_an_hour),
		WITH_SESSIONS(is_not_kept_alive_by_others),
		WITH_SESSIONS(makes_room_by_ending_the_one_longest_idle),
		WITH_SESSIONS(stays_whole_while_sessions_come_and_go),
		WITH_SESSIONS(keeps_the_neighbours_of_those_that_end),
		WITH_SESSIONS(serves_several_threads),
		WITH_SERVER(wants_the_session_that_initialize_opened),
		WITH_SERVER(opens_nothing_for_a_handshake_that_fails),
		WITH_SERVER(refuses_two_session_headers),
		WITH_SERVER(ends_the_session_that_delete_names),
		WITH_SERVER(keeps_sessions_apart_by_what_tokens_say),
		WITH_SERVER(stays_with_its_owner_when_the_token_is_renewed),
		WITH_SERVER(ignores_sessions_in_the_modern_era),
		WITH_SERVER(allows_post_and_in_the_older_era_delete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
