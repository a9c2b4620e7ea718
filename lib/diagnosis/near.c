/* Comparing what a token has with what is accepted, to tell the mistake. */
#include "diagnosis/near.h"

#include "base/ascii.h"
#include "base/json.h"

#include <string.h>

static bool differs_by_slash(const char *a, const char *b)
{
	size_t length = strlen(b);
	return strncmp(a, b, length) == 0 && strcmp(a + length, "/") == 0;
}

static bool is_above(const char *a, const char *b)
{
	size_t length = strlen(a);
	return length > 0 && strncmp(a, b, length) == 0
		&& (b[length] == '/' || (a[length - 1] == '/' && b[length] != '\0'));
}

static bool differs_by_scheme(const char *a, const char *b)
{
	return strncmp(a, "http://", 7) == 0 && strncmp(b, "https://", 8) == 0
		&& strcmp(a + 7, b + 8) == 0;
}

enum mcpauth__nearness mcpauth__nearness_of(const char *found, const char *wanted)
{
	if (differs_by_slash(found, wanted) || differs_by_slash(wanted, found)) {
		return MCPAUTH__NEAR_SLASH;
	}
	if (mcpauth__ascii_are_alike(found, wanted)) {
		return MCPAUTH__NEAR_CASE;
	}
	if (differs_by_scheme(found, wanted) || differs_by_scheme(wanted, found)) {
		return MCPAUTH__NEAR_SCHEME;
	}
	return is_above(found, wanted) || is_above(wanted, found) ? MCPAUTH__NEAR_PATH
								  : MCPAUTH__NEAR_NOT;
}

/* Of two that are near the first counts. */
static void look(
	const char *found, const char *wanted, enum mcpauth__nearness *nearness, const char **which)
{
	if (found != NULL && *nearness == MCPAUTH__NEAR_NOT) {
		*nearness = mcpauth__nearness_of(found, wanted);
		*which = *nearness == MCPAUTH__NEAR_NOT ? *which : wanted;
	}
}

enum mcpauth__nearness mcpauth__nearest_audience(
	const struct mcpauth__diagnosis *diagnosis, const char **wanted)
{
	enum mcpauth__nearness nearness = MCPAUTH__NEAR_NOT;
	const struct mcpauth__words *audiences = diagnosis->held.audiences;
	const cJSON *aud = mcpauth__json_member(diagnosis->claimed.payload, "aud");
	*wanted = NULL;
	for (size_t i = 0; audiences != NULL && i < audiences->count; i++) {
		const cJSON *element = cJSON_IsArray(aud) ? aud->child : NULL;
		look(cJSON_GetStringValue(aud), audiences->items[i], &nearness, wanted);
		for (; element != NULL; element = element->next) {
			look(cJSON_GetStringValue(element), audiences->items[i], &nearness, wanted);
		}
	}
	return nearness;
}

enum mcpauth__nearness mcpauth__nearest_issuer(
	const struct mcpauth__diagnosis *diagnosis, const char **wanted)
{
	enum mcpauth__nearness nearness = MCPAUTH__NEAR_NOT;
	const struct mcpauth__trust *trust = diagnosis->presented.trust;
	const char *named = mcpauth__json_string(diagnosis->claimed.payload, "iss");
	*wanted = NULL;
	for (size_t i = 0; i < trust->count; i++) {
		const struct mcpauth__words *accepted = mcpauth__issuer_accepted(trust->issuers[i]);
		look(named, mcpauth__issuer_identifier(trust->issuers[i]), &nearness, wanted);
		for (size_t k = 0; k < accepted->count; k++) {
			look(named, accepted->items[k], &nearness, wanted);
		}
	}
	return nearness;
}
