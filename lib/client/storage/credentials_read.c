/* Reading what a client kept: all of it, or none. */
#include "client/storage/credentials_int.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/words.h"

static enum mcpauth_code damaged(const char *member, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE,
		"what was kept is damaged: %s is missing, or of a wrong type", member);
}

static enum mcpauth_code read_text(const cJSON *json, const struct mcpauth__text_member *member,
	char **text, struct mcpauth_error *err)
{
	const char *there = mcpauth__json_string(json, member->name);
	if (there == NULL) {
		return member->is_needed || mcpauth__json_has(json, member->name)
			? damaged(member->name, err)
			: MCPAUTH_OK;
	}
	*text = mcpauth__strdup(there);
	return *text != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code read_texts(const cJSON *json, const struct mcpauth__text_member *members,
	void *object, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	for (; code == MCPAUTH_OK && members->name != NULL; members++) {
		code = read_text(json, members, mcpauth__text_at(object, members), err);
	}
	return code;
}

static enum mcpauth_code read_time(
	const cJSON *json, const char *name, int64_t *seconds, struct mcpauth_error *err)
{
	return mcpauth__json_seconds(json, name, seconds) || !mcpauth__json_has(json, name)
		? MCPAUTH_OK
		: damaged(name, err);
}

static enum mcpauth_code read_flag(
	const cJSON *json, const char *name, bool *flag, struct mcpauth_error *err)
{
	const cJSON *member = mcpauth__json_member(json, name);
	*flag = cJSON_IsTrue(member);
	return member == NULL || cJSON_IsBool(member) ? MCPAUTH_OK : damaged(name, err);
}

static enum mcpauth_code read_registration(
	const cJSON *json, struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__registration registration = {0};
	if (!cJSON_IsObject(json)) {
		return damaged("a registration", err);
	}
	enum mcpauth_code code = read_texts(json, mcpauth__registration_texts, &registration, err);
	if (code == MCPAUTH_OK) {
		code = read_time(json, "secret_expires_at", &registration.secret_expires_at, err);
	}
	if (code == MCPAUTH_OK && !mcpauth__credentials_put(credentials, &registration)) {
		code = mcpauth__no_memory(err);
	}
	mcpauth__registration_finish(&registration);
	return code;
}

static enum mcpauth_code read_registrations(
	const cJSON *json, struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	enum mcpauth_code code = MCPAUTH_OK;
	if (json != NULL && !cJSON_IsArray(json)) {
		return damaged("registrations", err);
	}
	const cJSON *each = json != NULL ? json->child : NULL;
	for (; code == MCPAUTH_OK && each != NULL; each = each->next) {
		code = read_registration(each, credentials, err);
	}
	return code;
}

static enum mcpauth_code read_tokens(
	const cJSON *json, struct mcpauth__tokens *tokens, struct mcpauth_error *err)
{
	if (json == NULL) {
		return MCPAUTH_OK;
	}
	if (!cJSON_IsObject(json)) {
		return damaged("tokens", err);
	}
	enum mcpauth_code code = read_texts(json, mcpauth__tokens_texts, tokens, err);
	if (code == MCPAUTH_OK) {
		code = read_time(json, "issued_at", &tokens->issued_at, err);
	}
	if (code == MCPAUTH_OK) {
		code = read_time(json, "expires_at", &tokens->expires_at, err);
	}
	return code == MCPAUTH_OK ? read_flag(json, "is_dpop", &tokens->is_dpop, err) : code;
}

static enum mcpauth_code read_all(
	const cJSON *json, struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	int64_t version;
	if (!mcpauth__json_seconds(json, "version", &version)) {
		return damaged("version", err);
	}
	/* What a newer library kept would lose what this one does not know of. */
	if (version != MCPAUTH__RECORD_VERSION) {
		return mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE,
			"what was kept is of another version of the library");
	}
	enum mcpauth_code code = read_registrations(
		mcpauth__json_member(json, "registrations"), credentials, err);
	if (code == MCPAUTH_OK) {
		code = read_tokens(mcpauth__json_member(json, "tokens"), &credentials->tokens, err);
	}
	return code == MCPAUTH_OK ? read_texts(json, mcpauth__credentials_texts, credentials, err)
				  : code;
}

enum mcpauth_code mcpauth__credentials_read(const char *text, size_t length,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	cJSON *json;
	enum mcpauth_code code = mcpauth__json_parse_object(text, length, &json, err);
	if (code != MCPAUTH_OK) {
		return code == MCPAUTH_E_NO_MEMORY
			? code
			: mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE,
				"what was kept is damaged: not one object of strict JSON");
	}
	code = read_all(json, credentials, err);
	mcpauth__json_delete_wiped(json);
	return code;
}
