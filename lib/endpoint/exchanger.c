/* Asking a token endpoint for other tokens: joined requests and kept answers. */
#include "endpoint/exchanger.h"

#include "base/error_int.h"
#include "base/form.h"
#include "base/words.h"
#include "endpoint/endpoint.h"
#include "endpoint/exchanged.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GRANT_TYPE "urn:ietf:params:oauth:grant-type:token-exchange"
#define ACCESS_TOKEN_TYPE "urn:ietf:params:oauth:token-type:access_token"
#define KEPT_MIN 4
#define KEPT_SECONDS_MAX 86400
#define KEPT_SECONDS_UNKNOWN 60 /* if the endpoint does not say */
#define MARGIN_SECONDS_MAX 30

/* One request to the endpoint. */
struct request {
	struct mcpauth__flight flight;        /* first, so that those who have it find the rest */
	struct mcpauth__exchanger *exchanger; /* held while it is under way */
	int64_t subject_expires_at;
	int64_t real;  /* when it began */
	int64_t begun; /* as mcpauth__clock_coarse() */

	/* Written before it lands. */
	struct mcpauth_exchanged_token *token;
	struct mcpauth_error err;
};

struct mcpauth__exchanger {
	atomic_uint refs;
	struct mcpauth__worker *worker;
	unsigned timeout_ms;
	char *endpoint;
	struct mcpauth__client_proof *client;
	struct mcpauth__buf form; /* but for the subject token and the client's proof */
	struct mcpauth__flights *flights;
};

static size_t encoded_length(const char *text)
{
	return text != NULL ? MCPAUTH__FORM_ENCODED(strlen(text)) : 0;
}

static bool make_form(
	struct mcpauth__exchanger *made, const struct mcpauth_token_exchange_config *config)
{
	struct mcpauth__buf *form = &made->form;
	return mcpauth__form_add(form, "grant_type", GRANT_TYPE)
		&& mcpauth__form_add(form, "requested_token_type", ACCESS_TOKEN_TYPE)
		&& mcpauth__form_add(form, "audience", config->audience)
		&& mcpauth__form_add(form, "resource", config->resource)
		&& mcpauth__form_add(form, "scope", config->scope)
		&& mcpauth__form_add(form, "subject_token_type", ACCESS_TOKEN_TYPE);
}

/* So few as are not worth counting are kept in any case, if any are. */
static unsigned limit_of(const struct mcpauth_token_exchange_config *config)
{
	unsigned entries = config->cache_entries;
	return entries > 0 && entries < KEPT_MIN ? KEPT_MIN : entries;
}

static const struct request *request_of(const struct mcpauth__flight *flight)
{
	return (const struct request *)flight;
}

/* The real clock may have been set since: a token whose caller's is over is not
 * handed out, whatever was reckoned before. */
static bool is_of_no_use(const struct mcpauth__flight *flight)
{
	const struct request *request = request_of(flight);
	const struct mcpauth__clock *clock = mcpauth__worker_clock(request->exchanger->worker);
	return request->token != NULL && mcpauth__clock_real(clock) >= request->subject_expires_at;
}

struct mcpauth__exchanger *mcpauth__exchanger_new(
	const struct mcpauth_token_exchange_config *config, struct mcpauth__client_proof *client,
	struct mcpauth__worker *worker, unsigned timeout_ms)
{
	struct mcpauth__exchanger *made = calloc(1, sizeof *made);
	if (made == NULL) {
		mcpauth__client_proof_free(client);
		return NULL;
	}
	atomic_init(&made->refs, 1);
	made->client = client;
	made->worker = worker;
	made->timeout_ms = timeout_ms;
	made->endpoint = mcpauth__strdup(config->token_endpoint);
	made->flights = mcpauth__flights_new(
		mcpauth__worker_clock(worker), limit_of(config), is_of_no_use);
	if (made->endpoint == NULL || made->flights == NULL || !make_form(made, config)) {
		mcpauth__exchanger_free(made);
		return NULL;
	}
	return made;
}

void mcpauth__exchanger_free(struct mcpauth__exchanger *exchanger)
{
	if (exchanger == NULL || atomic_fetch_sub(&exchanger->refs, 1) != 1) {
		return;
	}
	mcpauth__flights_free(exchanger->flights);
	mcpauth__client_proof_free(exchanger->client);
	mcpauth__buf_finish(&exchanger->form);
	free(exchanger->endpoint);
	free(exchanger);
}

static void destroy(struct mcpauth__flight *flight)
{
	struct request *request = (struct request *)flight;
	mcpauth_exchanged_token_free(request->token);
	free(request);
}

enum mcpauth_code mcpauth__exchanger_result(struct mcpauth__flight *flight,
	struct mcpauth_exchanged_token **token, struct mcpauth_error *err)
{
	const struct request *request = request_of(flight);
	*token = NULL;
	if (mcpauth__flight_wait(flight, NULL) == MCPAUTH_PENDING) {
		return MCPAUTH_PENDING;
	}
	if (request->token == NULL) {
		return mcpauth__fail(err, request->err.code, "%s", request->err.message);
	}
	*token = mcpauth_exchanged_token_ref(request->token);
	return MCPAUTH_OK;
}

struct mcpauth__flight *mcpauth__exchanger_find(
	struct mcpauth__exchanger *exchanger, const struct mcpauth__subject *subject)
{
	struct mcpauth__flight *found = mcpauth__flights_find(exchanger->flights, subject->digest);
	if (found != NULL && mcpauth__flight_wait(found, NULL) == MCPAUTH_PENDING) {
		mcpauth__flight_free(found);
		found = NULL;
	}
	return found;
}

static int64_t now_of(const struct mcpauth__exchanger *exchanger)
{
	return mcpauth__clock_coarse(mcpauth__worker_clock(exchanger->worker));
}

static int64_t kept_seconds(const struct request *request, int64_t lifetime)
{
	int64_t seconds = KEPT_SECONDS_UNKNOWN;
	if (lifetime != MCPAUTH__LIFETIME_UNKNOWN) {
		int64_t margin = lifetime / 10 + (lifetime % 10 != 0 ? 1 : 0);
		seconds = lifetime - (margin < MARGIN_SECONDS_MAX ? margin : MARGIN_SECONDS_MAX);
	}
	if (seconds > KEPT_SECONDS_MAX) {
		seconds = KEPT_SECONDS_MAX;
	}
	int64_t left = request->subject_expires_at - request->real;
	return seconds < left ? seconds : left;
}

/* Once it has landed it may be gone. */
static void on_response(const struct mcpauth__response *response, void *user)
{
	struct request *request = user;
	struct mcpauth__exchanger *exchanger = request->exchanger;
	int64_t lifetime;
	int64_t until;
	enum mcpauth_code code = mcpauth__exchanged_token_read(
		response, request->real, &request->token, &lifetime, &request->err);
	if (code == MCPAUTH_OK) {
		until = request->begun + kept_seconds(request, lifetime) * 1000;
	} else {
		until = now_of(exchanger) + mcpauth__endpoint_failure_ms(code);
		mcpauth__error_prefix(&request->err, "token exchange");
	}
	if (code != MCPAUTH_OK && code != MCPAUTH_E_CANCELLED) {
		mcpauth__log(mcpauth__worker_log(exchanger->worker), MCPAUTH_LOG_WARNING, code,
			NULL, request->err.message);
	}
	mcpauth__flight_land(&request->flight, until);
	mcpauth__exchanger_free(exchanger);
}

static enum mcpauth_code make_whole_form(const struct request *request, const char *subject_token,
	struct mcpauth__buf *form, struct mcpauth_error *err)
{
	const struct mcpauth__exchanger *exchanger = request->exchanger;
	mcpauth__buf_reserve(form, exchanger->form.length + encoded_length(subject_token) + 64);
	if (!mcpauth__buf_append(form, exchanger->form.data, exchanger->form.length)
		|| !mcpauth__form_add(form, "subject_token", subject_token)) {
		return mcpauth__no_memory(err);
	}
	return mcpauth__client_proof_add(exchanger->client, request->real, form, err);
}

/* The answer may come before this returns. */
static void take_off(struct request *request, const char *subject_token)
{
	const struct mcpauth__exchanger *exchanger = request->exchanger;
	struct mcpauth__buf form = {0};
	struct mcpauth_error err;
	enum mcpauth_code code = make_whole_form(request, subject_token, &form, &err);
	if (code != MCPAUTH_OK) {
		on_response(&(struct mcpauth__response){.code = code,
				    .body = "",
				    .max_age = MCPAUTH_NONE,
				    .message = err.message},
			request);
	} else {
		mcpauth__worker_post(exchanger->worker,
			&(struct mcpauth__post){
				.to = {.url = exchanger->endpoint,
					.timeout_ms = exchanger->timeout_ms,
					.done = on_response,
					.user = request},
				.body = form.data,
				.authorization = mcpauth__client_proof_authorization(
					exchanger->client),
			});
	}
	mcpauth__buf_wipe(&form);
}

static struct request *make_request(
	struct mcpauth__exchanger *exchanger, const struct mcpauth__subject *subject)
{
	const struct mcpauth__clock *clock = mcpauth__worker_clock(exchanger->worker);
	struct request *made = calloc(1, sizeof *made);
	if (made != NULL) {
		mcpauth__flight_init(&made->flight, subject->digest, destroy);
		made->exchanger = exchanger;
		made->subject_expires_at = subject->expires_at;
		mcpauth__clock_read(clock, &made->real, &made->begun);
	}
	return made;
}

/* Somebody else may have begun the same meanwhile. */
static struct mcpauth__flight *ask(
	struct mcpauth__exchanger *exchanger, const struct mcpauth__subject *subject)
{
	struct request *made = make_request(exchanger, subject);
	if (made == NULL) {
		return NULL;
	}
	struct mcpauth__flight *flight = mcpauth__flights_add(exchanger->flights, &made->flight);
	if (flight == &made->flight) {
		atomic_fetch_add(&exchanger->refs, 1);
		take_off(made, subject->token);
	} else {
		mcpauth__flight_free(&made->flight);
	}
	return flight;
}

enum mcpauth_code mcpauth__exchanger_join(struct mcpauth__exchanger *exchanger,
	const struct mcpauth__subject *subject, struct mcpauth__waiter *waiter,
	struct mcpauth__flight **flight)
{
	struct mcpauth__flight *found = mcpauth__flights_find(exchanger->flights, subject->digest);
	if (found == NULL) {
		found = ask(exchanger, subject);
	}
	enum mcpauth_code code = found != NULL ? mcpauth__flight_wait(found, waiter)
					       : MCPAUTH_E_NO_MEMORY;
	if (code == MCPAUTH_E_NO_MEMORY) {
		mcpauth__flight_free(found);
		found = NULL;
	}
	*flight = found;
	return code;
}
