/* Fuzz target: what a client kept, read beside cJSON, and written and read again. */
#include "common/fuzz.h"

#include "client/storage/credentials.h"

#include <math.h>
#include <string.h>

#define EXACT 9007199254740992.0

static const cJSON *member(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

/* Absent, or a string of these bytes. */
static void must_be_text(const cJSON *json, const char *name, const char *text)
{
	const char *said = fuzz_member(json, name);
	MUST((said == NULL) == (text == NULL));
	MUST((member(json, name) == NULL) == (text == NULL));
	MUST(text == NULL || strcmp(said, text) == 0);
}

static void must_be_time(const cJSON *json, const char *name, int64_t seconds)
{
	const cJSON *said = member(json, name);
	MUST(said != NULL || seconds == 0);
	MUST(said == NULL
		|| (cJSON_IsNumber(said) && fabs(said->valuedouble) <= EXACT
			&& (int64_t)floor(said->valuedouble) == seconds));
}

static void must_be_tokens(const cJSON *json, const struct mcpauth__tokens *tokens)
{
	must_be_text(json, "issuer", tokens->issuer);
	must_be_text(json, "client_id", tokens->client_id);
	must_be_text(json, "resource", tokens->resource);
	must_be_text(json, "access_token", tokens->access_token);
	must_be_text(json, "refresh_token", tokens->refresh_token);
	must_be_text(json, "scope", tokens->scope);
	must_be_text(json, "requested", tokens->requested);
	must_be_time(json, "issued_at", tokens->issued_at);
	must_be_time(json, "expires_at", tokens->expires_at);
	MUST(tokens->is_dpop == (cJSON_IsTrue(member(json, "is_dpop")) != 0));
	MUST(json == NULL
		|| (tokens->issuer != NULL && tokens->client_id != NULL
			&& tokens->access_token != NULL));
}

static void must_be_registration(
	const cJSON *json, const struct mcpauth__registration *registration)
{
	MUST(registration->issuer != NULL && registration->client_id != NULL);
	must_be_text(json, "issuer", registration->issuer);
	must_be_text(json, "client_id", registration->client_id);
	must_be_text(json, "client_secret", registration->client_secret);
	must_be_text(json, "authentication", registration->authentication);
	must_be_text(json, "redirect_uri", registration->redirect_uri);
	must_be_time(json, "secret_expires_at", registration->secret_expires_at);
}

/* Is there another one for the same issuer behind it? */
static bool is_replaced(const cJSON *json)
{
	const char *issuer = fuzz_member(json, "issuer");
	for (const cJSON *later = json->next; later != NULL; later = later->next) {
		const char *other = fuzz_member(later, "issuer");
		if (issuer != NULL && other != NULL && strcmp(issuer, other) == 0) {
			return true;
		}
	}
	return false;
}

/* From the newest back: of each issuer the last one, as many as there is room for. */
static void must_be_registrations(const cJSON *json, const struct mcpauth__credentials *credentials)
{
	size_t left = credentials->registration_count;
	int at = cJSON_GetArraySize(json);
	size_t wanted = 0;
	MUST(json == NULL || cJSON_IsArray(json));
	while (at-- > 0) {
		const cJSON *each = cJSON_GetArrayItem(json, at);
		MUST(cJSON_IsObject(each));
		if (!is_replaced(each) && wanted++ < MCPAUTH__REGISTRATION_LIMIT) {
			MUST(left > 0);
			must_be_registration(each, &credentials->registrations[--left]);
		}
	}
	MUST(left == 0);
}

/* A document that is too long is not written; nothing else is lost. */
static void write_again(const struct mcpauth__credentials *credentials)
{
	struct mcpauth__credentials again = {0};
	struct mcpauth__buf text = {0};
	struct mcpauth__buf twice = {0};
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth__credentials_write(credentials, &text, &err);
	MUST(code == MCPAUTH_OK);
	code = mcpauth__credentials_read(text.data, text.length, &again, &err);
	MUST(code == MCPAUTH_OK);
	MUST(again.registration_count == credentials->registration_count);
	code = mcpauth__credentials_write(&again, &twice, &err);
	MUST(code == MCPAUTH_OK);
	MUST(twice.length == text.length && memcmp(twice.data, text.data, text.length) == 0);
	cJSON *json = cJSON_ParseWithLength(text.data, text.length);
	MUST(cJSON_IsObject(json) && !fuzz_has_repeated_name(json));
	must_be_registrations(member(json, "registrations"), credentials);
	must_be_tokens(member(json, "tokens"), &credentials->tokens);
	must_be_text(json, "dpop_key", credentials->dpop_key);
	cJSON_Delete(json);
	mcpauth__buf_wipe(&twice);
	mcpauth__buf_wipe(&text);
	mcpauth__credentials_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mcpauth__credentials credentials = {0};
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth__credentials_read(
		(const char *)data, size, &credentials, &err);
	fuzz_check_error(code, &err);
	MUST(code == MCPAUTH_OK || code == MCPAUTH_E_TOKEN_STORAGE);
	if (code == MCPAUTH_OK) {
		cJSON *json = cJSON_ParseWithLength((const char *)data, size);
		MUST(cJSON_IsObject(json) && !fuzz_has_repeated_name(json));
		must_be_time(json, "version", 1);
		must_be_registrations(member(json, "registrations"), &credentials);
		must_be_tokens(member(json, "tokens"), &credentials.tokens);
		must_be_text(json, "server_metadata", credentials.server_metadata);
		must_be_text(json, "server_metadata_source", credentials.server_metadata_source);
		must_be_text(json, "dpop_key", credentials.dpop_key);
		cJSON_Delete(json);
		write_again(&credentials);
	}
	mcpauth__credentials_finish(&credentials);
	return 0;
}
