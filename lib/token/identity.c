/* From checked claims to the identity that requests share. */
#include "token/identity.h"

#include "base/error_int.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* Providers disagree on where the scopes are: RFC 8693 section 4.2 `scope`,
 * Entra and Okta `scp`, some `scopes`. The first that is there counts. */
static const char *const scope_names[] = {"scope", "scp", "scopes"};

/* RFC 8693 section 4.3, OpenID Connect `azp`, Okta `cid`, Entra `appid`. */
static const char *const client_names[] = {"client_id", "azp", "cid", "appid"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

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

static const cJSON *first_of(const cJSON *claims, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(claims, names[i]);
		if (item != NULL) {
			return item;
		}
	}
	return NULL;
}

enum mcpauth_code mcpauth__identity_new(struct mcpauth__jws *jws, const char *issuer,
	const char *resource, struct mcpauth__identity **identity, struct mcpauth_error *err)
{
	*identity = NULL;
	struct mcpauth__identity *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	const cJSON *claims = jws->payload;
	atomic_init(&made->refs, 1);
	made->issuer = mcpauth__strdup(issuer);
	made->resource = mcpauth__strdup(resource);
	made->subject = mcpauth__json_string(claims, "sub");
	made->client_id = cJSON_GetStringValue(first_of(claims, client_names, COUNT(client_names)));
	mcpauth__json_seconds(claims, "exp", &made->expires_at);
	mcpauth__json_seconds(claims, "nbf", &made->not_before);
	bool good = made->issuer != NULL && made->resource != NULL
		&& add_values(
			&made->scopes, first_of(claims, scope_names, COUNT(scope_names)), false)
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
	free(identity->issuer);
	free(identity->resource);
	mcpauth__words_finish(&identity->scopes);
	mcpauth__words_finish(&identity->audiences);
	cJSON_Delete(identity->claims);
	free(identity->claims_json);
	free(identity);
}
