/* Writes a line of JSON for each request when it has ended, and names requests before. */
#include <mcpauth/access_log.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/error_int.h"
#include "chain_int.h"
#include "monitoring/json_line.h"
#include "monitoring/log_sink.h"
#include "monitoring/reason.h"
#include "monitoring/request_id.h"
#include "monitoring/subject_hash.h"
#include "monitoring/trace_context.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME "access_log"

/* Bytes that strings take at most, as they are written. */
#define METHOD_LIMIT 32
#define PATH_LIMIT 256
#define OPERATION_LIMIT 128
#define ISSUER_LIMIT 256
#define CLIENT_LIMIT 128

struct access_log {
	mcpauth_access_log_fn write; /* NULL: to the sink */
	void *write_user;
	struct mcpauth__log_sink sink;
	struct mcpauth__subject_hash subjects;
	struct mcpauth__request_ids ids;
};

/* Whatever it was, the request is answered all the same, without a name if there is no
 * memory for one. The header lies where the line finds it again, as long as it takes. */
static enum mcpauth_stage_result on_request(struct mcpauth_exchange *exchange, void *user)
{
	struct access_log *log = user;
	char id[MCPAUTH__REQUEST_ID_SIZE];
	const struct mcpauth__headers *headers = &exchange->headers;
	mcpauth__request_ids_next(&log->ids, id);
	if (mcpauth_exchange_add_header(exchange, "X-Request-Id", id) == MCPAUTH_OK) {
		exchange->request_id = headers->items[headers->count - 1].value;
	}
	return MCPAUTH_NEXT;
}

static void put_time(struct mcpauth__json_line *line)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	mcpauth__json_line_time(line, (int64_t)now.tv_sec, (unsigned)(now.tv_nsec / 1000000));
}

static void put_request(
	struct mcpauth__json_line *line, const struct mcpauth_exchange *exchange, unsigned status)
{
	int64_t took = mcpauth__clock_microseconds() - exchange->began;
	mcpauth__json_line_text(line, "method", mcpauth_exchange_method(exchange), METHOD_LIMIT);
	mcpauth__json_line_text(line, "path", mcpauth_exchange_path(exchange), PATH_LIMIT);
	mcpauth__json_line_number(line, "status", status);
	mcpauth__json_line_number(line, "us", took > 0 ? (uint64_t)took : 0);
}

static void put_operation(struct mcpauth__json_line *line, const struct mcpauth_exchange *exchange)
{
	const struct mcpauth_message *message = mcpauth_exchange_message(exchange);
	mcpauth__json_line_text(
		line, "operation", mcpauth_message_method(message), OPERATION_LIMIT);
	mcpauth__json_line_text(line, "name", mcpauth_message_name(message), OPERATION_LIMIT);
}

static void put_caller(struct mcpauth__json_line *line, const struct access_log *log,
	const struct mcpauth_auth_info *info)
{
	char digits[MCPAUTH__SUBJECT_DIGITS_SIZE];
	const char *issuer = mcpauth_auth_info_issuer(info);
	const char *subject = mcpauth_auth_info_subject(info);
	mcpauth__json_line_text(line, "issuer", issuer, ISSUER_LIMIT);
	if (issuer != NULL && subject != NULL
		&& mcpauth__subject_hash_write(&log->subjects, issuer, subject, digits)) {
		mcpauth__json_line_text(line, "subject", digits, sizeof digits);
	}
	mcpauth__json_line_text(line, "client", mcpauth_auth_info_client_id(info), CLIENT_LIMIT);
}

static void put_reason(struct mcpauth__json_line *line, enum mcpauth_code code)
{
	char reason[MCPAUTH__REASON_SIZE];
	if (code != MCPAUTH_OK) {
		mcpauth__reason_write(code, reason);
		mcpauth__json_line_text(line, "reason", reason, sizeof reason);
	}
}

/* Of two nobody knows which one is meant. */
static void put_trace(struct mcpauth__json_line *line, const struct mcpauth_exchange *exchange)
{
	const char *trace = mcpauth_exchange_header(exchange, "traceparent", 0);
	if (trace != NULL && mcpauth__traceparent_is_valid(trace)
		&& mcpauth_exchange_header(exchange, "traceparent", 1) == NULL) {
		mcpauth__json_line_text(line, "traceparent", trace, MCPAUTH__TRACEPARENT_LENGTH);
	}
}

static void put_members(struct mcpauth__json_line *line, const struct access_log *log,
	struct mcpauth_exchange *exchange, unsigned status)
{
	char address[MCPAUTH_ADDRESS_SIZE];
	mcpauth__json_line_text(line, "id", exchange->request_id, MCPAUTH__REQUEST_ID_SIZE);
	put_request(line, exchange, status);
	put_operation(line, exchange);
	put_caller(line, log, mcpauth_exchange_auth_info(exchange));
	if (mcpauth_exchange_address(exchange, address)) {
		mcpauth__json_line_text(line, "address", address, sizeof address);
	}
	put_reason(line, mcpauth_exchange_reason(exchange));
	put_trace(line, exchange);
}

static void on_finish(struct mcpauth_exchange *exchange, unsigned status, void *user)
{
	struct access_log *log = user;
	struct mcpauth__json_line line;
	uint64_t lost = mcpauth__log_sink_take_lost(&log->sink);
	mcpauth__json_line_begin(&line);
	put_time(&line);
	if (lost > 0) {
		mcpauth__json_line_number(&line, "lost", lost);
	}
	put_members(&line, log, exchange, status);
	mcpauth__json_line_end(&line);
	if (log->write != NULL) {
		log->write(line.text, line.length, log->write_user);
	} else {
		mcpauth__log_sink_write(&log->sink, line.text, line.length, lost);
	}
}

static void on_free(void *user)
{
	struct access_log *log = user;
	mcpauth__subject_hash_finish(&log->subjects);
	mcpauth__log_sink_finish(&log->sink);
	free(log);
}

/* @param[out] made  to be released with on_free(), also on failure */
static enum mcpauth_code make(const struct mcpauth_access_log *config, struct access_log **made,
	struct mcpauth_error *err)
{
	struct access_log *log = calloc(1, sizeof *log);
	if (log == NULL) {
		return mcpauth__no_memory(err);
	}
	*made = log;
	log->write = config->write;
	log->write_user = config->write_user;
	mcpauth__log_sink_init(
		&log->sink, config->descriptor == 0 ? STDERR_FILENO : config->descriptor);
	if (!mcpauth__request_ids_init(&log->ids)) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "randomness is not to be had");
	}
	return mcpauth__subject_hash_init(&log->subjects, config->key, config->key_length, err);
}

static enum mcpauth_code insert(struct mcpauth_chain *chain, struct access_log *log,
	bool names_requests, struct mcpauth_error *err)
{
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	stage.name = NAME;
	stage.on_request = names_requests ? on_request : NULL;
	stage.on_finish = on_finish;
	stage.on_free = on_free;
	stage.user = log;
	return mcpauth__chain_insert_stage(
		chain, mcpauth__chain_place_of(chain, NAME), &stage, err);
}

static enum mcpauth_code check(const struct mcpauth_chain *chain,
	const struct mcpauth_access_log *config, struct mcpauth_error *err)
{
	if (mcpauth__chain_has_stage(chain, NAME)) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "there is an access log already");
	}
	return config->descriptor >= 0
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no such descriptor");
}

enum mcpauth_code mcpauth_chain_add_access_log(struct mcpauth_chain *chain,
	const struct mcpauth_access_log *log, struct mcpauth_error *err)
{
	struct mcpauth_access_log read;
	struct access_log *made = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, log, err);
	if (code == MCPAUTH_OK) {
		code = check(chain, &read, err);
	}
	if (code == MCPAUTH_OK) {
		code = make(&read, &made, err);
	}
	if (code == MCPAUTH_OK) {
		code = insert(chain, made, !read.omit_request_id, err);
	}
	if (code == MCPAUTH_OK) {
		chain->keeps_time = true;
	} else if (made != NULL) {
		on_free(made);
	}
	return code;
}
