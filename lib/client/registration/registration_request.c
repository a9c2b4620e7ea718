/* Asking an issuer to register the client (RFC 7591 section 3.1). */
#include "client/registration/registration_request.h"

#include "base/ascii.h"
#include "base/error_int.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define JWT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer"
/* The request is an object of strings and of arrays of strings. */
#define REQUEST_DEPTH 2

const char *mcpauth__registration_redirect_uri(const struct mcpauth__applicant *applicant)
{
	return applicant->config->grant == MCPAUTH_GRANT_AUTHORIZATION_CODE
		? applicant->redirect_uri
		: NULL;
}

/* Plain http is for loopback alone, and any other scheme is the program's own: so it is
 * not on a web server but with the person (OpenID Connect Registration section 2). */
static bool is_native(const struct mcpauth__applicant *applicant)
{
	const char *uri = mcpauth__registration_redirect_uri(applicant);
	return uri != NULL && !mcpauth__ascii_begins_alike(uri, "https:", strlen("https:"));
}

/* The workload's JWT is what proves who it is. */
static bool prefers_no_secret(const struct mcpauth__applicant *applicant)
{
	return is_native(applicant) || applicant->config->grant == MCPAUTH_GRANT_WORKLOAD;
}

/* RFC 6749 section 4.4: only who authenticates gets a token by itself; and the company's
 * provider vouches for the person, not for the client. */
static bool can_be_public(const struct mcpauth__applicant *applicant)
{
	return applicant->config->grant == MCPAUTH_GRANT_AUTHORIZATION_CODE
		|| applicant->config->grant == MCPAUTH_GRANT_WORKLOAD;
}

bool mcpauth__registration_supports(const struct mcpauth__applicant *applicant, const char *name)
{
	const struct mcpauth__words *methods = &applicant->server->authentication_methods;
	return methods->count > 0 ? mcpauth__words_contain(methods, name, strlen(name))
				  : strcmp(name, "client_secret_basic") == 0;
}

static const char *supported(const struct mcpauth__applicant *applicant, const char *name)
{
	return mcpauth__registration_supports(applicant, name) ? name : NULL;
}

static const char *configured(const char *name)
{
	static const char *const names[] = {"none", "client_secret_basic", "client_secret_post"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(name, names[i]) == 0) {
			return name;
		}
	}
	return NULL;
}

const char *mcpauth__registration_method(const struct mcpauth__applicant *applicant)
{
	if (applicant->config->authentication != NULL) {
		return configured(applicant->config->authentication);
	}
	const char *none = can_be_public(applicant) ? supported(applicant, "none") : NULL;
	if (none != NULL && prefers_no_secret(applicant)) {
		return none;
	}
	const char *basic = supported(applicant, "client_secret_basic");
	const char *post = supported(applicant, "client_secret_post");
	if (basic != NULL) {
		return basic;
	}
	return post != NULL ? post : none;
}

bool mcpauth__registration_takes(const char *text)
{
	size_t length = 0;
	while (text[length] >= 0x20 && text[length] <= 0x7e) {
		length++;
	}
	return text[length] == '\0' && length > 0 && length <= MCPAUTH__CLIENT_ID_LIMIT;
}

/* An array of up to two strings. */
static bool add_array(cJSON *json, const char *name, const char *first, const char *second)
{
	const char *const items[] = {first, second};
	cJSON *array = cJSON_AddArrayToObject(json, name);
	for (size_t i = 0; i < sizeof items / sizeof *items && array != NULL; i++) {
		cJSON *item = items[i] != NULL ? cJSON_CreateString(items[i]) : NULL;
		if (items[i] != NULL && (item == NULL || !cJSON_AddItemToArray(array, item))) {
			cJSON_Delete(item);
			return false;
		}
	}
	return array != NULL;
}

/* MCP 2026-07-28 (SEP-2207): whoever wants to refresh says so. */
static bool add_grants(cJSON *json, const struct mcpauth__applicant *applicant)
{
	switch (applicant->config->grant) {
	case MCPAUTH_GRANT_AUTHORIZATION_CODE:
		return add_array(json, "grant_types", "authorization_code", "refresh_token");
	case MCPAUTH_GRANT_CLIENT_CREDENTIALS:
		return add_array(json, "grant_types", "client_credentials", NULL);
	default:
		return add_array(json, "grant_types", JWT_BEARER, NULL);
	}
}

/* Without redirects, response_types is empty: absent it would mean "code". */
static bool add_redirects(cJSON *json, const struct mcpauth__applicant *applicant)
{
	const char *uri = mcpauth__registration_redirect_uri(applicant);
	if (uri == NULL) {
		return add_array(json, "response_types", NULL, NULL);
	}
	return add_array(json, "redirect_uris", uri, NULL)
		&& add_array(json, "response_types", "code", NULL);
}

static bool add_string(cJSON *json, const char *name, const char *value)
{
	return value == NULL || cJSON_AddStringToObject(json, name, value) != NULL;
}

static bool add_members(cJSON *json, const struct mcpauth__applicant *applicant)
{
	const struct mcpauth_client_config *config = applicant->config;
	return add_redirects(json, applicant) && add_grants(json, applicant)
		&& add_string(json, "application_type", is_native(applicant) ? "native" : "web")
		&& add_string(
			json, "token_endpoint_auth_method", mcpauth__registration_method(applicant))
		&& add_string(json, "client_name", config->client_name)
		&& add_string(json, "client_uri", config->client_uri);
}

enum mcpauth_code mcpauth__registration_request_write(
	const struct mcpauth__applicant *applicant, char **text, struct mcpauth_error *err)
{
	cJSON *json = cJSON_CreateObject();
	bool good = json != NULL && add_members(json, applicant);
	char *made = good ? mcpauth__json_print(json) : NULL;
	cJSON_Delete(json);
	*text = NULL;
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	if (!mcpauth__json_is_valid(made, strlen(made), REQUEST_DEPTH)) {
		free(made);
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"client_name, client_uri or redirect_uri is not UTF-8");
	}
	*text = made;
	return MCPAUTH_OK;
}

/* 408 and 429 say "later", as a 5xx does; there is no body unless it is 2xx or 4xx. */
static bool is_readable(unsigned status)
{
	return status == 200 || status == 201
		|| (status / 100 == 4 && status != 408 && status != 429);
}

static enum mcpauth_code read_answer(const struct mcpauth__applicant *applicant,
	const struct mcpauth__fetched *answer, struct mcpauth__registration *registration,
	struct mcpauth_error *err)
{
	if (answer->code != MCPAUTH_OK) {
		return mcpauth__fail(err, answer->code, "%s", answer->message);
	}
	if (!is_readable(answer->status)) {
		return mcpauth__fail(err, MCPAUTH_E_HTTP_STATUS, "%s", answer->message);
	}
	enum mcpauth_code code = mcpauth__registration_answer_read(
		applicant, answer->status, &answer->body, registration, err);
	if (code != MCPAUTH_OK) {
		mcpauth__error_prefix(err, applicant->server->issuer);
	}
	return code;
}

enum mcpauth_code mcpauth__registration_request_send(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const struct mcpauth__authorization_server *server = applicant->server;
	struct mcpauth__fetched answer = {0};
	char *text;
	enum mcpauth_code code = mcpauth__registration_request_write(applicant, &text, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	const struct mcpauth__post post = {.body = text, .content_type = "application/json"};
	mcpauth__ask_post(
		applicant->asker, server->registration_endpoint, server->source, &post, &answer);
	code = read_answer(applicant, &answer, registration, err);
	mcpauth__fetched_finish(&answer);
	free(text);
	return code;
}
