/* Requests for programs with a loop of their own: what takes time runs on a thread. */
#include "client/request/request_int.h"

#include "base/error_int.h"

#include <signal.h>

static void *run(void *argument)
{
	struct mcpauth_client_request *request = argument;
	struct mcpauth__background *background = &request->background;
	pthread_mutex_lock(&background->starting);
	pthread_mutex_unlock(&background->starting);
	background->code = background->is_answer
		? mcpauth__client_request_act(request, &background->err)
		: mcpauth_client_request_prepare(request, &background->err);
	if (!atomic_load(&request->errand.is_cancelled)) {
		background->wake(background->user);
	}
	return NULL;
}

/* The program's signals are its own threads'. */
static enum mcpauth_code start_thread(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	sigset_t all;
	sigset_t old;
	struct mcpauth__background *background = &request->background;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_mutex_lock(&background->starting);
	int result = pthread_create(&background->thread, NULL, run, request);
	background->is_running = result == 0;
	pthread_mutex_unlock(&background->starting);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return result == 0 ? MCPAUTH_PENDING
			   : mcpauth__fail(err, MCPAUTH_E_SYSTEM, "no thread is to be had");
}

enum mcpauth_code mcpauth_client_request_start(struct mcpauth_client_request *request,
	const struct mcpauth_client_answer *answer, mcpauth_wake_fn wake, void *user,
	struct mcpauth_error *err)
{
	if (wake == NULL || request->background.is_running) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			wake == NULL ? "wake is needed" : "the request waits already");
	}
	if (answer != NULL) {
		enum mcpauth_code code = mcpauth__client_request_look(request, answer, err);
		if (code != MCPAUTH_OK || request->refusal.status == 0) {
			return code;
		}
	} else if (mcpauth__session_is_ready(request->client->session)) {
		/* Should a token begin to want a refresh just now, it is not waited for here. */
		return mcpauth__client_request_prepare_held(request, err);
	}
	request->background.is_answer = answer != NULL;
	request->background.wake = wake;
	request->background.user = user;
	return start_thread(request, err);
}

enum mcpauth_code mcpauth_client_request_resume(
	struct mcpauth_client_request *request, struct mcpauth_error *err)
{
	struct mcpauth__background *background = &request->background;
	if (!background->is_running) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "the request waits for nothing");
	}
	pthread_join(background->thread, NULL);
	background->is_running = false;
	bool is_good = background->code == MCPAUTH_OK || background->code == MCPAUTH_RETRY;
	return is_good ? background->code
		       : mcpauth__fail_as(err, background->code, background->err.message);
}
