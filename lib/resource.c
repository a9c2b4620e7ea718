/* Declaring protected resources and describing them. */
#include "auth_int.h"

#include "base/array.h"
#include "base/config.h"
#include "base/error_int.h"
#include "metadata/resource_document.h"
#include "net/url.h"

#include <stdlib.h>
#include <string.h>

static const char well_known_name[] = "oauth-protected-resource";

struct mcpauth__resource *mcpauth__find_resource(const struct mcpauth *auth, const char *resource)
{
	for (size_t i = 0; resource != NULL && i < auth->resource_count; i++) {
		if (strcmp(auth->resources[i]->config.resource, resource) == 0) {
			return auth->resources[i];
		}
	}
	return NULL;
}

enum mcpauth_code mcpauth__need_resource(const struct mcpauth *auth, const char *resource,
	struct mcpauth__resource **found, struct mcpauth_error *err)
{
	*found = mcpauth__find_resource(auth, resource);
	return *found != NULL
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_UNKNOWN_RESOURCE,
			"no such resource was added: \"%.150s\"", resource == NULL ? "" : resource);
}

void mcpauth__resource_free(struct mcpauth__resource *resource)
{
	if (resource == NULL) {
		return;
	}
	/* The config's strings are const for those who fill one in; these are
	 * copies of our own. */
	free((char *)resource->config.resource);
	free((char *)resource->config.scopes_supported);
	free((char *)resource->config.resource_name);
	free((char *)resource->config.resource_documentation);
	free((char *)resource->config.resource_policy_uri);
	free((char *)resource->config.resource_tos_uri);
	free(resource->metadata_url);
	mcpauth__words_finish(&resource->trust.audiences);
	free(resource->trust.issuers);
	free(resource);
}

static bool copy(const char *text, const char **to)
{
	*to = mcpauth__strdup(text);
	return text == NULL || *to != NULL;
}

static bool copy_strings(
	struct mcpauth__resource *resource, const struct mcpauth_resource_config *config)
{
	struct mcpauth_resource_config *to = &resource->config;
	return copy(config->resource, &to->resource)
		&& copy(config->scopes_supported, &to->scopes_supported)
		&& copy(config->resource_name, &to->resource_name)
		&& copy(config->resource_documentation, &to->resource_documentation)
		&& copy(config->resource_policy_uri, &to->resource_policy_uri)
		&& copy(config->resource_tos_uri, &to->resource_tos_uri);
}

static enum mcpauth_code check_links(
	const struct mcpauth_resource_config *config, struct mcpauth_error *err)
{
	const char *const links[] = {config->resource_documentation, config->resource_policy_uri,
		config->resource_tos_uri};
	enum mcpauth_code code = MCPAUTH_OK;
	for (size_t i = 0; i < sizeof links / sizeof links[0] && code == MCPAUTH_OK; i++) {
		/* For people, in a browser: http is theirs to judge. */
		code = links[i] == NULL ? MCPAUTH_OK : mcpauth__url_check(links[i], true, err);
	}
	return code;
}

static enum mcpauth_code make_resource(const struct mcpauth_resource_config *config,
	struct mcpauth__resource **resource, struct mcpauth_error *err)
{
	struct mcpauth__resource *made = calloc(1, sizeof *made);
	*resource = made;
	if (made == NULL || !copy_strings(made, config)
		|| !mcpauth__words_add(
			&made->trust.audiences, config->resource, strlen(config->resource))) {
		return mcpauth__no_memory(err);
	}
	made->trust.resource = made->config.resource;
	return mcpauth__url_well_known_inserted(
		config->resource, well_known_name, &made->metadata_url, err);
}

enum mcpauth_code mcpauth_add_resource(struct mcpauth *auth,
	const struct mcpauth_resource_config *config, struct mcpauth_error *err)
{
	struct mcpauth_resource_config read;
	struct mcpauth__resource *resource = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK && read.resource == NULL) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no resource is named");
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__url_check(read.resource, auth->runtime->insecure_allow_http, err);
	}
	if (code == MCPAUTH_OK) {
		code = check_links(&read, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (mcpauth__find_resource(auth, read.resource) != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the resource was added before");
	}
	code = make_resource(&read, &resource, err);
	if (code == MCPAUTH_OK && !mcpauth__array_grow(&auth->resources, auth->resource_count)) {
		code = mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__resource_free(resource);
		return code;
	}
	resource->trust.id = 1 + atomic_fetch_add(&auth->runtime->trusts, 1);
	auth->resources[auth->resource_count++] = resource;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_add_audience(
	struct mcpauth *auth, const char *resource, const char *audience, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_resource(auth, resource, &found, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (audience == NULL || *audience == '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "the audience is empty");
	}
	struct mcpauth__words *audiences = &found->trust.audiences;
	bool replace = !found->trust.audiences_given;
	if (!replace && mcpauth__words_contain(audiences, audience, strlen(audience))) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the audience was added before");
	}
	struct mcpauth__words old = {0};
	if (replace) {
		old = *audiences;
		*audiences = (struct mcpauth__words){0};
	}
	if (!mcpauth__words_add(audiences, audience, strlen(audience))) {
		if (replace) {
			mcpauth__words_finish(audiences);
			*audiences = old;
		}
		return mcpauth__no_memory(err);
	}
	mcpauth__words_finish(&old);
	found->trust.audiences_given = true;
	return MCPAUTH_OK;
}

const char *mcpauth_resource_at(const struct mcpauth *auth, size_t index)
{
	return index < auth->resource_count ? auth->resources[index]->config.resource : NULL;
}

const char *mcpauth_resource_metadata_url(const struct mcpauth *auth, const char *resource)
{
	struct mcpauth__resource *found = mcpauth__find_resource(auth, resource);
	return found == NULL ? NULL : found->metadata_url;
}

enum mcpauth_code mcpauth_resource_document(const struct mcpauth *auth, const char *resource,
	char **document, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	*document = NULL;
	enum mcpauth_code code = mcpauth__need_resource(auth, resource, &found, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	const struct mcpauth__trust *trust = &found->trust;
	const char **urls = calloc(trust->count + 1, sizeof *urls);
	if (urls == NULL) {
		return mcpauth__no_memory(err);
	}
	for (size_t i = 0; i < trust->count; i++) {
		urls[i] = mcpauth__issuer_advertised_url(trust->issuers[i]);
	}
	code = mcpauth__resource_document_write(&found->config, urls, trust->count, document, err);
	free(urls);
	return code;
}
