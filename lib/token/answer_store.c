/* Finding a token's answer in the store, and what may have been forgotten since. */
#include "token/answer_store.h"

#include "base/json.h"
#include "token/stored_answer.h"

#include <stdlib.h>
#include <string.h>

/* The answer's token, its subject and its session. */
#define SIGNS_MAX 3

/** One look: the answer first, then the signs that may speak against it, one by one. */
struct recall {
	struct mcpauth__answer_store *answers;
	mcpauth__recalled_fn done;
	void *user;
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	struct mcpauth__stored_answer found;
	struct mcpauth__store_key signs[SIGNS_MAX];
	size_t sign_count;
	size_t signs_seen;
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

static void on_sign(const struct mcpauth__store_answer *answer, void *user);

static void look_at_next_sign(struct recall *recall)
{
	if (recall->signs_seen < recall->sign_count) {
		get(recall, recall->signs[recall->signs_seen++].text, on_sign);
	} else {
		end(recall, true);
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
	if (forgotten) {
		end(recall, false);
	} else {
		look_at_next_sign(recall);
	}
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
	if (answer->outcome != MCPAUTH_STORE_DONE
		|| !mcpauth__stored_answer_read(answer->value, answer->length, &recall->found)
		|| !mcpauth__stored_answer_holds(&recall->found, &rules) || !list_signs(recall)) {
		end(recall, false);
	} else {
		look_at_next_sign(recall);
	}
}

void mcpauth__answer_store_recall(struct mcpauth__answer_store *answers,
	const unsigned char *digest, mcpauth__recalled_fn done, void *user)
{
	struct mcpauth__store_key key = {0};
	struct recall *recall = mcpauth__answer_store_is_there(answers) ? calloc(1, sizeof *recall)
									: NULL;
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
	if (!mcpauth__answer_store_is_there(answers)) {
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
