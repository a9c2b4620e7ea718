/* Writing what a client keeps, so that it can be read again to the last byte. */
#include "client/storage/credentials_int.h"

#include "base/error_int.h"
#include "base/json.h"
#include "base/json_write.h"

#include <inttypes.h>
#include <string.h>

/* Further away whole seconds cannot be told apart when they are read. */
#define SECONDS_LIMIT INT64_C(9007199254740992)

static void put_name(struct mcpauth__buf *text, const char *name)
{
	bool is_first = text->length > 0 && text->data[text->length - 1] == '{';
	mcpauth__buf_puts(text, is_first ? "\"" : ",\"");
	mcpauth__buf_puts(text, name);
	mcpauth__buf_puts(text, "\":");
}

static void put_text(struct mcpauth__buf *text, const char *name, const char *value)
{
	if (value != NULL) {
		put_name(text, name);
		mcpauth__json_put_string(text, value);
	}
}

static void put_texts(
	struct mcpauth__buf *text, const void *object, const struct mcpauth__text_member *members)
{
	for (; members->name != NULL; members++) {
		put_text(text, members->name, mcpauth__text_of(object, members));
	}
}

/* 0 is what is read where there is none. */
static void put_time(struct mcpauth__buf *text, const char *name, int64_t seconds)
{
	if (seconds == 0) {
		return;
	}
	int64_t near = seconds < SECONDS_LIMIT ? seconds : SECONDS_LIMIT;
	put_name(text, name);
	mcpauth__buf_printf(text, "%" PRId64, near > -SECONDS_LIMIT ? near : -SECONDS_LIMIT);
}

static void put_registration(
	struct mcpauth__buf *text, const struct mcpauth__registration *registration)
{
	mcpauth__buf_puts(text, "{");
	put_texts(text, registration, mcpauth__registration_texts);
	put_time(text, "secret_expires_at", registration->secret_expires_at);
	mcpauth__buf_puts(text, "}");
}

static void put_registrations(
	struct mcpauth__buf *text, const struct mcpauth__credentials *credentials)
{
	put_name(text, "registrations");
	for (size_t i = 0; i < credentials->registration_count; i++) {
		mcpauth__buf_puts(text, i == 0 ? "[" : ",");
		put_registration(text, &credentials->registrations[i]);
	}
	mcpauth__buf_puts(text, "]");
}

static void put_tokens(struct mcpauth__buf *text, const struct mcpauth__tokens *tokens)
{
	put_name(text, "tokens");
	mcpauth__buf_puts(text, "{");
	put_texts(text, tokens, mcpauth__tokens_texts);
	put_time(text, "issued_at", tokens->issued_at);
	put_time(text, "expires_at", tokens->expires_at);
	if (tokens->is_dpop) {
		put_name(text, "is_dpop");
		mcpauth__buf_puts(text, "true");
	}
	mcpauth__buf_puts(text, "}");
}

/* A long document can be fetched again; it is not to keep out what cannot. */
static bool is_kept(const struct mcpauth__text_member *member, const char *value)
{
	return value != NULL
		&& (strcmp(member->name, "server_metadata") != 0
			|| strlen(value) <= MCPAUTH__KEPT_METADATA_LIMIT);
}

static void put_rest(struct mcpauth__buf *text, const struct mcpauth__credentials *credentials)
{
	const struct mcpauth__text_member *member = mcpauth__credentials_texts;
	for (; member->name != NULL; member++) {
		const char *value = mcpauth__text_of(credentials, member);
		if (is_kept(member, value)) {
			put_text(text, member->name, value);
		}
	}
}

enum mcpauth_code mcpauth__credentials_write(const struct mcpauth__credentials *credentials,
	struct mcpauth__buf *text, struct mcpauth_error *err)
{
	mcpauth__buf_printf(text, "{\"version\":%d", MCPAUTH__RECORD_VERSION);
	if (credentials->registration_count > 0) {
		put_registrations(text, credentials);
	}
	if (credentials->tokens.access_token != NULL) {
		put_tokens(text, &credentials->tokens);
	}
	put_rest(text, credentials);
	if (!mcpauth__buf_puts(text, "}")) {
		return mcpauth__no_memory(err);
	}
	/* Never keep what would be taken for damage: a text that is no UTF-8. */
	if (!mcpauth__json_is_readable(text->data, text->length, MCPAUTH__JSON_DEPTH_LIMIT)) {
		return mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE,
			"what is to be kept has a text that is no UTF-8");
	}
	return MCPAUTH_OK;
}
