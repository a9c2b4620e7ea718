/* An introspection endpoint: who may ask it when, and what of its answers is kept. */
#include "endpoint/introspector_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_SECONDS 60
#define INACTIVE_SECONDS 5
#define CACHE_ENTRIES 4096
#define CONCURRENCY 48

/* What is read of it later: numbers and flags, and strings of its own. */
static bool copy_config(
	struct mcpauth__introspector *made, const struct mcpauth_introspection_config *config)
{
	made->endpoint = mcpauth__strdup(config->endpoint);
	made->client_id = mcpauth__strdup(config->client_id);
	made->config = (struct mcpauth_introspection_config){
		.size = sizeof made->config,
		.endpoint = made->endpoint,
		.authentication = config->authentication,
		.client_id = made->client_id,
		.accept_active_as_audience = config->accept_active_as_audience,
		.introspect_jwts = config->introspect_jwts,
		.require_signed_answers = config->require_signed_answers,
		.cache_seconds = mcpauth__config_default(config->cache_seconds, CACHE_SECONDS),
		.inactive_seconds = mcpauth__config_default(
			config->inactive_seconds, INACTIVE_SECONDS),
		.cache_entries = mcpauth__config_default(config->cache_entries, CACHE_ENTRIES),
		.concurrency = mcpauth__config_default(config->concurrency, CONCURRENCY),
	};
	return (made->endpoint != NULL || config->endpoint == NULL)
		&& (made->client_id != NULL || config->client_id == NULL);
}

static enum mcpauth_code prove_client(struct mcpauth__introspector *made,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err)
{
	const struct mcpauth__client_identity client = {
		.authentication = config->authentication,
		.id = config->client_id,
		.secret = config->client_secret,
		.private_key = config->private_key,
		.key_id = config->key_id,
		.key_algorithm = config->key_algorithm,
		.assertion_audience = config->assertion_audience,
		.default_audience = made->issuer,
		.bearer_token = config->bearer_token,
	};
	return mcpauth__client_proof_new(&client, &made->client, err);
}

static bool copy_words(struct mcpauth__words *to, const struct mcpauth__words *from)
{
	for (size_t i = 0; from != NULL && i < from->count; i++) {
		if (!mcpauth__words_add(to, from->items[i], strlen(from->items[i]))) {
			return false;
		}
	}
	return true;
}

/* Who asks each time does not want to hear what was said before. */
static bool find_store(
	struct mcpauth__introspector *made, const struct mcpauth__introspector_parts *parts)
{
	const struct mcpauth__store_scope scope = mcpauth__store_scope_of(
		made->issuer, &made->config);
	made->answers.store = made->config.cache_seconds != MCPAUTH_NONE ? parts->store : NULL;
	made->answers.clock = mcpauth__worker_clock(made->worker);
	made->answers.issuer = made->issuer;
	made->answers.subjects = &made->subjects;
	made->answers.untold = parts->untold;
	made->answers.tolerance = parts->tolerance;
	return copy_words(&made->subjects, parts->subjects)
		&& mcpauth__answer_store_init(&made->answers, &scope);
}

static bool make_parts(struct mcpauth__introspector *made,
	const struct mcpauth__introspector_parts *parts,
	const struct mcpauth_introspection_config *config)
{
	made->worker = parts->worker;
	made->keys = mcpauth__key_source_ref(parts->keys);
	made->issuer = mcpauth__strdup(parts->issuer);
	made->algorithms = parts->algorithms;
	made->tolerance = parts->tolerance;
	made->timeout_ms = parts->timeout_ms;
	if (made->issuer == NULL || !copy_config(made, config) || !find_store(made, parts)) {
		return false;
	}
	made->flights = mcpauth__flights_new(
		mcpauth__worker_clock(made->worker), made->config.cache_entries, NULL);
	made->has_turns = mcpauth__turns_init(
		&made->turns, made->config.concurrency, mcpauth__introspection_begin);
	return made->flights != NULL && made->has_turns;
}

enum mcpauth_code mcpauth__introspector_new(const struct mcpauth__introspector_parts *parts,
	const struct mcpauth_introspection_config *config,
	struct mcpauth__introspector **introspector, struct mcpauth_error *err)
{
	*introspector = NULL;
	struct mcpauth__introspector *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	atomic_init(&made->under_way, 0);
	atomic_init(&made->doubtful, false);
	atomic_init(&made->warn_at, INT64_MIN);
	enum mcpauth_code code = make_parts(made, parts, config) ? prove_client(made, config, err)
								 : mcpauth__no_memory(err);
	if (code != MCPAUTH_OK) {
		mcpauth__introspector_free(made);
		return code;
	}
	*introspector = made;
	return MCPAUTH_OK;
}

void mcpauth__introspector_free(struct mcpauth__introspector *introspector)
{
	if (introspector == NULL || atomic_fetch_sub(&introspector->refs, 1) != 1) {
		return;
	}
	mcpauth__flights_free(introspector->flights);
	if (introspector->has_turns) {
		mcpauth__turns_finish(&introspector->turns);
	}
	mcpauth__client_proof_free(introspector->client);
	mcpauth__words_finish(&introspector->subjects);
	mcpauth__key_source_free(introspector->keys);
	free(introspector->issuer);
	free(introspector->endpoint);
	free(introspector->client_id);
	free(introspector);
}

const struct mcpauth_introspection_config *mcpauth__introspector_config(
	const struct mcpauth__introspector *introspector)
{
	return &introspector->config;
}

/* What the metadata names is asked for anew where it does not answer: it may have moved. */
static void doubt_place(
	struct mcpauth__introspector *introspector, struct mcpauth__server_source *server)
{
	if (atomic_exchange(&introspector->doubtful, false)) {
		mcpauth__server_source_doubt(server, NULL);
	}
}

/* Once there was metadata the endpoint that it named goes on being asked while it is
 * renewed, as for the keys. */
static enum mcpauth_code need_metadata(struct mcpauth__server_source *server,
	struct mcpauth__waiter *waiter, struct mcpauth_error *err)
{
	struct mcpauth__server_metadata *metadata;
	if (mcpauth__server_source_is_fresh(server)) {
		return MCPAUTH_OK;
	}
	bool known = mcpauth__server_source_has_jwks_uri(server);
	enum mcpauth_code code = mcpauth__server_source_get(
		server, known ? NULL : waiter, &metadata, known ? NULL : err);
	mcpauth__server_metadata_free(metadata);
	return known ? MCPAUTH_OK : code;
}

static enum mcpauth_code find_named(struct mcpauth__introspector *introspector,
	struct mcpauth__server_source *server, struct mcpauth__introspection_place *place,
	struct mcpauth_error *err)
{
	if (!mcpauth__server_source_introspection_endpoint(
		    server, &place->url, &place->learnt_from)) {
		return mcpauth__no_memory(err);
	}
	if (place->url == NULL) {
		atomic_store(&introspector->doubtful, true);
		return mcpauth__fail(err, MCPAUTH_E_INTROSPECTION,
			"the issuer's metadata names no introspection_endpoint");
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code find_place(struct mcpauth__introspector *introspector,
	struct mcpauth__waiter *waiter, struct mcpauth__introspection_place *place,
	struct mcpauth_error *err)
{
	if (introspector->endpoint != NULL) {
		place->url = mcpauth__strdup(introspector->endpoint);
		return place->url != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	struct mcpauth__server_source *server = mcpauth__key_source_server(introspector->keys);
	if (server == NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_INTROSPECTION, "nothing names the introspection endpoint");
	}
	doubt_place(introspector, server);
	enum mcpauth_code code = need_metadata(server, waiter, err);
	return code == MCPAUTH_OK ? find_named(introspector, server, place, err) : code;
}

/* Whoever goes leaves his question in the line, with its token: there are never more than
 * there could be people to wait, or a flood of tokens would take up all memory. */
static bool admit(struct mcpauth__introspector *introspector)
{
	if (atomic_fetch_add(&introspector->under_way, 1)
		< mcpauth__worker_waiting_limit(introspector->worker)) {
		return true;
	}
	atomic_fetch_sub(&introspector->under_way, 1);
	return false;
}

/* Somebody else may have asked the same meanwhile. */
static struct mcpauth__flight *begin(struct mcpauth__introspector *introspector,
	struct mcpauth__introspection *made, const struct mcpauth__question *question)
{
	struct mcpauth__flight *flight = mcpauth__flights_add(introspector->flights, &made->flight);
	if (flight == &made->flight) {
		atomic_fetch_add(&introspector->refs, 1);
		mcpauth__introspection_start(made, question);
	} else {
		atomic_fetch_sub(&introspector->under_way, 1);
		mcpauth__flight_free(&made->flight);
	}
	return flight;
}

static enum mcpauth_code make(struct mcpauth__introspector *introspector,
	const struct mcpauth__question *question, struct mcpauth__introspection_place *place,
	struct mcpauth__introspection **made, struct mcpauth_error *err)
{
	if (!admit(introspector)) {
		return mcpauth__fail(err, MCPAUTH_E_OVERLOADED,
			"introspection: too many questions are under way already");
	}
	*made = mcpauth__introspection_new(introspector, question, place);
	if (*made == NULL) {
		atomic_fetch_sub(&introspector->under_way, 1);
		return mcpauth__no_memory(err);
	}
	return MCPAUTH_OK;
}

static enum mcpauth_code ask(struct mcpauth__introspector *introspector,
	const struct mcpauth__question *question, struct mcpauth__waiter *waiter,
	struct mcpauth__flight **flight, struct mcpauth_error *err)
{
	struct mcpauth__introspection_place place = {0};
	enum mcpauth_code code = find_place(introspector, waiter, &place, err);
	struct mcpauth__introspection *made = NULL;
	if (code == MCPAUTH_OK) {
		code = make(introspector, question, &place, &made, err);
	}
	mcpauth__introspection_place_finish(&place);
	if (code == MCPAUTH_OK) {
		*flight = begin(introspector, made, question);
	}
	return code;
}

enum mcpauth_code mcpauth__introspector_ask(struct mcpauth__introspector *introspector,
	const struct mcpauth__question *question, struct mcpauth__waiter *waiter,
	struct mcpauth__introspection **introspection, struct mcpauth_error *err)
{
	struct mcpauth__flight *flight = mcpauth__flights_find(
		introspector->flights, question->digest);
	enum mcpauth_code code = MCPAUTH_OK;
	*introspection = NULL;
	if (flight == NULL) {
		code = ask(introspector, question, waiter, &flight, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	code = mcpauth__flight_wait(flight, waiter);
	if (code == MCPAUTH_E_NO_MEMORY) {
		mcpauth__flight_free(flight);
		return mcpauth__no_memory(err);
	}
	*introspection = mcpauth__introspection_of(flight);
	return code;
}

struct forgetting {
	mcpauth__concerns_fn concerns;
	void *user;
};

/* What could not be read yet is concerned: it is signed by whoever it may be. */
static bool is_concerned(const struct mcpauth__flight *flight, void *user)
{
	const struct forgetting *forgetting = user;
	size_t length;
	const char *text = mcpauth__introspection_text(flight, &length);
	return text == NULL || forgetting->concerns(flight->digest, text, length, forgetting->user);
}

size_t mcpauth__introspector_forget(
	struct mcpauth__introspector *introspector, mcpauth__concerns_fn concerns, void *user)
{
	struct forgetting forgetting = {concerns, user};
	return mcpauth__flights_forget(introspector->flights, is_concerned, &forgetting);
}
