/* What is forgotten by one library, and when others that share its store see it. */
#include "support/sharing.h"

#include "support/check.h"

#define INACTIVE "{\"active\":false}"

static size_t by_token(struct mcpauth *auth)
{
	return mcpauth_forget_token(auth, "opaque");
}

static size_t by_other_token(struct mcpauth *auth)
{
	return mcpauth_forget_token(auth, "opaquf");
}

static size_t by_subject(struct mcpauth *auth)
{
	return mcpauth_forget_subject(auth, FAKE_ISSUER, "alice");
}

static size_t by_other_subject(struct mcpauth *auth)
{
	return mcpauth_forget_subject(auth, FAKE_ISSUER, "bob");
}

static size_t by_session(struct mcpauth *auth)
{
	return mcpauth_forget_session(auth, FAKE_ISSUER, "s1");
}

static size_t by_other_session(struct mcpauth *auth)
{
	return mcpauth_forget_session(auth, FAKE_ISSUER, "alice");
}

static const struct {
	const char *label;
	size_t (*forget)(struct mcpauth *auth);
	bool forgotten;
} ways[] = {
	{"token", by_token, true},
	{"another token", by_other_token, false},
	{"subject", by_subject, true},
	{"another subject", by_other_subject, false},
	{"session", by_session, true},
	{"another session", by_other_session, false},
};

#define WAYS (sizeof ways / sizeof *ways)

/* Revoked, and forgotten by the first one. */
static void revoke(struct sharing *sharing, size_t way)
{
	fake_issuer_publish(sharing->fake, SHARING_ENDPOINT, 200, INACTIVE);
	ways[way].forget(sharing->one);
}

static void who_has_not_heard_of_it_asks_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct sharing sharing;
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.one, "opaque", &err));
		revoke(&sharing, i);
		CHECK_ROW_CODE(ways[i].label, ways[i].forgotten ? MCPAUTH_E_INACTIVE : MCPAUTH_OK,
			sharing_show(sharing.two, "opaque", &err));
		CHECK_ROW_CODE(ways[i].label, ways[i].forgotten ? MCPAUTH_E_INACTIVE : MCPAUTH_OK,
			sharing_show(sharing.one, "opaque", &err));
		sharing_stop(&sharing);
	}
}

/* The bound that store.h names: what it remembers itself is over cache_seconds after the
 * endpoint was asked. */
static void who_remembers_it_sees_it_when_that_is_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct sharing sharing;
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.one, "opaque", &err));
		fake_issuer_advance_ms(sharing.fake, 30000);
		CHECK_OK(sharing_show(sharing.two, "opaque", &err));
		revoke(&sharing, i);
		fake_issuer_advance_ms(sharing.fake, 29000);
		CHECK_ROW_CODE(
			ways[i].label, MCPAUTH_OK, sharing_show(sharing.two, "opaque", &err));
		fake_issuer_advance_ms(sharing.fake, 1000);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_E_INACTIVE,
			sharing_show(sharing.two, "opaque", &err));
		sharing_stop(&sharing);
	}
}

/* Asked before, put there afterwards: the sign speaks against it. */
static void an_answer_under_way_does_not_count_later(void **state)
{
	(void)state;
	struct sharing sharing;
	sharing_start(&sharing);
	fake_issuer_hold(sharing.fake);
	struct mcpauth_verification *pending = sharing_begin(&sharing, sharing.two, "opaque");
	by_subject(sharing.one);
	fake_issuer_release(sharing.fake);
	CHECK_SOON(atomic_load(&sharing.wakes) == 1);
	CHECK_OK(sharing_end(pending, &err));
	assert_int_equal(fake_store_count(sharing.store, SHARING_ANSWER), 1);
	fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, INACTIVE);
	CHECK_CODE(MCPAUTH_E_INACTIVE, sharing_show(sharing.one, "opaque", &err));
	sharing_stop(&sharing);
}

/* A store of several connections may answer a later question first. */
static void who_forgets_does_not_find_it_before_the_sign_is_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct sharing sharing;
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.two, "opaque", &err));
		fake_store_set_mode(sharing.store, FAKE_STORE_HOLDS);
		revoke(&sharing, i);
		fake_store_set_mode(sharing.store, FAKE_STORE_ANSWERS);
		assert_int_equal(fake_store_count(sharing.store, SHARING_SIGN), 0);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_E_INACTIVE,
			sharing_show(sharing.one, "opaque", &err));
		/* Once it is set the store is looked into again. */
		fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, SHARING_ACTIVE);
		CHECK_OK(sharing_show(sharing.two, "later", &err));
		fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, INACTIVE);
		fake_store_release(sharing.store);
		CHECK_ROW_CODE(ways[i].label,
			ways[i].forget == by_subject || ways[i].forget == by_session
				? MCPAUTH_E_INACTIVE
				: MCPAUTH_OK,
			sharing_show(sharing.one, "later", &err));
		sharing_stop(&sharing);
	}
}

static void who_could_not_tell_the_store_does_not_believe_what_is_older(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct sharing sharing;
		sharing_start(&sharing);
		CHECK_OK(sharing_show(sharing.two, "opaque", &err));
		fake_store_set_mode(sharing.store, FAKE_STORE_IS_DOWN);
		revoke(&sharing, i);
		assert_true(fake_issuer_logged(sharing.fake, "the store was not told"));
		fake_store_set_mode(sharing.store, FAKE_STORE_ANSWERS);
		CHECK_ROW_CODE(ways[i].label, MCPAUTH_E_INACTIVE,
			sharing_show(sharing.one, "opaque", &err));
		/* What was asked later, by both machines' clocks, counts. */
		fake_issuer_advance_ms(sharing.fake, 61000);
		fake_issuer_publish(sharing.fake, SHARING_ENDPOINT, 200, SHARING_ACTIVE);
		CHECK_OK(sharing_show(sharing.two, "later", &err));
		unsigned asked = sharing_asked(&sharing);
		CHECK_OK(sharing_show(sharing.one, "later", &err));
		CHECK_ROW(ways[i].label, sharing_asked(&sharing) == asked);
		sharing_stop(&sharing);
	}
}

/* The introspector keeps where the subject is: it may live longer than the issuer. */
static void a_question_outlives_its_issuer(void **state)
{
	(void)state;
	struct sharing sharing;
	struct mcpauth *successor;
	sharing_start(&sharing);
	CHECK_OK(sharing_show(sharing.two, "opaque", &err));
	CHECK_OK(mcpauth_new_successor(sharing.one, &successor, &err));
	fake_store_set_mode(sharing.store, FAKE_STORE_HOLDS);
	mcpauth_verification_free(sharing_begin(&sharing, sharing.one, "opaque"));
	mcpauth_free(sharing.one);
	sharing.one = successor;
	fake_store_release(sharing.store);
	assert_int_equal(fake_store_asked(sharing.store, MCPAUTH_STORE_GET), 1 + 4);
	sharing_stop(&sharing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_not_heard_of_it_asks_anew),
		cmocka_unit_test(who_remembers_it_sees_it_when_that_is_over),
		cmocka_unit_test(an_answer_under_way_does_not_count_later),
		cmocka_unit_test(who_forgets_does_not_find_it_before_the_sign_is_set),
		cmocka_unit_test(who_could_not_tell_the_store_does_not_believe_what_is_older),
		cmocka_unit_test(a_question_outlives_its_issuer),
	};
	return cmocka_run_group_tests_name("shared_forget", tests, NULL, NULL);
}
