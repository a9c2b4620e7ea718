/* However many forged tokens come, an issuer in trouble is asked no more often. */
#include "support/check.h"
#include "support/fake_issuer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STEP_MS 500
#define PER_SECOND (1000 / STEP_MS)
#define THREADS 4
#define CROWD_STEP_MS 2000 /* longer: others' turns come between, too */

struct tally {
	unsigned metadata;
	unsigned keys;
};

static struct tally count(struct fake_issuer *fake)
{
	return (struct tally){
		fake_issuer_fetches(fake, FAKE_METADATA), fake_issuer_fetches(fake, FAKE_KEYS)};
}

static struct tally since(struct fake_issuer *fake, const struct tally *before)
{
	struct tally now = count(fake);
	return (struct tally){now.metadata - before->metadata, now.keys - before->keys};
}

/* Tokens that nobody's key made: of a kid that was never seen, and of one that was. */
static void forge(struct fake_issuer *fake, struct mcpauth *auth, unsigned number)
{
	char kid[16];
	struct mcpauth_error err;
	snprintf(kid, sizeof kid, "f%u", number);
	fake_issuer_try(fake, auth, &(struct fake_token){.kid = kid, .number = 1}, &err);
	fake_issuer_try(fake, auth, &(struct fake_token){.number = 1}, &err);
}

static void flood(struct fake_issuer *fake, struct mcpauth *auth, unsigned seconds)
{
	for (unsigned i = 0; i < seconds * PER_SECOND; i++) {
		forge(fake, auth, i);
		fake_issuer_advance_ms(fake, STEP_MS);
	}
}

static const struct {
	const char *label;
	bool is_warm;
	unsigned metadata_status;
	unsigned keys_status;
	unsigned seconds;
	struct tally most; /* fetches that are allowed */
} rows[] = {
	{"all is well", true, 200, 200, 300, {1, 11}},
	{"keys fail from the start", false, 200, 500, 300, {11, 25}},
	{"keys fail later", true, 200, 500, 300, {11, 25}},
	{"both fail from the start", false, 500, 500, 300, {25, 25}},
	{"both fail later", true, 500, 500, 300, {25, 25}},
};

static void asks_no_more_often_under_a_flood(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fake_issuer *fake = fake_issuer_new();
		struct mcpauth *auth = fake_issuer_auth(fake, NULL, NULL);
		if (rows[i].is_warm) {
			flood(fake, auth, 31);
		}
		if (rows[i].metadata_status != 200) {
			fake_issuer_publish(fake, FAKE_METADATA, rows[i].metadata_status, "");
		}
		if (rows[i].keys_status != 200) {
			fake_issuer_publish(fake, FAKE_KEYS, rows[i].keys_status, "");
		}
		struct tally before = count(fake);
		flood(fake, auth, rows[i].seconds);
		struct tally asked = since(fake, &before);
		CHECK_ROW(rows[i].label,
			asked.metadata <= rows[i].most.metadata && asked.keys <= rows[i].most.keys);
		mcpauth_free(auth);
		fake_issuer_free(fake);
	}
}

struct crowd {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	atomic_bool is_over;
};

static void *forge_on(void *user)
{
	struct crowd *crowd = user;
	for (unsigned i = 0; !atomic_load(&crowd->is_over); i++) {
		forge(crowd->fake, crowd->auth, i);
	}
	return NULL;
}

static void asks_no_more_often_for_many_threads(void **state)
{
	(void)state;
	pthread_t threads[THREADS];
	struct crowd crowd = {.fake = fake_issuer_new()};
	crowd.auth = fake_issuer_auth(crowd.fake, NULL, NULL);
	forge(crowd.fake, crowd.auth, 0);
	fake_issuer_publish(crowd.fake, FAKE_KEYS, 500, "");
	struct tally before = count(crowd.fake);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, forge_on, &crowd), 0);
	}
	for (int passed = 0; passed < 300000; passed += CROWD_STEP_MS) {
		struct mcpauth_error err;
		fake_issuer_advance_ms(crowd.fake, CROWD_STEP_MS);
		fake_issuer_try(crowd.fake, crowd.auth, &(struct fake_token){.number = 1}, &err);
	}
	atomic_store(&crowd.is_over, true);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	struct tally asked = since(crowd.fake, &before);
	assert_in_range(asked.metadata, 1, 11);
	assert_in_range(asked.keys, 1, 25);
	mcpauth_free(crowd.auth);
	fake_issuer_free(crowd.fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_no_more_often_under_a_flood),
		cmocka_unit_test(asks_no_more_often_for_many_threads),
	};
	return cmocka_run_group_tests_name("renewal_bound", tests, NULL, NULL);
}
