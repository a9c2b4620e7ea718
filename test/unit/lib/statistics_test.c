/* What is counted of verifications and fetches, each once, and from when on. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <stdlib.h>
#include <string.h>

#define OPENID "https://as.example/.well-known/openid-configuration"

struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	bool revoked;
	unsigned wakes;
};

static bool is_revoked(const struct mcpauth_auth_info *info, void *user)
{
	const struct fixture *it = user;
	(void)info;
	return it->revoked;
}

static int start(void **state)
{
	struct fixture *it = calloc(1, sizeof *it);
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	config.revoked = is_revoked;
	config.revoked_user = it;
	it->fake = fake_issuer_new();
	it->auth = fake_issuer_auth(it->fake, &config, NULL);
	*state = it;
	return 0;
}

static int stop(void **state)
{
	struct fixture *it = *state;
	mcpauth_free(it->auth);
	fake_issuer_free(it->fake);
	free(it);
	return 0;
}

static struct mcpauth_statistics read_of(struct mcpauth *auth)
{
	struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
	mcpauth_statistics_read(auth, &statistics);
	return statistics;
}

/* As above, from now on. */
static int start_counting(void **state)
{
	start(state);
	struct fixture *it = *state;
	read_of(it->auth);
	return 0;
}

/* All of them: what is not named is 0. */
static void check_counts(struct fixture *it, struct mcpauth_statistics want)
{
	struct mcpauth_statistics got = read_of(it->auth);
	assert_int_equal(got.size, sizeof got);
	assert_int_equal(got.remembered, want.remembered);
	assert_int_equal(got.refused, want.refused);
	assert_int_equal(got.verified, want.verified);
	assert_int_equal(got.rejected, want.rejected);
	assert_int_equal(got.undecided, want.undecided);
	assert_int_equal(got.key_fetches, want.key_fetches);
	assert_int_equal(got.key_failures, want.key_failures);
	assert_int_equal(got.metadata_fetches, want.metadata_fetches);
	assert_int_equal(got.metadata_failures, want.metadata_failures);
	assert_int_equal(got.introspections, want.introspections);
	assert_int_equal(got.introspection_failures, want.introspection_failures);
	assert_int_equal(got.waiting, want.waiting);
}

#define CHECK_COUNTS(it, ...) check_counts(it, (struct mcpauth_statistics){__VA_ARGS__})

static enum mcpauth_code show(const struct fixture *it, const char *token)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(it->auth, FAKE_RESOURCE, token, &info, NULL);
	mcpauth_auth_info_free(info);
	return code;
}

static void check_show(const struct fixture *it, enum mcpauth_code want, const char *token)
{
	assert_int_equal(show(it, token), want);
}

static const struct fake_token any = {.lifetime = 300};

/* The keys are there; nothing of it is counted. */
static char *warm_up(const struct fixture *it)
{
	char *token = fake_issuer_token(it->fake, &any);
	check_show(it, MCPAUTH_OK, token);
	return token;
}

static void nothing_is_counted_before_somebody_looks(void **state)
{
	struct fixture *it = *state;
	char *token = warm_up(it);
	check_show(it, MCPAUTH_E_MALFORMED_TOKEN, "none");
	CHECK_COUNTS(it, .size = 0);
	check_show(it, MCPAUTH_OK, token);
	CHECK_COUNTS(it, .remembered = 1);
	free(token);
}

static void good_tokens_are_looked_at_once(void **state)
{
	struct fixture *it = *state;
	char *token = fake_issuer_token(it->fake, &any);
	check_show(it, MCPAUTH_OK, token);
	CHECK_COUNTS(it, .verified = 1, .key_fetches = 1, .metadata_fetches = 1);
	check_show(it, MCPAUTH_OK, token);
	check_show(it, MCPAUTH_OK, token);
	CHECK_COUNTS(it, .remembered = 2, .verified = 1, .key_fetches = 1, .metadata_fetches = 1);
	free(token);
}

static void bad_tokens_are_told_from_known_bad_ones(void **state)
{
	struct fixture *it = *state;
	char *forged = fake_issuer_token(it->fake, &(struct fake_token){.number = 1});
	free(warm_up(it));
	CHECK_COUNTS(it, .size = 0);
	check_show(it, MCPAUTH_E_BAD_SIGNATURE, forged);
	CHECK_COUNTS(it, .rejected = 1);
	check_show(it, MCPAUTH_E_BAD_SIGNATURE, forged);
	CHECK_COUNTS(it, .rejected = 1, .refused = 1);
	/* Nobody remembers what costs nothing to see. */
	check_show(it, MCPAUTH_E_MALFORMED_TOKEN, "none");
	check_show(it, MCPAUTH_E_MALFORMED_TOKEN, "none");
	CHECK_COUNTS(it, .rejected = 3, .refused = 1);
	free(forged);
}

static void a_remembered_token_that_is_revoked_was_not_looked_at(void **state)
{
	struct fixture *it = *state;
	char *token = warm_up(it);
	char *other = fake_issuer_token(it->fake, &any);
	CHECK_COUNTS(it, .size = 0);
	it->revoked = true;
	check_show(it, MCPAUTH_E_REVOKED, token);
	CHECK_COUNTS(it, .refused = 1);
	check_show(it, MCPAUTH_E_REVOKED, other);
	CHECK_COUNTS(it, .refused = 1, .rejected = 1);
	free(token);
	free(other);
}

static void what_cannot_be_judged_is_neither(void **state)
{
	struct fixture *it = *state;
	char *token = fake_issuer_token(it->fake, &any);
	fake_issuer_set_down(it->fake, true);
	check_show(it, MCPAUTH_E_UNREACHABLE, token);
	CHECK_COUNTS(it, .undecided = 1, .metadata_fetches = 1, .metadata_failures = 1);
	/* Too early to ask again. */
	check_show(it, MCPAUTH_E_UNREACHABLE, token);
	CHECK_COUNTS(it, .undecided = 2, .metadata_fetches = 1, .metadata_failures = 1);
	fake_issuer_set_down(it->fake, false);
	fake_issuer_advance_ms(it->fake, 1000);
	check_show(it, MCPAUTH_OK, token);
	CHECK_COUNTS(it, .undecided = 2, .verified = 1, .key_fetches = 1, .metadata_fetches = 2,
		.metadata_failures = 1);
	free(token);
}

static void keys_fail_apart_from_metadata(void **state)
{
	static const char *const bodies[] = {"{\"keys\":7}", "<html>", ""};
	struct fixture *it = *state;
	char *token = fake_issuer_token(it->fake, &any);
	for (unsigned i = 0; i < 3; i++) {
		fake_issuer_publish(it->fake, FAKE_KEYS, i < 2 ? 200 : 500, bodies[i]);
		assert_int_not_equal(show(it, token), MCPAUTH_OK);
		CHECK_COUNTS(it, .undecided = i + 1, .key_fetches = i + 1, .key_failures = i + 1,
			.metadata_fetches = 1);
		fake_issuer_advance_ms(it->fake, 5000);
	}
	fake_issuer_rotate(it->fake, NULL, "ES256", 0, "k0");
	check_show(it, MCPAUTH_OK, token);
	CHECK_COUNTS(it, .undecided = 3, .verified = 1, .key_fetches = 4, .key_failures = 3,
		.metadata_fetches = 1);
	free(token);
}

static void all_places_of_metadata_are_one_fetch(void **state)
{
	struct fixture *it = *state;
	char *token = fake_issuer_token(it->fake, &any);
	fake_issuer_publish(it->fake, FAKE_METADATA, 404, "");
	fake_issuer_publish(it->fake, OPENID, 404, "");
	assert_int_not_equal(show(it, token), MCPAUTH_OK);
	CHECK_COUNTS(it, .undecided = 1, .metadata_fetches = 1, .metadata_failures = 1);
	assert_true(fake_issuer_fetches(it->fake, NULL) > 1);
	fake_issuer_publish(it->fake, OPENID, 200,
		"{\"issuer\":\"" FAKE_ISSUER "\",\"jwks_uri\":\"" FAKE_KEYS "\"}");
	fake_issuer_advance_ms(it->fake, 1000);
	check_show(it, MCPAUTH_OK, token);
	CHECK_COUNTS(it, .undecided = 1, .verified = 1, .key_fetches = 1, .metadata_fetches = 2,
		.metadata_failures = 1);
	free(token);
}

static void misuse_is_no_verification(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_auth_info *info;
	assert_int_equal(mcpauth_verify(it->auth, "https://no.example", "a.b.c", &info, NULL),
		MCPAUTH_E_UNKNOWN_RESOURCE);
	CHECK_COUNTS(it, .size = 0);
}

static void count_wake(void *user)
{
	struct fixture *it = user;
	it->wakes++;
}

static enum mcpauth_code begin(
	struct fixture *it, const char *token, struct mcpauth_verification **pending)
{
	struct mcpauth_auth_info *info;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = token;
	request.wake = count_wake;
	request.user = it;
	enum mcpauth_code code = mcpauth_verify_start(it->auth, &request, &info, pending, NULL);
	mcpauth_auth_info_free(info);
	return code;
}

static void who_waits_is_counted_while_he_does(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_verification *pending[2];
	struct mcpauth_auth_info *info;
	char *token = fake_issuer_token(it->fake, &any);
	fake_issuer_hold(it->fake);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(begin(it, token, &pending[i]), MCPAUTH_PENDING);
		CHECK_COUNTS(it, .waiting = i + 1);
	}
	fake_issuer_release(it->fake);
	assert_int_equal(it->wakes, 2);
	CHECK_COUNTS(it, .metadata_fetches = 1);
	fake_issuer_hold(it->fake);
	assert_int_equal(mcpauth_verification_resume(pending[0], &info, NULL), MCPAUTH_PENDING);
	CHECK_COUNTS(it, .metadata_fetches = 1, .waiting = 1);
	fake_issuer_release(it->fake);
	assert_int_equal(it->wakes, 3);
	assert_int_equal(mcpauth_verification_resume(pending[0], &info, NULL), MCPAUTH_OK);
	mcpauth_auth_info_free(info);
	/* Counted when it is over, once, however often it was looked at. */
	CHECK_COUNTS(it, .verified = 1, .key_fetches = 1, .metadata_fetches = 1);
	mcpauth_verification_free(pending[0]);
	/* Who goes away leaves nothing to be counted. */
	mcpauth_verification_free(pending[1]);
	CHECK_COUNTS(it, .verified = 1, .key_fetches = 1, .metadata_fetches = 1);
	free(token);
}

static void whose_time_is_over_was_not_judged(void **state)
{
	struct fixture *it = *state;
	struct mcpauth_verification *pending;
	struct mcpauth_auth_info *info;
	char *token = fake_issuer_token(it->fake, &any);
	fake_issuer_hold(it->fake);
	assert_int_equal(begin(it, token, &pending), MCPAUTH_PENDING);
	fake_issuer_advance_ms(it->fake, 5000);
	CHECK_SOON(read_of(it->auth).waiting == 0);
	assert_int_equal(mcpauth_verification_resume(pending, &info, NULL), MCPAUTH_E_TIMEOUT);
	/* The fetch's time is over, too, about now. */
	assert_int_equal(read_of(it->auth).undecided, 1);
	assert_int_equal(read_of(it->auth).rejected, 0);
	mcpauth_verification_free(pending);
	fake_issuer_release(it->fake);
	free(token);
}

static struct mcpauth *successor_of(struct mcpauth *auth)
{
	struct mcpauth *successor;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	resource.resource = FAKE_RESOURCE;
	issuer.issuer = FAKE_ISSUER;
	CHECK_OK(mcpauth_new_successor(auth, &successor, &err));
	CHECK_OK(mcpauth_add_resource(successor, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(successor, FAKE_RESOURCE, &issuer, &err));
	return successor;
}

static void successors_count_on(void **state)
{
	struct fixture *it = *state;
	char *token = warm_up(it);
	check_show(it, MCPAUTH_E_MALFORMED_TOKEN, "none");
	struct mcpauth *successor = successor_of(it->auth);
	assert_int_equal(read_of(successor).rejected, 1);
	mcpauth_free(it->auth);
	it->auth = successor;
	check_show(it, MCPAUTH_OK, token);
	/* What the predecessor verified is looked at anew, with the keys that it had. */
	CHECK_COUNTS(it, .verified = 2, .rejected = 1, .key_fetches = 1, .metadata_fetches = 1);
	free(token);
}

/* As much as the caller has room for, whichever version it was built for. */
static void is_read_as_far_as_there_is_room(void **state)
{
	struct fixture *it = *state;
	struct {
		struct mcpauth_statistics known;
		uint64_t unknown;
	} longer = {{.size = sizeof longer}, 7};
	struct mcpauth_statistics shorter = {
		.size = offsetof(struct mcpauth_statistics, verified), .verified = 7};
	check_show(it, MCPAUTH_E_MALFORMED_TOKEN, "none");
	free(warm_up(it));
	mcpauth_statistics_read(it->auth, &longer.known);
	assert_int_equal(longer.known.size, sizeof longer);
	assert_int_equal(longer.known.rejected, 1);
	assert_int_equal(longer.known.verified, 1);
	assert_int_equal(longer.unknown, 7);
	mcpauth_statistics_read(it->auth, &shorter);
	assert_int_equal(shorter.verified, 7);
	assert_int_equal(shorter.rejected, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_counting, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nothing_is_counted_before_somebody_looks, start, stop),
		TEST(good_tokens_are_looked_at_once),
		cmocka_unit_test_setup_teardown(
			bad_tokens_are_told_from_known_bad_ones, start, stop),
		cmocka_unit_test_setup_teardown(
			a_remembered_token_that_is_revoked_was_not_looked_at, start, stop),
		TEST(what_cannot_be_judged_is_neither),
		TEST(keys_fail_apart_from_metadata),
		TEST(all_places_of_metadata_are_one_fetch),
		TEST(misuse_is_no_verification),
		TEST(who_waits_is_counted_while_he_does),
		TEST(whose_time_is_over_was_not_judged),
		TEST(successors_count_on),
		TEST(is_read_as_far_as_there_is_room),
	};
	return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
