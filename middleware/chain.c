/* The chain: runs the stages one after the other, and drains before a stop. */
#include "chain_int.h"

#include "authority.h"
#include "base/config.h"
#include "base/error_int.h"
#include "stages/stages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REFUSED_BODY_LIMIT (16u * 1024 * 1024)
#define REFUSED_BODY_MS 10000
#define CONNECTION_TIMEOUT 30
#define CONNECTION_MEMORY (32u * 1024)

static void set_defaults(struct mcpauth_chain_config *config)
{
	if (config->refused_body_limit == 0) {
		config->refused_body_limit = REFUSED_BODY_LIMIT;
	}
	if (config->refused_body_ms == 0) {
		config->refused_body_ms = REFUSED_BODY_MS;
	}
	if (config->connection_timeout == 0) {
		config->connection_timeout = CONNECTION_TIMEOUT;
	}
	if (config->connection_memory < CONNECTION_MEMORY) {
		config->connection_memory = CONNECTION_MEMORY;
	}
}

static enum mcpauth_code add_own_stages(struct mcpauth_chain *chain, struct mcpauth_error *err)
{
	struct mcpauth_stage *stages = chain->stages;
	enum mcpauth_code code = mcpauth__stage_resource_metadata(chain->auth, &stages[1]);
	if (code != MCPAUTH_OK) {
		return mcpauth__no_memory(err);
	}
	mcpauth__stage_framing(&stages[0]);
	mcpauth__stage_origin(&stages[2]);
	mcpauth__stage_bearer(&stages[3]);
	chain->bearer = 3;
	chain->stage_count = 4;
	return mcpauth__routes_derive_rest(&chain->routes, chain->auth, err);
}

enum mcpauth_code mcpauth_chain_new(struct mcpauth *auth, const struct mcpauth_chain_config *config,
	struct mcpauth_chain **chain, struct mcpauth_error *err)
{
	*chain = NULL;
	if (mcpauth_resource_at(auth, 0) == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_RESOURCE,
			"add a resource first: there is nothing to protect");
	}
	struct mcpauth_chain *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	made->auth = auth;
	pthread_mutex_init(&made->lock, NULL);
	enum mcpauth_code code = mcpauth__config_read(
		&made->config, sizeof made->config, config, err);
	if (code == MCPAUTH_OK) {
		set_defaults(&made->config);
		code = add_own_stages(made, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth_chain_free(made);
		return code;
	}
	*chain = made;
	return MCPAUTH_OK;
}

static void nap(void)
{
	struct timespec time = {.tv_nsec = 2000000};
	nanosleep(&time, NULL);
}

void mcpauth_chain_free(struct mcpauth_chain *chain)
{
	if (chain == NULL) {
		return;
	}
	while (atomic_load(&chain->waking) > 0) {
		nap();
	}
	for (size_t i = 0; i < chain->stage_count; i++) {
		if (chain->stages[i].on_free != NULL) {
			chain->stages[i].on_free(chain->stages[i].user);
		}
	}
	if (chain->adapter_free != NULL) {
		chain->adapter_free(chain->adapter);
	}
	mcpauth__routes_finish(&chain->routes);
	mcpauth__words_finish(&chain->origins);
	mcpauth__words_finish(&chain->hosts);
	mcpauth__headers_finish(&chain->headers);
	mcpauth__words_finish(&chain->names);
	pthread_mutex_destroy(&chain->lock);
	free(chain);
}

static enum mcpauth_code add_route(struct mcpauth_chain *chain, const struct mcpauth__route *wanted,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__routes_add(
		&chain->routes, chain->auth, wanted, policy, err);
	return code != MCPAUTH_OK ? code
				  : mcpauth__routes_derive_rest(&chain->routes, chain->auth, err);
}

enum mcpauth_code mcpauth_chain_protect(struct mcpauth_chain *chain, const char *path,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth__route wanted = {.kind = MCPAUTH__ROUTE_EXACT, .path = (char *)path};
	return add_route(chain, &wanted, policy, err);
}

enum mcpauth_code mcpauth_chain_protect_prefix(struct mcpauth_chain *chain, const char *path,
	const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth__route wanted = {.kind = MCPAUTH__ROUTE_PREFIX, .path = (char *)path};
	return add_route(chain, &wanted, policy, err);
}

enum mcpauth_code mcpauth_chain_protect_rest(
	struct mcpauth_chain *chain, const struct mcpauth_policy *policy, struct mcpauth_error *err)
{
	struct mcpauth__route wanted = {.kind = MCPAUTH__ROUTE_REST};
	return add_route(chain, &wanted, policy, err);
}

enum mcpauth_code mcpauth_chain_publish(struct mcpauth_chain *chain, const char *path,
	const char *methods, struct mcpauth_error *err)
{
	struct mcpauth__route wanted = {
		.kind = MCPAUTH__ROUTE_EXACT,
		.path = (char *)path,
		.is_public = true,
	};
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	policy.methods = methods;
	return add_route(chain, &wanted, &policy, err);
}

static enum mcpauth_code add_word(
	struct mcpauth__words *words, const char *word, const char *what, struct mcpauth_error *err)
{
	if (word == NULL || *word == '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "%s is empty", what);
	}
	return mcpauth__words_add(words, word, strlen(word)) ? MCPAUTH_OK : mcpauth__no_memory(err);
}

enum mcpauth_code mcpauth_chain_allow_origin(
	struct mcpauth_chain *chain, const char *origin, struct mcpauth_error *err)
{
	struct mcpauth__authority authority;
	const char *rest;
	/* RFC 6454 section 6.2: what a browser sends has no path behind it, so
	 * anything else would never match. */
	if (origin == NULL || !mcpauth__authority_of_url(origin, &authority, &rest)
		|| *rest != '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"an origin is http or https, a host and perhaps a port");
	}
	return add_word(&chain->origins, origin, "the origin", err);
}

enum mcpauth_code mcpauth_chain_allow_host(
	struct mcpauth_chain *chain, const char *host, struct mcpauth_error *err)
{
	return add_word(&chain->hosts, host, "the host", err);
}

void mcpauth_chain_insecure_allow_everybody(struct mcpauth_chain *chain)
{
	chain->everybody = true;
	mcpauth_log(chain->auth, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL,
		"AUTHORIZATION IS OFF: every request reaches the application");
}

enum mcpauth_code mcpauth_chain_add_header(
	struct mcpauth_chain *chain, const char *name, const char *value, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__headers_add(&chain->headers, name, value);
	return code == MCPAUTH_OK
		? code
		: mcpauth__fail(err, code,
			code == MCPAUTH_E_NO_MEMORY ? "out of memory" : "not a header field");
}

enum mcpauth_code mcpauth_chain_add_stage(struct mcpauth_chain *chain,
	enum mcpauth_stage_place place, const struct mcpauth_stage *stage,
	struct mcpauth_error *err)
{
	struct mcpauth_stage read;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, stage, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (chain->stage_count == MCPAUTH__STAGE_LIMIT) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "too many stages");
	}
	if (read.name != NULL) {
		if (!mcpauth__words_add(&chain->names, read.name, strlen(read.name))) {
			return mcpauth__no_memory(err);
		}
		read.name = chain->names.items[chain->names.count - 1];
	}
	size_t at = place == MCPAUTH_STAGE_FIRST ? chain->bearer : chain->stage_count;
	memmove(&chain->stages[at + 1], &chain->stages[at],
		(chain->stage_count - at) * sizeof chain->stages[0]);
	chain->stages[at] = read;
	chain->stage_count++;
	chain->bearer += place == MCPAUTH_STAGE_FIRST;
	return MCPAUTH_OK;
}

size_t mcpauth__chain_body_limit(const struct mcpauth_exchange *exchange)
{
	return exchange->chain->stages[exchange->stage].body_limit;
}

void mcpauth__chain_body_too_large(struct mcpauth_exchange *exchange)
{
	mcpauth__exchange_error(exchange, 413, "payload_too_large",
		"The request body is larger than this server accepts");
}

static void answer_failure(struct mcpauth_exchange *exchange)
{
	const char *name = exchange->chain->stages[exchange->stage].name;
	mcpauth_log(exchange->chain->auth, MCPAUTH_LOG_ERROR, MCPAUTH_E_SYSTEM, NULL,
		name == NULL ? "a stage failed" : name);
	mcpauth__exchange_error(
		exchange, 500, "server_error", "The server could not handle the request");
	exchange->answer.status = 500;
}

static enum mcpauth_stage_result run_stage(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_stage *stage = &exchange->chain->stages[exchange->stage];
	return stage->on_request == NULL ? MCPAUTH_NEXT : stage->on_request(exchange, stage->user);
}

/* What a stage's result means for the exchange; false: go on with the loop. */
static bool is_decided(struct mcpauth_exchange *exchange, enum mcpauth_stage_result result,
	enum mcpauth__verdict *verdict)
{
	enum mcpauth__waited waited;
	*verdict = MCPAUTH__ANSWER;
	switch (result) {
	case MCPAUTH_NEXT:
		/* An answer it made and thought better of is nobody else's. */
		mcpauth__answer_finish(&exchange->answer);
		exchange->stage++;
		return false;
	case MCPAUTH_WAIT:
		waited = mcpauth__exchange_wait(exchange);
		*verdict = waited == MCPAUTH__WAITED_SUSPENDED ? MCPAUTH__LATER : MCPAUTH__ANSWER;
		return waited != MCPAUTH__WAITED_AGAIN || atomic_load(&exchange->chain->draining);
	case MCPAUTH_ANSWERED:
		if (exchange->answer.status != 0) {
			return true;
		}
		break;
	case MCPAUTH_FAILED:
		break;
	}
	answer_failure(exchange);
	return true;
}

/* A body that an earlier stage took can still be too large for this one. */
static bool is_too_large(const struct mcpauth_exchange *exchange)
{
	size_t limit = mcpauth__chain_body_limit(exchange);
	return limit > 0 && exchange->body.length > limit;
}

enum mcpauth__verdict mcpauth__chain_run(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_chain *chain = exchange->chain;
	enum mcpauth__verdict verdict = MCPAUTH__ANSWER;
	bool decided = atomic_load(&chain->draining);
	while (!decided && exchange->stage < chain->stage_count) {
		if (chain->stages[exchange->stage].body_limit > 0 && !exchange->body_is_complete) {
			return MCPAUTH__NEEDS_BODY;
		}
		if (is_too_large(exchange)) {
			mcpauth__chain_body_too_large(exchange);
			return MCPAUTH__ANSWER;
		}
		decided = is_decided(exchange, run_stage(exchange), &verdict);
	}
	if (!decided) {
		return MCPAUTH__PASS;
	}
	if (verdict == MCPAUTH__ANSWER && exchange->answer.status == 0) {
		mcpauth__exchange_unavailable(exchange, 1, true);
	}
	return verdict;
}

void mcpauth__chain_edit_answer(struct mcpauth_exchange *exchange)
{
	const struct mcpauth_chain *chain = exchange->chain;
	size_t stage = exchange->stage;
	for (size_t i = 0; i < chain->stage_count; i++) {
		exchange->stage = i;
		if (chain->stages[i].on_answer != NULL) {
			chain->stages[i].on_answer(
				exchange, &exchange->answer, chain->stages[i].user);
		}
	}
	exchange->stage = stage;
}

/* One that still sleeps, with a reference of its own. */
static struct mcpauth_exchange *next_to_wake(struct mcpauth_chain *chain)
{
	pthread_mutex_lock(&chain->lock);
	struct mcpauth_exchange *exchange = chain->waiting;
	while (exchange != NULL && exchange->is_drained) {
		exchange = exchange->next;
	}
	if (exchange != NULL) {
		exchange->is_drained = true;
		mcpauth__exchange_ref(exchange);
	}
	pthread_mutex_unlock(&chain->lock);
	return exchange;
}

/* A thread that resumes a request is inside MHD a little longer than the
 * request may last: until it is out, the daemon must not be stopped. In this
 * order, since whoever ends a wait is counted before the request can go on. */
static unsigned still_busy(const struct mcpauth_chain *chain)
{
	unsigned running = atomic_load(&chain->running);
	return running > 0 ? running : atomic_load(&chain->waking);
}

unsigned mcpauth_chain_drain(struct mcpauth_chain *chain, unsigned milliseconds)
{
	struct mcpauth_exchange *exchange;
	atomic_store(&chain->draining, true);
	while ((exchange = next_to_wake(chain)) != NULL) {
		mcpauth__exchange_wake(exchange);
		mcpauth__exchange_unref(exchange);
	}
	unsigned left = still_busy(chain);
	for (unsigned waited = 0; waited < milliseconds && left > 0; waited += 2) {
		nap();
		left = still_busy(chain);
	}
	return left;
}
