/* Giving an issuer's metadata out, without blocking, with a deadline. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "net/wait.h"

#include <stdlib.h>

struct mcpauth_metadata_wait {
	struct mcpauth__server_source *source;
	struct mcpauth__wait waiting;
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

/* One look that may have to wait. */
static enum mcpauth_code look(
	struct mcpauth_metadata_wait *wait, char **document, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__wait_begin(&wait->waiting, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = look_once(wait->source, wait->waiting.waiter, document, err);
	code = mcpauth__wait_settle(&wait->waiting, code);
	if (code == MCPAUTH_PENDING) {
		free(*document);
		*document = NULL;
	}
	return code;
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
	made->source = source;
	mcpauth__wait_init(&made->waiting, auth->runtime->worker, auth->runtime->deadline_ms,
		request->wake, request->user);
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
	mcpauth__wait_resume(&wait->waiting);
	/* What is there needs no place among those who wait. */
	enum mcpauth_code code = look_once(wait->source, NULL, document, err);
	if (code == MCPAUTH_PENDING && !mcpauth__wait_is_over(&wait->waiting)) {
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
	mcpauth__wait_finish(&wait->waiting);
	free(wait);
}
