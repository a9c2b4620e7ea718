/* Forgetting tokens before their time, while others verify them. */
#include "auth_int.h"

#include "base/json.h"
#include "endpoint/answer_store.h"
#include "endpoint/stored_answer.h"

#include <stdlib.h>
#include <string.h>

/* What is to be forgotten: one token, or all of a subject or session. */
struct oblivion {
	struct mcpauth__runtime *runtime;
	/* Of the token; NULL: it has no hash for want of memory, then all are meant. */
	const unsigned char *digest;
	bool by_owner;
	struct mcpauth__owner owner;
};

/* The same, for one issuer's answers: where they name whom is the issuer's to say. */
struct answer_filter {
	const struct oblivion *oblivion;
	const struct mcpauth__issuer *issuer;
};

static bool is_token(const struct oblivion *oblivion, const unsigned char *digest)
{
	return oblivion->digest == NULL
		|| memcmp(oblivion->digest, digest, MCPAUTH__SHA256_SIZE) == 0;
}

static bool identity_is_concerned(
	const struct mcpauth__identity *identity, const unsigned char *digest, void *user)
{
	const struct oblivion *oblivion = user;
	if (!oblivion->by_owner) {
		return is_token(oblivion, digest);
	}
	struct mcpauth__owner owner = {
		.issuer = identity->issuer,
		.subject = identity->subject,
		.session = mcpauth__json_string(identity->claims, "sid"),
	};
	return mcpauth__owner_is(&owner, &oblivion->owner);
}

/* Parsing is for answers that hold the name as it is, or an escape that may stand for a
 * letter of it: there may be thousands of others. */
static bool may_name(const char *text, size_t length, const char *name)
{
	return name == NULL || strlen(text) != length || strchr(text, '\\') != NULL
		|| strstr(text, name) != NULL;
}

/* What cannot be read is not kept for that. */
static bool text_is_concerned(const struct answer_filter *filter, const char *text, size_t length)
{
	cJSON *claims;
	const struct mcpauth__owner *named = &filter->oblivion->owner;
	if (!may_name(text, length, named->subject) || !may_name(text, length, named->session)) {
		return false;
	}
	if (mcpauth__json_parse_object(text, length, &claims, NULL) != MCPAUTH_OK) {
		return true;
	}
	struct mcpauth__owner owner = mcpauth__owner_read(claims,
		&mcpauth__issuer_claim_policy(filter->issuer)->subjects,
		mcpauth__issuer_identifier(filter->issuer));
	bool concerned = mcpauth__owner_is(&owner, named);
	cJSON_Delete(claims);
	return concerned;
}

static bool answer_is_concerned(
	const unsigned char *digest, const char *text, size_t length, void *user)
{
	const struct answer_filter *filter = user;
	return filter->oblivion->by_owner ? text_is_concerned(filter, text, length)
					  : is_token(filter->oblivion, digest);
}

/* Issuers of all objects: who verifies for a successor is to forget, too. */
static size_t forget_answers(const struct oblivion *oblivion)
{
	struct mcpauth__runtime *runtime = oblivion->runtime;
	size_t count = 0;
	pthread_mutex_lock(&runtime->lock);
	for (size_t i = 0; i < runtime->issuer_count; i++) {
		struct mcpauth__introspector *introspector = mcpauth__issuer_introspector(
			runtime->issuers[i]);
		if (introspector != NULL) {
			struct answer_filter filter = {oblivion, runtime->issuers[i]};
			count += mcpauth__introspector_forget(
				introspector, answer_is_concerned, &filter);
		}
	}
	pthread_mutex_unlock(&runtime->lock);
	return count;
}

static void on_sign_set(const struct mcpauth__store_answer *answer, void *user)
{
	struct mcpauth__runtime *runtime = user;
	if (answer->outcome == MCPAUTH_STORE_FAILED) {
		atomic_store(&runtime->untold.at, mcpauth__clock_real(&runtime->clock));
		mcpauth__log(&runtime->log, MCPAUTH_LOG_WARNING, MCPAUTH_E_STORE, NULL,
			"the store was not told what is to be forgotten: other processes may "
			"believe what they find there until its time is over");
	}
	atomic_fetch_sub(&runtime->untold.under_way, 1);
}

static bool sign_key(const struct oblivion *oblivion, struct mcpauth__store_key *key)
{
	const struct mcpauth__owner *owner = &oblivion->owner;
	if (!oblivion->by_owner) {
		if (oblivion->digest != NULL) {
			mcpauth__store_key_of_forgotten_token(key, oblivion->digest);
		}
		return oblivion->digest != NULL;
	}
	return owner->subject != NULL
		? mcpauth__store_key_of_forgotten_subject(key, owner->issuer, owner->subject)
		: mcpauth__store_key_of_forgotten_session(key, owner->issuer, owner->session);
}

/* A sign for the other processes: whatever they asked before now is out of date. Taking
 * an answer out would not do alone, since one that is under way may be put in later. */
static void set_sign(const struct oblivion *oblivion)
{
	size_t length;
	struct mcpauth__store_key key = {0};
	struct mcpauth__runtime *runtime = oblivion->runtime;
	char *sign = mcpauth__forgotten_write(mcpauth__clock_real(&runtime->clock), &length);
	struct mcpauth__store_question question = {
		.operation = MCPAUTH_STORE_SET,
		.key = key.text,
		.value = sign,
		.length = length,
		.seconds = MCPAUTH__FORGOTTEN_SECONDS,
		.done = on_sign_set,
		.user = runtime,
	};
	atomic_fetch_add(&runtime->untold.under_way, 1);
	if (sign != NULL && sign_key(oblivion, &key)) {
		mcpauth__shared_store_ask(runtime->store, &question);
	} else {
		on_sign_set(
			&(struct mcpauth__store_answer){.outcome = MCPAUTH_STORE_FAILED}, runtime);
	}
	free(sign);
}

/* Where the answers of an issuer's endpoint lie. @return false if it has none there */
static bool find_answers(const struct mcpauth__runtime *runtime,
	const struct mcpauth__issuer *issuer, struct mcpauth__answer_store *answers)
{
	struct mcpauth__introspector *introspector = mcpauth__issuer_introspector(issuer);
	if (introspector == NULL) {
		return false;
	}
	struct mcpauth__store_scope scope = mcpauth__store_scope_of(
		mcpauth__issuer_identifier(issuer), mcpauth__introspector_config(introspector));
	*answers = (struct mcpauth__answer_store){.store = runtime->store};
	return mcpauth__answer_store_init(answers, &scope)
		&& mcpauth__answer_store_is_there(answers);
}

/* A list of its own: the program is asked with no lock held. Without memory for it the
 * sign must do. */
static struct mcpauth__answer_store *list_answers(struct mcpauth__runtime *runtime, size_t *count)
{
	pthread_mutex_lock(&runtime->lock);
	struct mcpauth__answer_store *list = calloc(runtime->issuer_count + 1, sizeof *list);
	for (size_t i = 0; i < runtime->issuer_count && list != NULL; i++) {
		*count += find_answers(runtime, runtime->issuers[i], &list[*count]) ? 1 : 0;
	}
	pthread_mutex_unlock(&runtime->lock);
	return list;
}

static void drop_stored_answers(const struct oblivion *oblivion)
{
	size_t count = 0;
	struct mcpauth__answer_store *list = list_answers(oblivion->runtime, &count);
	for (size_t i = 0; i < count; i++) {
		mcpauth__answer_store_drop(&list[i], oblivion->digest);
	}
	free(list);
}

static void tell_store(const struct oblivion *oblivion)
{
	set_sign(oblivion);
	if (!oblivion->by_owner && oblivion->digest != NULL) {
		drop_stored_answers(oblivion);
	}
}

/* The store first: whatever is asked from now on finds the sign. Then the endpoints'
 * answers, then the count, then what was made of them: whoever begins before the count
 * grows may have seen an answer that is forgotten, and is kept from remembering it
 * (mcpauth__cache_put()); whoever begins later finds none. */
static size_t forget(const struct oblivion *oblivion)
{
	struct mcpauth__runtime *runtime = oblivion->runtime;
	const struct mcpauth__verifier *verifier = &runtime->verifier;
	if (mcpauth__shared_store_is_there(runtime->store)) {
		tell_store(oblivion);
	}
	size_t count = forget_answers(oblivion);
	atomic_fetch_add(&runtime->forgets, 1);
	if (verifier->cache != NULL) {
		count += mcpauth__cache_forget(
			verifier->cache, identity_is_concerned, (void *)oblivion);
	}
	if (verifier->refused != NULL && !oblivion->by_owner && oblivion->digest != NULL) {
		count += mcpauth__refused_forget(verifier->refused, oblivion->digest);
	}
	return count;
}

size_t mcpauth_forget_token(struct mcpauth *auth, const char *token)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	bool good = mcpauth__sha256(token, strlen(token), digest);
	struct oblivion oblivion = {.runtime = auth->runtime, .digest = good ? digest : NULL};
	return forget(&oblivion);
}

size_t mcpauth_forget_subject(struct mcpauth *auth, const char *issuer, const char *subject)
{
	struct oblivion oblivion = {.runtime = auth->runtime,
		.by_owner = true,
		.owner = {.issuer = issuer, .subject = subject}};
	return forget(&oblivion);
}

size_t mcpauth_forget_session(struct mcpauth *auth, const char *issuer, const char *session)
{
	struct oblivion oblivion = {.runtime = auth->runtime,
		.by_owner = true,
		.owner = {.issuer = issuer, .session = session}};
	return forget(&oblivion);
}
