/* Counts every request when it has ended, and shows the counts at a path. */
#include <mcpauth/metrics.h>

#include "base/config.h"
#include "base/error_int.h"
#include "base/words.h"
#include "chain_int.h"
#include "connection.h"
#include "monitoring/metrics.h"
#include "stages/public_document.h"

#include <stdlib.h>
#include <string.h>

#define NAME "metrics"
#define DEFAULT_PATH "/metrics"
#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/** What a chain that has metrics keeps for them. */
struct mcpauth__counting {
	struct mcpauth__metrics metrics;
	char *path; /* NULL: nowhere */
};

static enum mcpauth_stage_result refuse_method(struct mcpauth_exchange *exchange)
{
	exchange->reason = MCPAUTH_E_NO_METHOD;
	mcpauth__exchange_error(
		exchange, 405, "method_not_allowed", "Metrics are only for reading");
	return mcpauth_answer_set_header(&exchange->answer, "Allow", "GET, HEAD") == MCPAUTH_OK
		? MCPAUTH_ANSWERED
		: MCPAUTH_FAILED;
}

static enum mcpauth_stage_result show(struct mcpauth_exchange *exchange)
{
	size_t length;
	char *text = mcpauth_chain_metrics(exchange->chain, &length);
	if (text == NULL) {
		return MCPAUTH_FAILED;
	}
	enum mcpauth_code code = mcpauth_exchange_answer(exchange, 200, CONTENT_TYPE, text, length);
	free(text);
	if (code == MCPAUTH_OK) {
		code = mcpauth_answer_set_header(&exchange->answer, "Cache-Control", "no-store");
	}
	return code == MCPAUTH_OK ? MCPAUTH_ANSWERED : MCPAUTH_FAILED;
}

static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	const struct mcpauth__counting *counting = user;
	if (strcmp(mcpauth_exchange_path(exchange), counting->path) != 0) {
		return MCPAUTH_NEXT;
	}
	return mcpauth__public_document_is_read(exchange) ? show(exchange)
							  : refuse_method(exchange);
}

/* A refusal that a stage makes for whatever reason is broken if 500 is what it says. */
static unsigned outcome_of(const struct mcpauth_exchange *exchange)
{
	if (exchange->answer.status == 500) {
		return MCPAUTH__OUTCOME_BROKEN;
	}
	if (exchange->reason != MCPAUTH_OK) {
		return exchange->reason;
	}
	if (exchange->answer.status != 0) {
		return MCPAUTH__OUTCOME_ANSWERED;
	}
	return exchange->has_passed ? MCPAUTH__OUTCOME_PASSED : MCPAUTH__OUTCOME_ABANDONED;
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct mcpauth__counting *counting = user;
	(void)status;
	mcpauth__metrics_count(&counting->metrics, outcome_of(exchange));
	if (exchange->judged_until != 0) {
		mcpauth__metrics_observe(
			&counting->metrics, exchange->judged_until - exchange->judged_from);
	}
}

static void on_free(void *user)
{
	struct mcpauth__counting *counting = user;
	free(counting->path);
	free(counting);
}

static void read_statistics(struct mcpauth_chain *chain, struct mcpauth_statistics *statistics)
{
	struct mcpauth__rules *rules = mcpauth__rules_in_force_get(&chain->in_force);
	*statistics = (struct mcpauth_statistics)MCPAUTH_STATISTICS_INIT;
	mcpauth_statistics_read(rules->auth, statistics);
	mcpauth__rules_free(rules);
}

char *mcpauth_chain_metrics(struct mcpauth_chain *chain, size_t *length)
{
	struct mcpauth__metrics_others others;
	*length = 0;
	if (chain->counting == NULL) {
		return NULL;
	}
	read_statistics(chain, &others.statistics);
	others.suspended = mcpauth__chain_waiters(chain);
	others.in_progress = mcpauth__connections_busy(chain);
	return mcpauth__metrics_write(&chain->counting->metrics, &others, length);
}

/* As a route's, which a request's path is compared with. */
static enum mcpauth_code check_path(const struct mcpauth_metrics *config, struct mcpauth_error *err)
{
	const char *path = config->path == NULL ? DEFAULT_PATH : config->path;
	if (config->omit_path && config->path != NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "a path is named, and omitted");
	}
	return path[0] == '/' && strpbrk(path, "?#%") == NULL
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"a path begins with a slash, is decoded and has no query");
}

static enum mcpauth_code make(const struct mcpauth_metrics *config,
	struct mcpauth__counting **counting, struct mcpauth_error *err)
{
	struct mcpauth__counting *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	*counting = made;
	if (config->omit_path) {
		return MCPAUTH_OK;
	}
	made->path = mcpauth__strdup(config->path == NULL ? DEFAULT_PATH : config->path);
	return made->path != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

/* Last of all: whoever is refused by a stage of the program's own reads nothing. */
static enum mcpauth_code insert(
	struct mcpauth_chain *chain, struct mcpauth__counting *counting, struct mcpauth_error *err)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.name = NAME;
	stage.on_request = counting->path != NULL ? on_request : NULL;
	stage.on_finish = on_finish;
	stage.on_free = on_free;
	stage.user = counting;
	return mcpauth__chain_insert_stage(chain, chain->stage_count, &stage, err);
}

/* The library begins to count when its numbers are first read. */
static void begin(struct mcpauth_chain *chain, struct mcpauth__counting *counting)
{
	struct mcpauth_statistics statistics;
	chain->counting = counting;
	chain->keeps_time = true;
	read_statistics(chain, &statistics);
}

enum mcpauth_code mcpauth_chain_add_metrics(struct mcpauth_chain *chain,
	const struct mcpauth_metrics *metrics, struct mcpauth_error *err)
{
	struct mcpauth_metrics read;
	struct mcpauth__counting *made = NULL;
	if (mcpauth__chain_has_stage(chain, NAME)) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "there are metrics already");
	}
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, metrics, err);
	if (code == MCPAUTH_OK) {
		code = check_path(&read, err);
	}
	if (code == MCPAUTH_OK) {
		code = make(&read, &made, err);
	}
	if (code == MCPAUTH_OK) {
		code = insert(chain, made, err);
	}
	if (code == MCPAUTH_OK) {
		begin(chain, made);
	} else if (made != NULL) {
		on_free(made);
	}
	return code;
}
