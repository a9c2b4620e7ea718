/* An issuer: what it is called, and what of its tokens is accepted. */
#include "token/issuer_int.h"

#include "base/error_int.h"

#include <stdlib.h>
#include <string.h>

/* Its configuration with strings of its own, so that another one can be
 * compared with it. */
struct mcpauth__issuer {
	struct mcpauth_issuer_config config;
	unsigned algorithms;
	struct mcpauth__claim_policy claim_policy;
	struct mcpauth__words accepted; /* further values of `iss` */
	struct mcpauth__key_source *keys;
	struct mcpauth__introspector *introspector; /* NULL: its tokens are JWTs */
};

/* Every string of a configuration, so that none is forgotten. */
static const size_t strings[] = {
	offsetof(struct mcpauth_issuer_config, issuer),
	offsetof(struct mcpauth_issuer_config, advertised_url),
	offsetof(struct mcpauth_issuer_config, metadata_url),
	offsetof(struct mcpauth_issuer_config, metadata),
	offsetof(struct mcpauth_issuer_config, jwks_uri),
	offsetof(struct mcpauth_issuer_config, jwks),
	offsetof(struct mcpauth_issuer_config, algorithms),
	offsetof(struct mcpauth_issuer_config, required_claims),
	offsetof(struct mcpauth_issuer_config, scope_claims),
	offsetof(struct mcpauth_issuer_config, client_claims),
	offsetof(struct mcpauth_issuer_config, subject_claims),
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *string_of(const struct mcpauth_issuer_config *config, size_t offset)
{
	const char *text;
	memcpy(&text, (const char *)config + offset, sizeof text);
	return text;
}

static bool copy_config(struct mcpauth_issuer_config *to, const struct mcpauth_issuer_config *from)
{
	bool good = true;
	*to = *from;
	for (size_t i = 0; i < COUNT(strings); i++) {
		const char *text = string_of(from, strings[i]);
		char *copy = mcpauth__strdup(text);
		good = good && (text == NULL || copy != NULL);
		memcpy((char *)to + strings[i], &copy, sizeof copy);
	}
	return good;
}

static void finish_config(struct mcpauth_issuer_config *config)
{
	for (size_t i = 0; i < COUNT(strings); i++) {
		free((char *)string_of(config, strings[i]));
	}
}

static struct mcpauth_issuer_config with_defaults(const struct mcpauth_issuer_config *config)
{
	struct mcpauth_issuer_config full = *config;
	if (full.advertised_url == NULL) {
		full.advertised_url = full.issuer;
	}
	return full;
}

static bool same_claim_rules(
	const struct mcpauth_issuer_config *a, const struct mcpauth_issuer_config *b)
{
	return a->strict_type == b->strict_type && a->max_age == b->max_age
		&& a->check_claims == b->check_claims
		&& a->check_claims_user == b->check_claims_user;
}

bool mcpauth__issuer_has_config(
	const struct mcpauth__issuer *issuer, const struct mcpauth_issuer_config *config)
{
	struct mcpauth_issuer_config full = with_defaults(config);
	for (size_t i = 0; i < COUNT(strings); i++) {
		if (!mcpauth__same_text(
			    string_of(&issuer->config, strings[i]), string_of(&full, strings[i]))) {
			return false;
		}
	}
	return issuer->config.discovery == config->discovery
		&& issuer->config.transpile == config->transpile
		&& issuer->config.transpile_user == config->transpile_user
		&& issuer->config.strict_metadata == config->strict_metadata
		&& same_claim_rules(&issuer->config, config);
}

static enum mcpauth_code take_keys(struct mcpauth__issuer *issuer,
	const struct mcpauth__issuer_parts *parts, struct mcpauth_error *err)
{
	if (parts->keys != NULL) {
		issuer->keys = mcpauth__key_source_ref(parts->keys);
		return MCPAUTH_OK;
	}
	return mcpauth__key_source_new(
		parts->worker, &issuer->config, parts->times, &issuer->keys, err);
}

enum mcpauth_code mcpauth__issuer_new(const struct mcpauth__issuer_parts *parts,
	const struct mcpauth_issuer_config *config, struct mcpauth__issuer **issuer,
	struct mcpauth_error *err)
{
	*issuer = NULL;
	struct mcpauth__issuer *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = MCPAUTH_OK;
	struct mcpauth_issuer_config full = with_defaults(config);
	if (!copy_config(&made->config, &full)
		|| !mcpauth__claim_policy_init(&made->claim_policy, config)) {
		code = mcpauth__no_memory(err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__algorithms_parse(config->algorithms, &made->algorithms, err);
	}
	if (code == MCPAUTH_OK) {
		code = take_keys(made, parts, err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__issuer_free(made);
		return code;
	}
	*issuer = made;
	return MCPAUTH_OK;
}

void mcpauth__issuer_free(struct mcpauth__issuer *issuer)
{
	if (issuer == NULL) {
		return;
	}
	mcpauth__introspector_free(issuer->introspector);
	mcpauth__key_source_free(issuer->keys);
	mcpauth__words_finish(&issuer->accepted);
	mcpauth__claim_policy_finish(&issuer->claim_policy);
	finish_config(&issuer->config);
	free(issuer);
}

const char *mcpauth__issuer_identifier(const struct mcpauth__issuer *issuer)
{
	return issuer->config.issuer;
}

const char *mcpauth__issuer_advertised_url(const struct mcpauth__issuer *issuer)
{
	return issuer->config.advertised_url;
}

const char *mcpauth__issuer_accept(struct mcpauth__issuer *issuer, const char *value)
{
	return mcpauth__words_add(&issuer->accepted, value, strlen(value))
		? issuer->accepted.items[issuer->accepted.count - 1]
		: NULL;
}

const struct mcpauth__words *mcpauth__issuer_accepted(const struct mcpauth__issuer *issuer)
{
	return &issuer->accepted;
}

/* Not in its configuration, which says whose keys it may share. */
bool mcpauth__issuer_set_check(struct mcpauth__issuer *issuer, mcpauth_claims_fn check, void *user)
{
	if (issuer->claim_policy.check != NULL) {
		return false;
	}
	issuer->claim_policy.check = check;
	issuer->claim_policy.check_user = user;
	return true;
}

bool mcpauth__issuer_set_introspector(
	struct mcpauth__issuer *issuer, struct mcpauth__introspector *introspector)
{
	if (issuer->introspector != NULL) {
		mcpauth__introspector_free(introspector);
		return false;
	}
	issuer->introspector = introspector;
	return true;
}

struct mcpauth__introspector *mcpauth__issuer_introspector(const struct mcpauth__issuer *issuer)
{
	return issuer->introspector;
}

unsigned mcpauth__issuer_algorithms(const struct mcpauth__issuer *issuer)
{
	return issuer->algorithms;
}

const struct mcpauth__claim_policy *mcpauth__issuer_claim_policy(
	const struct mcpauth__issuer *issuer)
{
	return &issuer->claim_policy;
}

struct mcpauth__key_source *mcpauth__issuer_key_source(const struct mcpauth__issuer *issuer)
{
	return issuer->keys;
}

bool mcpauth__issuer_has_keys_of(
	const struct mcpauth__issuer *issuer, uint64_t generation, int64_t now)
{
	return mcpauth__key_source_generation(issuer->keys, now) == generation;
}

struct mcpauth__server_source *mcpauth__issuer_server_source(const struct mcpauth__issuer *issuer)
{
	return mcpauth__key_source_server(issuer->keys);
}
