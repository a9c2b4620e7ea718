/* The object that owns issuers, resources and the network thread. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"

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
#define WAITING_LIMIT 1000

static unsigned with_default(unsigned value, unsigned otherwise)
{
	return value == 0 ? otherwise : value == MCPAUTH_NONE ? 0 : value;
}

static unsigned at_most(unsigned value, unsigned most)
{
	return value < most ? value : most;
}

static void set_times(struct mcpauth *auth, const struct mcpauth_config *config)
{
	unsigned stale = with_default(config->stale_seconds, STALE_SECONDS);
	/* Whoever wants keys to end earlier than they are renewed gets just that. */
	unsigned longest = stale > 0 ? stale : FRESH_SECONDS_MAX;
	auth->deadline_ms = with_default(config->deadline_ms, DEADLINE_MS);
	auth->times = (struct mcpauth__document_times){
		.fresh = at_most(FRESH_SECONDS, longest),
		.fresh_min = at_most(FRESH_SECONDS_MIN, longest),
		.fresh_max = at_most(FRESH_SECONDS_MAX, longest),
		.stale = at_most(stale, STALE_SECONDS_MAX),
		.cooldown = 30,
		.timeout_ms = (unsigned)auth->deadline_ms,
	};
	auth->verifier.clock = &auth->clock;
	auth->verifier.tolerance = with_default(config->clock_tolerance, CLOCK_TOLERANCE);
	auth->verifier.cache_ms = (int64_t)with_default(config->token_cache_seconds, CACHE_SECONDS)
		* 1000;
}

static enum mcpauth_code make_parts(
	struct mcpauth *auth, const struct mcpauth_config *config, struct mcpauth_error *err)
{
	struct mcpauth__worker_config worker = {
		.log = &auth->log,
		.clock = &auth->clock,
		.fetch = config->fetch,
		.fetch_user = config->fetch_user,
		.proxy = config->proxy,
		.ca_file = config->ca_file,
		.insecure_allow_http = config->insecure_allow_http,
		.waiting_limit = with_default(config->waiting_limit, WAITING_LIMIT),
	};
	auth->worker = mcpauth__worker_new(&worker);
	if (auth->verifier.cache_ms > 0) {
		auth->verifier.cache = mcpauth__cache_new(
			with_default(config->token_cache_entries, CACHE_ENTRIES));
	}
	if (auth->worker == NULL || (auth->verifier.cache_ms > 0 && auth->verifier.cache == NULL)) {
		return mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}

/* "None" makes sense for what may be left away, not for these. */
static enum mcpauth_code check(const struct mcpauth_config *config, struct mcpauth_error *err)
{
	if (config->deadline_ms == MCPAUTH_NONE || config->waiting_limit == MCPAUTH_NONE
		|| config->token_cache_entries == MCPAUTH_NONE) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"deadline_ms, waiting_limit and token_cache_entries cannot be none");
	}
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_new(
	const struct mcpauth_config *config, struct mcpauth **auth, struct mcpauth_error *err)
{
	struct mcpauth_config read;
	*auth = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = check(&read, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->clock = (struct mcpauth__clock){read.clock, read.clock_user};
	made->log.write = read.log;
	made->log.user = read.log_user;
	made->log.clock = &made->clock;
	made->insecure_allow_http = read.insecure_allow_http;
	set_times(made, &read);
	code = make_parts(made, &read, err);
	if (code != MCPAUTH_OK) {
		mcpauth_free(made);
		return code;
	}
	*auth = made;
	return MCPAUTH_OK;
}

void mcpauth_free(struct mcpauth *auth)
{
	if (auth == NULL) {
		return;
	}
	mcpauth__worker_free(auth->worker);
	mcpauth__cache_free(auth->verifier.cache);
	for (size_t i = 0; i < auth->resource_count; i++) {
		mcpauth__resource_free(auth->resources[i]);
	}
	for (size_t i = 0; i < auth->issuer_count; i++) {
		mcpauth__issuer_free(auth->issuers[i]);
	}
	free(auth->resources);
	free(auth->issuers);
	free(auth);
}
