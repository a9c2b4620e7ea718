/* One question to an introspection endpoint, from its turn to what is read of the answer. */
#include "endpoint/introspector_int.h"

#include "base/error_int.h"
#include "base/form.h"
#include "endpoint/endpoint.h"
#include "endpoint/signed_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MS 60000
#define SIGNED_TYPE "application/token-introspection+jwt"

void mcpauth__introspection_place_finish(struct mcpauth__introspection_place *place)
{
	free(place->url);
	free(place->learnt_from);
	*place = (struct mcpauth__introspection_place){0};
}

/* The form holds the token: it is gone as soon as the answer is there. */
static void finish_request(struct mcpauth__introspection *introspection)
{
	mcpauth__introspection_place_finish(&introspection->place);
	mcpauth__buf_wipe(&introspection->form);
}

static void destroy(struct mcpauth__flight *flight)
{
	struct mcpauth__introspection *introspection = mcpauth__introspection_of(flight);
	finish_request(introspection);
	free(atomic_load(&introspection->inner));
	free(introspection->text);
	free(introspection);
}

static const struct mcpauth__clock *clock_of(const struct mcpauth__introspection *introspection)
{
	return mcpauth__worker_clock(introspection->introspector->worker);
}

struct mcpauth__introspection *mcpauth__introspection_new(
	struct mcpauth__introspector *introspector, const struct mcpauth__question *question,
	struct mcpauth__introspection_place *place)
{
	struct mcpauth__introspection *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	mcpauth__flight_init(&made->flight, question->digest, destroy);
	atomic_init(&made->is_useless, false);
	atomic_init(&made->is_shared, false);
	atomic_init(&made->inner, NULL);
	made->introspector = introspector;
	made->deadline = mcpauth__clock_monotonic(clock_of(made))
		+ introspector->timeout_ms / (question->sharers > 1 ? question->sharers : 1);
	made->place = *place;
	*place = (struct mcpauth__introspection_place){0};
	return made;
}

/* Takes the reference to the introspector; the question may be gone afterwards. */
static void land(struct mcpauth__introspection *introspection, int64_t until)
{
	struct mcpauth__introspector *introspector = introspection->introspector;
	finish_request(introspection);
	atomic_fetch_sub(&introspector->under_way, 1);
	mcpauth__flight_land(&introspection->flight, until);
	mcpauth__introspector_free(introspector);
}

static int64_t now_of(const struct mcpauth__introspection *introspection)
{
	return mcpauth__clock_coarse(clock_of(introspection));
}

static void warn(const struct mcpauth__introspection *introspection, const char *message)
{
	mcpauth__log(mcpauth__worker_log(introspection->introspector->worker), MCPAUTH_LOG_WARNING,
		introspection->err.code, NULL, message);
}

static bool is_time_to_warn(const struct mcpauth__introspection *introspection)
{
	struct mcpauth__introspector *introspector = introspection->introspector;
	int64_t now = now_of(introspection);
	int64_t at = atomic_load(&introspector->warn_at);
	return now >= at
		&& atomic_compare_exchange_strong(&introspector->warn_at, &at, now + TOLD_MS);
}

/* That it refuses this server stops everything, and is for its owner to mend: that is
 * said loudly, now and then. Whatever else fails may be better with the next question. */
static void log_failure(const struct mcpauth__introspection *introspection)
{
	const struct mcpauth_error *err = &introspection->err;
	char line[MCPAUTH_ERROR_MESSAGE_SIZE + 64];
	if (err->code != MCPAUTH_E_INTROSPECTION) {
		warn(introspection, err->message);
	} else if (is_time_to_warn(introspection)) {
		snprintf(line, sizeof line, "THE INTROSPECTION ENDPOINT REFUSES THIS SERVER: %s",
			err->message);
		warn(introspection, line);
	}
}

static void fail(struct mcpauth__introspection *introspection, enum mcpauth_code code)
{
	mcpauth__error_prefix(&introspection->err, "introspection");
	if (code != MCPAUTH_E_CANCELLED) {
		log_failure(introspection);
	}
	int64_t remembered_ms = mcpauth__endpoint_failure_ms(code);
	if (remembered_ms > 0) {
		atomic_store(&introspection->introspector->doubtful, true);
	}
	land(introspection, now_of(introspection) + remembered_ms);
}

static bool take_text(struct mcpauth__introspection *introspection, const char *text, size_t length)
{
	introspection->text = malloc(length + 1);
	if (introspection->text == NULL) {
		return false;
	}
	memcpy(introspection->text, text, length);
	introspection->text[length] = '\0';
	introspection->length = length;
	return true;
}

static int64_t kept_ms(const struct mcpauth__introspection *introspection)
{
	unsigned seconds = introspection->introspector->config.cache_seconds;
	return seconds != MCPAUTH_NONE ? (int64_t)seconds * 1000 : 0;
}

/* What was never put to the endpoint says nothing of it. */
static void count(struct mcpauth__introspection *introspection, enum mcpauth_code code)
{
	struct mcpauth__tally *tally = mcpauth__worker_tally(introspection->introspector->worker);
	introspection->is_counted = introspection->is_asked && code != MCPAUTH_E_OVERLOADED
		&& mcpauth__tally_outcome(tally, MCPAUTH__COUNT_INTROSPECTIONS, code == MCPAUTH_OK);
	atomic_store(&introspection->is_useless, code != MCPAUTH_OK);
}

/* It is read by whoever wants to know, not on the network thread. Once it is put back,
 * whoever ends another turn may begin this one: nothing of it is ours any more. */
static void on_response(const struct mcpauth__response *response, void *user)
{
	struct mcpauth__introspection *introspection = user;
	struct mcpauth__introspector *introspector = introspection->introspector;
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth__endpoint_check(response, MCPAUTH_E_INTROSPECTION, &err);
	/* Others than ours take up all there is: wait for one of ours. */
	if (code == MCPAUTH_E_OVERLOADED
		&& mcpauth__turns_put_back(&introspector->turns, &introspection->turn)) {
		return;
	}
	if (code == MCPAUTH_OK && !take_text(introspection, response->body, response->length)) {
		code = mcpauth__no_memory(&err);
	}
	count(introspection, code);
	introspection->err = err;
	atomic_fetch_add(&introspector->refs, 1);
	if (code != MCPAUTH_OK) {
		fail(introspection, code);
	} else {
		land(introspection,
			introspection->length <= MCPAUTH__KEPT_LENGTH_MAX ? introspection->until
									  : INT64_MIN);
	}
	mcpauth__turns_end(&introspector->turns);
	mcpauth__introspector_free(introspector);
}

static void fail_turn(
	struct mcpauth__introspection *introspection, enum mcpauth_code code, const char *message)
{
	on_response(
		&(struct mcpauth__response){
			.code = code, .body = "", .max_age = MCPAUTH_NONE, .message = message},
		introspection);
}

/* Who waits needs no timer. Those before him were asked before him, or while he looked
 * into the store, so that their time is over before his is, or little later, or, if his
 * share is smaller than theirs, before that of whoever waits for him is; with the last of
 * them his turn has come. */
void mcpauth__introspection_begin(struct mcpauth__turn *turn)
{
	struct mcpauth__introspection *introspection = (struct mcpauth__introspection
			*)((char *)turn - offsetof(struct mcpauth__introspection, turn));
	const struct mcpauth__introspector *introspector = introspection->introspector;
	int64_t left = introspection->deadline - mcpauth__clock_monotonic(clock_of(introspection));
	introspection->is_asked = left > 0;
	if (left <= 0) {
		fail_turn(introspection, MCPAUTH_E_TIMEOUT, "its turn did not come in time");
		return;
	}
	mcpauth__clock_read(
		clock_of(introspection), &introspection->asked_at, &introspection->until);
	introspection->until += kept_ms(introspection);
	mcpauth__worker_post(introspector->worker,
		&(struct mcpauth__post){
			.to = {.url = introspection->place.url,
				.learnt_from = introspection->place.learnt_from,
				.timeout_ms = (unsigned)left,
				.done = on_response,
				.user = introspection},
			.body = introspection->form.data,
			.authorization = mcpauth__client_proof_authorization(introspector->client),
			.accept = introspector->config.require_signed_answers ? SIGNED_TYPE : NULL,
		});
}

/* Another process may believe it for longer than this one is to. */
static bool take_recalled(struct mcpauth__introspection *introspection,
	const struct mcpauth__introspection_answer *answer)
{
	int64_t real;
	int64_t now;
	mcpauth__clock_read(clock_of(introspection), &real, &now);
	int64_t age = real > answer->asked_at ? real - answer->asked_at : 0;
	int64_t until = now + kept_ms(introspection) - age * 1000;
	introspection->asked_at = answer->asked_at;
	introspection->until = answer->until < until ? answer->until : until;
	introspection->is_recalled = introspection->until > now
		&& take_text(introspection, answer->text, answer->length);
	return introspection->is_recalled;
}

/* On the program's thread, or the network's: nothing is judged here. */
static void on_recalled(const struct mcpauth__introspection_answer *answer, void *user)
{
	struct mcpauth__introspection *introspection = user;
	if (answer != NULL && take_recalled(introspection, answer)) {
		land(introspection, introspection->until);
	} else {
		mcpauth__turns_ask(&introspection->introspector->turns, &introspection->turn);
	}
}

/* RFC 7662 section 2.1. Made by who asks, as an assertion is signed: the network thread
 * has better things to do. */
static enum mcpauth_code make_form(struct mcpauth__introspection *introspection,
	const struct mcpauth__question *question, struct mcpauth_error *err)
{
	const struct mcpauth__introspector *introspector = introspection->introspector;
	struct mcpauth__buf *form = &introspection->form;
	mcpauth__buf_reserve(form, MCPAUTH__FORM_ENCODED(question->length) + 256);
	if (!mcpauth__form_add(form, "token", question->token)
		|| !mcpauth__form_add(form, "token_type_hint", "access_token")) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__client_proof_add(
		introspector->client, mcpauth__clock_real(clock_of(introspection)), form, err);
}

void mcpauth__introspection_start(
	struct mcpauth__introspection *introspection, const struct mcpauth__question *question)
{
	enum mcpauth_code code = make_form(introspection, question, &introspection->err);
	if (code == MCPAUTH_OK) {
		mcpauth__answer_store_recall(&introspection->introspector->answers,
			introspection->flight.digest, on_recalled, introspection);
	} else {
		fail(introspection, code);
	}
}

const char *mcpauth__introspection_text(const struct mcpauth__flight *flight, size_t *length)
{
	const struct mcpauth__introspection *introspection = (const struct mcpauth__introspection *)
		flight;
	const char *text = introspection->text;
	*length = introspection->length;
	if (introspection->err.code != MCPAUTH_OK) {
		*length = 0;
		return "";
	}
	if (mcpauth__is_signed_answer(text, *length)) {
		text = atomic_load(&introspection->inner);
		*length = text != NULL ? strlen(text) : 0;
	}
	return text;
}

/* Several may be at it at once: the first one's text stays. */
static void set_inner(struct mcpauth__introspection *introspection, char *inner)
{
	char *none = NULL;
	if (!atomic_compare_exchange_strong(&introspection->inner, &none, inner)) {
		free(inner);
	}
}

static enum mcpauth_code open_signed(struct mcpauth__introspection *introspection,
	struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	const struct mcpauth__introspector *introspector = introspection->introspector;
	int64_t now = mcpauth__clock_real(clock_of(introspection));
	const struct mcpauth__signed_answer answer = {
		.text = introspection->text,
		.length = introspection->length,
		.keys = introspector->keys,
		.algorithms = introspector->algorithms,
		.issuer = introspector->issuer,
		.client_id = introspector->client_id,
		.earliest = introspection->asked_at - introspector->tolerance,
		.latest = now + introspector->tolerance,
	};
	char *inner;
	enum mcpauth_code code = mcpauth__signed_answer_open(&answer, waiter, &inner, err);
	if (code == MCPAUTH_OK) {
		set_inner(introspection, inner);
	}
	return code;
}

/* An answer that cannot be used is a failure like any other: not for long. That there are
 * no keys now says nothing of it. */
static enum mcpauth_code read_answer(struct mcpauth__introspection *introspection,
	struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (introspection->is_recalled) {
		return code;
	}
	if (!mcpauth__is_signed_answer(introspection->text, introspection->length)) {
		if (introspection->introspector->config.require_signed_answers) {
			code = mcpauth__fail(
				err, MCPAUTH_E_INTROSPECTION, "the answer is not signed");
		}
	} else if (atomic_load(&introspection->inner) == NULL) {
		code = open_signed(introspection, waiter, err);
	}
	if (code == MCPAUTH_E_INTROSPECTION) {
		mcpauth__error_prefix(err, "introspection");
		mcpauth__introspection_keep_until(
			introspection, now_of(introspection) + mcpauth__endpoint_failure_ms(code));
	}
	return code;
}

enum mcpauth_code mcpauth__introspection_result(struct mcpauth__introspection *introspection,
	struct mcpauth__waiter *waiter, struct mcpauth__introspection_answer *answer,
	struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__flight_wait(&introspection->flight, waiter);
	if (code != MCPAUTH_OK) {
		return code == MCPAUTH_PENDING ? code : mcpauth__no_memory(err);
	}
	if (introspection->err.code != MCPAUTH_OK) {
		return mcpauth__fail(
			err, introspection->err.code, "%s", introspection->err.message);
	}
	code = read_answer(introspection, waiter, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	answer->text = mcpauth__introspection_text(&introspection->flight, &answer->length);
	answer->asked_at = introspection->asked_at;
	answer->until = introspection->until;
	return MCPAUTH_OK;
}

void mcpauth__introspection_keep_until(struct mcpauth__introspection *introspection, int64_t until)
{
	mcpauth__flight_keep_until(&introspection->flight, until);
}

void mcpauth__introspection_share(struct mcpauth__introspection *introspection,
	const struct mcpauth__introspection_answer *answer)
{
	if (!introspection->is_recalled && !atomic_load(&introspection->is_shared)
		&& !atomic_exchange(&introspection->is_shared, true)) {
		mcpauth__answer_store_keep(&introspection->introspector->answers,
			introspection->flight.digest, answer);
	}
}

void mcpauth__introspection_note_failure(struct mcpauth__introspection *introspection)
{
	if (introspection->is_counted && !atomic_exchange(&introspection->is_useless, true)) {
		mcpauth__tally_add_failure(
			mcpauth__worker_tally(introspection->introspector->worker),
			MCPAUTH__COUNT_INTROSPECTIONS);
	}
}

void mcpauth__introspection_free(struct mcpauth__introspection *introspection)
{
	mcpauth__flight_free(introspection != NULL ? &introspection->flight : NULL);
}
