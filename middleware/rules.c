/* Making and releasing what a chain goes by. */
#include "rules.h"

#include "base/error_int.h"

#include <stdlib.h>

enum mcpauth_code mcpauth__rules_new(
	struct mcpauth *auth, struct mcpauth__rules **rules, struct mcpauth_error *err)
{
	*rules = NULL;
	if (mcpauth_resource_at(auth, 0) == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_RESOURCE,
			"add a resource first: there is nothing to protect");
	}
	struct mcpauth__rules *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&made->refs, 1);
	made->auth = mcpauth_ref(auth);
	enum mcpauth_code code = mcpauth__published_new(auth, &made->published, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__routes_init(&made->routes, auth, err);
	}
	if (code == MCPAUTH_OK && !mcpauth__authorities_add_resources(&made->authorities, auth)) {
		code = mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__rules_free(made);
		return code;
	}
	*rules = made;
	return MCPAUTH_OK;
}

struct mcpauth__rules *mcpauth__rules_ref(struct mcpauth__rules *rules)
{
	atomic_fetch_add_explicit(&rules->refs, 1, memory_order_relaxed);
	return rules;
}

void mcpauth__rules_free(struct mcpauth__rules *rules)
{
	if (rules == NULL || atomic_fetch_sub(&rules->refs, 1) != 1) {
		return;
	}
	mcpauth__published_free(rules->published);
	mcpauth__routes_finish(&rules->routes);
	mcpauth__authorities_finish(&rules->authorities);
	mcpauth__proxies_finish(&rules->proxies);
	mcpauth__headers_finish(&rules->headers);
	mcpauth__standard_answers_finish(&rules->standard_answers);
	free(rules->metadata_issuer);
	free(rules->logout.path);
	free(rules->logout.client_id);
	mcpauth_free(rules->auth);
	free(rules);
}

void mcpauth__rules_in_force_init(struct mcpauth__rules_in_force *in_force)
{
	pthread_mutex_init(&in_force->lock, NULL);
	atomic_init(&in_force->rules, NULL);
}

void mcpauth__rules_in_force_finish(struct mcpauth__rules_in_force *in_force)
{
	mcpauth__rules_free(in_force->rules);
	pthread_mutex_destroy(&in_force->lock);
}

struct mcpauth__rules *mcpauth__rules_in_force_get(struct mcpauth__rules_in_force *in_force)
{
	pthread_mutex_lock(&in_force->lock);
	struct mcpauth__rules *rules = mcpauth__rules_ref(in_force->rules);
	pthread_mutex_unlock(&in_force->lock);
	return rules;
}

void mcpauth__rules_in_force_pin(
	struct mcpauth__rules_in_force *in_force, struct mcpauth__rules **pinned)
{
	struct mcpauth__rules *held = *pinned;
	/* What is held is not freed, so no others can lie where it does. */
	if (atomic_load_explicit(&in_force->rules, memory_order_acquire) == held) {
		return;
	}
	*pinned = mcpauth__rules_in_force_get(in_force);
	mcpauth__rules_free(held);
}

/* The old ones are released without the lock: they may take much with them. */
void mcpauth__rules_in_force_set(
	struct mcpauth__rules_in_force *in_force, struct mcpauth__rules *rules)
{
	pthread_mutex_lock(&in_force->lock);
	struct mcpauth__rules *old = in_force->rules;
	in_force->rules = rules;
	pthread_mutex_unlock(&in_force->lock);
	mcpauth__rules_free(old);
}

unsigned mcpauth__rules_retry_after(const struct mcpauth__rules *rules)
{
	unsigned longest = 1;
	const char *resource;
	for (size_t i = 0; (resource = mcpauth_resource_at(rules->auth, i)) != NULL; i++) {
		unsigned seconds = mcpauth_retry_after(rules->auth, resource);
		longest = seconds > longest ? seconds : longest;
	}
	return longest;
}
