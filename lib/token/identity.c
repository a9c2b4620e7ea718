/* From checked claims to the identity that requests share. */
#include "token/identity.h"

#include "base/error_int.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* A string is a list separated by blanks, or with `whole` one value. An array
 * has one value per string; anything else in it grants nothing. */
static bool add_values(struct mcpauth__words *words, const cJSON *item, bool whole)
{
	if (cJSON_IsString(item)) {
		return whole
			? mcpauth__words_add(words, item->valuestring, strlen(item->valuestring))
			: mcpauth__words_split(words, item->valuestring);
	}
	const cJSON *element = cJSON_IsArray(item) ? item->child : NULL;
	for (; element != NULL; element = element->next) {
		if (cJSON_IsString(element)
			&& !mcpauth__words_add(
				words, element->valuestring, strlen(element->valuestring))) {
			return false;
		}
	}
	return true;
}

enum mcpauth_code mcpauth__identity_new(struct mcpauth__jws *jws,
	const struct mcpauth__claim_policy *policy, const char *resource,
	struct mcpauth__identity **identity, struct mcpauth_error *err)
{
	*identity = NULL;
	struct mcpauth__identity *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	const cJSON *claims = jws->payload;
	atomic_init(&made->refs, 1);
	made->resource = mcpauth__strdup(resource);
	made->issuer = mcpauth__json_string(claims, "iss");
	made->subject = cJSON_GetStringValue(mcpauth__claim_first(claims, &policy->subjects));
	made->client_id = cJSON_GetStringValue(mcpauth__claim_first(claims, &policy->clients));
	made->end = mcpauth__claim_policy_end(policy, claims);
	mcpauth__json_seconds(claims, "exp", &made->expires_at);
	mcpauth__json_seconds(claims, "nbf", &made->not_before);
	bool good = made->resource != NULL
		&& add_values(&made->scopes, mcpauth__claim_first(claims, &policy->scopes), false)
		&& add_values(
			&made->audiences, cJSON_GetObjectItemCaseSensitive(claims, "aud"), true);
	/* A copy, since the block behind payload_text holds the signature, too:
	 * what is kept here must not be enough to make the token anew. */
	made->claims_json = mcpauth__strdup(jws->payload_text);
	made->claims = jws->payload;
	jws->payload = NULL;
	if (!good || made->claims_json == NULL) {
		mcpauth__identity_free(made);
		return mcpauth__no_memory(err);
	}
	*identity = made;
	return MCPAUTH_OK;
}

struct mcpauth__identity *mcpauth__identity_ref(struct mcpauth__identity *identity)
{
	atomic_fetch_add_explicit(&identity->refs, 1, memory_order_relaxed);
	return identity;
}

void mcpauth__identity_free(struct mcpauth__identity *identity)
{
	if (identity == NULL || atomic_fetch_sub(&identity->refs, 1) != 1) {
		return;
	}
	free(identity->resource);
	mcpauth__words_finish(&identity->scopes);
	mcpauth__words_finish(&identity->audiences);
	cJSON_Delete(identity->claims);
	free(identity->claims_json);
	free(identity);
}
