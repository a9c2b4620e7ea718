/* Giving an issuer's metadata out, without blocking, with a deadline. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"

#include <stdlib.h>

struct mcpauth_metadata_wait {
	struct mcpauth *auth;
	struct mcpauth__server_source *source;
	int64_t deadline; /* monotonic milliseconds */
	mcpauth_wake_fn wake;
	void *user;
	struct mcpauth__waiter *waiter; /* the wait under way; NULL between two */
};

static enum mcpauth_code look_once(struct mcpauth__server_source *source,
	struct mcpauth__waiter *waiter, char **document, struct mcpauth_error *err)
{
	struct mcpauth__server_metadata *metadata;
	enum mcpauth_code code = mcpauth__server_source_get(source, waiter, &metadata, err);
	if (code == MCPAUTH_OK) {
		*document = mcpauth__strdup(mcpauth__server_metadata_text(metadata));
		code = *document != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	mcpauth__server_metadata_free(metadata);
	return code;
}

/* What was needless to wait for takes its waiter back, unless the deadline woke
 * it just then: then the caller must find that it was for something. */
static enum mcpauth_code look(
	struct mcpauth_metadata_wait *wait, char **document, struct mcpauth_error *err)
{
	struct mcpauth__waiter *waiter = mcpauth__waiter_new(
		wait->auth->runtime->worker, wait->deadline, wait->wake, wait->user);
	if (waiter == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_OVERLOADED, "too many requests wait already");
	}
	enum mcpauth_code code = look_once(wait->source, waiter, document, err);
	if (code != MCPAUTH_PENDING && mcpauth__waiter_cancel(waiter)) {
		mcpauth__waiter_free(waiter);
		return code;
	}
	free(*document);
	*document = NULL;
	wait->waiter = waiter;
	return MCPAUTH_PENDING;
}

static enum mcpauth_code find_source(const struct mcpauth *auth, const char *issuer,
	struct mcpauth__server_source **source, struct mcpauth_error *err)
{
	const struct mcpauth__issuer *found = mcpauth__find_issuer(auth, issuer);
	*source = NULL;
	if (found == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_ISSUER, "no such issuer was added");
	}
	*source = mcpauth__issuer_server_source(found);
	return *source != NULL ? MCPAUTH_OK
			       : mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
				       "only the place of the issuer's keys is configured");
}

enum mcpauth_code mcpauth_metadata_can_start(
	const struct mcpauth *auth, const char *issuer, struct mcpauth_error *err)
{
	struct mcpauth__server_source *source;
	return find_source(auth, issuer, &source, err);
}

static struct mcpauth_metadata_wait *make(struct mcpauth *auth,
	struct mcpauth__server_source *source, const struct mcpauth_metadata_request *request)
{
	struct mcpauth_metadata_wait *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	made->auth = auth;
	made->source = source;
	made->deadline = mcpauth__clock_monotonic(&auth->runtime->clock)
		+ auth->runtime->deadline_ms;
	made->wake = request->wake;
	made->user = request->user;
	return made;
}

enum mcpauth_code mcpauth_metadata_start(struct mcpauth *auth,
	const struct mcpauth_metadata_request *request, char **document,
	struct mcpauth_metadata_wait **pending, struct mcpauth_error *err)
{
	struct mcpauth_metadata_request read;
	struct mcpauth__server_source *source = NULL;
	*document = NULL;
	*pending = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, request, err);
	if (code == MCPAUTH_OK && read.wake == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "wake is needed");
	}
	if (code == MCPAUTH_OK) {
		code = find_source(auth, read.issuer, &source, err);
	}
	if (code == MCPAUTH_OK) {
		code = look_once(source, NULL, document, err);
	}
	if (code != MCPAUTH_PENDING) {
		return code;
	}
	struct mcpauth_metadata_wait *made = make(auth, source, &read);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	code = look(made, document, err);
	if (code == MCPAUTH_PENDING) {
		*pending = made;
		return code;
	}
	mcpauth_metadata_wait_free(made);
	return code;
}

enum mcpauth_code mcpauth_metadata_wait_resume(
	struct mcpauth_metadata_wait *wait, char **document, struct mcpauth_error *err)
{
	*document = NULL;
	mcpauth__waiter_free(wait->waiter);
	wait->waiter = NULL;
	/* What is there needs no place among those who wait. */
	enum mcpauth_code code = look_once(wait->source, NULL, document, err);
	if (code == MCPAUTH_PENDING
		&& mcpauth__clock_monotonic(&wait->auth->runtime->clock) < wait->deadline) {
		return look(wait, document, err);
	}
	return code != MCPAUTH_PENDING
		? code
		: mcpauth__fail(err, MCPAUTH_E_TIMEOUT, "the issuer took too long");
}

void mcpauth_metadata_wait_free(struct mcpauth_metadata_wait *wait)
{
	if (wait == NULL) {
		return;
	}
	if (wait->waiter != NULL) {
		mcpauth__waiter_wake(wait->waiter);
		mcpauth__waiter_free(wait->waiter);
	}
	free(wait);
}
