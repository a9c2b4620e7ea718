/* The object that owns issuers and resources, and shares the rest. */
#include "auth_int.h"

#include "base/config.h"
#include "base/error_int.h"

#include <stdlib.h>

static enum mcpauth_code make(
	struct mcpauth__runtime *runtime, struct mcpauth **auth, struct mcpauth_error *err)
{
	*auth = calloc(1, sizeof **auth);
	if (*auth == NULL) {
		return mcpauth__no_memory(err);
	}
	atomic_init(&(*auth)->refs, 1);
	(*auth)->runtime = mcpauth__runtime_ref(runtime);
	pthread_mutex_init(&(*auth)->scope_lock, NULL);
	mcpauth__scope_names_init(&(*auth)->scope_names);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_new(
	const struct mcpauth_config *config, struct mcpauth **auth, struct mcpauth_error *err)
{
	struct mcpauth_config read;
	struct mcpauth__runtime *runtime = NULL;
	*auth = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__runtime_new(&read, &runtime, err);
	}
	if (code == MCPAUTH_OK) {
		code = make(runtime, auth, err);
	}
	mcpauth__runtime_free(runtime);
	return code;
}

enum mcpauth_code mcpauth_new_successor(
	struct mcpauth *auth, struct mcpauth **successor, struct mcpauth_error *err)
{
	return make(auth->runtime, successor, err);
}

struct mcpauth *mcpauth_ref(struct mcpauth *auth)
{
	atomic_fetch_add_explicit(&auth->refs, 1, memory_order_relaxed);
	return auth;
}

int64_t mcpauth_monotonic_ms(const struct mcpauth *auth)
{
	return mcpauth__clock_coarse(&auth->runtime->clock);
}

static void settle(struct mcpauth *auth)
{
	for (size_t i = 0; i < auth->resource_count; i++) {
		mcpauth__trust_settle(&auth->resources[i]->trust);
	}
}

void mcpauth__set_in_use(struct mcpauth *auth)
{
	/* Written once: the line stays in everybody's cache. */
	if (atomic_load_explicit(&auth->in_use, memory_order_acquire)) {
		return;
	}
	/* Whoever is still adding a scope's name comes before, and one of several who
	 * bring the first token settles what all will read. */
	pthread_mutex_lock(&auth->scope_lock);
	if (!atomic_load(&auth->in_use)) {
		settle(auth);
		atomic_store(&auth->in_use, true);
	}
	pthread_mutex_unlock(&auth->scope_lock);
}

void mcpauth_free(struct mcpauth *auth)
{
	if (auth == NULL || atomic_fetch_sub(&auth->refs, 1) != 1) {
		return;
	}
	for (size_t i = 0; i < auth->resource_count; i++) {
		mcpauth__resource_free(auth->resources[i]);
	}
	for (size_t i = 0; i < auth->issuer_count; i++) {
		mcpauth__runtime_free_issuer(auth->runtime, auth->issuers[i]);
	}
	mcpauth__scope_names_finish(&auth->scope_names);
	pthread_mutex_destroy(&auth->scope_lock);
	mcpauth__lookup_finish(&auth->resources_by_name);
	mcpauth__lookup_finish(&auth->resources_by_place);
	mcpauth__lookup_finish(&auth->issuers_by_name);
	mcpauth__lookup_finish(&auth->issuers_by_value);
	free(auth->resources);
	free(auth->issuers);
	mcpauth__runtime_free(auth->runtime);
	free(auth);
}
