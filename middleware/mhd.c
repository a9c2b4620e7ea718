/* The access handler: MHD's calls on one side, the chain's decisions on the other. */
#include "mhd_int.h"

#include "base/clock.h"

#include <stdlib.h>

static int64_t now_ms(void)
{
	struct mcpauth__clock clock = {0};
	/* Of seconds, milliseconds more or less are none. */
	return mcpauth__clock_coarse(&clock);
}

static bool declares_more_than(const struct mcpauth_exchange *exchange, size_t limit)
{
	const char *length = mcpauth__exchange_field(exchange, MCPAUTH__HEADER_CONTENT_LENGTH);
	return length != NULL && strtoull(length, NULL, 10) > limit;
}

/* The status is not sent before the whole request was read, so a client that
 * waits for 100-continue, or announces more than is ever read, is told at once.
 * So is one that names two lengths, or a coding that MHD does not know: nobody
 * knows where its body ends. */
static bool must_answer_early(const struct mcpauth__mhd_connection *connection)
{
	const struct mcpauth_exchange *exchange = connection->request.exchange;
	const struct mcpauth__request_headers *headers = &exchange->request_headers;
	if (!mcpauth__request_headers_tell_of_body(headers)) {
		return false;
	}
	if (mcpauth__exchange_field_count(exchange, MCPAUTH__HEADER_CONTENT_LENGTH) > 1
		|| mcpauth__request_headers_hide_body_end(headers)) {
		return true;
	}
	return (!exchange->has_waited
		       && mcpauth__request_header_is(
			       &headers->items[MCPAUTH__HEADER_EXPECT], "100-continue"))
		|| declares_more_than(exchange, exchange->chain->config.refused_body_limit);
}

/* MHD closes the connection after an answer that is queued while a body is
 * still to come, and a client that is sending then never reads it. So the body
 * is swallowed first, within limits. */
static enum MHD_Result begin_refusal(struct mcpauth__mhd_connection *connection)
{
	struct mcpauth__request *request = &connection->request;
	request->phase = MCPAUTH__REFUSING;
	return must_answer_early(connection) ? mcpauth__mhd_send(connection) : MHD_YES;
}

static enum MHD_Result refuse(struct mcpauth__mhd_connection *connection, size_t *size)
{
	struct mcpauth__request *request = &connection->request;
	const struct mcpauth_chain_config *config = &connection->base.chain->config;
	if (*size == 0) {
		return mcpauth__mhd_send(connection);
	}
	/* Most refused requests have no body, and need no clock. */
	if (request->refused_since == 0) {
		request->refused_since = now_ms();
	}
	request->refused_bytes += *size;
	*size = 0;
	/* Nothing can be queued between two pieces of a body, only broken off. */
	return request->refused_bytes <= config->refused_body_limit
			&& now_ms() - request->refused_since <= (int64_t)config->refused_body_ms
		? MHD_YES
		: MHD_NO;
}

static enum MHD_Result begin_collecting(struct mcpauth__mhd_connection *connection)
{
	struct mcpauth__request *request = &connection->request;
	if (declares_more_than(request->exchange, mcpauth__chain_body_limit(request->exchange))) {
		mcpauth__chain_body_too_large(request->exchange);
		return begin_refusal(connection);
	}
	request->phase = MCPAUTH__COLLECTING;
	return MHD_YES;
}

static enum MHD_Result decide(struct mcpauth__mhd_connection *connection)
{
	struct mcpauth__request *request = &connection->request;
	size_t none = 0;
	mcpauth__exchange_end_wait(request->exchange);
	switch (mcpauth__chain_run(request->exchange)) {
	case MCPAUTH__PASS:
		request->phase = MCPAUTH__FORWARDING;
		return mcpauth__mhd_forward(connection, NULL, &none);
	case MCPAUTH__NEEDS_BODY:
		return begin_collecting(connection);
	case MCPAUTH__ANSWER:
		return begin_refusal(connection);
	case MCPAUTH__LATER:
	case MCPAUTH__GO_ON:
		break;
	}
	return MHD_YES;
}

static enum MHD_Result judge(struct mcpauth__mhd_connection *connection)
{
	struct mcpauth__request *request = &connection->request;
	request->phase = MCPAUTH__JUDGING;
	mcpauth__exchange_end_wait(request->exchange);
	request->exchange->body_is_complete = true;
	switch (mcpauth__chain_run(request->exchange)) {
	case MCPAUTH__PASS:
		request->phase = MCPAUTH__REPLAYING;
		return mcpauth__mhd_replay(connection);
	case MCPAUTH__ANSWER:
	case MCPAUTH__NEEDS_BODY:
		return mcpauth__mhd_send(connection);
	case MCPAUTH__LATER:
	case MCPAUTH__GO_ON:
		break;
	}
	return MHD_YES;
}

static enum MHD_Result collect(
	struct mcpauth__mhd_connection *connection, const char *data, size_t *size)
{
	struct mcpauth__request *request = &connection->request;
	struct mcpauth_exchange *exchange = request->exchange;
	if (*size == 0) {
		return judge(connection);
	}
	if (exchange->body.length + *size > mcpauth__chain_body_limit(exchange)) {
		mcpauth__chain_body_too_large(exchange);
		request->phase = MCPAUTH__REFUSING;
		request->refused_bytes = exchange->body.length;
		return refuse(connection, size);
	}
	if (!mcpauth__buf_append(&exchange->body, data, *size)) {
		return MHD_NO;
	}
	*size = 0;
	return MHD_YES;
}

/* A request's start is told by our own state: an application's URI_LOG_CALLBACK
 * makes *con_cls anything it likes before the first call. */
static bool begin(struct mcpauth__mhd_connection *connection, const char *url, const char *method,
	const char *version, void *app_context)
{
	struct mcpauth__arrival arrival = {
		.transport = &mcpauth__mhd_transport,
		.user = connection,
		.wait_mode = connection->wait_mode,
		.method = method,
		.path = url,
		.query = connection->query.is_there ? connection->query.room : NULL,
		.path_is_cut = connection->path_is_cut,
	};
	if (connection->query.is_lost) {
		return false;
	}
	connection->request = (struct mcpauth__request){
		.exchange = mcpauth__connection_begin(&connection->base, &arrival),
		.version = version,
		.app_context = app_context,
	};
	return connection->request.exchange != NULL;
}

static enum MHD_Result answer_unprepared(struct mcpauth_chain *chain, struct MHD_Connection *mhd)
{
	if (!atomic_exchange(&chain->told_no_options, true)) {
		mcpauth_log(chain->auth, MCPAUTH_LOG_ERROR, MCPAUTH_E_INVALID_ARGUMENT, NULL,
			"THE DAEMON WAS STARTED WITHOUT mcpauth_mhd_options():"
			" every request is answered 500");
	}
	struct MHD_Response *response = MHD_create_response_from_buffer(
		0, NULL, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(mhd, 500, response);
	MHD_destroy_response(response);
	return result;
}

/* MHD's signature for an access handler, with more parameters than ours have. */
#define ACCESS_HANDLER(name) \
	enum MHD_Result name(void *chain, struct MHD_Connection *mhd, const char *url, \
		const char *method, const char *version, const char *upload_data, \
		size_t *upload_data_size, void **con_cls)

ACCESS_HANDLER(mcpauth_mhd_handler)
{
	struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	if (connection == NULL) {
		return answer_unprepared(chain, mhd);
	}
	if (connection->request.exchange == NULL
		&& !begin(connection, url, method, version, *con_cls)) {
		return MHD_NO;
	}
	switch (connection->request.phase) {
	case MCPAUTH__DECIDING:
		return decide(connection);
	case MCPAUTH__FORWARDING:
		return mcpauth__mhd_forward(connection, upload_data, upload_data_size);
	case MCPAUTH__REFUSING:
		return refuse(connection, upload_data_size);
	case MCPAUTH__COLLECTING:
		return collect(connection, upload_data, upload_data_size);
	case MCPAUTH__JUDGING:
		return judge(connection);
	case MCPAUTH__REPLAYING:
		return mcpauth__mhd_replay(connection);
	}
	return MHD_NO;
}

const struct mcpauth_message *mcpauth_mhd_message(struct MHD_Connection *mhd)
{
	const struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	return connection == NULL || connection->request.exchange == NULL
		? NULL
		: connection->request.exchange->message;
}

const struct mcpauth_auth_info *mcpauth_mhd_auth_info(struct MHD_Connection *mhd)
{
	const struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	return connection == NULL || connection->request.exchange == NULL
		? NULL
		: connection->request.exchange->info;
}
