/* Exchanges: their life, and what stages see of a request. */
#include "base/clock.h"
#include "chain_int.h"
#include "mcp/message.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The request itself holds so many references that a continue() that comes
 * before its wait was counted cannot take the last one. */
#define REQUEST_REFS 1024u

struct mcpauth_exchange *mcpauth__exchange_new(void)
{
	struct mcpauth_exchange *exchange = calloc(1, sizeof *exchange);
	if (exchange != NULL) {
		atomic_init(&exchange->refs, REQUEST_REFS);
		atomic_init(&exchange->wait_state, 0);
	}
	return exchange;
}

void mcpauth__exchange_begin(struct mcpauth_exchange *exchange,
	const struct mcpauth__surroundings *surroundings, const struct mcpauth__arrival *arrival)
{
	memset(exchange, 0, offsetof(struct mcpauth_exchange, refs));
	exchange->chain = surroundings->chain;
	exchange->rules = surroundings->rules;
	exchange->trimmed = surroundings->trimmed;
	exchange->arrival = *arrival;
	exchange->began = exchange->chain->keeps_time ? mcpauth__clock_microseconds() : 0;
	exchange->route = mcpauth__routes_find(
		&exchange->rules->routes, arrival->method, arrival->path);
	arrival->transport->walk_headers(arrival->user, &exchange->request_headers);
	if (exchange->request_headers.had_trailing_blanks) {
		mcpauth__request_headers_trim(&exchange->request_headers, exchange->trimmed);
	}
}

static void drop(struct mcpauth_exchange *exchange, unsigned refs)
{
	unsigned before = atomic_fetch_sub(&exchange->refs, refs);
	assert(before >= refs);
	if (before != refs) {
		return;
	}
	if (exchange->has_semaphore) {
		sem_destroy(&exchange->semaphore);
	}
	free(exchange);
}

void mcpauth__exchange_ref(struct mcpauth_exchange *exchange)
{
	atomic_fetch_add(&exchange->refs, 1);
}

void mcpauth__exchange_free(struct mcpauth_exchange *exchange)
{
	drop(exchange, 1);
}

void mcpauth__exchange_discard(struct mcpauth_exchange *exchange)
{
	if (exchange != NULL) {
		drop(exchange, REQUEST_REFS);
	}
}

bool mcpauth__exchange_is_unshared(const struct mcpauth_exchange *exchange)
{
	return atomic_load_explicit(&exchange->refs, memory_order_acquire) == REQUEST_REFS;
}

/* What a request that passes at once does not have. */
static bool holds_more(const struct mcpauth_exchange *exchange)
{
	/* What is shared is not this request's to free. */
	return !mcpauth__answer_owns_nothing(&exchange->answer) || exchange->headers.items != NULL
		|| exchange->body.data != NULL || exchange->message != NULL
		|| exchange->trimmed->items != NULL;
}

static void release(struct mcpauth_exchange *exchange)
{
	mcpauth_auth_info_free(exchange->info);
	if (!holds_more(exchange)) {
		return;
	}
	mcpauth__answer_finish(&exchange->answer);
	mcpauth__headers_finish(&exchange->headers);
	mcpauth__message_free(exchange->message);
	mcpauth__buf_finish(&exchange->body);
	mcpauth__words_wipe(exchange->trimmed);
}

void mcpauth__exchange_close(struct mcpauth_exchange *exchange)
{
	release(exchange);
	/* A stage may still owe its continue(): all that this finds is the count. */
	exchange->info = NULL;
	exchange->message = NULL;
	exchange->rules = NULL;
	exchange->route = NULL;
	exchange->chain = NULL;
	exchange->trimmed = NULL;
	exchange->arrival = (struct mcpauth__arrival){0};
}

void mcpauth__exchange_unavailable(struct mcpauth_exchange *exchange, unsigned retry_after)
{
	mcpauth__standard_answers_delay(&exchange->rules->standard_answers,
		MCPAUTH__STANDARD_UNAVAILABLE, retry_after, &exchange->answer);
}

void mcpauth__exchange_stopping(struct mcpauth_exchange *exchange)
{
	exchange->reason = MCPAUTH_E_STOPPING;
	mcpauth__exchange_error(
		exchange, 503, "temporarily_unavailable", "The server is about to stop");
	mcpauth_answer_set_header(&exchange->answer, "Retry-After", "1");
	mcpauth_answer_set_header(&exchange->answer, "Connection", "close");
}

enum mcpauth_stage_result mcpauth__exchange_answer_standard(
	struct mcpauth_exchange *exchange, enum mcpauth__standard_answer which)
{
	exchange->reason = mcpauth__standard_answer_reason(which);
	/* Without memory for its body it is still a refusal. */
	mcpauth__standard_answers_show(
		&exchange->rules->standard_answers, which, &exchange->answer);
	return MCPAUTH_ANSWERED;
}

enum mcpauth_stage_result mcpauth__exchange_error(struct mcpauth_exchange *exchange,
	unsigned status, const char *error, const char *description)
{
	/* Without memory for its body it is still a refusal. */
	mcpauth__answer_error(&exchange->answer, status, error, description);
	return MCPAUTH_ANSWERED;
}

bool mcpauth__exchange_is_preflight(const struct mcpauth_exchange *exchange)
{
	return mcpauth__exchange_field_count(
		       exchange, MCPAUTH__HEADER_ACCESS_CONTROL_REQUEST_METHOD)
		> 0
		&& strcmp(exchange->arrival.method, "OPTIONS") == 0;
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

const char *mcpauth_exchange_header(
	const struct mcpauth_exchange *exchange, const char *name, unsigned index)
{
	enum mcpauth__header_name field = mcpauth__header_name_of(name, strlen(name));
	if (field != MCPAUTH__HEADER_OTHER && index == 0) {
		return mcpauth__exchange_field(exchange, field);
	}
	const char *value = exchange->arrival.transport->header(
		exchange->arrival.user, name, index);
	return value == NULL ? NULL : mcpauth__header_trim(value, strlen(value), exchange->trimmed);
}

static const char *forwarded_value(const void *user, unsigned index)
{
	const struct mcpauth_exchange *exchange = user;
	return index == 0 ? mcpauth__exchange_field(exchange, MCPAUTH__HEADER_X_FORWARDED_FOR)
			  : exchange->arrival.transport->header(
				  exchange->arrival.user, "X-Forwarded-For", index);
}

bool mcpauth__exchange_client(
	const struct mcpauth_exchange *exchange, struct mcpauth__client_address *address)
{
	const struct mcpauth__arrival *arrival = &exchange->arrival;
	struct mcpauth__forwarded forwarded = {
		mcpauth__exchange_field_count(exchange, MCPAUTH__HEADER_X_FORWARDED_FOR),
		forwarded_value,
		exchange,
	};
	if (arrival->transport->peer == NULL
		|| !mcpauth__client_address_of(arrival->transport->peer(arrival->user), address)) {
		return false;
	}
	mcpauth__proxies_find_client(&exchange->rules->proxies, &forwarded, address);
	return true;
}

bool mcpauth_exchange_address(
	const struct mcpauth_exchange *exchange, char address[MCPAUTH_ADDRESS_SIZE])
{
	struct mcpauth__client_address client;
	*address = '\0';
	if (!mcpauth__exchange_client(exchange, &client)) {
		return false;
	}
	mcpauth__client_address_write(&client, address);
	return true;
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

const struct mcpauth_message *mcpauth_exchange_message(const struct mcpauth_exchange *exchange)
{
	return exchange->message;
}

enum mcpauth_code mcpauth_exchange_reason(const struct mcpauth_exchange *exchange)
{
	return exchange->reason;
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
