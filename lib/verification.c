/* Verifying without blocking, with a deadline, or blocking after all. */
#include "auth_int.h"

#include "base/buf.h"
#include "base/config.h"
#include "base/error_int.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth_verification {
	struct mcpauth *auth;
	const struct mcpauth__trust *trust;
	int64_t deadline; /* monotonic milliseconds */
	mcpauth_wake_fn wake;
	void *user;
	struct mcpauth__waiter *waiter;  /* the wait under way; NULL between two */
	struct mcpauth_inquiry *inquiry; /* of the resource's own verifier; or NULL */
	char token[];
};

static enum mcpauth_code finish(struct mcpauth__identity *identity, const char *token,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	*info = mcpauth__auth_info_new(identity, token);
	return *info != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static struct mcpauth_verification *make(struct mcpauth *auth, const struct mcpauth__trust *trust,
	const struct mcpauth_verification_request *request)
{
	size_t length = strlen(request->token);
	struct mcpauth_verification *made = calloc(1, sizeof *made + length + 1);
	if (made == NULL) {
		return NULL;
	}
	made->auth = auth;
	made->trust = trust;
	made->deadline = mcpauth__clock_monotonic(&auth->runtime->clock)
		+ auth->runtime->deadline_ms;
	made->wake = request->wake;
	made->user = request->user;
	memcpy(made->token, request->token, length);
	return made;
}

/* One look at a token that may have to wait. What was needless to wait for
 * takes its waiter back, unless the deadline woke it just then: then the wake
 * has been called, and the caller must find that it was for something. */
static enum mcpauth_code look(struct mcpauth_verification *verification,
	struct mcpauth__identity **identity, struct mcpauth_error *err)
{
	struct mcpauth *auth = verification->auth;
	struct mcpauth__waiter *waiter = mcpauth__waiter_new(auth->runtime->worker,
		verification->deadline, verification->wake, verification->user);
	if (waiter == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_OVERLOADED, "too many requests wait already");
	}
	struct mcpauth__presented presented = {
		verification->trust, verification->token, waiter, &verification->inquiry};
	enum mcpauth_code code = mcpauth__verifier_check(
		&auth->runtime->verifier, &presented, identity, err);
	if (code != MCPAUTH_PENDING && mcpauth__waiter_cancel(waiter)) {
		mcpauth__waiter_free(waiter);
		return code;
	}
	mcpauth__identity_free(*identity);
	*identity = NULL;
	verification->waiter = waiter;
	return MCPAUTH_PENDING;
}

/* A look without a wait: at what is there. */
static enum mcpauth_code look_once(const struct mcpauth *auth,
	const struct mcpauth__presented *presented, struct mcpauth_auth_info **info,
	struct mcpauth_error *err)
{
	struct mcpauth__identity *identity;
	enum mcpauth_code code = mcpauth__verifier_check(
		&auth->runtime->verifier, presented, &identity, err);
	return code == MCPAUTH_OK ? finish(identity, presented->token, info, err) : code;
}

static enum mcpauth_code read_request(struct mcpauth_verification_request *read,
	const struct mcpauth_verification_request *request, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__config_read(read, sizeof *read, request, err);
	if (code == MCPAUTH_OK && (read->token == NULL || read->wake == NULL)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "token and wake are needed");
	}
	return code;
}

/* Begin to wait for what a first look could not tell. */
static enum mcpauth_code wait_on(struct mcpauth_verification *made, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err)
{
	struct mcpauth__identity *identity = NULL;
	enum mcpauth_code code = look(made, &identity, err);
	if (code == MCPAUTH_PENDING) {
		*pending = made;
		return code;
	}
	if (code == MCPAUTH_OK) {
		code = finish(identity, made->token, info, err);
	}
	mcpauth_verification_free(made);
	return code;
}

enum mcpauth_code mcpauth_verify_start(struct mcpauth *auth,
	const struct mcpauth_verification_request *request, struct mcpauth_auth_info **info,
	struct mcpauth_verification **pending, struct mcpauth_error *err)
{
	struct mcpauth_verification_request read;
	struct mcpauth__resource *resource;
	struct mcpauth_inquiry *inquiry = NULL;
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
	struct mcpauth__presented presented = {&resource->trust, read.token, NULL, &inquiry};
	code = look_once(auth, &presented, info, err);
	struct mcpauth_verification *made = NULL;
	if (code == MCPAUTH_PENDING) {
		made = make(auth, &resource->trust, &read);
		code = made != NULL ? code : mcpauth__no_memory(err);
	}
	if (made == NULL) {
		mcpauth__inquiry_free(inquiry);
		return code;
	}
	made->inquiry = inquiry;
	return wait_on(made, info, pending, err);
}

enum mcpauth_code mcpauth_verification_resume(struct mcpauth_verification *verification,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	struct mcpauth *auth = verification->auth;
	struct mcpauth__identity *identity = NULL;
	*info = NULL;
	mcpauth__waiter_free(verification->waiter);
	verification->waiter = NULL;
	/* What is there needs no place among those who wait: others may have taken
	 * it meanwhile. */
	struct mcpauth__presented presented = {
		verification->trust, verification->token, NULL, &verification->inquiry};
	enum mcpauth_code code = look_once(auth, &presented, info, err);
	if (code == MCPAUTH_PENDING
		&& mcpauth__clock_monotonic(&auth->runtime->clock) < verification->deadline) {
		code = look(verification, &identity, err);
		return code == MCPAUTH_OK ? finish(identity, verification->token, info, err) : code;
	}
	return code != MCPAUTH_PENDING
		? code
		: mcpauth__fail(err, MCPAUTH_E_TIMEOUT, "%s",
			verification->inquiry != NULL ? "the program's verifier took too long"
						      : "the issuer took too long");
}

void mcpauth_verification_free(struct mcpauth_verification *verification)
{
	if (verification == NULL) {
		return;
	}
	if (verification->waiter != NULL) {
		mcpauth__waiter_wake(verification->waiter);
		mcpauth__waiter_free(verification->waiter);
	}
	mcpauth__inquiry_free(verification->inquiry);
	mcpauth__wipe(verification->token, strlen(verification->token));
	free(verification);
}

static void post(void *user)
{
	sem_post(user);
}

static void wait_for(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0 && errno == EINTR) {
	}
}

enum mcpauth_code mcpauth_verify(struct mcpauth *auth, const char *resource, const char *token,
	struct mcpauth_auth_info **info, struct mcpauth_error *err)
{
	sem_t woken;
	struct mcpauth_verification *pending;
	struct mcpauth_verification_request request = MCPAUTH_VERIFICATION_REQUEST_INIT;
	sem_init(&woken, 0, 0);
	request.resource = resource;
	request.token = token;
	request.wake = post;
	request.user = &woken;
	enum mcpauth_code code = mcpauth_verify_start(auth, &request, info, &pending, err);
	while (code == MCPAUTH_PENDING) {
		wait_for(&woken);
		code = mcpauth_verification_resume(pending, info, err);
	}
	mcpauth_verification_free(pending);
	sem_destroy(&woken);
	return code;
}

static enum mcpauth_code prefetch_one(
	struct mcpauth *auth, struct mcpauth__issuer *issuer, struct mcpauth_error *err)
{
	sem_t woken;
	struct mcpauth__keys keys;
	enum mcpauth_code code;
	int64_t deadline = mcpauth__clock_monotonic(&auth->runtime->clock)
		+ 2 * auth->runtime->deadline_ms;
	sem_init(&woken, 0, 0);
	do {
		struct mcpauth__waiter *waiter = mcpauth__waiter_new(
			auth->runtime->worker, deadline, post, &woken);
		if (waiter == NULL) {
			code = mcpauth__fail(err, MCPAUTH_E_OVERLOADED, "too many wait already");
			break;
		}
		code = mcpauth__key_source_get(
			mcpauth__issuer_key_source(issuer), waiter, &keys, err);
		if (code == MCPAUTH_PENDING || !mcpauth__waiter_cancel(waiter)) {
			wait_for(&woken);
		}
		mcpauth__waiter_free(waiter);
		mcpauth__jwks_free(keys.set);
	} while (code == MCPAUTH_PENDING
		&& mcpauth__clock_monotonic(&auth->runtime->clock) < deadline);
	sem_destroy(&woken);
	return code != MCPAUTH_PENDING
		? code
		: mcpauth__fail(err, MCPAUTH_E_TIMEOUT, "the issuer took too long");
}

/* Not for resources whose verifier is the program's own. */
static bool needs_keys(const struct mcpauth *auth, const struct mcpauth__issuer *issuer)
{
	for (size_t i = 0; i < auth->resource_count; i++) {
		const struct mcpauth__trust *trust = &auth->resources[i]->trust;
		for (size_t k = 0; k < trust->count; k++) {
			if (trust->issuers[k] == issuer && trust->custom.verify == NULL) {
				return true;
			}
		}
	}
	return false;
}

enum mcpauth_code mcpauth_prefetch(struct mcpauth *auth, struct mcpauth_error *err)
{
	enum mcpauth_code first = MCPAUTH_OK;
	struct mcpauth__keys keys;
	for (size_t i = 0; i < auth->issuer_count; i++) {
		if (!needs_keys(auth, auth->issuers[i])) {
			continue;
		}
		/* Starts them all, so that they are waited for side by side. */
		mcpauth__key_source_get(
			mcpauth__issuer_key_source(auth->issuers[i]), NULL, &keys, NULL);
		mcpauth__jwks_free(keys.set);
	}
	for (size_t i = 0; i < auth->issuer_count; i++) {
		if (!needs_keys(auth, auth->issuers[i])) {
			continue;
		}
		enum mcpauth_code code = prefetch_one(
			auth, auth->issuers[i], first == MCPAUTH_OK ? err : NULL);
		if (code != MCPAUTH_OK && first == MCPAUTH_OK) {
			first = code;
			mcpauth__error_prefix(err, mcpauth__issuer_identifier(auth->issuers[i]));
		}
	}
	return first;
}

unsigned mcpauth_retry_after(struct mcpauth *auth, const char *resource)
{
	const struct mcpauth__resource *found = mcpauth__find_resource(auth, resource);
	unsigned longest = 1;
	for (size_t i = 0; found != NULL && i < found->trust.count; i++) {
		unsigned seconds = mcpauth__key_source_retry_after(
			mcpauth__issuer_key_source(found->trust.issuers[i]));
		longest = seconds > longest ? seconds : longest;
	}
	return longest < 30 ? longest : 30;
}
