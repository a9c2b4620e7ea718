/* Tokens that were asked about, forgotten: whoever begins afterwards is told what the
 * authorization server says now. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINT "https://as.example/introspect"
#define SECOND_ENDPOINT "https://as2.example/introspect"
#define ACTIVE "{\"active\":true,\"sub\":\"alice\",\"sid\":\"s1\",\"aud\":\"" FAKE_RESOURCE "\"}"

/** A library that asks an endpoint about tokens. */
struct fixture {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_uint wakes;
};

static void introspect_at(struct mcpauth *auth, const char *issuer, const char *endpoint)
{
	struct mcpauth_introspection_config config = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	config.endpoint = endpoint;
	config.client_id = "me";
	config.client_secret = "secret";
	CHECK_OK(mcpauth_set_introspection(auth, issuer, &config, &err));
}

static void introspect(struct mcpauth *auth)
{
	introspect_at(auth, FAKE_ISSUER, ENDPOINT);
}

static void start(struct fixture *fixture)
{
	*fixture = (struct fixture){.fake = fake_issuer_new()};
	fixture->auth = fake_issuer_auth(fixture->fake, NULL, NULL);
	introspect(fixture->auth);
	fake_issuer_publish(fixture->fake, ENDPOINT, 200, ACTIVE);
}

static void stop(struct fixture *fixture)
{
	mcpauth_free(fixture->auth);
	fake_issuer_free(fixture->fake);
}

static enum mcpauth_code show(struct fixture *fixture, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info;
	enum mcpauth_code code = mcpauth_verify(fixture->auth, FAKE_RESOURCE, token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static unsigned asked(struct fixture *fixture)
{
	return fake_issuer_fetches(fixture->fake, ENDPOINT);
}

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
	return mcpauth_forget_session(auth, FAKE_ISSUER, "s2");
}

static void a_revoked_token_is_refused_once_it_is_forgotten(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		size_t (*forget)(struct mcpauth *auth);
		bool forgotten;
	} rows[] = {
		{"token", by_token, true},
		{"another token", by_other_token, false},
		{"subject", by_subject, true},
		{"another subject", by_other_subject, false},
		{"session", by_session, true},
		{"another session", by_other_session, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture fixture;
		start(&fixture);
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, show(&fixture, "opaque", &err));
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, show(&fixture, "opaque", &err));
		CHECK_ROW(rows[i].label, asked(&fixture) == 1);
		fake_issuer_publish(fixture.fake, ENDPOINT, 200, "{\"active\":false}");
		CHECK_ROW_CODE(rows[i].label, MCPAUTH_OK, show(&fixture, "opaque", &err));
		/* The answer, and what was made of it. */
		CHECK_ROW(
			rows[i].label, rows[i].forget(fixture.auth) == (rows[i].forgotten ? 2 : 0));
		CHECK_ROW_CODE(rows[i].label, rows[i].forgotten ? MCPAUTH_E_INACTIVE : MCPAUTH_OK,
			show(&fixture, "opaque", &err));
		CHECK_ROW(rows[i].label, asked(&fixture) == (rows[i].forgotten ? 2 : 1));
		stop(&fixture);
	}
}

static void a_refusal_is_forgotten_too(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_issuer_publish(fixture.fake, ENDPOINT, 200, "{\"active\":false}");
	CHECK_CODE(MCPAUTH_E_INACTIVE, show(&fixture, "opaque", &err));
	fake_issuer_publish(fixture.fake, ENDPOINT, 200, ACTIVE);
	CHECK_CODE(MCPAUTH_E_INACTIVE, show(&fixture, "opaque", &err));
	assert_int_equal(mcpauth_forget_token(fixture.auth, "opaque"), 1);
	CHECK_OK(show(&fixture, "opaque", &err));
	stop(&fixture);
}

/* The first one does not know the token, so that it is the second one's answer. */
static void the_answers_of_all_issuers_are_forgotten(void **state)
{
	(void)state;
	struct fixture fixture;
	struct mcpauth_issuer_config second = MCPAUTH_ISSUER_CONFIG_INIT;
	second.issuer = "https://as2.example";
	start(&fixture);
	CHECK_OK(mcpauth_add_issuer(fixture.auth, FAKE_RESOURCE, &second, &err));
	introspect_at(fixture.auth, second.issuer, SECOND_ENDPOINT);
	fake_issuer_publish(fixture.fake, ENDPOINT, 200, "{\"active\":false}");
	fake_issuer_publish(fixture.fake, SECOND_ENDPOINT, 200, ACTIVE);
	CHECK_OK(show(&fixture, "opaque", &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, SECOND_ENDPOINT), 1);
	fake_issuer_publish(fixture.fake, SECOND_ENDPOINT, 200, "{\"active\":false}");
	/* Both answers, and what was made of them. */
	assert_int_equal(mcpauth_forget_token(fixture.auth, "opaque"), 3);
	CHECK_CODE(MCPAUTH_E_INACTIVE, show(&fixture, "opaque", &err));
	assert_int_equal(fake_issuer_fetches(fixture.fake, SECOND_ENDPOINT), 2);
	stop(&fixture);
}

static void count_wake(void *user)
{
	struct fixture *fixture = user;
	atomic_fetch_add(&fixture->wakes, 1);
}

static struct mcpauth_verification *begin(struct fixture *fixture)
{
	struct mcpauth_auth_info *info;
	struct mcpauth_verification *pending = NULL;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	request.resource = FAKE_RESOURCE;
	request.token = "opaque";
	request.wake = count_wake;
	request.user = fixture;
	CHECK_CODE(MCPAUTH_PENDING,
		mcpauth_verify_start(fixture->auth, &request, &info, &pending, &err));
	assert_non_null(pending);
	return pending;
}

static void end(struct mcpauth_verification *pending, enum mcpauth_code want)
{
	struct mcpauth_auth_info *info;
	CHECK_CODE(want, mcpauth_verification_resume(pending, &info, &err));
	mcpauth_auth_info_free(info);
	mcpauth_verification_free(pending);
}

static void a_question_under_way_is_not_joined_any_more(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_issuer_hold(fixture.fake);
	struct mcpauth_verification *first = begin(&fixture);
	struct mcpauth_verification *joined = begin(&fixture);
	assert_int_equal(asked(&fixture), 1);
	mcpauth_forget_token(fixture.auth, "opaque");
	struct mcpauth_verification *later = begin(&fixture);
	assert_int_equal(asked(&fixture), 2);
	fake_issuer_release(fixture.fake);
	CHECK_SOON(atomic_load(&fixture.wakes) == 3);
	end(first, MCPAUTH_OK);
	end(joined, MCPAUTH_OK);
	end(later, MCPAUTH_OK);
	stop(&fixture);
}

/* The server had answered, when the token was revoked and forgotten. */
static void what_was_asked_before_is_not_remembered(void **state)
{
	(void)state;
	static size_t (*const forgets[])(struct mcpauth *) = {
		by_token, by_subject, by_session, by_other_token};
	for (size_t i = 0; i < sizeof forgets / sizeof *forgets; i++) {
		struct fixture fixture;
		start(&fixture);
		fake_issuer_hold(fixture.fake);
		struct mcpauth_verification *pending = begin(&fixture);
		forgets[i](fixture.auth);
		fake_issuer_release(fixture.fake);
		CHECK_SOON(atomic_load(&fixture.wakes) == 1);
		fake_issuer_publish(fixture.fake, ENDPOINT, 200, "{\"active\":false}");
		end(pending, MCPAUTH_OK);
		CHECK_CODE(MCPAUTH_E_INACTIVE, show(&fixture, "opaque", &err));
		assert_int_equal(asked(&fixture), 2);
		stop(&fixture);
	}
}

static void what_has_landed_unread_is_forgotten(void **state)
{
	(void)state;
	struct fixture fixture;
	start(&fixture);
	fake_issuer_hold(fixture.fake);
	struct mcpauth_verification *pending = begin(&fixture);
	fake_issuer_release(fixture.fake);
	CHECK_SOON(atomic_load(&fixture.wakes) == 1);
	fake_issuer_publish(fixture.fake, ENDPOINT, 200, "{\"active\":false}");
	assert_int_equal(mcpauth_forget_subject(fixture.auth, FAKE_ISSUER, "alice"), 1);
	end(pending, MCPAUTH_OK);
	CHECK_CODE(MCPAUTH_E_INACTIVE, show(&fixture, "opaque", &err));
	stop(&fixture);
}

static struct mcpauth_inquiry *held;

static void hold(struct mcpauth_inquiry *inquiry, void *user)
{
	atomic_uint *inquiries = user;
	atomic_fetch_add(inquiries, 1);
	held = inquiry;
}

static void accept_held(void)
{
	static const char claims[] = "{\"iss\":\"" FAKE_ISSUER "\",\"aud\":\"" FAKE_RESOURCE
				     "\",\"sub\":\"alice\",\"exp\":1800000300}";
	mcpauth_inquiry_accept(held, claims, strlen(claims));
}

static void what_the_program_was_asked_before_is_not_remembered(void **state)
{
	(void)state;
	struct fixture fixture;
	atomic_uint inquiries;
	atomic_init(&inquiries, 0);
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	verifier.verify = hold;
	verifier.user = &inquiries;
	start(&fixture);
	CHECK_OK(mcpauth_set_verifier(fixture.auth, FAKE_RESOURCE, &verifier, &err));
	struct mcpauth_verification *pending = begin(&fixture);
	mcpauth_forget_token(fixture.auth, "opaque");
	accept_held();
	end(pending, MCPAUTH_OK);
	pending = begin(&fixture);
	assert_int_equal(inquiries, 2);
	accept_held();
	end(pending, MCPAUTH_OK);
	CHECK_OK(show(&fixture, "opaque", &err));
	assert_int_equal(inquiries, 2);
	stop(&fixture);
}

#define VERIFIERS 3
#define FORGETTINGS 300

/** A server whose word on the subject changes all the time, and who asks. */
struct crowd {
	struct mcpauth *auth;
	atomic_uint version;   /* what the server says now */
	atomic_uint forgotten; /* all below this one are, by a forgetting that is over */
	atomic_bool over;
	atomic_uint stale;
	atomic_uint seen;
};

static void say_version(struct mcpauth_fetch *fetch, const char *url, void *user)
{
	char body[160];
	struct crowd *crowd = user;
	(void)url;
	snprintf(body, sizeof body,
		"{\"active\":true,\"sub\":\"alice\",\"username\":\"%u\",\"aud\":\"%s\"}",
		atomic_load(&crowd->version), FAKE_RESOURCE);
	sched_yield();
	mcpauth_fetch_answer(fetch, 200, body, strlen(body));
}

static unsigned version_of(const struct mcpauth_auth_info *info)
{
	const char *said = strstr(mcpauth_auth_info_claims_json(info), "\"username\":\"");
	return said != NULL ? (unsigned)strtoul(said + 12, NULL, 10) : 0;
}

static void *verify(void *argument)
{
	static const char *const tokens[] = {"a", "b", "c"};
	struct crowd *crowd = argument;
	for (unsigned i = 0; !atomic_load(&crowd->over); i++) {
		struct mcpauth_auth_info *info;
		unsigned forgotten = atomic_load(&crowd->forgotten);
		if (mcpauth_verify(crowd->auth, FAKE_RESOURCE, tokens[i % 3], &info, NULL)
			!= MCPAUTH_OK) {
			continue;
		}
		atomic_fetch_add(&crowd->seen, 1);
		atomic_fetch_add(&crowd->stale, version_of(info) < forgotten ? 1 : 0);
		mcpauth_auth_info_free(info);
	}
	return NULL;
}

static void start_crowd(struct crowd *crowd)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	*crowd = (struct crowd){0};
	config.fetch = say_version;
	config.fetch_user = crowd;
	resource.resource = FAKE_RESOURCE;
	issuer.issuer = FAKE_ISSUER;
	CHECK_OK(mcpauth_new(&config, &crowd->auth, &err));
	CHECK_OK(mcpauth_add_resource(crowd->auth, &resource, &err));
	CHECK_OK(mcpauth_add_issuer(crowd->auth, FAKE_RESOURCE, &issuer, &err));
	introspect(crowd->auth);
}

static void nobody_is_told_what_was_true_before_a_forgetting(void **state)
{
	(void)state;
	static struct crowd crowd;
	pthread_t threads[VERIFIERS];
	start_crowd(&crowd);
	for (size_t i = 0; i < VERIFIERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, verify, &crowd), 0);
	}
	for (unsigned i = 0; i < FORGETTINGS || crowd.seen < FORGETTINGS; i++) {
		unsigned version = atomic_fetch_add(&crowd.version, 1) + 1;
		mcpauth_forget_subject(crowd.auth, FAKE_ISSUER, "alice");
		atomic_store(&crowd.forgotten, version);
		sched_yield();
	}
	atomic_store(&crowd.over, true);
	for (size_t i = 0; i < VERIFIERS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(crowd.stale, 0);
	mcpauth_free(crowd.auth);
}

static void *build_successors(void *argument)
{
	struct fixture *fixture = argument;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	issuer.issuer = FAKE_ISSUER;
	resource.resource = FAKE_RESOURCE;
	for (unsigned i = 0; i < 100; i++) {
		struct mcpauth *successor;
		CHECK_OK(mcpauth_new_successor(fixture->auth, &successor, &err));
		CHECK_OK(mcpauth_add_resource(successor, &resource, &err));
		CHECK_OK(mcpauth_add_issuer(successor, FAKE_RESOURCE, &issuer, &err));
		introspect(successor);
		mcpauth_free(successor);
	}
	atomic_store(&fixture->wakes, 1);
	return NULL;
}

/* ThreadSanitizer looks on. */
static void successors_are_built_while_others_forget(void **state)
{
	(void)state;
	struct fixture fixture;
	pthread_t thread;
	start(&fixture);
	CHECK_OK(show(&fixture, "opaque", &err));
	assert_int_equal(pthread_create(&thread, NULL, build_successors, &fixture), 0);
	while (atomic_load(&fixture.wakes) == 0) {
		mcpauth_forget_session(fixture.auth, FAKE_ISSUER, "s2");
	}
	pthread_join(thread, NULL);
	assert_int_equal(mcpauth_forget_session(fixture.auth, FAKE_ISSUER, "s1"), 2);
	stop(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revoked_token_is_refused_once_it_is_forgotten),
		cmocka_unit_test(a_refusal_is_forgotten_too),
		cmocka_unit_test(the_answers_of_all_issuers_are_forgotten),
		cmocka_unit_test(a_question_under_way_is_not_joined_any_more),
		cmocka_unit_test(what_was_asked_before_is_not_remembered),
		cmocka_unit_test(what_has_landed_unread_is_forgotten),
		cmocka_unit_test(what_the_program_was_asked_before_is_not_remembered),
		cmocka_unit_test(nobody_is_told_what_was_true_before_a_forgetting),
		cmocka_unit_test(successors_are_built_while_others_forget),
	};
	return cmocka_run_group_tests_name("forget_introspected", tests, NULL, NULL);
}
