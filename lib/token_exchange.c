/* Token exchange for programs: its configuration, waiting for it, or blocking. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/sleeper.h"
#include "net/url.h"
#include "net/wait.h"
#include "token/auth_info_int.h"
#include "endpoint/client_proof.h"
#include "endpoint/exchanger.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_ENTRIES 1024

struct mcpauth_token_exchange {
	struct mcpauth *auth;
	struct mcpauth__exchanger *exchanger;
};

struct mcpauth_token_exchange_wait {
	struct mcpauth__flight *flight;
	struct mcpauth__wait waiting; /* for a single look */
};

/* RFC 8707 section 2: an absolute URI without a fragment (RFC 3986 section 4.3). */
static bool is_absolute_uri(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t letter = strspn(text, letters);
	size_t scheme = letter > 0 ? strcspn(text, ":") : 0;
	if (scheme == 0 || text[scheme] != ':' || text[scheme + 1] == '\0') {
		return false;
	}
	for (const char *at = text; *at != '\0'; at++) {
		bool in_scheme = (size_t)(at - text) < scheme;
		if (*at <= 0x20 || *at > 0x7e || *at == '#'
			|| (in_scheme && strchr(letters, *at) == NULL
				&& strchr("0123456789+-.", *at) == NULL)) {
			return false;
		}
	}
	return true;
}

static enum mcpauth_code check_target(
	const struct mcpauth_token_exchange_config *config, struct mcpauth_error *err)
{
	const char *given[] = {config->audience, config->resource, config->scope};
	bool any = false;
	for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
		if (given[i] != NULL && *given[i] == '\0') {
			return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
				"audience, resource and scope cannot be empty");
		}
		any = any || given[i] != NULL;
	}
	if (!any) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"nothing says what the token is to be for: audience, resource or scope");
	}
	if (config->resource != NULL && !is_absolute_uri(config->resource)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"resource is not an absolute URI without a fragment");
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code check(const struct mcpauth *auth,
	const struct mcpauth_token_exchange_config *config, struct mcpauth_error *err)
{
	if (config->token_endpoint == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "token_endpoint is needed");
	}
	enum mcpauth_code code = mcpauth__url_check(
		config->token_endpoint, auth->runtime->insecure_allow_http, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, "token_endpoint");
		return code;
	}
	return check_target(config, err);
}

static enum mcpauth_code prove_client(const struct mcpauth_token_exchange_config *config,
	struct mcpauth__client_proof **proof, struct mcpauth_error *err)
{
	const struct mcpauth__client_identity client = {
		.authentication = config->authentication,
		.id = config->client_id,
		.secret = config->client_secret,
		.private_key = config->private_key,
		.key_id = config->key_id,
		.key_algorithm = config->key_algorithm,
		.assertion_audience = config->assertion_audience,
		.default_audience = config->token_endpoint,
		.bearer_token = config->bearer_token,
	};
	return mcpauth__client_proof_new(&client, proof, err);
}

enum mcpauth_code mcpauth_token_exchange_new(struct mcpauth *auth,
	const struct mcpauth_token_exchange_config *config,
	struct mcpauth_token_exchange **exchange, struct mcpauth_error *err)
{
	struct mcpauth_token_exchange_config read;
	struct mcpauth__client_proof *client = NULL;
	*exchange = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = check(auth, &read, err);
	}
	if (code == MCPAUTH_OK) {
		code = prove_client(&read, &client, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	read.cache_entries = mcpauth__config_amount(read.cache_entries, CACHE_ENTRIES);
	struct mcpauth_token_exchange *made = calloc(1, sizeof *made);
	if (made == NULL) {
		mcpauth__client_proof_free(client);
		return mcpauth__no_memory(err);
	}
	made->auth = mcpauth_ref(auth);
	made->exchanger = mcpauth__exchanger_new(
		&read, client, auth->runtime->worker, (unsigned)auth->runtime->deadline_ms);
	if (made->exchanger == NULL) {
		mcpauth_token_exchange_free(made);
		return mcpauth__no_memory(err);
	}
	*exchange = made;
	return MCPAUTH_OK;
}

void mcpauth_token_exchange_free(struct mcpauth_token_exchange *exchange)
{
	if (exchange != NULL) {
		mcpauth__exchanger_free(exchange->exchanger);
		mcpauth_free(exchange->auth);
		free(exchange);
	}
}

/* A token that the library would refuse is not worth asking for. */
static enum mcpauth_code read_subject(const struct mcpauth *auth,
	const struct mcpauth_auth_info *caller, struct mcpauth__subject *subject,
	struct mcpauth_error *err)
{
	if (caller == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "there is no caller");
	}
	subject->token = mcpauth_auth_info_token(caller);
	subject->expires_at = mcpauth__auth_info_end(caller);
	if (mcpauth__clock_real(&auth->runtime->clock) - auth->runtime->verifier.tolerance
		>= subject->expires_at) {
		return mcpauth__fail(err, MCPAUTH_E_EXPIRED, "the caller's token has expired");
	}
	if (!mcpauth__sha256(subject->token, strlen(subject->token), subject->digest)) {
		return mcpauth__fail(err, MCPAUTH_E_SYSTEM, "SHA-256 is not to be had");
	}
	return MCPAUTH_OK;
}

/* Joining may fail while the deadline wakes: then there is no flight, and
 * resuming says why. */
static enum mcpauth_code look(struct mcpauth_token_exchange_wait *wait,
	struct mcpauth_token_exchange *exchange, const struct mcpauth__subject *subject,
	struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__wait_begin(&wait->waiting, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth__exchanger_join(
		exchange->exchanger, subject, wait->waiting.waiter, &wait->flight);
	code = mcpauth__wait_settle(&wait->waiting, code);
	return code == MCPAUTH_E_NO_MEMORY ? mcpauth__no_memory(err) : code;
}

static enum mcpauth_code begin(struct mcpauth_token_exchange *exchange,
	const struct mcpauth_token_exchange_request *request,
	const struct mcpauth__subject *subject, struct mcpauth_token_exchange_wait **result,
	struct mcpauth_error *err)
{
	const struct mcpauth__runtime *runtime = exchange->auth->runtime;
	struct mcpauth_token_exchange_wait *wait = calloc(1, sizeof *wait);
	*result = wait;
	if (wait == NULL) {
		return mcpauth__no_memory(err);
	}
	mcpauth__wait_init(&wait->waiting, runtime->worker, runtime->deadline_ms, request->wake,
		request->user);
	return look(wait, exchange, subject, err);
}

enum mcpauth_code mcpauth_token_exchange_start(struct mcpauth_token_exchange *exchange,
	const struct mcpauth_token_exchange_request *request,
	struct mcpauth_exchanged_token **token, struct mcpauth_token_exchange_wait **pending,
	struct mcpauth_error *err)
{
	struct mcpauth_token_exchange_request read;
	struct mcpauth_token_exchange_wait *wait = NULL;
	struct mcpauth__subject subject;
	*token = NULL;
	*pending = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, request, err);
	if (code == MCPAUTH_OK && read.wake == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "wake is needed");
	}
	if (code == MCPAUTH_OK) {
		code = read_subject(exchange->auth, read.caller, &subject, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__flight *kept = mcpauth__exchanger_find(exchange->exchanger, &subject);
	if (kept != NULL) {
		code = mcpauth__exchanger_result(kept, token, err);
		mcpauth__flight_free(kept);
		return code;
	}
	code = begin(exchange, &read, &subject, &wait, err);
	if (code == MCPAUTH_PENDING) {
		*pending = wait;
		return code;
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__exchanger_result(wait->flight, token, err);
	}
	mcpauth_token_exchange_wait_free(wait);
	return code;
}

enum mcpauth_code mcpauth_token_exchange_wait_resume(struct mcpauth_token_exchange_wait *wait,
	struct mcpauth_exchanged_token **token, struct mcpauth_error *err)
{
	*token = NULL;
	mcpauth__wait_resume(&wait->waiting);
	if (wait->flight == NULL) {
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = mcpauth__exchanger_result(wait->flight, token, err);
	return code != MCPAUTH_PENDING
		? code
		: mcpauth__fail(err, MCPAUTH_E_TIMEOUT, "the token endpoint took too long");
}

void mcpauth_token_exchange_wait_free(struct mcpauth_token_exchange_wait *wait)
{
	if (wait == NULL) {
		return;
	}
	mcpauth__wait_finish(&wait->waiting);
	mcpauth__flight_free(wait->flight);
	free(wait);
}

enum mcpauth_code mcpauth_token_exchange_run(struct mcpauth_token_exchange *exchange,
	const struct mcpauth_auth_info *caller, struct mcpauth_exchanged_token **token,
	struct mcpauth_error *err)
{
	struct mcpauth__sleeper sleeper;
	struct mcpauth_token_exchange_wait *pending;
	struct mcpauth_token_exchange_request request = MCPAUTH_TOKEN_EXCHANGE_REQUEST_INIT;
	mcpauth__sleeper_init(&sleeper);
	request.caller = caller;
	request.wake = mcpauth__sleeper_wake;
	request.user = &sleeper;
	enum mcpauth_code code = mcpauth_token_exchange_start(
		exchange, &request, token, &pending, err);
	if (code == MCPAUTH_PENDING) {
		mcpauth__sleeper_sleep(&sleeper);
		code = mcpauth_token_exchange_wait_resume(pending, token, err);
	}
	mcpauth_token_exchange_wait_free(pending);
	mcpauth__sleeper_finish(&sleeper);
	return code;
}
