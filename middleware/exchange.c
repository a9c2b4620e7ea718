/* Exchanges: their life, and what stages see of a request. */
#include "chain_int.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The request itself holds so many references that a continue() that comes
 * before its wait was counted cannot take the last one. */
#define REQUEST_REFS 1024u

struct mcpauth_exchange *mcpauth__exchange_new(
	struct mcpauth_chain *chain, const struct mcpauth__arrival *arrival)
{
	struct mcpauth_exchange *exchange = calloc(1, sizeof *exchange);
	if (exchange == NULL) {
		return NULL;
	}
	exchange->chain = chain;
	exchange->arrival = *arrival;
	exchange->rules = mcpauth__rules_in_force_get(&chain->in_force);
	exchange->route = mcpauth__routes_find(
		&exchange->rules->routes, arrival->method, arrival->path);
	atomic_init(&exchange->refs, REQUEST_REFS);
	atomic_init(&exchange->wait_state, 0);
	sem_init(&exchange->semaphore, 0, 0);
	atomic_fetch_add(&chain->running, 1);
	return exchange;
}

static void drop(struct mcpauth_exchange *exchange, unsigned refs)
{
	unsigned before = atomic_fetch_sub(&exchange->refs, refs);
	assert(before >= refs);
	if (before == refs) {
		sem_destroy(&exchange->semaphore);
		free(exchange);
	}
}

void mcpauth__exchange_ref(struct mcpauth_exchange *exchange)
{
	atomic_fetch_add(&exchange->refs, 1);
}

void mcpauth__exchange_free(struct mcpauth_exchange *exchange)
{
	drop(exchange, 1);
}

void mcpauth__exchange_close(struct mcpauth_exchange *exchange)
{
	struct mcpauth_chain *chain = exchange->chain;
	mcpauth_auth_info_free(exchange->info);
	mcpauth__answer_finish(&exchange->answer);
	mcpauth__headers_finish(&exchange->headers);
	mcpauth__buf_finish(&exchange->body);
	mcpauth__words_finish(&exchange->trimmed);
	/* A stage may still owe its continue(): all that this finds is the count. */
	mcpauth__rules_free(exchange->rules);
	exchange->info = NULL;
	exchange->rules = NULL;
	exchange->route = NULL;
	exchange->chain = NULL;
	exchange->arrival = (struct mcpauth__arrival){0};
	drop(exchange, REQUEST_REFS);
	atomic_fetch_sub(&chain->running, 1);
}

void mcpauth__exchange_unavailable(struct mcpauth_exchange *exchange, unsigned retry_after)
{
	mcpauth__common_unavailable(&exchange->rules->common, retry_after, &exchange->answer);
}

void mcpauth__exchange_stopping(struct mcpauth_exchange *exchange)
{
	mcpauth__exchange_error(
		exchange, 503, "temporarily_unavailable", "The server is about to stop");
	mcpauth_answer_set_header(&exchange->answer, "Retry-After", "1");
	mcpauth_answer_set_header(&exchange->answer, "Connection", "close");
}

enum mcpauth_stage_result mcpauth__exchange_common(
	struct mcpauth_exchange *exchange, enum mcpauth__common_kind kind)
{
	/* Without memory for its body it is still a refusal. */
	mcpauth__common_answer(&exchange->rules->common, kind, &exchange->answer);
	return MCPAUTH_ANSWERED;
}

enum mcpauth_stage_result mcpauth__exchange_error(struct mcpauth_exchange *exchange,
	unsigned status, const char *error, const char *description)
{
	/* Without memory for its body it is still a refusal. */
	mcpauth__answer_error(&exchange->answer, status, error, description);
	return MCPAUTH_ANSWERED;
}

const char *mcpauth_exchange_method(const struct mcpauth_exchange *exchange)
{
	return exchange->arrival.method;
}

const char *mcpauth_exchange_path(const struct mcpauth_exchange *exchange)
{
	return exchange->arrival.path;
}

const char *mcpauth_exchange_query(const struct mcpauth_exchange *exchange)
{
	return exchange->arrival.query;
}

/* RFC 9110 section 5.5: blanks around a value are not part of it, but MHD hands
 * over those behind. */
static const char *trim(const struct mcpauth_exchange *exchange, const char *value)
{
	struct mcpauth__words *trimmed = &((struct mcpauth_exchange *)exchange)->trimmed;
	size_t length = strlen(value);
	size_t kept = length;
	while (kept > 0 && (value[kept - 1] == ' ' || value[kept - 1] == '\t')) {
		kept--;
	}
	if (kept == length) {
		return value;
	}
	return mcpauth__words_add(trimmed, value, kept) ? trimmed->items[trimmed->count - 1] : "";
}

const char *mcpauth_exchange_header(
	const struct mcpauth_exchange *exchange, const char *name, unsigned index)
{
	const char *value = exchange->arrival.transport->header(
		exchange->arrival.user, name, index);
	return value == NULL ? NULL : trim(exchange, value);
}

const char *mcpauth_exchange_body(const struct mcpauth_exchange *exchange, size_t *length)
{
	*length = exchange->body.length;
	if (!exchange->body_is_complete) {
		return NULL;
	}
	return exchange->body.data == NULL ? "" : exchange->body.data;
}

const struct mcpauth_auth_info *mcpauth_exchange_auth_info(const struct mcpauth_exchange *exchange)
{
	return exchange->info;
}

struct mcpauth *mcpauth_exchange_auth(const struct mcpauth_exchange *exchange)
{
	return exchange->rules->auth;
}

void **mcpauth_exchange_slot(struct mcpauth_exchange *exchange)
{
	assert(exchange->stage < exchange->chain->stage_count);
	return &exchange->slots[exchange->stage];
}

enum mcpauth_code mcpauth_exchange_add_header(
	struct mcpauth_exchange *exchange, const char *name, const char *value)
{
	return mcpauth__headers_add(&exchange->headers, name, value);
}

enum mcpauth_code mcpauth_exchange_answer(struct mcpauth_exchange *exchange, unsigned status,
	const char *type, const char *body, size_t length)
{
	struct mcpauth_answer *answer = &exchange->answer;
	if (status < 200 || status > 599 || (body == NULL && length > 0)) {
		return MCPAUTH_E_INVALID_ARGUMENT;
	}
	mcpauth__answer_finish(answer);
	enum mcpauth_code code = mcpauth_answer_set_body(answer, body, length);
	if (code == MCPAUTH_OK && type != NULL) {
		code = mcpauth_answer_set_header(answer, "Content-Type", type);
	}
	answer->status = code == MCPAUTH_OK ? status : 0;
	return code;
}
