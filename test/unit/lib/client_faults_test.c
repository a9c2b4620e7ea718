/* The OAuth client with a storage of which any one call fails. */
#include "support/check.h"
#include "support/fake_provider.h"

#include <mcpauth/client_request.h>

#include <stdlib.h>
#include <string.h>

/* Keeps one text. */
struct shelf {
	char *text;
	unsigned calls;
	unsigned fails_at; /* the call of this number; 0: none */
	bool fails_on;     /* and all that follow */
	bool is_full;      /* nothing can be saved */
	unsigned busy;     /* so many locks fail */
};

struct fixture {
	struct fake_provider *fake;
	struct mcpauth *auth;
	struct shelf shelf;
	struct mcpauth_client *one; /* of the same storage */
	struct mcpauth_client *other;
};

static bool works(struct shelf *shelf)
{
	shelf->calls++;
	return shelf->fails_on ? shelf->calls < shelf->fails_at : shelf->calls != shelf->fails_at;
}

static bool load(const char *key, char **text, void *user)
{
	const struct shelf *shelf = user;
	(void)key;
	if (!works(user)) {
		return false;
	}
	*text = shelf->text != NULL ? strdup(shelf->text) : NULL;
	return true;
}

static bool save(const char *key, const char *text, void *user)
{
	struct shelf *shelf = user;
	(void)key;
	if (!works(shelf) || shelf->is_full) {
		return false;
	}
	free(shelf->text);
	shelf->text = text != NULL ? strdup(text) : NULL;
	return true;
}

static bool lock(const char *key, void *user)
{
	struct shelf *shelf = user;
	(void)key;
	if (shelf->busy > 0) {
		shelf->busy--;
		return false;
	}
	return works(shelf);
}

static void unlock(const char *key, void *user)
{
	(void)key;
	(void)user;
}

static struct mcpauth_client *make(
	struct fixture *fixture, struct mcpauth_token_storage_config *config)
{
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_config made = fake_provider_client(fixture->fake);
	CHECK_OK(mcpauth_token_storage_new(config, &made.storage, &err));
	CHECK_OK(mcpauth_client_new(fixture->auth, &made, &client, &err));
	mcpauth_token_storage_free(made.storage);
	assert_non_null(client);
	return client;
}

static void set_up(struct fixture *fixture)
{
	struct mcpauth_token_storage_config config = MCPAUTH_TOKEN_STORAGE_CONFIG_INIT;
	config.load = load;
	config.save = save;
	config.lock = lock;
	config.unlock = unlock;
	config.user = &fixture->shelf;
	fixture->fake = fake_provider_new();
	fixture->auth = fake_provider_auth(fixture->fake);
	assert_non_null(fixture->auth);
	fixture->one = make(fixture, &config);
	fixture->other = make(fixture, &config);
}

static void tear_down(struct fixture *fixture)
{
	mcpauth_client_free(fixture->one);
	mcpauth_client_free(fixture->other);
	mcpauth_free(fixture->auth);
	fake_provider_free(fixture->fake);
	free(fixture->shelf.text);
}

static enum mcpauth_code ask(struct fixture *fixture, struct mcpauth_client *client)
{
	unsigned status;
	enum mcpauth_code code = fake_provider_request(fixture->fake, client, &status, NULL);
	fake_provider_advance(fixture->fake, 3600);
	return code;
}

/* Two clients of one storage, each of which refreshes what the other one got. */
static void use(struct fixture *fixture, bool may_fail)
{
	for (int i = 0; i < 8; i++) {
		enum mcpauth_code code = ask(
			fixture, i / 2 % 2 == 0 ? fixture->one : fixture->other);
		assert_true(code == MCPAUTH_OK || (may_fail && code == MCPAUTH_E_TOKEN_STORAGE));
	}
}

/* @return was the call of this number ever made? */
static bool fail_at(unsigned number, bool fails_on, struct provider_counts *counts)
{
	struct fixture fixture = {.shelf = {.fails_at = number, .fails_on = fails_on}};
	set_up(&fixture);
	use(&fixture, true);
	bool was_made = fixture.shelf.calls >= number;
	fixture.shelf.fails_at = 0;
	fixture.shelf.fails_on = false;
	use(&fixture, false);
	*counts = fake_provider_counts(fixture.fake);
	tear_down(&fixture);
	return was_made;
}

static void one_call_that_fails_costs_no_login(void **state)
{
	struct provider_counts counts;
	unsigned number = 1;
	(void)state;
	for (bool was_made = true; was_made; number++) {
		was_made = fail_at(number, false, &counts);
		assert_int_equal(counts.logins, 1);
		assert_int_equal(counts.stolen, 0);
	}
	/* Locks, reads and writes of a registration, a login and five refreshes. */
	assert_true(number > 25);
}

/* Only what fails between the look whether it works and the token's arrival. */
static void a_storage_that_fails_for_a_while_costs_one_login_at_most(void **state)
{
	struct provider_counts counts;
	unsigned stolen = 0;
	unsigned number = 1;
	(void)state;
	for (bool was_made = true; was_made; number++) {
		was_made = fail_at(number, true, &counts);
		assert_true(counts.logins <= 2);
		stolen += counts.stolen;
	}
	assert_true(number > 25);
	assert_true(stolen <= 6);
}

/* It would be a stolen one once others send it again. */
static void a_refresh_token_is_not_used_up_for_nothing(void **state)
{
	struct fixture fixture = {0};
	(void)state;
	set_up(&fixture);
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	fixture.shelf.is_full = true;
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_E_TOKEN_STORAGE);
	assert_int_equal(fake_provider_counts(fixture.fake).refreshes, 0);
	fixture.shelf.is_full = false;
	use(&fixture, false);
	struct provider_counts counts = fake_provider_counts(fixture.fake);
	assert_int_equal(counts.logins, 1);
	assert_int_equal(counts.stolen, 0);
	tear_down(&fixture);
}

static void nobody_logs_in_because_a_storage_is_busy(void **state)
{
	struct fixture fixture = {0};
	(void)state;
	set_up(&fixture);
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	fixture.shelf.busy = 1;
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth_client_authorize(fixture.one, &err));
	CHECK_OK(mcpauth_client_authorize(fixture.one, &err));
	assert_int_equal(fake_provider_counts(fixture.fake).logins, 1);
	tear_down(&fixture);
}

static void a_logout_that_the_storage_missed_is_no_success(void **state)
{
	struct fixture fixture = {0};
	(void)state;
	set_up(&fixture);
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	fixture.shelf.fails_on = true;
	/* It is locked and read still. */
	fixture.shelf.fails_at = fixture.shelf.calls + 3;
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth_client_logout(fixture.one, &err));
	fixture.shelf.fails_on = false;
	CHECK_OK(mcpauth_client_logout(fixture.one, &err));
	assert_int_equal(ask(&fixture, fixture.other), MCPAUTH_OK);
	assert_int_equal(fake_provider_counts(fixture.fake).logins, 2);
	tear_down(&fixture);
}

/* Another process holds it all the while: whoever logged out stays out. */
static void a_logout_while_the_storage_is_busy_revokes_and_lasts(void **state)
{
	struct fixture fixture = {0};
	(void)state;
	set_up(&fixture);
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	fixture.shelf.busy = 1;
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth_client_logout(fixture.one, &err));
	struct provider_counts counts = fake_provider_counts(fixture.fake);
	assert_int_equal(counts.revoked, 2);
	assert_int_equal(counts.logins, 1);
	/* What the storage has is not taken for a login of somebody else's. */
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	counts = fake_provider_counts(fixture.fake);
	assert_int_equal(counts.logins, 2);
	assert_int_equal(counts.registrations, 1);
	assert_int_equal(ask(&fixture, fixture.other), MCPAUTH_OK);
	assert_int_equal(fake_provider_counts(fixture.fake).logins, 2);
	tear_down(&fixture);
}

/* The first thing that a program does, too. */
static void a_logout_before_anything_was_read_revokes_what_is_kept(void **state)
{
	struct fixture fixture = {0};
	(void)state;
	set_up(&fixture);
	assert_int_equal(ask(&fixture, fixture.one), MCPAUTH_OK);
	fixture.shelf.busy = 1;
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth_client_logout(fixture.other, &err));
	assert_int_equal(fake_provider_counts(fixture.fake).revoked, 2);
	CHECK_OK(mcpauth_client_logout(fixture.other, &err));
	assert_int_equal(fake_provider_counts(fixture.fake).revoked, 2);
	assert_int_equal(ask(&fixture, fixture.other), MCPAUTH_OK);
	struct provider_counts counts = fake_provider_counts(fixture.fake);
	assert_int_equal(counts.logins, 2);
	assert_int_equal(counts.registrations, 1);
	tear_down(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_call_that_fails_costs_no_login),
		cmocka_unit_test(a_refresh_token_is_not_used_up_for_nothing),
		cmocka_unit_test(nobody_logs_in_because_a_storage_is_busy),
		cmocka_unit_test(a_logout_that_the_storage_missed_is_no_success),
		cmocka_unit_test(a_logout_while_the_storage_is_busy_revokes_and_lasts),
		cmocka_unit_test(a_logout_before_anything_was_read_revokes_what_is_kept),
		cmocka_unit_test(a_storage_that_fails_for_a_while_costs_one_login_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
