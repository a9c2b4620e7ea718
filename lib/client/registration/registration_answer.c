/* Reading what an issuer makes of a registration (RFC 7591 section 3.2). */
#include "client/registration/registration_request.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

static enum mcpauth_code refuse(struct mcpauth_error *err, const char *why)
{
	return mcpauth__fail(err, MCPAUTH_E_REGISTRATION, "its registration %s", why);
}

/* A member that is not there is null or empty with some. */
static bool is_absent(const cJSON *member)
{
	return member == NULL || cJSON_IsNull(member)
		|| (cJSON_IsString(member) && *member->valuestring == '\0');
}

/* NULL if it is absent. */
static enum mcpauth_code take(
	const cJSON *json, const char *name, char **value, struct mcpauth_error *err)
{
	const cJSON *member = mcpauth__json_member(json, name);
	if (is_absent(member)) {
		return MCPAUTH_OK;
	}
	if (!cJSON_IsString(member) || !mcpauth__registration_takes(member->valuestring)) {
		return mcpauth__fail(err, MCPAUTH_E_REGISTRATION,
			"its registration has a %s that cannot be one", name);
	}
	*value = mcpauth__strdup(member->valuestring);
	return *value != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code take_texts(
	const cJSON *json, struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	enum mcpauth_code code = take(json, "client_id", &registration->client_id, err);
	if (code == MCPAUTH_OK && registration->client_id == NULL) {
		return refuse(err, "has no client_id");
	}
	if (code == MCPAUTH_OK) {
		code = take(json, "client_secret", &registration->client_secret, err);
	}
	if (code == MCPAUTH_OK) {
		code = take(json, "token_endpoint_auth_method", &registration->authentication, err);
	}
	return code;
}

static enum mcpauth_code set_method(
	struct mcpauth__registration *registration, const char *name, struct mcpauth_error *err)
{
	registration->authentication = mcpauth__strdup(name);
	return registration->authentication != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

/* Section 3.2.1 wants all that was registered to come back, but not every issuer says how
 * the client authenticates. Then it is what was asked for, as far as that is possible; a
 * secret that was not asked for is shown in whatever way the issuer supports, if there is
 * one. */
static enum mcpauth_code infer_method(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const char *asked = mcpauth__registration_method(applicant);
	bool takes_secret = mcpauth__registration_supports(applicant, "client_secret_basic")
		|| mcpauth__registration_supports(applicant, "client_secret_post");
	bool is_public = asked != NULL && strcmp(asked, "none") == 0 && !takes_secret;
	if (registration->client_secret == NULL || is_public) {
		return set_method(registration, "none", err);
	}
	return asked != NULL && strcmp(asked, "none") != 0 ? set_method(registration, asked, err)
							   : MCPAUTH_OK;
}

static void forget_secret(struct mcpauth__registration *registration)
{
	if (registration->client_secret != NULL) {
		mcpauth__wipe(registration->client_secret, strlen(registration->client_secret));
	}
	free(registration->client_secret);
	registration->client_secret = NULL;
}

static enum mcpauth_code check_method(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const char *method = registration->authentication;
	const char *configured = applicant->config->authentication;
	if (method == NULL) {
		return MCPAUTH_OK;
	}
	if (configured != NULL && strcmp(method, configured) != 0) {
		return refuse(
			err, "has another token_endpoint_auth_method than the configured one");
	}
	if (strcmp(method, "none") == 0) {
		forget_secret(registration);
		return MCPAUTH_OK;
	}
	if (strcmp(method, "client_secret_basic") != 0
		&& strcmp(method, "client_secret_post") != 0) {
		return refuse(
			err, "has a token_endpoint_auth_method that this client cannot follow");
	}
	return registration->client_secret != NULL ? MCPAUTH_OK
						   : refuse(err, "has no client_secret");
}

static enum mcpauth_code read_method(const struct mcpauth__applicant *applicant,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (registration->authentication == NULL) {
		code = infer_method(applicant, registration, err);
	}
	return code == MCPAUTH_OK ? check_method(applicant, registration, err) : code;
}

/* It is required beside a secret, but absent it can only mean "never". */
static enum mcpauth_code read_expiry(
	const cJSON *json, struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	int64_t *at = &registration->secret_expires_at;
	if (registration->client_secret == NULL
		|| is_absent(mcpauth__json_member(json, "client_secret_expires_at"))) {
		return MCPAUTH_OK;
	}
	if (!mcpauth__json_seconds(json, "client_secret_expires_at", at) || *at < 0) {
		*at = 0;
		return refuse(err, "has a client_secret_expires_at that is no time");
	}
	return MCPAUTH_OK;
}

/* An issuer may put other values in place of those that it was sent. Where a code of this
 * client's could go to must be the client's alone. */
static bool are_ours(const cJSON *uris, const char *redirect_uri)
{
	const cJSON *uri;
	if (!cJSON_IsArray(uris)) {
		return false;
	}
	cJSON_ArrayForEach(uri, uris)
	{
		if (redirect_uri == NULL || !cJSON_IsString(uri)
			|| strcmp(uri->valuestring, redirect_uri) != 0) {
			return false;
		}
	}
	return redirect_uri == NULL || cJSON_GetArraySize(uris) > 0;
}

static enum mcpauth_code read_redirects(const struct mcpauth__applicant *applicant,
	const cJSON *json, struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	const cJSON *uris = mcpauth__json_member(json, "redirect_uris");
	const char *ours = mcpauth__registration_redirect_uri(applicant);
	if (!is_absent(uris) && !are_ours(uris, ours)) {
		return refuse(err, "has other redirect_uris than the client's");
	}
	registration->redirect_uri = mcpauth__strdup(ours);
	registration->issuer = mcpauth__strdup(applicant->server->issuer);
	return registration->issuer != NULL && (ours == NULL || registration->redirect_uri != NULL)
		? MCPAUTH_OK
		: mcpauth__no_memory(err);
}

static enum mcpauth_code read_members(const struct mcpauth__applicant *applicant, const cJSON *json,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	enum mcpauth_code code = take_texts(json, registration, err);
	if (code == MCPAUTH_OK) {
		code = read_method(applicant, registration, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_expiry(json, registration, err);
	}
	return code == MCPAUTH_OK ? read_redirects(applicant, json, registration, err) : code;
}

static enum mcpauth_code parse(
	const struct mcpauth__buf *body, cJSON **json, struct mcpauth_error *err)
{
	return mcpauth__json_parse_object(
		body->data != NULL ? body->data : "", body->length, json, err);
}

/* Section 3.2.2. Nothing secret was sent, so none can come back in the description. */
static enum mcpauth_code tell_refusal(
	unsigned status, const struct mcpauth__buf *body, struct mcpauth_error *err)
{
	cJSON *json = NULL;
	if (parse(body, &json, err) == MCPAUTH_E_NO_MEMORY) {
		return MCPAUTH_E_NO_MEMORY;
	}
	const char *error = mcpauth__json_string(json, "error");
	const char *description = mcpauth__json_string(json, "error_description");
	if (error != NULL) {
		mcpauth__fail(err, MCPAUTH_E_REGISTRATION, "refused to register: %.40s%s%.120s",
			error, description != NULL ? ": " : "",
			description != NULL ? description : "");
	} else {
		mcpauth__fail(
			err, MCPAUTH_E_REGISTRATION, "refused to register, with status %u", status);
	}
	mcpauth__json_delete_wiped(json);
	return MCPAUTH_E_REGISTRATION;
}

enum mcpauth_code mcpauth__registration_answer_read(const struct mcpauth__applicant *applicant,
	unsigned status, const struct mcpauth__buf *body,
	struct mcpauth__registration *registration, struct mcpauth_error *err)
{
	cJSON *json;
	if (status != 200 && status != 201) {
		return tell_refusal(status, body, err);
	}
	enum mcpauth_code code = parse(body, &json, err);
	if (code == MCPAUTH_OK) {
		code = read_members(applicant, json, registration, err);
	}
	mcpauth__json_delete_wiped(json);
	return code;
}
