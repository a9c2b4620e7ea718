/* The OAuth client with a provider of its own: when it logs in, refreshes, and gives up. */
#include "client/session/client_int.h"
#include "client/tokens/tokens.h"
#include "support/check.h"
#include "support/client_fixture.h"

#include <mcpauth/client_request.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 8

static void logs_in_once_and_keeps_the_token(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	client_fixture_passes(fixture, client);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.registrations, 1);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.codes, 1);
	assert_int_equal(counts.refreshes, 0);
	assert_string_equal(fake_provider_scope(fixture->fake), "read");
	mcpauth_client_free(client);
}

static void another_client_with_the_same_storage_is_logged_in(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *first = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, first);
	mcpauth_client_free(first);
	struct mcpauth_client *second = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, second);
	fake_provider_advance(fixture->fake, 3590);
	client_fixture_passes(fixture, second);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.refreshes, 1);
	mcpauth_client_free(second);
}

/* Another process refreshed, but that token is over, too: its refresh token is not. */
static void a_token_of_others_that_is_over_is_refreshed(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *first = client_fixture_make(fixture, NULL);
	struct mcpauth_client *second = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, first);
	client_fixture_passes(fixture, second);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, second);
	fake_provider_advance(fixture->fake, 3600);
	CHECK_OK(mcpauth_client_authorize(first, &err));
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.refreshes, 2);
	assert_int_equal(counts.logins, 1);
	mcpauth_client_free(second);
	mcpauth_client_free(first);
}

/* One of another process's is taken if it is good, and replaced if it is over, too. */
static void authorized_is_who_has_a_good_token(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.no_refresh_tokens = true};
	fake_provider_set(fixture->fake, &manners);
	struct mcpauth_client *first = client_fixture_make(fixture, NULL);
	struct mcpauth_client *second = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, first);
	client_fixture_passes(fixture, second);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, second);
	CHECK_OK(mcpauth_client_authorize(first, &err));
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 2);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, second);
	fake_provider_advance(fixture->fake, 3600);
	CHECK_OK(mcpauth_client_authorize(first, &err));
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 4);
	client_fixture_passes(fixture, first);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 4);
	mcpauth_client_free(second);
	mcpauth_client_free(first);
}

static void refreshes_before_a_token_expires(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	fake_provider_advance(fixture->fake, 3600 - 31);
	client_fixture_passes(fixture, client);
	assert_int_equal(fake_provider_counts(fixture->fake).refreshes, 0);
	fake_provider_advance(fixture->fake, 1);
	client_fixture_passes(fixture, client);
	assert_int_equal(fake_provider_counts(fixture->fake).refreshes, 1);
	assert_non_null(strstr(fake_provider_form(fixture->fake), "refresh_token=rt-1"));
	assert_null(strstr(fake_provider_form(fixture->fake), "scope="));
	mcpauth_client_free(client);
}

static void half_of_a_short_lifetime_is_made_use_of(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.lifetime = 10};
	fake_provider_set(fixture->fake, &manners);
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	fake_provider_advance(fixture->fake, 4);
	client_fixture_passes(fixture, client);
	assert_int_equal(fake_provider_counts(fixture->fake).refreshes, 0);
	fake_provider_advance(fixture->fake, 1);
	client_fixture_passes(fixture, client);
	assert_int_equal(fake_provider_counts(fixture->fake).refreshes, 1);
	mcpauth_client_free(client);
}

static void a_refresh_token_that_stays_is_used_again(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.keeps_refresh_tokens = true};
	fake_provider_set(fixture->fake, &manners);
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	for (int i = 0; i < 3; i++) {
		fake_provider_advance(fixture->fake, 3600);
		client_fixture_passes(fixture, client);
	}
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.refreshes, 3);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.stolen, 0);
	mcpauth_client_free(client);
}

static void logs_in_again_when_a_refresh_is_refused(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.refresh_error = "invalid_grant"};
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	fake_provider_set(fixture->fake, &manners);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, client);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 2);
	assert_int_equal(counts.registrations, 1);
	mcpauth_client_free(client);
}

static void a_token_serves_on_while_its_issuer_is_down(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.is_down = true};
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	fake_provider_set(fixture->fake, &manners);
	fake_provider_advance(fixture->fake, 3590);
	client_fixture_passes(fixture, client);
	fake_provider_advance(fixture->fake, 10);
	client_fixture_fails(fixture, client, MCPAUTH_E_UNREACHABLE);
	const struct provider_manners good = {0};
	fake_provider_set(fixture->fake, &good);
	client_fixture_passes(fixture, client);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.refreshes, 1);
	mcpauth_client_free(client);
}

static void asks_for_more_scopes_beside_those_it_has(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	const struct provider_manners manners = {.needed = "write"};
	fake_provider_set(fixture->fake, &manners);
	client_fixture_passes(fixture, client);
	assert_string_equal(fake_provider_scope(fixture->fake), "write read");
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 2);
	assert_int_equal(counts.registrations, 1);
	mcpauth_client_free(client);
}

static void without_step_up_a_403_stands(void **state)
{
	struct client_fixture *fixture = *state;
	unsigned status;
	const struct provider_manners manners = {.needed = "write"};
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.step_up_limit = MCPAUTH_NONE;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_passes(fixture, client);
	fake_provider_set(fixture->fake, &manners);
	CHECK_OK(fake_provider_request(fixture->fake, client, &status, &err));
	assert_int_equal(status, 403);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 1);
	mcpauth_client_free(client);
}

static void a_server_that_always_wants_more_is_given_up(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.wants_more = true};
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	fake_provider_set(fixture->fake, &manners);
	client_fixture_fails(fixture, client, MCPAUTH_E_STILL_REFUSED);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 3);
	mcpauth_client_free(client);
}

static void a_server_that_refuses_every_token_is_given_up(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {.refuses_good_tokens = true};
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	fake_provider_set(fixture->fake, &manners);
	client_fixture_fails(fixture, client, MCPAUTH_E_STILL_REFUSED);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.refreshes, 1);
	mcpauth_client_free(client);
}

static void a_forgotten_client_registers_once_more(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	const struct provider_manners manners = {.forgets_client = true};
	fake_provider_set(fixture->fake, &manners);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, client);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.registrations, 2);
	assert_int_equal(counts.logins, 2);
	const struct provider_manners never = {.token_error = "invalid_client"};
	fake_provider_set(fixture->fake, &never);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_fails(fixture, client, MCPAUTH_E_TOKEN_ENDPOINT);
	assert_int_equal(fake_provider_counts(fixture->fake).registrations, 3);
	mcpauth_client_free(client);
}

static void goes_with_its_server_to_another_issuer(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	const struct provider_manners manners = {
		.issuer = "https://other.example", .refuses_good_tokens = true};
	fake_provider_set(fixture->fake, &manners);
	client_fixture_fails(fixture, client, MCPAUTH_E_STILL_REFUSED);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.registrations, 2);
	assert_null(strstr(fake_provider_form(fixture->fake), "client_id=client-1"));
	mcpauth_client_free(client);
}

static void a_configured_client_id_stays_with_its_issuer(void **state)
{
	struct client_fixture *fixture = *state;
	const struct provider_manners manners = {
		.issuer = "https://other.example", .refuses_good_tokens = true};
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.client_id = "known";
	config.client_secret = "secret of mine";
	config.allow_any_issuer = true;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_passes(fixture, client);
	assert_non_null(strstr(fake_provider_form(fixture->fake), "client_id=known"));
	fake_provider_set(fixture->fake, &manners);
	client_fixture_fails(fixture, client, MCPAUTH_E_ISSUER_MISMATCH);
	mcpauth_client_free(client);
	config.issuer = "https://other.example";
	struct mcpauth_client *told = client_fixture_make(fixture, &config);
	const struct provider_manners moved = {.issuer = "https://other.example"};
	fake_provider_set(fixture->fake, &moved);
	client_fixture_passes(fixture, told);
	assert_int_equal(fake_provider_counts(fixture->fake).registrations, 0);
	mcpauth_client_free(told);
}

static void nobody_is_asked_to_log_in_where_nobody_is(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.no_login = true;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_fails(fixture, client, MCPAUTH_E_LOGIN_REQUIRED);
	assert_int_equal(fake_provider_counts(fixture->fake).registrations, 0);
	struct mcpauth_client *other = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, other);
	client_fixture_passes(fixture, client);
	mcpauth_client_free(other);
	mcpauth_client_free(client);
}

static void a_login_ends_as_the_issuer_says(void **state)
{
	struct client_fixture *fixture = *state;
	const struct {
		struct provider_manners manners;
		enum mcpauth_code code;
	} rows[] = {
		{{.login_error = "access_denied"}, MCPAUTH_E_LOGIN_REFUSED},
		{{.redirect_issuer = "https://evil.example"}, MCPAUTH_E_ISSUER_MISMATCH},
		{{.login_error = "injected", .redirect_issuer = "https://evil.example"},
			MCPAUTH_E_ISSUER_MISMATCH},
		{{.no_pkce = true}, MCPAUTH_E_NO_PKCE},
		{{.token_error = "invalid_scope"}, MCPAUTH_E_TOKEN_ENDPOINT},
		{{0}, MCPAUTH_OK},
	};
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth_error why = {0};
		unsigned status;
		fake_provider_set(fixture->fake, &rows[i].manners);
		assert_int_equal(
			fake_provider_request(fixture->fake, client, &status, &why), rows[i].code);
		assert_null(strstr(why.message, "injected"));
	}
	mcpauth_client_free(client);
}

static void authorizes_ahead_and_logs_out(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	CHECK_OK(mcpauth_client_authorize(client, &err));
	CHECK_OK(mcpauth_client_authorize(client, &err));
	client_fixture_passes(fixture, client);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 1);
	CHECK_OK(mcpauth_client_logout(client, &err));
	assert_int_equal(fake_provider_counts(fixture->fake).revoked, 2);
	client_fixture_passes(fixture, client);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 2);
	assert_int_equal(counts.registrations, 1);
	mcpauth_client_free(client);
}

static void a_program_by_itself_needs_no_login(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.grant = MCPAUTH_GRANT_CLIENT_CREDENTIALS;
	config.client_id = "batch";
	config.client_secret = "secret";
	config.issuer = PROVIDER_ISSUER;
	const struct provider_manners manners = {.no_refresh_tokens = true};
	fake_provider_set(fixture->fake, &manners);
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_passes(fixture, client);
	fake_provider_advance(fixture->fake, 3600);
	client_fixture_passes(fixture, client);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 0);
	assert_int_equal(counts.client_tokens, 2);
	assert_non_null(strstr(fake_provider_form(fixture->fake), "resource=https"));
	mcpauth_client_free(client);
}

static char *platform(const char *issuer, void *user)
{
	(void)issuer;
	return strdup(user);
}

static void a_workload_shows_its_jwt(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.grant = MCPAUTH_GRANT_WORKLOAD;
	config.client_id = "pod";
	config.issuer = PROVIDER_ISSUER;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	client_fixture_fails(fixture, client, MCPAUTH_E_INVALID_ARGUMENT);
	mcpauth_client_free(client);
	client = client_fixture_make(fixture, &config);
	CHECK_OK(mcpauth_client_set_workload(client, platform, "a.b.c", &err));
	CHECK_CODE(
		MCPAUTH_E_DUPLICATE, mcpauth_client_set_workload(client, platform, "a.b.c", &err));
	client_fixture_passes(fixture, client);
	CHECK_CODE(MCPAUTH_E_IN_USE, mcpauth_client_set_workload(client, platform, "a.b.c", &err));
	assert_non_null(strstr(fake_provider_form(fixture->fake), "assertion=a.b.c"));
	mcpauth_client_free(client);
}

struct caller {
	struct client_fixture *fixture;
	struct mcpauth_client *client;
	enum mcpauth_code code;
	unsigned status;
};

static void *call(void *argument)
{
	struct caller *caller = argument;
	caller->code = fake_provider_request(
		caller->fixture->fake, caller->client, &caller->status, NULL);
	return NULL;
}

/* Half of them share a client, the others its storage. */
static void call_at_once(
	struct client_fixture *fixture, struct mcpauth_client *one, struct mcpauth_client *other)
{
	pthread_t threads[THREADS];
	struct caller callers[THREADS];
	for (int i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){fixture, i % 2 == 0 ? one : other, MCPAUTH_OK, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, call, &callers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(callers[i].code, MCPAUTH_OK);
		assert_int_equal(callers[i].status, 200);
	}
}

/* Long enough for the others to come and want the same. */
static void take_time(enum mcpauth_client_step step, const char *detail, void *user)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	(void)step;
	(void)detail;
	(void)user;
	nanosleep(&pause, NULL);
}

static void of_many_requests_one_gets_the_token(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client_config config = client_fixture_config(fixture);
	config.step = take_time;
	struct mcpauth_client *client = client_fixture_make(fixture, &config);
	call_at_once(fixture, client, client);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 1);
	fake_provider_advance(fixture->fake, 3600);
	struct mcpauth_client *other = client_fixture_make(fixture, &config);
	call_at_once(fixture, client, other);
	struct provider_counts counts = fake_provider_counts(fixture->fake);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.refreshes, 1);
	assert_int_equal(counts.stolen, 0);
	mcpauth_client_free(other);
	mcpauth_client_free(client);
}

static void what_others_got_is_no_try_of_ones_own(void **state)
{
	struct client_fixture *fixture = *state;
	struct mcpauth_client *client = client_fixture_make(fixture, NULL);
	client_fixture_passes(fixture, client);
	struct mcpauth__errand errand;
	mcpauth__errand_init(&errand, client->session);
	const struct mcpauth__need need = {.refused = "the one before"};
	assert_int_equal(mcpauth__tokens_obtain(&errand, &need, NULL), MCPAUTH_RETRY);
	assert_int_equal(fake_provider_counts(fixture->fake).logins, 1);
	mcpauth_client_free(client);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, client_fixture_set_up, client_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(logs_in_once_and_keeps_the_token),
		TEST(another_client_with_the_same_storage_is_logged_in),
		TEST(a_token_of_others_that_is_over_is_refreshed),
		TEST(authorized_is_who_has_a_good_token),
		TEST(refreshes_before_a_token_expires),
		TEST(half_of_a_short_lifetime_is_made_use_of),
		TEST(a_refresh_token_that_stays_is_used_again),
		TEST(logs_in_again_when_a_refresh_is_refused),
		TEST(a_token_serves_on_while_its_issuer_is_down),
		TEST(asks_for_more_scopes_beside_those_it_has),
		TEST(without_step_up_a_403_stands),
		TEST(a_server_that_always_wants_more_is_given_up),
		TEST(a_server_that_refuses_every_token_is_given_up),
		TEST(a_forgotten_client_registers_once_more),
		TEST(goes_with_its_server_to_another_issuer),
		TEST(a_configured_client_id_stays_with_its_issuer),
		TEST(nobody_is_asked_to_log_in_where_nobody_is),
		TEST(a_login_ends_as_the_issuer_says),
		TEST(authorizes_ahead_and_logs_out),
		TEST(a_program_by_itself_needs_no_login),
		TEST(a_workload_shows_its_jwt),
		TEST(what_others_got_is_no_try_of_ones_own),
		TEST(of_many_requests_one_gets_the_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
