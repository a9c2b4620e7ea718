/* Many diagnoses at once, of an issuer that changes its keys meanwhile and is down at times. */
#include "support/check.h"
#include "support/fake_issuer.h"
#include "support/rulings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 8
#define ROUNDS 40

struct crowd {
	struct fake_issuer *fake;
	struct mcpauth *auth;
	char *good;
	char *expired;
	atomic_uint working;
	atomic_uint told; /* of good tokens that were found good */
};

/* Its key may be gone just now, or nobody there to say so. */
static const char *ask(struct crowd *crowd, const char *token, enum mcpauth_code want)
{
	struct rulings_told told;
	enum mcpauth_code code = rulings_ask(crowd->auth, FAKE_RESOURCE, token, NULL, &told, NULL);
	bool is_expected = code == want || code == MCPAUTH_E_UNKNOWN_KEY
		|| (code >= MCPAUTH_E_UNREACHABLE && code < MCPAUTH_E_NO_CREDENTIALS);
	if (code == MCPAUTH_OK) {
		atomic_fetch_add(&crowd->told, 1);
	}
	return is_expected ? rulings_fault(&told, code, token) : mcpauth_code_name(code);
}

static void *ask_often(void *user)
{
	struct crowd *crowd = user;
	const char *fault = NULL;
	for (int i = 0; i < ROUNDS && fault == NULL; i++) {
		fault = ask(crowd, crowd->good, MCPAUTH_OK);
		if (fault == NULL) {
			fault = ask(crowd, crowd->expired, MCPAUTH_E_EXPIRED);
		}
	}
	atomic_fetch_sub(&crowd->working, 1);
	return (void *)fault;
}

static void rotate_while_they_ask(struct crowd *crowd)
{
	for (unsigned i = 1; atomic_load(&crowd->working) > 0; i++) {
		fake_issuer_rotate(crowd->fake, NULL, "ES256", i % 2, i % 2 == 0 ? "k0" : "k1");
		fake_issuer_set_down(crowd->fake, i % 5 == 0);
		fake_issuer_advance_ms(crowd->fake, 40000);
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	fake_issuer_set_down(crowd->fake, false);
}

static void start(struct crowd *crowd)
{
	const struct fake_token good = {.lifetime = 1000000000};
	const struct fake_token expired = {.lifetime = -1000};
	*crowd = (struct crowd){.fake = fake_issuer_new()};
	crowd->auth = fake_issuer_auth(crowd->fake, NULL, NULL);
	crowd->good = fake_issuer_token(crowd->fake, &good);
	crowd->expired = fake_issuer_token(crowd->fake, &expired);
	atomic_init(&crowd->working, THREADS);
	atomic_init(&crowd->told, 0);
	/* The first finds the keys, whatever the others meet. */
	assert_null(ask(crowd, crowd->good, MCPAUTH_OK));
	assert_int_equal(atomic_load(&crowd->told), 1);
}

static void stop(struct crowd *crowd)
{
	free(crowd->good);
	free(crowd->expired);
	mcpauth_free(crowd->auth);
	fake_issuer_free(crowd->fake);
}

static void each_holds_together_while_keys_change(void **state)
{
	(void)state;
	struct crowd crowd;
	pthread_t threads[THREADS];
	void *faults[THREADS];
	start(&crowd);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &crowd), 0);
	}
	rotate_while_they_ask(&crowd);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &faults[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		CHECK_ROW(faults[i] != NULL ? (const char *)faults[i] : "", faults[i] == NULL);
	}
	stop(&crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_holds_together_while_keys_change),
	};
	return cmocka_run_group_tests_name("diagnosis_crowd", tests, NULL, NULL);
}
