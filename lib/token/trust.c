/* Whom a resource believes: found by what a token says in `iss`. */
#include "token/trust.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

bool mcpauth__trust_has(const struct mcpauth__trust *trust, const struct mcpauth__issuer *issuer)
{
	const char *name = mcpauth__issuer_identifier(issuer);
	return mcpauth__lookup_find(&trust->issuers_by_name, name, strlen(name)) == issuer;
}

bool mcpauth__trust_add_issuer(struct mcpauth__trust *trust, struct mcpauth__issuer *issuer)
{
	const char *name = mcpauth__issuer_identifier(issuer);
	if (!mcpauth__array_grow(&trust->issuers, trust->count)
		|| !mcpauth__lookup_add(&trust->issuers_by_name, name, strlen(name), issuer)) {
		return false;
	}
	trust->issuers[trust->count++] = issuer;
	return true;
}

void mcpauth__trust_settle(struct mcpauth__trust *trust)
{
	bool found = trust->custom.verify != NULL || trust->static_tokens.count > 0;
	for (size_t i = 0; i < trust->count && !found; i++) {
		found = mcpauth__issuer_introspector(trust->issuers[i]) != NULL;
	}
	trust->has_other_judges = found;
	if (trust->hierarchy != NULL) {
		mcpauth__hierarchy_settle(trust->hierarchy);
	}
}

void mcpauth__trust_finish_issuers(struct mcpauth__trust *trust)
{
	mcpauth__lookup_finish(&trust->issuers_by_name);
	free(trust->issuers);
	trust->issuers = NULL;
	trust->count = 0;
}

/* Nobody claims a value that another issuer of the program accepts, so there is
 * one at most. Whether this resource believes it is the second question. */
struct mcpauth__issuer *mcpauth__trust_find_issuer(
	const struct mcpauth__trust *trust, const char *value)
{
	struct mcpauth__issuer *found = mcpauth__lookup_find(
		trust->issuers_by_value, value, strlen(value));
	return found != NULL && mcpauth__trust_has(trust, found) ? found : NULL;
}
