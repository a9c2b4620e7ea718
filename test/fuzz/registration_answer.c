/* Fuzz target: what an issuer makes of a registration: a status (thousands: the grant), the
 * ways to authenticate that it supports, the configured one, and the body, a line each. */
#include "common/fuzz.h"

#include "client/registration/registration_request.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REDIRECT "http://127.0.0.1:33418/callback"

static bool is_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const cJSON *member(const cJSON *json, const char *name)
{
	const cJSON *found = cJSON_GetObjectItemCaseSensitive(json, name);
	bool is_empty = found != NULL && cJSON_IsString(found) && strlen(found->valuestring) == 0;
	return found == NULL || cJSON_IsNull(found) || is_empty ? NULL : found;
}

/* Absent, or VSCHAR (RFC 6749 appendix A). */
static bool is_absent_or_text(const cJSON *json, const char *name)
{
	const cJSON *found = member(json, name);
	return found == NULL
		|| (cJSON_IsString(found) && fuzz_is_line(found->valuestring)
			&& strlen(found->valuestring) <= MCPAUTH__CLIENT_ID_LIMIT);
}

static const char *text_of(const cJSON *json, const char *name)
{
	const cJSON *found = member(json, name);
	return found != NULL ? found->valuestring : NULL;
}

/* Can a secret be shown at all? To who says nothing, as RFC 8414 has it: basic. */
static bool takes_secret(const struct mcpauth__applicant *applicant)
{
	const struct mcpauth__words *ways = &applicant->server->authentication_methods;
	bool takes = ways->count == 0;
	for (size_t i = 0; i < ways->count; i++) {
		takes = takes || is_equal(ways->items[i], "client_secret_basic")
			|| is_equal(ways->items[i], "client_secret_post");
	}
	return takes;
}

/* The way that the answer comes to; NULL: any that shows a secret. */
static const char *method_of(const cJSON *json, const struct mcpauth__applicant *applicant)
{
	const char *said = text_of(json, "token_endpoint_auth_method");
	const char *asked = mcpauth__registration_method(applicant);
	if (said != NULL) {
		return said;
	}
	if (text_of(json, "client_secret") == NULL) {
		return "none";
	}
	return takes_secret(applicant) && strcmp(asked, "none") == 0 ? NULL : asked;
}

static bool is_method_good(const cJSON *json, const struct mcpauth__applicant *applicant)
{
	const char *method = method_of(json, applicant);
	const char *configured = applicant->config->authentication;
	bool has_secret = text_of(json, "client_secret") != NULL;
	bool needs_secret = is_equal(method, "client_secret_basic")
		|| is_equal(method, "client_secret_post");
	if (configured != NULL && method != NULL && strcmp(method, configured) != 0) {
		return false;
	}
	return needs_secret ? has_secret : method == NULL || strcmp(method, "none") == 0;
}

static bool is_expiry_good(const cJSON *json, const char *method)
{
	const cJSON *at = member(json, "client_secret_expires_at");
	bool is_used = text_of(json, "client_secret") != NULL && !is_equal(method, "none");
	return !is_used || at == NULL
		|| (cJSON_IsNumber(at) && at->valuedouble >= 0
			&& at->valuedouble <= 9007199254740992.0);
}

static bool are_redirects_good(const cJSON *json, const char *ours)
{
	const cJSON *uris = member(json, "redirect_uris");
	int count = uris != NULL && cJSON_IsArray(uris) ? cJSON_GetArraySize(uris) : -1;
	for (int i = 0; i < count; i++) {
		const cJSON *uri = cJSON_GetArrayItem(uris, i);
		if (!cJSON_IsString(uri) || !is_equal(uri->valuestring, ours)) {
			return false;
		}
	}
	return uris == NULL || (ours == NULL ? count == 0 : count > 0);
}

static bool is_good(const cJSON *json, const struct mcpauth__applicant *applicant)
{
	bool has_texts = member(json, "client_id") != NULL && is_absent_or_text(json, "client_id")
		&& is_absent_or_text(json, "client_secret")
		&& is_absent_or_text(json, "token_endpoint_auth_method");
	return has_texts && is_method_good(json, applicant)
		&& is_expiry_good(json, method_of(json, applicant))
		&& are_redirects_good(json, mcpauth__registration_redirect_uri(applicant));
}

static void check_registration(const struct mcpauth__registration *got,
	const struct mcpauth__applicant *applicant, const cJSON *json)
{
	const char *method = method_of(json, applicant);
	bool is_public = is_equal(method, "none");
	const cJSON *at = member(json, "client_secret_expires_at");
	MUST(is_equal(got->client_id, text_of(json, "client_id")));
	MUST(is_equal(got->client_secret, is_public ? NULL : text_of(json, "client_secret")));
	MUST(is_equal(got->authentication, method));
	MUST(is_equal(got->issuer, applicant->server->issuer));
	MUST(is_equal(got->redirect_uri, mcpauth__registration_redirect_uri(applicant)));
	MUST(got->secret_expires_at
		== (is_public || at == NULL ? 0 : (int64_t)floor(at->valuedouble)));
}

static void read_answer(const struct mcpauth__applicant *applicant, unsigned status,
	const struct mcpauth__buf *body)
{
	struct mcpauth_error err;
	struct mcpauth__registration got = {0};
	enum mcpauth_code code = mcpauth__registration_answer_read(
		applicant, status, body, &got, &err);
	fuzz_check_error(code, &err);
	MUST(code == MCPAUTH_OK || strstr(err.message, "SECRET") == NULL || status / 100 != 2);
	if (status != 200 && status != 201) {
		MUST(code == MCPAUTH_E_REGISTRATION && got.client_id == NULL);
	} else if (code == MCPAUTH_OK || code == MCPAUTH_E_REGISTRATION) {
		cJSON *json = cJSON_ParseWithLength(body->data, body->length);
		MUST(cJSON_IsObject(json));
		MUST((code == MCPAUTH_OK) == is_good(json, applicant));
		if (code == MCPAUTH_OK) {
			check_registration(&got, applicant, json);
		}
		cJSON_Delete(json);
	}
	mcpauth__registration_finish(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char issuer[] = "https://as.example";
	char *status = fuzz_field(&data, &size, '\n');
	char *supported = fuzz_field(&data, &size, '\n');
	char *configured = fuzz_field(&data, &size, '\n');
	unsigned number = (unsigned)(strtoul(status, NULL, 10) % 4000);
	struct mcpauth__authorization_server server = {.issuer = issuer};
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	const struct mcpauth__applicant applicant = {
		.config = &config, .server = &server, .redirect_uri = REDIRECT};
	/* Copied, so that reading behind its end shows. */
	struct mcpauth__buf body = {0};
	MUST(mcpauth__words_split(&server.authentication_methods, supported));
	config.grant = (enum mcpauth_client_grant)(number / 1000);
	config.authentication = *configured != '\0' ? configured : NULL;
	MUST(mcpauth__buf_append(&body, data, size));
	if (mcpauth__registration_method(&applicant) != NULL) {
		read_answer(&applicant, number % 1000, &body);
	}
	mcpauth__buf_wipe(&body);
	mcpauth__words_finish(&server.authentication_methods);
	free(status);
	free(supported);
	free(configured);
	return 0;
}
