/* Endpoints that answer from a struct: what --wrap puts in the place of introspector.c. */
#include "support/fake_introspector.h"

#include "auth_int.h"

#include "endpoint/introspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names that the linker gives them. */
struct mcpauth__introspector *__wrap_mcpauth__issuer_introspector(
	const struct mcpauth__issuer *issuer);
const struct mcpauth_introspection_config *__wrap_mcpauth__introspector_config(
	const struct mcpauth__introspector *introspector);
enum mcpauth_code __wrap_mcpauth__introspector_ask(struct mcpauth__introspector *introspector,
	const struct mcpauth__question *question, struct mcpauth__waiter *waiter,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err);
enum mcpauth_code __wrap_mcpauth__introspection_result(struct mcpauth__introspection *introspection,
	struct mcpauth__waiter *waiter, struct mcpauth__introspection_answer *answer,
	struct mcpauth_error *err);
void __wrap_mcpauth__introspection_keep_until(
	struct mcpauth__introspection *introspection, int64_t until);
void __wrap_mcpauth__introspection_note_failure(struct mcpauth__introspection *introspection);
void __wrap_mcpauth__introspection_share(struct mcpauth__introspection *introspection,
	const struct mcpauth__introspection_answer *answer);
void __wrap_mcpauth__introspection_free(struct mcpauth__introspection *introspection);

static struct fake_introspector *const *all;
static size_t all_count;

struct mcpauth__introspection {
	struct fake_introspector *endpoint;
	int64_t asked_at;
	int64_t until;
};

void fake_introspectors_set(struct fake_introspector *const *endpoints, size_t count)
{
	all = endpoints;
	all_count = count;
}

static void wait_for(struct fake_introspector *endpoint, struct mcpauth__waiter *waiter)
{
	if (waiter != NULL) {
		mcpauth__waiter_free(endpoint->waiter);
		endpoint->waiter = mcpauth__waiter_ref(waiter);
	}
}

void fake_introspector_release(struct fake_introspector *endpoint)
{
	struct mcpauth__waiter *waiter = endpoint->waiter;
	endpoint->waiter = NULL;
	endpoint->is_held = false;
	endpoint->is_unknown = false;
	if (waiter != NULL) {
		mcpauth__waiter_wake(waiter);
		mcpauth__waiter_free(waiter);
	}
}

struct mcpauth__introspector *__wrap_mcpauth__issuer_introspector(
	const struct mcpauth__issuer *issuer)
{
	for (size_t i = 0; i < all_count; i++) {
		if (strcmp(all[i]->issuer, mcpauth__issuer_identifier(issuer)) == 0) {
			return (struct mcpauth__introspector *)all[i];
		}
	}
	return NULL;
}

const struct mcpauth_introspection_config *__wrap_mcpauth__introspector_config(
	const struct mcpauth__introspector *introspector)
{
	return &((const struct fake_introspector *)introspector)->config;
}

static void note(struct fake_introspector *endpoint, const struct mcpauth__question *question)
{
	endpoint->asked++;
	endpoint->limited_ms = INT64_MAX;
	snprintf(endpoint->token, sizeof endpoint->token, "%.*s", (int)question->length,
		question->token);
	for (size_t i = 0; i < sizeof question->digest; i++) {
		snprintf(endpoint->digest + 2 * i, 3, "%02x", question->digest[i]);
	}
}

enum mcpauth_code __wrap_mcpauth__introspector_ask(struct mcpauth__introspector *introspector,
	const struct mcpauth__question *question, struct mcpauth__waiter *waiter,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err)
{
	struct fake_introspector *endpoint = (struct fake_introspector *)introspector;
	*introspection = NULL;
	if (endpoint->is_unknown) {
		wait_for(endpoint, waiter);
		return MCPAUTH_PENDING;
	}
	note(endpoint, question);
	if (endpoint->fails == MCPAUTH_E_BACKING_OFF) {
		return mcpauth__fail(err, endpoint->fails, "failed a moment ago");
	}
	struct mcpauth__introspection *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	mcpauth__clock_read(&endpoint->auth->runtime->clock, &made->asked_at, &made->until);
	made->asked_at -= endpoint->is_late ? 1 : 0;
	made->until += endpoint->kept_ms;
	made->endpoint = endpoint;
	endpoint->live++;
	*introspection = made;
	if (endpoint->is_held) {
		wait_for(endpoint, waiter);
	}
	return endpoint->is_held ? MCPAUTH_PENDING : MCPAUTH_OK;
}

enum mcpauth_code __wrap_mcpauth__introspection_result(struct mcpauth__introspection *introspection,
	struct mcpauth__waiter *waiter, struct mcpauth__introspection_answer *answer,
	struct mcpauth_error *err)
{
	struct fake_introspector *endpoint = introspection->endpoint;
	endpoint->read++;
	if (endpoint->is_held) {
		wait_for(endpoint, waiter);
		return MCPAUTH_PENDING;
	}
	if (endpoint->fails != MCPAUTH_OK) {
		return mcpauth__fail(err, endpoint->fails, "the endpoint cannot be asked");
	}
	*answer = (struct mcpauth__introspection_answer){
		.text = endpoint->says,
		.length = strlen(endpoint->says),
		.asked_at = introspection->asked_at,
		.until = introspection->until,
	};
	return MCPAUTH_OK;
}

void __wrap_mcpauth__introspection_keep_until(
	struct mcpauth__introspection *introspection, int64_t until)
{
	struct fake_introspector *endpoint = introspection->endpoint;
	endpoint->limited_ms = until - mcpauth__clock_coarse(&endpoint->auth->runtime->clock);
}

void __wrap_mcpauth__introspection_note_failure(struct mcpauth__introspection *introspection)
{
	introspection->endpoint->failures++;
}

void __wrap_mcpauth__introspection_share(struct mcpauth__introspection *introspection,
	const struct mcpauth__introspection_answer *answer)
{
	struct fake_introspector *endpoint = introspection->endpoint;
	endpoint->shared_ms = answer->until
		- mcpauth__clock_coarse(&endpoint->auth->runtime->clock);
}

void __wrap_mcpauth__introspection_free(struct mcpauth__introspection *introspection)
{
	if (introspection != NULL) {
		introspection->endpoint->live--;
		free(introspection);
	}
}
