/* Finding a token's answer in the store, and what may have been forgotten since. */
#include "endpoint/answer_store.h"

#include "base/json.h"
#include "endpoint/stored_answer.h"

#include <stdlib.h>
#include <string.h>

/* The answer's token, its subject and its session. */
#define SIGNS_MAX 3

/* After a failure each token would wait for the store as long as the first one. */
#define SILENT_MS 1000

/** One look: the answer first, then all signs that may speak against it. */
struct recall {
	struct mcpauth__answer_store *answers;
	mcpauth__recalled_fn done;
	void *user;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	struct mcpauth__stored_answer found;
	struct mcpauth__store_key signs[SIGNS_MAX];
	size_t sign_count;
	atomic_uint signs_awaited;
	atomic_bool is_forgotten;
};

bool mcpauth__answer_store_init(
	struct mcpauth__answer_store *answers, const struct mcpauth__store_scope *scope)
{
	if (scope->client_id == NULL) {
		answers->store = NULL;
	}
	return mcpauth__store_section_make(&answers->section, scope);
}

bool mcpauth__answer_store_is_there(const struct mcpauth__answer_store *answers)
{
	return mcpauth__shared_store_is_there(answers->store);
}

/* Of all who come after that time one tries; the others do not wait for him. */
static bool is_silent(struct mcpauth__answer_store *answers)
{
	int64_t until = atomic_load(&answers->silent_until);
	if (until == 0) {
		return false;
	}
	int64_t now = mcpauth__clock_coarse(answers->clock);
	return now < until
		|| !atomic_compare_exchange_strong(&answers->silent_until, &until, now + SILENT_MS);
}

static void note_outcome(struct mcpauth__answer_store *answers, enum mcpauth_store_outcome outcome)
{
	if (outcome == MCPAUTH_STORE_FAILED) {
		atomic_store(
			&answers->silent_until, mcpauth__clock_coarse(answers->clock) + SILENT_MS);
	} else if (atomic_load(&answers->silent_until) != 0) {
		atomic_store(&answers->silent_until, 0);
	}
}

/* A store of several connections may find an answer before it has a sign that was set
 * earlier: whoever forgets here is not to meet it again. */
static bool may_look(struct mcpauth__answer_store *answers)
{
	return mcpauth__answer_store_is_there(answers)
		&& (answers->untold == NULL || atomic_load(&answers->untold->under_way) == 0)
		&& !is_silent(answers);
}

static bool is_untold(const struct mcpauth__answer_store *answers, int64_t asked_at)
{
	return answers->untold != NULL
		&& asked_at <= atomic_load(&answers->untold->at) + answers->tolerance;
}

static struct mcpauth__stored_rules rules_of(const struct mcpauth__answer_store *answers)
{
	return (struct mcpauth__stored_rules){
		.now = mcpauth__clock_real(answers->clock), .tolerance = answers->tolerance};
}

/* On a machine's own clock, for as long as the real one says. */
static int64_t until_here(const struct recall *recall)
{
	int64_t real;
	int64_t coarse;
	mcpauth__clock_read(recall->answers->clock, &real, &coarse);
	return coarse + (recall->found.until - real) * 1000;
}

static void end(struct recall *recall, bool believed)
{
	struct mcpauth__introspection_answer answer = {
		.text = recall->found.text,
		.length = recall->found.length,
		.asked_at = recall->found.asked_at,
	};
	if (believed) {
		answer.until = until_here(recall);
	}
	recall->done(believed ? &answer : NULL, recall->user);
	free(recall->found.text);
	free(recall);
}

static void get(struct recall *recall, const char *key, mcpauth__store_answer_fn done)
{
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_GET, .key = key, .done = done, .user = recall};
	mcpauth__shared_store_ask(recall->answers->store, &question);
}

static void release(struct recall *recall)
{
	if (atomic_fetch_sub(&recall->signs_awaited, 1) == 1) {
		end(recall,
			!atomic_load(&recall->is_forgotten)
				&& !is_untold(recall->answers, recall->found.asked_at));
	}
}

/* Whoever cannot learn whether something was forgotten must take it that it was. */
static void on_sign(const struct mcpauth__store_answer *answer, void *user)
{
	struct recall *recall = user;
	struct mcpauth__stored_rules rules = rules_of(recall->answers);
	bool forgotten = answer->outcome == MCPAUTH_STORE_FAILED
		|| (answer->outcome == MCPAUTH_STORE_DONE
			&& mcpauth__stored_answer_is_forgotten(
				&recall->found, &rules, answer->value, answer->length));
	note_outcome(recall->answers, answer->outcome);
	if (forgotten) {
		atomic_store(&recall->is_forgotten, true);
	}
	release(recall);
}

/* All at once: a slow store is waited for twice, not four times. */
static void look_at_signs(struct recall *recall)
{
	size_t count = recall->sign_count;
	atomic_init(&recall->signs_awaited, (unsigned)count + 1);
	for (size_t i = 0; i < count; i++) {
		get(recall, recall->signs[i].text, on_sign);
	}
	release(recall);
}

static bool list_owners_signs(struct recall *recall, const cJSON *claims)
{
	const struct mcpauth__answer_store *answers = recall->answers;
	struct mcpauth__owner owner = mcpauth__owner_read(
		claims, answers->subjects, answers->issuer);
	bool good = true;
	if (owner.issuer != NULL && owner.subject != NULL) {
		good = mcpauth__store_key_of_forgotten_subject(
			&recall->signs[recall->sign_count++], owner.issuer, owner.subject);
	}
	if (good && owner.issuer != NULL && owner.session != NULL) {
		good = mcpauth__store_key_of_forgotten_session(
			&recall->signs[recall->sign_count++], owner.issuer, owner.session);
	}
	return good;
}

/* @return false if it cannot be told whose the token is */
static bool list_signs(struct recall *recall)
{
	cJSON *claims;
	mcpauth__store_key_of_forgotten_token(&recall->signs[recall->sign_count++], recall->digest);
	if (mcpauth__json_parse_object(recall->found.text, recall->found.length, &claims, NULL)
		!= MCPAUTH_OK) {
		return false;
	}
	bool good = list_owners_signs(recall, claims);
	cJSON_Delete(claims);
	return good;
}

static void on_answer(const struct mcpauth__store_answer *answer, void *user)
{
	struct recall *recall = user;
	struct mcpauth__stored_rules rules = rules_of(recall->answers);
	note_outcome(recall->answers, answer->outcome);
	if (answer->outcome != MCPAUTH_STORE_DONE
		|| !mcpauth__stored_answer_read(answer->value, answer->length, &recall->found)
		|| !mcpauth__stored_answer_holds(&recall->found, &rules) || !list_signs(recall)) {
		end(recall, false);
	} else {
		look_at_signs(recall);
	}
}

void mcpauth__answer_store_recall(struct mcpauth__answer_store *answers,
	const unsigned char *digest, mcpauth__recalled_fn done, void *user)
{
	struct mcpauth__store_key key = {0};
	struct recall *recall = may_look(answers) ? calloc(1, sizeof *recall) : NULL;
	if (recall == NULL) {
		done(NULL, user);
		return;
	}
	recall->answers = answers;
	recall->done = done;
	recall->user = user;
	memcpy(recall->digest, digest, sizeof recall->digest);
	mcpauth__store_key_of_answer(&key, &answers->section, digest);
	get(recall, key.text, on_answer);
}

void mcpauth__answer_store_keep(struct mcpauth__answer_store *answers, const unsigned char *digest,
	const struct mcpauth__introspection_answer *answer)
{
	int64_t real;
	int64_t coarse;
	size_t length;
	struct mcpauth__store_key key = {0};
	if (!mcpauth__answer_store_is_there(answers) || answer->length > MCPAUTH__KEPT_LENGTH_MAX) {
		return;
	}
	mcpauth__clock_read(answers->clock, &real, &coarse);
	int64_t most = answer->asked_at + MCPAUTH__STORED_SECONDS_MAX;
	int64_t until = real + (answer->until - coarse) / 1000;
	until = until < most ? until : most;
	struct mcpauth__stored_answer stored = {
		(char *)answer->text, answer->length, answer->asked_at, until};
	char *value = until > real ? mcpauth__stored_answer_write(&stored, &length) : NULL;
	if (value == NULL) {
		return;
	}
	mcpauth__store_key_of_answer(&key, &answers->section, digest);
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_SET,
		.key = key.text,
		.value = value,
		.length = length,
		.seconds = (unsigned)(until - real),
	};
	mcpauth__shared_store_ask(answers->store, &question);
	free(value);
}

void mcpauth__answer_store_drop(struct mcpauth__answer_store *answers, const unsigned char *digest)
{
	struct mcpauth__store_key key = {0};
	mcpauth__store_key_of_answer(&key, &answers->section, digest);
	mcpauth__shared_store_ask(answers->store,
		&(struct mcpauth__store_question){
			.operation = MCPAUTH_STORE_DELETE, .key = key.text});
}
