/* Asking a program whose token this is, however long it takes to answer. */
#include "token/inquiry.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth_inquiry {
	atomic_uint holders; /* who asked, and who must answer */
	char *resource;      /* its own: the answer may outlive everything else */

	pthread_mutex_t lock; /* for all that follows, until it is answered */
	bool answered;
	struct mcpauth_error refusal; /* MCPAUTH_OK: accepted, or, without claims, passed on */
	char *claims;
	size_t claims_length;
	struct mcpauth__waiter *waiter;

	size_t token_length;
	char token[];
};

static void destroy(struct mcpauth_inquiry *inquiry)
{
	mcpauth__waiter_free(inquiry->waiter);
	mcpauth__wipe(inquiry->token, inquiry->token_length);
	pthread_mutex_destroy(&inquiry->lock);
	free(inquiry->claims);
	free(inquiry->resource);
	free(inquiry);
}

static struct mcpauth_inquiry *make(const char *token, const char *resource)
{
	size_t length = strlen(token);
	struct mcpauth_inquiry *made = calloc(1, sizeof *made + length + 1);
	if (made == NULL) {
		return NULL;
	}
	made->resource = mcpauth__strdup(resource);
	if (made->resource == NULL || pthread_mutex_init(&made->lock, NULL) != 0) {
		free(made->resource);
		free(made);
		return NULL;
	}
	atomic_init(&made->holders, 2);
	made->token_length = length;
	memcpy(made->token, token, length);
	return made;
}

enum mcpauth_code mcpauth__inquiry_ask(const struct mcpauth__custom *custom, const char *token,
	const char *resource, struct mcpauth_inquiry **inquiry, struct mcpauth_error *err)
{
	*inquiry = make(token, resource);
	if (*inquiry == NULL) {
		return mcpauth__no_memory(err);
	}
	custom->verify(*inquiry, custom->user);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__inquiry_result(struct mcpauth_inquiry *inquiry,
	struct mcpauth__waiter *waiter, const char **claims, size_t *length,
	struct mcpauth_error *err)
{
	struct mcpauth__waiter *old = NULL;
	pthread_mutex_lock(&inquiry->lock);
	bool answered = inquiry->answered;
	if (!answered && waiter != NULL) {
		old = inquiry->waiter;
		inquiry->waiter = mcpauth__waiter_ref(waiter);
	}
	pthread_mutex_unlock(&inquiry->lock);
	mcpauth__waiter_free(old);
	*claims = NULL;
	*length = 0;
	if (!answered) {
		return MCPAUTH_PENDING;
	}
	/* An answer stays as it is. */
	if (inquiry->refusal.code != MCPAUTH_OK) {
		return mcpauth__fail(err, inquiry->refusal.code, "%s", inquiry->refusal.message);
	}
	*claims = inquiry->claims;
	*length = inquiry->claims_length;
	return MCPAUTH_OK;
}

void mcpauth__inquiry_free(struct mcpauth_inquiry *inquiry)
{
	if (inquiry != NULL && atomic_fetch_sub(&inquiry->holders, 1) == 1) {
		destroy(inquiry);
	}
}

/* Whoever is woken may end the verification, but not the inquiry: it is held
 * until this returns. */
static void finish(struct mcpauth_inquiry *inquiry)
{
	pthread_mutex_lock(&inquiry->lock);
	struct mcpauth__waiter *waiter = inquiry->waiter;
	inquiry->waiter = NULL;
	inquiry->answered = true;
	pthread_mutex_unlock(&inquiry->lock);
	if (waiter != NULL) {
		mcpauth__waiter_wake(waiter);
		mcpauth__waiter_free(waiter);
	}
	mcpauth__inquiry_free(inquiry);
}

const char *mcpauth_inquiry_token(const struct mcpauth_inquiry *inquiry)
{
	return inquiry->token;
}

const char *mcpauth_inquiry_resource(const struct mcpauth_inquiry *inquiry)
{
	return inquiry->resource;
}

void mcpauth_inquiry_accept(struct mcpauth_inquiry *inquiry, const char *claims, size_t length)
{
	char *copy = length < SIZE_MAX ? malloc(length + 1) : NULL;
	if (copy == NULL) {
		mcpauth__no_memory(&inquiry->refusal);
	} else {
		if (length > 0) {
			memcpy(copy, claims, length);
		}
		copy[length] = '\0';
		inquiry->claims = copy;
		inquiry->claims_length = length;
	}
	finish(inquiry);
}

void mcpauth_inquiry_refuse(
	struct mcpauth_inquiry *inquiry, enum mcpauth_code code, const char *reason)
{
	bool known = code >= 200 && code < 500;
	mcpauth__fail(&inquiry->refusal, known ? code : MCPAUTH_E_BAD_SIGNATURE, "%s",
		reason != NULL ? reason : "the program's verifier refused it");
	finish(inquiry);
}

void mcpauth_inquiry_pass(struct mcpauth_inquiry *inquiry)
{
	finish(inquiry);
}
