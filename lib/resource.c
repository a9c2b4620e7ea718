/* Declaring protected resources and describing them. */
#include "auth_int.h"

#include "base/array.h"
#include "base/ascii.h"
#include "base/config.h"
#include "base/error_int.h"
#include "base/scopes.h"
#include "metadata/resource_config.h"
#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char well_known_name[] = "oauth-protected-resource";

struct mcpauth__resource *mcpauth__find_resource(const struct mcpauth *auth, const char *resource)
{
	return resource == NULL
		? NULL
		: mcpauth__lookup_find(&auth->resources_by_name, resource, strlen(resource));
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

enum mcpauth_code mcpauth__need_unused_resource(const struct mcpauth *auth, const char *resource,
	struct mcpauth__resource **found, struct mcpauth_error *err)
{
	*found = NULL;
	enum mcpauth_code code = mcpauth__check_unused(auth, err);
	return code == MCPAUTH_OK ? mcpauth__need_resource(auth, resource, found, err) : code;
}

static void translation_free(struct mcpauth__translation *translation)
{
	if (translation != NULL) {
		free(translation->member);
		free(translation->text);
		free(translation);
	}
}

void mcpauth__resource_free(struct mcpauth__resource *resource)
{
	if (resource == NULL) {
		return;
	}
	for (size_t i = 0; i < resource->translation_count; i++) {
		translation_free(resource->translations[i]);
	}
	free(resource->translations);
	mcpauth__resource_config_finish(&resource->config);
	free(resource->place);
	free(resource->metadata_url);
	mcpauth__words_finish(&resource->trust.audiences);
	mcpauth__words_finish(&resource->trust.recipients);
	mcpauth__static_tokens_finish(&resource->trust.static_tokens);
	mcpauth__hierarchy_free(resource->trust.hierarchy);
	mcpauth__trust_finish_issuers(&resource->trust);
	free(resource);
}

static enum mcpauth_code make_resource(const struct mcpauth *auth,
	const struct mcpauth_resource_config *config, struct mcpauth__resource **resource,
	struct mcpauth_error *err)
{
	struct mcpauth__resource *made = calloc(1, sizeof *made);
	*resource = made;
	if (made == NULL || !mcpauth__resource_config_copy(&made->config, config)
		|| !mcpauth__words_add(
			&made->trust.audiences, config->resource, strlen(config->resource))) {
		return mcpauth__no_memory(err);
	}
	made->trust.resource = made->config.resource;
	made->trust.recipient_claim = made->config.recipient_claim;
	made->trust.any_audience = config->insecure_any_audience;
	made->trust.issuers_by_value = &auth->issuers_by_value;
	made->trust.scope_names = &auth->scope_names;
	enum mcpauth_code code = mcpauth__url_well_known_inserted(
		config->resource, well_known_name, &made->metadata_url, err);
	return code == MCPAUTH_OK ? mcpauth__resource_place(made->metadata_url, &made->place, err)
				  : code;
}

/* A client could not be told which of the two it asks about. */
static enum mcpauth_code check_place(const struct mcpauth *auth,
	const struct mcpauth__resource *resource, struct mcpauth_error *err)
{
	const struct mcpauth__resource *other = mcpauth__lookup_find(
		&auth->resources_by_place, resource->place, strlen(resource->place));
	return other == NULL ? MCPAUTH_OK
			     : mcpauth__fail(err, MCPAUTH_E_DUPLICATE,
				     "its metadata would be published at the URL of \"%.150s\"",
				     other->config.resource);
}

/* Either all of it, or nothing has changed. */
static bool enlist(struct mcpauth *auth, struct mcpauth__resource *resource)
{
	const char *name = resource->config.resource;
	if (!mcpauth__array_grow(&auth->resources, auth->resource_count)
		|| !mcpauth__lookup_reserve(&auth->resources_by_place)
		|| !mcpauth__lookup_add(&auth->resources_by_name, name, strlen(name), resource)) {
		return false;
	}
	auth->resources[auth->resource_count++] = resource;
	return mcpauth__lookup_add(
		&auth->resources_by_place, resource->place, strlen(resource->place), resource);
}

static void warn_of_any_audience(struct mcpauth *auth, const char *resource)
{
	char line[MCPAUTH_ERROR_MESSAGE_SIZE];
	snprintf(line, sizeof line,
		"THE AUDIENCE IS NOT CHECKED: tokens meant for any other server open %.150s",
		resource);
	mcpauth__make_printable(line);
	mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_OK, NULL, line);
}

static void warn(struct mcpauth *auth, const struct mcpauth_resource_config *config)
{
	const char *warning = mcpauth__scopes_warning(config->scopes_supported);
	if (warning != NULL) {
		mcpauth_log(auth, MCPAUTH_LOG_WARNING, MCPAUTH_E_INVALID_ARGUMENT, NULL, warning);
	}
	if (config->insecure_any_audience) {
		warn_of_any_audience(auth, config->resource);
	}
}

enum mcpauth_code mcpauth_add_resource(struct mcpauth *auth,
	const struct mcpauth_resource_config *config, struct mcpauth_error *err)
{
	struct mcpauth_resource_config read;
	struct mcpauth__resource *resource = NULL;
	enum mcpauth_code code = mcpauth__check_unused(auth, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__config_read(&read, sizeof read, config, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth__resource_config_check(
			&read, auth->runtime->insecure_allow_http, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (mcpauth__find_resource(auth, read.resource) != NULL) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the resource was added before");
	}
	code = make_resource(auth, &read, &resource, err);
	if (code == MCPAUTH_OK) {
		code = check_place(auth, resource, err);
	}
	if (code == MCPAUTH_OK && !enlist(auth, resource)) {
		code = mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__resource_free(resource);
		return code;
	}
	resource->trust.id = 1 + atomic_fetch_add(&auth->runtime->trusts, 1);
	warn(auth, &resource->config);
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_add_audience(
	struct mcpauth *auth, const char *resource, const char *audience, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_unused_resource(auth, resource, &found, err);
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

enum mcpauth_code mcpauth_add_recipient(
	struct mcpauth *auth, const char *resource, const char *value, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_unused_resource(auth, resource, &found, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (value == NULL || *value == '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "the recipient is empty");
	}
	if (found->trust.recipient_claim == NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "the resource has no recipient_claim");
	}
	struct mcpauth__words *recipients = &found->trust.recipients;
	if (mcpauth__words_contain(recipients, value, strlen(value))) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the recipient was added before");
	}
	return mcpauth__words_add(recipients, value, strlen(value)) ? MCPAUTH_OK
								    : mcpauth__no_memory(err);
}

/* RFC 5646 section 2.1.1: tags are the same without regard to case. */
static bool has_translation(const struct mcpauth__resource *resource, const char *member)
{
	for (size_t i = 0; i < resource->translation_count; i++) {
		if (mcpauth__ascii_are_alike(resource->translations[i]->member, member)) {
			return true;
		}
	}
	return false;
}

static struct mcpauth__translation *translation_new(const char *member, const char *text)
{
	struct mcpauth__translation *made = calloc(1, sizeof *made);
	if (made == NULL) {
		return NULL;
	}
	made->member = mcpauth__strdup(member);
	made->text = mcpauth__strdup(text);
	if (made->member == NULL || made->text == NULL) {
		translation_free(made);
		return NULL;
	}
	return made;
}

enum mcpauth_code mcpauth_add_translation(struct mcpauth *auth, const char *resource,
	const char *member, const char *text, struct mcpauth_error *err)
{
	struct mcpauth__resource *found;
	enum mcpauth_code code = mcpauth__need_unused_resource(auth, resource, &found, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__translation_check(member, text, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (has_translation(found, member)) {
		return mcpauth__fail(err, MCPAUTH_E_DUPLICATE, "the translation was added before");
	}
	struct mcpauth__translation *made = translation_new(member, text);
	if (made == NULL || !mcpauth__array_grow(&found->translations, found->translation_count)) {
		translation_free(made);
		return mcpauth__no_memory(err);
	}
	found->translations[found->translation_count++] = made;
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
	if (trust->count == 0) {
		return mcpauth__fail(err, MCPAUTH_E_UNKNOWN_ISSUER,
			"the resource has no issuer, and MCP wants one in the document");
	}
	const char **urls = calloc(trust->count, sizeof *urls);
	if (urls == NULL) {
		return mcpauth__no_memory(err);
	}
	for (size_t i = 0; i < trust->count; i++) {
		urls[i] = mcpauth__issuer_advertised_url(trust->issuers[i]);
	}
	struct mcpauth__resource_description description = {
		.config = &found->config,
		.issuers = urls,
		.issuer_count = trust->count,
		.translations = found->translations,
		.translation_count = found->translation_count,
	};
	code = mcpauth__resource_document_write(&description, document, err);
	free(urls);
	return code;
}
