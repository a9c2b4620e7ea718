/* What the network needs, made once for an object and all its successors. */
#include "runtime.h"

#include "base/array.h"
#include "base/config.h"
#include "base/error_int.h"
#include "token/issuer_int.h"

#include <stdlib.h>

#define DEADLINE_MS 5000
#define CLOCK_TOLERANCE 60
#define CACHE_SECONDS 60
#define CACHE_ENTRIES 4096
#define STALE_SECONDS 3600
#define STALE_SECONDS_MAX 86400
#define FRESH_SECONDS 600
#define FRESH_SECONDS_MIN 60
#define FRESH_SECONDS_MAX 3600
#define COOLDOWN_SECONDS 30
#define COOLDOWN_SECONDS_MIN 10
#define WAITING_LIMIT 1000

/* What a store takes is lacking to the endpoint that is asked if it says nothing. */
#define STORE_SHARE 5

static unsigned at_most(unsigned value, unsigned most)
{
	return value < most ? value : most;
}

static void set_times(struct mcpauth__runtime *runtime, const struct mcpauth_config *config)
{
	unsigned stale = mcpauth__config_amount(config->stale_seconds, STALE_SECONDS);
	/* Whoever wants keys to end earlier than they are renewed gets just that. */
	unsigned longest = stale > 0 ? stale : FRESH_SECONDS_MAX;
	runtime->deadline_ms = mcpauth__config_amount(config->deadline_ms, DEADLINE_MS);
	runtime->times = (struct mcpauth__document_times){
		.fresh = at_most(
			mcpauth__config_amount(config->fresh_seconds, FRESH_SECONDS), longest),
		.fresh_min = at_most(FRESH_SECONDS_MIN, longest),
		.fresh_max = at_most(FRESH_SECONDS_MAX, longest),
		.stale = at_most(stale, STALE_SECONDS_MAX),
		.cooldown = mcpauth__config_amount(config->cooldown_seconds, COOLDOWN_SECONDS),
		.timeout_ms = (unsigned)runtime->deadline_ms,
	};
	runtime->verifier.clock = &runtime->clock;
	runtime->verifier.forgets = &runtime->forgets;
	runtime->verifier.tolerance = mcpauth__config_amount(
		config->clock_tolerance, CLOCK_TOLERANCE);
	runtime->verifier.cache_ms = (int64_t)mcpauth__config_amount(
					     config->token_cache_seconds, CACHE_SECONDS)
		* 1000;
}

/* All of the verifier's own parts, or false. */
static bool make_memory(struct mcpauth__verifier *verifier, const struct mcpauth_config *config)
{
	verifier->identities = mcpauth__identity_pool_new();
	if (verifier->cache_ms > 0) {
		verifier->cache = mcpauth__cache_new(
			mcpauth__config_amount(config->token_cache_entries, CACHE_ENTRIES));
		verifier->refused = mcpauth__refused_new();
		verifier->macs = mcpauth__quick_mac_new();
	}
	return verifier->identities != NULL
		&& (verifier->cache_ms == 0
			|| (verifier->cache != NULL && verifier->refused != NULL
				&& verifier->macs != NULL));
}

static struct mcpauth__shared_store *make_store(
	const struct mcpauth__runtime *runtime, const struct mcpauth_config *config)
{
	int64_t share = runtime->deadline_ms / STORE_SHARE;
	struct mcpauth__shared_store_parts parts = {
		.worker = runtime->worker,
		.carry_out = config->store,
		.user = config->store_user,
		.timeout_ms = share > 0 ? (unsigned)share : 1,
	};
	return mcpauth__shared_store_new(&parts);
}

static enum mcpauth_code make_parts(struct mcpauth__runtime *runtime,
	const struct mcpauth_config *config, struct mcpauth_error *err)
{
	struct mcpauth__worker_config worker = {
		.log = &runtime->log,
		.clock = &runtime->clock,
		.tally = &runtime->tally,
		.fetch = config->fetch,
		.fetch_user = config->fetch_user,
		.proxy = config->proxy,
		.ca_file = config->ca_file,
		.crl_file = config->crl_file,
		.insecure_allow_http = config->insecure_allow_http,
		.waiting_limit = mcpauth__config_amount(config->waiting_limit, WAITING_LIMIT),
	};
	runtime->worker = mcpauth__worker_new(&worker);
	runtime->store = runtime->worker != NULL ? make_store(runtime, config) : NULL;
	return runtime->store != NULL && make_memory(&runtime->verifier, config)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

/* "None" makes sense for what may be left away, not for these. */
static enum mcpauth_code check(const struct mcpauth_config *config, struct mcpauth_error *err)
{
	if (config->deadline_ms == MCPAUTH_NONE || config->waiting_limit == MCPAUTH_NONE
		|| config->token_cache_entries == MCPAUTH_NONE) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"deadline_ms, waiting_limit and token_cache_entries cannot be none");
	}
	if (config->stale_seconds != MCPAUTH_NONE && config->stale_seconds > STALE_SECONDS_MAX) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "stale_seconds is more than 86400");
	}
	if (config->fresh_seconds != 0
		&& (config->fresh_seconds < FRESH_SECONDS_MIN
			|| config->fresh_seconds > FRESH_SECONDS_MAX)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"fresh_seconds is less than 60 or more than 3600");
	}
	if (config->cooldown_seconds == MCPAUTH_NONE
		|| (config->cooldown_seconds != 0
			&& config->cooldown_seconds < COOLDOWN_SECONDS_MIN)) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "cooldown_seconds is less than 10");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__runtime_new(const struct mcpauth_config *config,
	struct mcpauth__runtime **runtime, struct mcpauth_error *err)
{
	*runtime = NULL;
	enum mcpauth_code code = check(config, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__runtime *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	pthread_mutex_init(&made->lock, NULL);
	made->clock = (struct mcpauth__clock){config->clock, config->clock_user};
	made->log.write = config->log;
	made->log.user = config->log_user;
	made->log.clock = &made->clock;
	made->insecure_allow_http = config->insecure_allow_http;
	made->revoked = config->revoked;
	made->revoked_user = config->revoked_user;
	set_times(made, config);
	made->seen = mcpauth__seen_new();
	code = made->seen != NULL ? make_parts(made, config, err) : mcpauth__no_memory(err);
	if (code != MCPAUTH_OK) {
		mcpauth__runtime_free(made);
		return code;
	}
	if (config->insecure_allow_http) {
		mcpauth__log(&made->log, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL,
			"PLAIN HTTP IS ALLOWED: whoever is on the way can send keys of their own");
	}
	*runtime = made;
	return MCPAUTH_OK;
}

struct mcpauth__runtime *mcpauth__runtime_ref(struct mcpauth__runtime *runtime)
{
	atomic_fetch_add(&runtime->refs, 1);
	return runtime;
}

void mcpauth__runtime_free(struct mcpauth__runtime *runtime)
{
	if (runtime == NULL || atomic_fetch_sub(&runtime->refs, 1) != 1) {
		return;
	}
	mcpauth__worker_free(runtime->worker);
	mcpauth__shared_store_free(runtime->store);
	mcpauth__cache_free(runtime->verifier.cache);
	mcpauth__refused_free(runtime->verifier.refused);
	mcpauth__quick_mac_free(runtime->verifier.macs);
	mcpauth__identity_pool_free(runtime->verifier.identities);
	mcpauth__seen_free(runtime->seen);
	free(runtime->issuers);
	pthread_mutex_destroy(&runtime->lock);
	free(runtime);
}

/* Keys that were fetched for an equal configuration before, with a reference. */
static struct mcpauth__key_source *find_keys(
	struct mcpauth__runtime *runtime, const struct mcpauth_issuer_config *config)
{
	struct mcpauth__key_source *found = NULL;
	pthread_mutex_lock(&runtime->lock);
	for (size_t i = 0; i < runtime->issuer_count && found == NULL; i++) {
		if (mcpauth__issuer_has_config(runtime->issuers[i], config)) {
			found = mcpauth__key_source_ref(
				mcpauth__issuer_key_source(runtime->issuers[i]));
		}
	}
	pthread_mutex_unlock(&runtime->lock);
	return found;
}

static bool enlist(struct mcpauth__runtime *runtime, struct mcpauth__issuer *issuer)
{
	pthread_mutex_lock(&runtime->lock);
	bool good = mcpauth__array_grow(&runtime->issuers, runtime->issuer_count);
	if (good) {
		runtime->issuers[runtime->issuer_count++] = issuer;
	}
	pthread_mutex_unlock(&runtime->lock);
	return good;
}

enum mcpauth_code mcpauth__runtime_new_issuer(struct mcpauth__runtime *runtime,
	const struct mcpauth_issuer_config *config, struct mcpauth__issuer **issuer,
	struct mcpauth_error *err)
{
	struct mcpauth__issuer_parts parts = {
		.worker = runtime->worker,
		.times = &runtime->times,
		.keys = find_keys(runtime, config),
	};
	/* Without the lock: metadata by hand is told to the program's transpile
	 * function and its log, which may do what they like. */
	enum mcpauth_code code = mcpauth__issuer_new(&parts, config, issuer, err);
	mcpauth__key_source_free(parts.keys);
	if (code == MCPAUTH_OK && !enlist(runtime, *issuer)) {
		mcpauth__issuer_free(*issuer);
		*issuer = NULL;
		code = mcpauth__no_memory(err);
	}
	return code;
}

void mcpauth__runtime_free_issuer(struct mcpauth__runtime *runtime, struct mcpauth__issuer *issuer)
{
	pthread_mutex_lock(&runtime->lock);
	for (size_t i = 0; i < runtime->issuer_count; i++) {
		if (runtime->issuers[i] == issuer) {
			runtime->issuers[i] = runtime->issuers[--runtime->issuer_count];
			break;
		}
	}
	pthread_mutex_unlock(&runtime->lock);
	mcpauth__issuer_free(issuer);
}

bool mcpauth__runtime_set_introspector(struct mcpauth__runtime *runtime,
	struct mcpauth__issuer *issuer, struct mcpauth__introspector *introspector)
{
	pthread_mutex_lock(&runtime->lock);
	bool good = mcpauth__issuer_set_introspector(issuer, introspector);
	pthread_mutex_unlock(&runtime->lock);
	return good;
}
