/* The end of a token's time: how far it is, and telling somebody when it comes. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "token/auth_info_int.h"

#include <pthread.h>
#include <stdlib.h>

/* The timer runs by the steady clock, `exp` by the other one, which can be set. */
#define LOOK_AGAIN_SECONDS 60

struct mcpauth_expiry_watch {
	struct mcpauth__timer timer; /* first, so that its callback finds the rest */
	int64_t ends_at;             /* seconds since 1970 */
	mcpauth_expiry_fn ended;
	void *user;

	pthread_mutex_t lock; /* for what follows; the worker's comes after it */
	pthread_cond_t returned;
	struct mcpauth__worker *worker; /* NULL once no timer can be armed any more */
	pthread_t caller;               /* of `ended`, while is_calling */
	bool is_calling;
	bool is_given_up;
	unsigned holders; /* the program, and the timer while it is armed */
};

int64_t mcpauth_auth_info_expires_in(struct mcpauth *auth, const struct mcpauth_auth_info *info)
{
	int64_t left = mcpauth__auth_info_end(info) - mcpauth__clock_real(&auth->runtime->clock);
	return info != NULL && left > 0 ? left : 0;
}

/* Takes the lock, which its caller holds, and a reference. */
static void release(struct mcpauth_expiry_watch *watch)
{
	unsigned left = --watch->holders;
	pthread_mutex_unlock(&watch->lock);
	if (left == 0) {
		pthread_cond_destroy(&watch->returned);
		pthread_mutex_destroy(&watch->lock);
		free(watch);
	}
}

/* Under the lock. @return false if it is over, or the network thread is */
static bool arm(struct mcpauth_expiry_watch *watch, int64_t left)
{
	const struct mcpauth__clock *clock = mcpauth__worker_clock(watch->worker);
	int64_t seconds = left < LOOK_AGAIN_SECONDS ? left : LOOK_AGAIN_SECONDS;
	watch->timer.at = mcpauth__clock_monotonic(clock) + (seconds > 0 ? seconds * 1000 : 0);
	return mcpauth__worker_arm(watch->worker, &watch->timer);
}

static int64_t left_of(const struct mcpauth_expiry_watch *watch)
{
	return watch->ends_at - mcpauth__clock_real(mcpauth__worker_clock(watch->worker));
}

/* Under the lock, but for the call itself. */
static void tell(struct mcpauth_expiry_watch *watch)
{
	watch->worker = NULL;
	watch->is_calling = true;
	watch->caller = pthread_self();
	pthread_mutex_unlock(&watch->lock);
	watch->ended(watch->user);
	pthread_mutex_lock(&watch->lock);
	watch->is_calling = false;
	pthread_cond_broadcast(&watch->returned);
}

/* Whoever takes the network thread down makes every timer expire: that is told
 * from the token's end by the clock, and by the thread taking no timer again. */
static void on_time(struct mcpauth__timer *timer)
{
	struct mcpauth_expiry_watch *watch = (struct mcpauth_expiry_watch *)timer;
	pthread_mutex_lock(&watch->lock);
	if (!watch->is_given_up) {
		int64_t left = left_of(watch);
		if (left <= 0) {
			tell(watch);
		} else if (arm(watch, left)) {
			pthread_mutex_unlock(&watch->lock);
			return;
		}
		watch->worker = NULL;
	}
	release(watch);
}

static struct mcpauth_expiry_watch *make(
	struct mcpauth *auth, const struct mcpauth_expiry_watch_config *config)
{
	struct mcpauth_expiry_watch *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	made->timer.expired = on_time;
	made->ends_at = mcpauth__auth_info_end(config->info) + auth->runtime->verifier.tolerance;
	made->ended = config->ended;
	made->user = config->user;
	made->worker = auth->runtime->worker;
	made->holders = 1;
	if (pthread_mutex_init(&made->lock, NULL) != 0) {
		free(made);
		return NULL;
	}
	if (pthread_cond_init(&made->returned, NULL) != 0) {
		pthread_mutex_destroy(&made->lock);
		free(made);
		return NULL;
	}
	return made;
}

enum mcpauth_code mcpauth_expiry_watch_new(struct mcpauth *auth,
	const struct mcpauth_expiry_watch_config *config, struct mcpauth_expiry_watch **watch,
	struct mcpauth_error *err)
{
	struct mcpauth_expiry_watch_config read;
	*watch = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (read.info == NULL || read.ended == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "info and ended are needed");
	}
	struct mcpauth_expiry_watch *made = make(auth, &read);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	pthread_mutex_lock(&made->lock);
	made->holders++;
	/* Before `ended` can be called: it may look for its watch there. */
	*watch = made;
	if (!arm(made, left_of(made))) {
		*watch = NULL;
		made->holders--;
		release(made);
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "the network thread cannot be started");
	}
	pthread_mutex_unlock(&made->lock);
	return MCPAUTH_OK;
}

void mcpauth_expiry_watch_free(struct mcpauth_expiry_watch *watch)
{
	if (watch == NULL) {
		return;
	}
	pthread_mutex_lock(&watch->lock);
	watch->is_given_up = true;
	while (watch->is_calling && !pthread_equal(watch->caller, pthread_self())) {
		pthread_cond_wait(&watch->returned, &watch->lock);
	}
	/* Not yet due or not yet begun: with the lock held it cannot arm itself
	 * again, and finds itself given up. */
	if (watch->worker != NULL && mcpauth__worker_disarm(watch->worker, &watch->timer)) {
		watch->holders--;
	}
	release(watch);
}
