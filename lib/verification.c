/* Verifying without blocking, with a deadline, or blocking after all. */
#include "verification_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/sleeper.h"
#include "base/wipe.h"
#include "net/wait.h"
#include "token/auth_info_int.h"
#include "token/last_token.h"

#include <stdlib.h>
#include <string.h>

struct mcpauth_verification {
	struct mcpauth *auth;
	const struct mcpauth__trust *trust;
	struct mcpauth__wait waiting;
	struct mcpauth__progress progress;
	size_t length;
	char token[];
};

static void count(struct mcpauth__tally *tally, enum mcpauth_code code, bool was_judged)
{
	enum mcpauth__counter counter = MCPAUTH__COUNT_UNDECIDED;
	if (code == MCPAUTH_OK) {
		counter = was_judged ? MCPAUTH__COUNT_VERIFIED : MCPAUTH__COUNT_REMEMBERED;
	} else if (code >= MCPAUTH_E_NO_CREDENTIALS) {
		counter = was_judged ? MCPAUTH__COUNT_REJECTED : MCPAUTH__COUNT_REFUSED;
	}
	mcpauth__tally_add(tally, counter);
}

/* A verification is over: one more of its kind, if anybody is to know. Where nobody is,
 * that is a load and a branch. */
static inline enum mcpauth_code conclude(const struct mcpauth *auth,
	const struct mcpauth__progress *progress, enum mcpauth_code code)
{
	struct mcpauth__tally *tally = &auth->runtime->tally;
	if (mcpauth__tally_is_wanted(tally)) {
		count(tally, code, progress->judged);
	}
	return code;
}

/* The program has the last word, also on what is remembered. */
static enum mcpauth_code ask_whether_revoked(
	const struct mcpauth *auth, struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	const struct mcpauth__runtime *runtime = auth->runtime;
	if (runtime->revoked == NULL || !runtime->revoked(*info, runtime->revoked_user)) {
		return MCPAUTH_OK;
	}
	mcpauth_auth_info_free(*info);
	*info = NULL;
	return mcpauth__fail(err, MCPAUTH_E_REVOKED, "the program says that the token is revoked");
}

static enum mcpauth_code make_info(const struct mcpauth *auth, struct mcpauth__identity *identity,
	const char *token, struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	*info = mcpauth__auth_info_new(identity, token);
	return *info != NULL ? ask_whether_revoked(auth, info, err) : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth__verification_count(const struct mcpauth *auth,
	const struct mcpauth__progress *progress, enum mcpauth_code code)
{
	return conclude(auth, progress, code);
}

enum mcpauth_code mcpauth__verification_confirm(const struct mcpauth *auth,
	struct mcpauth__identity *identity, const char *token, struct mcpauth_error *err)
{
	struct mcpauth_auth_info *info = NULL;
	enum mcpauth_code code = make_info(auth, identity, token, &info, err);
	mcpauth_auth_info_free(info);
	return code;
}

static struct mcpauth_verification *make(struct mcpauth *auth,
	const struct mcpauth__presented *presented,
	const struct mcpauth_verification_request *request)
{
	size_t length = presented->length;
	struct mcpauth_verification *made = calloc(1, sizeof *made + length + 1);
	if (made == NULL) {
		return NULL;
	}
	made->auth = auth;
	made->trust = presented->trust;
	made->length = length;
	mcpauth__wait_init(&made->waiting, auth->runtime->worker, auth->runtime->deadline_ms,
		request->wake, request->user);
	memcpy(made->token, presented->token, length);
	return made;
}

static struct mcpauth__presented present(
	struct mcpauth_verification *verification, struct mcpauth__waiter *waiter)
{
	return (struct mcpauth__presented){
		.trust = verification->trust,
		.token = verification->token,
		.length = verification->length,
		.waiter = waiter,
		.progress = &verification->progress,
	};
}

/* One look at a token that may have to wait. */
static enum mcpauth_code look_waiting(struct mcpauth_verification *verification,
	struct mcpauth__identity **identity, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__wait_begin(&verification->waiting, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__presented presented = present(verification, verification->waiting.waiter);
	code = mcpauth__verifier_check(
		&verification->auth->runtime->verifier, &presented, identity, err);
	code = mcpauth__wait_settle(&verification->waiting, code);
	if (code == MCPAUTH_PENDING) {
		mcpauth__identity_free(*identity);
		*identity = NULL;
	}
	return code;
}

/* A look without a wait: at what is there. */
static enum mcpauth_code look_now(const struct mcpauth *auth,
	const struct mcpauth__presented *presented, struct mcpauth_auth_info_room *room,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	struct mcpauth__identity *identity;
	enum mcpauth_code code = mcpauth__verifier_check(
		&auth->runtime->verifier, presented, &identity, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (room == NULL) {
		return make_info(auth, identity, presented->token, info, err);
	}
	*info = mcpauth__auth_info_init(room, identity, presented->token);
	return ask_whether_revoked(auth, info, err);
}

static enum mcpauth_code read_request(struct mcpauth_verification_request *read,
	const struct mcpauth_verification_request *request, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__config_read(read, sizeof *read, request, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (read->token == NULL || read->wake == NULL) {
		mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "token and wake are needed");
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	if (read->token_length == 0) {
		read->token_length = strlen(read->token);
	}
	/* Who is told of the token reads up to there. */
	if (read->token[read->token_length] != '\0') {
		mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no NUL where token_length says");
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	return MCPAUTH_OK;
}

/* The first look. Of a connection's last token the digest is known, and with it how the
 * token is written; all else is decided anew. */
static enum mcpauth_code look_first(const struct mcpauth *auth,
	const struct mcpauth__presented *presented,
	const struct mcpauth_verification_request *request, struct mcpauth_auth_info **info,
	struct mcpauth_error *err)
{
	const struct mcpauth__verifier *verifier = &auth->runtime->verifier;
	struct mcpauth_last_token *last = request->last;
	bool is_last = last != NULL && mcpauth__last_token_recall(last, verifier, presented);
	enum mcpauth_code code = look_now(auth, presented, request->room, info, err);
	if (last != NULL && !is_last) {
		mcpauth__last_token_note(last, verifier, presented);
	}
	return code;
}

/* Begin to wait for what a first look could not tell. */
static enum mcpauth_code wait_on(struct mcpauth_verification *made, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err)
{
	struct mcpauth__identity *identity = NULL;
	enum mcpauth_code code = look_waiting(made, &identity, err);
	if (code == MCPAUTH_PENDING) {
		*pending = made;
		return code;
	}
	if (code == MCPAUTH_OK) {
		code = make_info(made->auth, identity, made->token, info, err);
	}
	code = conclude(made->auth, &made->progress, code);
	mcpauth_verification_free(made);
	return code;
}

enum mcpauth_code mcpauth_verify_start(struct mcpauth *auth,
	const struct mcpauth_verification_request *request, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err)
{
	struct mcpauth_verification_request read;
	struct mcpauth__resource *resource;
	struct mcpauth__progress progress = {0};
	mcpauth__set_in_use(auth);
	*info = NULL;
	*pending = NULL;
	enum mcpauth_code code = read_request(&read, request, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__need_resource(auth, read.resource, &resource, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__presented presented = {
		.trust = &resource->trust,
		.token = read.token,
		.length = read.token_length,
		.progress = &progress,
	};
	code = look_first(auth, &presented, &read, info, err);
	struct mcpauth_verification *made = NULL;
	if (code == MCPAUTH_PENDING) {
		made = make(auth, &presented, &read);
		code = made != NULL ? code : mcpauth__no_memory(err);
	}
	if (made == NULL) {
		code = conclude(auth, &progress, code);
		/* What is remembered asked nobody. */
		if (progress.begun) {
			mcpauth__progress_finish(&progress);
		}
		return code;
	}
	made->progress = progress;
	return wait_on(made, info, pending, err);
}

static enum mcpauth_code look_again(struct mcpauth_verification *verification,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	struct mcpauth__identity *identity = NULL;
	/* What is there needs no place among those who wait: others may have taken
	 * it meanwhile. */
	struct mcpauth__presented presented = present(verification, NULL);
	enum mcpauth_code code = look_now(verification->auth, &presented, NULL, info, err);
	if (code == MCPAUTH_PENDING && !mcpauth__wait_is_over(&verification->waiting)) {
		code = look_waiting(verification, &identity, err);
		return code == MCPAUTH_OK
			? make_info(verification->auth, identity, verification->token, info, err)
			: code;
	}
	return code != MCPAUTH_PENDING ? code
				       : mcpauth__fail(err, MCPAUTH_E_TIMEOUT, "%s took too long",
					       mcpauth__progress_awaited(&verification->progress));
}

enum mcpauth_code mcpauth_verification_resume(struct mcpauth_verification *verification,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	*info = NULL;
	mcpauth__wait_resume(&verification->waiting);
	enum mcpauth_code code = look_again(verification, info, err);
	if (code != MCPAUTH_PENDING) {
		code = conclude(verification->auth, &verification->progress, code);
	}
	return code;
}

void mcpauth_verification_free(struct mcpauth_verification *verification)
{
	if (verification == NULL) {
		return;
	}
	mcpauth__wait_finish(&verification->waiting);
	mcpauth__progress_finish(&verification->progress);
	mcpauth__wipe(verification->token, verification->length);
	free(verification);
}

enum mcpauth_code mcpauth_verify(struct mcpauth *auth, const char *resource, const char *token,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	struct mcpauth__sleeper sleeper;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	mcpauth__sleeper_init(&sleeper);
	request.resource = resource;
	request.token = token;
	request.wake = mcpauth__sleeper_wake;
	request.user = &sleeper;
	enum mcpauth_code code = mcpauth_verify_start(auth, &request, info, &pending, err);
	while (code == MCPAUTH_PENDING && pending != NULL) {
		mcpauth__sleeper_sleep(&sleeper);
		code = mcpauth_verification_resume(pending, info, err);
	}
	mcpauth_verification_free(pending);
	mcpauth__sleeper_finish(&sleeper);
	return code;
}
