/* Between the chain and the application: its handler called, answers sent. */
#include "mhd_int.h"

#include <string.h>
#include <time.h>

static enum MHD_Result answer_no_handler(struct mcpauth__mhd_connection *connection)
{
	mcpauth__exchange_answer_standard(connection->request.exchange, MCPAUTH__STANDARD_NO_PATH);
	return mcpauth__mhd_send(connection);
}

enum MHD_Result mcpauth__mhd_forward(
	struct mcpauth__mhd_connection *connection, const char *data, size_t *size)
{
	struct mcpauth__request *request = &connection->request;
	const struct mcpauth__adapter *adapter = connection->base.chain->adapter;
	if (adapter == NULL || adapter->handler == NULL) {
		return answer_no_handler(connection);
	}
	const struct mcpauth__arrival *arrival = &request->exchange->arrival;
	request->app_ran = true;
	return adapter->handler(adapter->handler_user, connection->mhd, arrival->path,
		arrival->method, request->version, data, size, &request->app_context);
}

static bool has_answered(const struct mcpauth__mhd_connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection->mhd, MHD_CONNECTION_INFO_HTTP_STATUS);
	return info != NULL && info->http_status != 0;
}

static bool is_suspended(const struct mcpauth__mhd_connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection->mhd, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED);
	return info != NULL && info->suspended != MHD_NO;
}

static size_t body_left(const struct mcpauth__request *request)
{
	return request->exchange->body.length - request->replayed;
}

/* The call that follows; a call that suspended is made again, as MHD does it,
 * but for an upload whose bytes were all taken. */
static void advance(struct mcpauth__request *request, bool suspended)
{
	if (request->step == MCPAUTH__REPLAY_FIRST && !suspended) {
		request->step = MCPAUTH__REPLAY_UPLOAD;
	}
	if (request->step == MCPAUTH__REPLAY_UPLOAD && body_left(request) == 0) {
		request->step = MCPAUTH__REPLAY_FINAL;
	}
}

static enum MHD_Result replay_call(struct mcpauth__mhd_connection *connection, size_t *taken)
{
	struct mcpauth__request *request = &connection->request;
	bool upload = request->step == MCPAUTH__REPLAY_UPLOAD;
	size_t offered = upload ? body_left(request) : 0;
	size_t left = offered;
	const char *data = upload ? request->exchange->body.data + request->replayed : NULL;
	enum MHD_Result result = mcpauth__mhd_forward(connection, data, &left);
	*taken = left <= offered ? offered - left : 0;
	request->replayed += *taken;
	return result;
}

enum MHD_Result mcpauth__mhd_replay(struct mcpauth__mhd_connection *connection)
{
	struct mcpauth__request *request = &connection->request;
	bool progress = true;
	while (progress) {
		enum mcpauth__replay_step step = request->step;
		size_t taken;
		enum MHD_Result result = replay_call(connection, &taken);
		bool suspended = is_suspended(connection);
		if (result != MHD_YES || has_answered(connection)) {
			return result;
		}
		advance(request, suspended);
		/* Without progress MHD is left to call again when it likes, which
		 * is what happens to such a handler without us, too. */
		progress = !suspended && (taken > 0 || step != request->step);
	}
	return MHD_YES;
}

enum MHD_Result mcpauth_mhd_decorate(struct mcpauth_chain *chain, struct MHD_Response *response)
{
	struct mcpauth__rules *rules = mcpauth__rules_in_force_get(&chain->in_force);
	enum MHD_Result result = mcpauth__mhd_add_headers(response, &rules->headers);
	mcpauth__rules_free(rules);
	return result;
}

/* Fetch standard, "CORS protocol and HTTP caches": what was kept of an answer to somebody
 * else would keep a page from reading it. */
static enum MHD_Result tell_caches(
	struct MHD_Response *response, const struct mcpauth_exchange *exchange)
{
	const char *method = exchange->arrival.method;
	return exchange->depends_on_origin
			&& (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		? MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Origin")
		: MHD_YES;
}

/* With the headers of this request's, and those of all. */
static enum MHD_Result complete(
	struct MHD_Response *response, const struct mcpauth_exchange *exchange)
{
	return mcpauth__mhd_add_headers(response, &exchange->headers) == MHD_YES
			&& mcpauth__mhd_add_headers(response, &exchange->rules->headers) == MHD_YES
		? tell_caches(response, exchange)
		: MHD_NO;
}

enum MHD_Result mcpauth_mhd_queue_response(
	struct MHD_Connection *mhd, unsigned int status, struct MHD_Response *response)
{
	const struct mcpauth__mhd_connection *connection = mcpauth__mhd_connection_of(mhd);
	if (connection == NULL || connection->request.exchange == NULL || response == NULL
		|| complete(response, connection->request.exchange) != MHD_YES) {
		return MHD_NO;
	}
	return MHD_queue_response(mhd, status, response);
}

/* MHD writes a date into each answer that has none, which takes it longer than all
 * of our headers together. So the answer is made once a second, with its date. */
static enum MHD_Result send_dated(struct mcpauth__mhd_connection *connection)
{
	const struct mcpauth_exchange *exchange = connection->request.exchange;
	const struct mcpauth__shared_answer *shared = exchange->answer.shared;
	struct mcpauth__dated_answer *dated = mcpauth__shared_answer_take_dated(shared);
	enum MHD_Result result = MHD_NO;
	if (dated == NULL) {
		return MHD_NO;
	}
	time_t second = time(NULL);
	if (dated->second == second || mcpauth__mhd_renew(dated, exchange, second)) {
		result = MHD_queue_response(
			connection->mhd, exchange->answer.status, dated->rendered);
	}
	mcpauth__shared_answer_give_dated(shared);
	return result;
}

enum MHD_Result mcpauth__mhd_send(struct mcpauth__mhd_connection *connection)
{
	struct mcpauth_exchange *exchange = connection->request.exchange;
	const struct mcpauth_answer *answer = &exchange->answer;
	if (exchange->chain->edits_answers) {
		mcpauth__chain_edit_answer(exchange);
	}
	bool is_shared = answer->shared != NULL && exchange->headers.count == 0;
	if (is_shared && connection->has_clock && send_dated(connection) == MHD_YES) {
		return MHD_YES;
	}
	struct MHD_Response *shared = is_shared ? mcpauth__mhd_shared_response(exchange) : NULL;
	if (shared != NULL) {
		return MHD_queue_response(connection->mhd, answer->status, shared);
	}
	struct MHD_Response *response = MHD_create_response_from_buffer(
		answer->length, answer->body, MHD_RESPMEM_MUST_COPY);
	if (response == NULL) {
		return MHD_NO;
	}
	enum MHD_Result result = mcpauth__mhd_add_headers(response, &answer->headers);
	if (result == MHD_YES) {
		result = mcpauth_mhd_queue_response(connection->mhd, answer->status, response);
	}
	MHD_destroy_response(response);
	return result;
}
