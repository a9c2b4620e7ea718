/* One GET or POST, waited for. */
#include "net/blocking.h"

#include "base/error_int.h"
#include "base/sleeper.h"

#include <stdio.h>

struct wait {
	struct mcpauth__fetched *answer;
	struct mcpauth__sleeper sleeper;
};

static void on_response(const struct mcpauth__response *response, void *user)
{
	struct wait *wait = user;
	struct mcpauth__fetched *answer = wait->answer;
	answer->code = response->code;
	answer->status = response->status;
	snprintf(answer->nonce, sizeof answer->nonce, "%s",
		response->nonce != NULL ? response->nonce : "");
	snprintf(answer->message, sizeof answer->message, "%s", response->message);
	if (!mcpauth__buf_append(&answer->body, response->body, response->length)) {
		answer->code = MCPAUTH_E_NO_MEMORY;
		snprintf(answer->message, sizeof answer->message, "out of memory");
	}
	mcpauth__sleeper_wake(&wait->sleeper);
}

/* There is one end of the wait alone, and it is sure to come: the worker calls
 * `done` exactly once, by its own timer if nothing else ends the request. So nobody
 * can be left behind who still knows this stack. */
static void begin(struct wait *wait, struct mcpauth__fetched *answer, struct mcpauth__get *get)
{
	*answer = (struct mcpauth__fetched){0};
	wait->answer = answer;
	mcpauth__sleeper_init(&wait->sleeper);
	get->done = on_response;
	get->user = wait;
}

static void end(struct wait *wait)
{
	mcpauth__sleeper_sleep(&wait->sleeper);
	mcpauth__sleeper_finish(&wait->sleeper);
}

void mcpauth__blocking_get(struct mcpauth__worker *worker, const struct mcpauth__get *get,
	struct mcpauth__fetched *answer)
{
	struct wait wait;
	struct mcpauth__get waited = *get;
	begin(&wait, answer, &waited);
	mcpauth__worker_get(worker, &waited);
	end(&wait);
}

void mcpauth__blocking_post(struct mcpauth__worker *worker, const struct mcpauth__post *post,
	struct mcpauth__fetched *answer)
{
	struct wait wait;
	struct mcpauth__post waited = *post;
	begin(&wait, answer, &waited.to);
	mcpauth__worker_post(worker, &waited);
	end(&wait);
}

void mcpauth__fetched_finish(struct mcpauth__fetched *answer)
{
	mcpauth__buf_wipe(&answer->body);
	*answer = (struct mcpauth__fetched){0};
}
