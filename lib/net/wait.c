/* Waiting with a deadline: begun, settled, resumed, finished. */
#include "net/wait.h"

#include "base/error_int.h"

void mcpauth__wait_init(struct mcpauth__wait *wait, struct mcpauth__worker *worker,
	int64_t deadline_ms, void (*wake)(void *user), void *user)
{
	*wait = (struct mcpauth__wait){
		.worker = worker,
		.deadline = mcpauth__clock_monotonic(mcpauth__worker_clock(worker)) + deadline_ms,
		.wake = wake,
		.user = user,
	};
}

enum mcpauth_code mcpauth__wait_begin(struct mcpauth__wait *wait, struct mcpauth_error *err)
{
	wait->waiter = mcpauth__waiter_new(wait->worker, wait->deadline, wait->wake, wait->user);
	return wait->waiter != NULL
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_OVERLOADED, "too many requests wait already");
}

/* What was needless to wait for takes its waiter back, unless the deadline woke
 * it just then: then the wake has been called, and the caller must find that it
 * was for something. */
enum mcpauth_code mcpauth__wait_settle(struct mcpauth__wait *wait, enum mcpauth_code code)
{
	if (code == MCPAUTH_PENDING || !mcpauth__waiter_cancel(wait->waiter)) {
		return MCPAUTH_PENDING;
	}
	mcpauth__wait_resume(wait);
	return code;
}

void mcpauth__wait_resume(struct mcpauth__wait *wait)
{
	mcpauth__waiter_free(wait->waiter);
	wait->waiter = NULL;
}

bool mcpauth__wait_is_over(const struct mcpauth__wait *wait)
{
	return mcpauth__clock_monotonic(mcpauth__worker_clock(wait->worker)) >= wait->deadline;
}

void mcpauth__wait_finish(struct mcpauth__wait *wait)
{
	if (wait->waiter != NULL) {
		mcpauth__waiter_wake(wait->waiter);
	}
	mcpauth__wait_resume(wait);
}
