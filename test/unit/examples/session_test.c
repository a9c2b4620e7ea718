/* Claims about sessions: whose they are, when they end, and which messages
 * need one. No sockets. */
#include "posted.h"
#include "support/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define THREADS 4
#define ROUNDS 2000
#define ISSUER "https://as.example"

static int64_t now;

static int64_t read_clock(void)
{
	return now;
}

/* Sessions, and alice, to whom they belong. */
struct house {
	struct mcpauth *auth;
	struct sessions *sessions;
	struct mcp_server *server;
	struct mcpauth_auth_info *alice;
};

static int open_house(void **state)
{
	struct house *house = calloc(1, sizeof *house);
	assert_non_null(house);
	now = 1000;
	house->auth = posted_auth();
	house->sessions = sessions_new(house->auth, read_clock);
	assert_non_null(house->sessions);
	house->server = posted_server(house->auth);
	house->alice = posted_bearer(ISSUER, "{\"sub\":\"alice\",\"client_id\":\"app\"}");
	*state = house;
	return 0;
}

static int close_house(void **state)
{
	struct house *house = *state;
	mcpauth_auth_info_free(house->alice);
	mcp_server_free(house->server);
	sessions_free(house->sessions);
	mcpauth_free(house->auth);
	free(house);
	return 0;
}

static bool opened(const struct house *house, char id[MCPAUTH_HANDLE_SIZE])
{
	return sessions_open(house->sessions, house->alice, id);
}

static bool used(const struct house *house, const char *id)
{
	return sessions_use(house->sessions, posted_text(id), house->alice);
}

static bool closed(const struct house *house, const char *id)
{
	return sessions_close(house->sessions, posted_text(id), house->alice);
}

static void gives_ids_that_are_never_the_same(void **state)
{
	char first[MCPAUTH_HANDLE_SIZE];
	char second[MCPAUTH_HANDLE_SIZE];
	assert_true(opened(*state, first));
	assert_true(opened(*state, second));
	assert_true(strlen(first) >= 43);
	assert_string_not_equal(first, second);
}

static void knows_only_ids_that_it_gave(void **state)
{
	const struct house *house = *state;
	char id[MCPAUTH_HANDLE_SIZE];
	char other[MCPAUTH_HANDLE_SIZE + 1];
	assert_true(opened(house, id));
	assert_true(used(house, id));
	for (size_t i = 0; i < strlen(id); i++) {
		memcpy(other, id, sizeof id);
		other[i] = id[i] == 'A' ? 'B' : 'A';
		assert_false(used(house, other));
	}
	assert_false(used(house, ""));
	assert_false(used(house, NULL));
	struct slice shorter = {id, strlen(id) - 1};
	assert_false(sessions_use(house->sessions, shorter, house->alice));
	memset(other, 'A', sizeof other - 1);
	other[sizeof other - 1] = '\0';
	assert_false(used(house, other));
}

/* A handle of the same key, which was never opened, or by another server's purpose. */
static void knows_no_handle_of_another_server(void **state)
{
	const struct house *house = *state;
	struct sessions *others = sessions_new(house->auth, read_clock);
	char id[MCPAUTH_HANDLE_SIZE];
	assert_non_null(others);
	assert_true(sessions_open(others, house->alice, id));
	assert_false(used(house, id));
	assert_true(sessions_use(others, posted_text(id), house->alice));
	sessions_free(others);
}

/* One thing about the bearer differs in each row. */
static const char *const others[][2] = {
	{"https://other.example", "{\"sub\":\"alice\",\"client_id\":\"app\"}"},
	{ISSUER, "{\"sub\":\"bob\",\"client_id\":\"app\"}"},
	{ISSUER, "{\"sub\":\"alice\",\"client_id\":\"other\"}"},
	{ISSUER, "{\"sub\":\"alice\"}"},
	{ISSUER, "{\"client_id\":\"app\"}"},
};

static void serves_nobody_but_the_owner(void **state)
{
	const struct house *house = *state;
	char id[MCPAUTH_HANDLE_SIZE];
	assert_true(opened(house, id));
	for (size_t i = 0; i < COUNT(others); i++) {
		struct mcpauth_auth_info *other = posted_bearer(others[i][0], others[i][1]);
		assert_false(sessions_use(house->sessions, posted_text(id), other));
		assert_false(sessions_close(house->sessions, posted_text(id), other));
		mcpauth_auth_info_free(other);
	}
	assert_false(sessions_use(house->sessions, posted_text(id), NULL));
	assert_true(used(house, id));
}

static void gives_what_nobody_opened_to_nobody_else(void **state)
{
	const struct house *house = *state;
	char id[MCPAUTH_HANDLE_SIZE];
	assert_true(sessions_open(house->sessions, NULL, id));
	assert_false(used(house, id));
	assert_true(sessions_use(house->sessions, posted_text(id), NULL));
}

static void ends_a_session_for_good(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
	char other[MCPAUTH_HANDLE_SIZE];
	assert_true(opened(*state, id));
	assert_true(opened(*state, other));
	assert_true(closed(*state, id));
	assert_false(used(*state, id));
	assert_false(closed(*state, id));
	assert_true(used(*state, other));
}

static void ends_a_session_that_is_idle_for_an_hour(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
	assert_true(opened(*state, id));
	now += SESSION_IDLE_MS - 1;
	assert_true(used(*state, id));
	now += SESSION_IDLE_MS - 1;
	assert_true(used(*state, id));
	now += SESSION_IDLE_MS;
	assert_false(used(*state, id));
	assert_false(closed(*state, id));
}

static void is_not_kept_alive_by_others(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
	assert_true(opened(*state, id));
	now += SESSION_IDLE_MS - 1;
	const struct house *house = *state;
	assert_false(sessions_use(house->sessions, posted_text(id), NULL));
	now += 1;
	assert_false(used(*state, id));
}

static void makes_room_by_ending_the_one_longest_idle(void **state)
{
	static char ids[SESSIONS_MAX + 1][MCPAUTH_HANDLE_SIZE];
	for (size_t i = 0; i < SESSIONS_MAX; i++, now++) {
		assert_true(opened(*state, ids[i]));
	}
	assert_true(used(*state, ids[0]));
	assert_true(opened(*state, ids[SESSIONS_MAX]));
	assert_false(used(*state, ids[1]));
	for (size_t i = 2; i <= SESSIONS_MAX; i++) {
		assert_true(used(*state, ids[i]));
	}
	assert_true(used(*state, ids[0]));
}

/* Each place is used several times over. */
static void uses_places_again(void **state)
{
	static char ids[4 * SESSIONS_MAX][MCPAUTH_HANDLE_SIZE];
	for (size_t i = 0; i < SESSIONS_MAX - 1; i++) {
		assert_true(opened(*state, ids[i]));
	}
	for (size_t i = SESSIONS_MAX - 1; i < COUNT(ids); i++) {
		size_t oldest = i - (SESSIONS_MAX - 1);
		assert_true(opened(*state, ids[i]));
		assert_true(closed(*state, ids[oldest]));
		assert_false(used(*state, ids[oldest]));
		assert_true(used(*state, ids[(oldest + 1 + i) / 2]));
	}
	for (size_t i = COUNT(ids) - (SESSIONS_MAX - 1); i < COUNT(ids); i++) {
		assert_true(closed(*state, ids[i]));
	}
}

static void *open_use_close(void *house)
{
	size_t done = 0;
	for (int i = 0; i < ROUNDS; i++) {
		char id[MCPAUTH_HANDLE_SIZE];
		done += opened(house, id) && used(house, id) && closed(house, id);
	}
	return done == ROUNDS ? house : NULL;
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

static unsigned post(const struct house *house, const char *body, struct era_headers headers,
	const struct mcpauth_auth_info *who)
{
	struct reply reply;
	posted_answer(house->server, body, &headers, who, &reply);
	assert_int_equal(reply.session[0], '\0');
	free(reply.body);
	return reply.status;
}

static unsigned post_in(const struct house *house, const char *session, const char *body)
{
	return post(house, body, (struct era_headers){.session = posted_text(session)}, NULL);
}

static unsigned end(
	const struct house *house, const char *session, const struct mcpauth_auth_info *who)
{
	struct era_headers headers = {.session = posted_text(session)};
	struct reply reply;
	era_answer_bare(house->server, "DELETE", &headers, who, &reply);
	assert_int_equal(reply.body == NULL, reply.status == 204);
	free(reply.body);
	return reply.status;
}

static void open_session(const struct house *house, const struct mcpauth_auth_info *who,
	char id[MCPAUTH_HANDLE_SIZE])
{
	struct reply reply;
	posted_answer(house->server, INITIALIZE, NULL, who, &reply);
	assert_int_equal(reply.status, 200);
	assert_int_not_equal(reply.session[0], '\0');
	memcpy(id, reply.session, MCPAUTH_HANDLE_SIZE);
	free(reply.body);
}

static void wants_the_session_that_initialize_opened(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
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
	assert_int_equal(post(*state, INITIALIZE,
				 (struct era_headers){.version = posted_text("2024-11-05")}, NULL),
		400);
	assert_int_equal(post(*state,
				 "{\"jsonrpc\":\"2.0\",\"method\":\"initialize\","
				 "\"params\":{\"protocolVersion\":\"2025-11-25\"}}",
				 (struct era_headers){0}, NULL),
		400);
}

static void refuses_two_session_headers(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
	open_session(*state, NULL, id);
	struct era_headers headers = {.session = posted_text(id), .session_repeated = true};
	assert_int_equal(post(*state, PING, headers, NULL), 400);
	headers.session_repeated = false;
	assert_int_equal(post(*state, PING, headers, NULL), 200);
}

static void ends_the_session_that_delete_names(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
	open_session(*state, NULL, id);
	assert_int_equal(end(*state, NULL, NULL), 400);
	assert_int_equal(end(*state, "none", NULL), 404);
	assert_int_equal(post_in(*state, id, PING), 200);
	assert_int_equal(end(*state, id, NULL), 204);
	assert_int_equal(post_in(*state, id, PING), 404);
	assert_int_equal(end(*state, id, NULL), 404);
}

static void keeps_sessions_apart_by_what_tokens_say(void **state)
{
	const struct house *house = *state;
	char id[MCPAUTH_HANDLE_SIZE];
	open_session(house, house->alice, id);
	struct era_headers headers = {.session = posted_text(id)};
	for (size_t i = 0; i < COUNT(others); i++) {
		struct mcpauth_auth_info *other = posted_bearer(others[i][0], others[i][1]);
		assert_int_equal(post(house, PING, headers, other), 404);
		assert_int_equal(end(house, id, other), 404);
		mcpauth_auth_info_free(other);
	}
	assert_int_equal(post(house, PING, headers, NULL), 404);
	assert_int_equal(post(house, PING, headers, house->alice), 200);
}

static void stays_with_its_owner_when_the_token_is_renewed(void **state)
{
	char id[MCPAUTH_HANDLE_SIZE];
	struct mcpauth_auth_info *before = posted_bearer(
		ISSUER, "{\"sub\":\"alice\",\"client_id\":\"app\",\"exp\":1,\"scope\":\"a\"}");
	struct mcpauth_auth_info *after = posted_bearer(
		ISSUER, "{\"sub\":\"alice\",\"client_id\":\"app\",\"exp\":2,\"scope\":\"b\"}");
	open_session(*state, before, id);
	mcpauth_auth_info_free(before);
	struct era_headers headers = {.session = posted_text(id)};
	assert_int_equal(post(*state, PING, headers, after), 200);
	assert_int_equal(end(*state, id, after), 204);
	mcpauth_auth_info_free(after);
}

static void ignores_sessions_in_the_modern_era(void **state)
{
	const char *body =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\","
		"\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
		"\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
	struct era_headers headers = {.version = posted_text("2026-07-28")};
	assert_int_equal(post(*state, body, headers, NULL), 200);
	headers.session = posted_text("none");
	headers.session_repeated = true;
	assert_int_equal(post(*state, body, headers, NULL), 200);
}

static void check_not_allowed(
	const struct house *house, const char *method, const char *version, const char *allow)
{
	struct era_headers headers = {.version = posted_text(version)};
	struct reply reply;
	era_answer_bare(house->server, method, &headers, NULL, &reply);
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

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(gives_ids_that_are_never_the_same),
		IN_HOUSE(knows_only_ids_that_it_gave),
		IN_HOUSE(knows_no_handle_of_another_server),
		IN_HOUSE(serves_nobody_but_the_owner),
		IN_HOUSE(gives_what_nobody_opened_to_nobody_else),
		IN_HOUSE(ends_a_session_for_good),
		IN_HOUSE(ends_a_session_that_is_idle_for_an_hour),
		IN_HOUSE(is_not_kept_alive_by_others),
		IN_HOUSE(makes_room_by_ending_the_one_longest_idle),
		IN_HOUSE(uses_places_again),
		IN_HOUSE(serves_several_threads),
		IN_HOUSE(wants_the_session_that_initialize_opened),
		IN_HOUSE(opens_nothing_for_a_handshake_that_fails),
		IN_HOUSE(refuses_two_session_headers),
		IN_HOUSE(ends_the_session_that_delete_names),
		IN_HOUSE(keeps_sessions_apart_by_what_tokens_say),
		IN_HOUSE(stays_with_its_owner_when_the_token_is_renewed),
		IN_HOUSE(ignores_sessions_in_the_modern_era),
		IN_HOUSE(allows_post_and_in_the_older_era_delete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
