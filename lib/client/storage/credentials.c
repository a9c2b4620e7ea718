/* What a client keeps: copied, replaced and wiped. */
#include "client/storage/credentials_int.h"

#include "base/wipe.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(type, name, is_needed) \
	{ \
#name, offsetof(struct mcpauth__##type, name), is_needed \
	}

const struct mcpauth__text_member mcpauth__registration_texts[] = {
	TEXT(registration, issuer, true),
	TEXT(registration, client_id, true),
	TEXT(registration, client_secret, false),
	TEXT(registration, authentication, false),
	TEXT(registration, redirect_uri, false),
	{NULL, 0, false},
};

const struct mcpauth__text_member mcpauth__tokens_texts[] = {
	TEXT(tokens, issuer, true),
	TEXT(tokens, client_id, true),
	TEXT(tokens, resource, false),
	TEXT(tokens, access_token, true),
	TEXT(tokens, refresh_token, false),
	TEXT(tokens, scope, false),
	TEXT(tokens, requested, false),
	{NULL, 0, false},
};

const struct mcpauth__text_member mcpauth__credentials_texts[] = {
	TEXT(credentials, server_metadata, false),
	TEXT(credentials, server_metadata_source, false),
	TEXT(credentials, dpop_key, false),
	{NULL, 0, false},
};

char **mcpauth__text_at(void *object, const struct mcpauth__text_member *member)
{
	return (char **)(void *)((char *)object + member->offset);
}

const char *mcpauth__text_of(const void *object, const struct mcpauth__text_member *member)
{
	return *(char *const *)(const void *)((const char *)object + member->offset);
}

static bool copy_texts(void *to, const void *from, const struct mcpauth__text_member *members)
{
	for (; members->name != NULL; members++) {
		const char *text = mcpauth__text_of(from, members);
		char **copy = mcpauth__text_at(to, members);
		*copy = mcpauth__strdup(text);
		if (*copy == NULL && text != NULL) {
			return false;
		}
	}
	return true;
}

static void wipe_texts(void *object, const struct mcpauth__text_member *members)
{
	for (; members->name != NULL; members++) {
		char **text = mcpauth__text_at(object, members);
		if (*text != NULL) {
			mcpauth__wipe(*text, strlen(*text));
			free(*text);
		}
	}
}

bool mcpauth__registration_copy(
	struct mcpauth__registration *to, const struct mcpauth__registration *from)
{
	to->secret_expires_at = from->secret_expires_at;
	return copy_texts(to, from, mcpauth__registration_texts);
}

bool mcpauth__tokens_copy(struct mcpauth__tokens *to, const struct mcpauth__tokens *from)
{
	to->issued_at = from->issued_at;
	to->expires_at = from->expires_at;
	to->is_dpop = from->is_dpop;
	return copy_texts(to, from, mcpauth__tokens_texts);
}

void mcpauth__registration_finish(struct mcpauth__registration *registration)
{
	wipe_texts(registration, mcpauth__registration_texts);
	*registration = (struct mcpauth__registration){0};
}

void mcpauth__tokens_finish(struct mcpauth__tokens *tokens)
{
	wipe_texts(tokens, mcpauth__tokens_texts);
	*tokens = (struct mcpauth__tokens){0};
}

void mcpauth__credentials_finish(struct mcpauth__credentials *credentials)
{
	for (size_t i = 0; i < credentials->registration_count; i++) {
		mcpauth__registration_finish(&credentials->registrations[i]);
	}
	free(credentials->registrations);
	mcpauth__tokens_finish(&credentials->tokens);
	wipe_texts(credentials, mcpauth__credentials_texts);
	*credentials = (struct mcpauth__credentials){0};
}

/* The count if there is none. */
static size_t place_of(const struct mcpauth__credentials *credentials, const char *issuer)
{
	size_t i = 0;
	while (i < credentials->registration_count
		&& strcmp(credentials->registrations[i].issuer, issuer) != 0) {
		i++;
	}
	return i;
}

const struct mcpauth__registration *mcpauth__credentials_find(
	const struct mcpauth__credentials *credentials, const char *issuer)
{
	size_t place = place_of(credentials, issuer);
	return place < credentials->registration_count ? &credentials->registrations[place] : NULL;
}

static void remove_at(struct mcpauth__credentials *credentials, size_t place)
{
	struct mcpauth__registration *at = &credentials->registrations[place];
	mcpauth__registration_finish(at);
	credentials->registration_count--;
	memmove(at, at + 1, (credentials->registration_count - place) * sizeof *at);
}

void mcpauth__credentials_put_tokens(
	struct mcpauth__credentials *credentials, struct mcpauth__tokens *tokens)
{
	mcpauth__tokens_finish(&credentials->tokens);
	credentials->tokens = *tokens;
	*tokens = (struct mcpauth__tokens){0};
}

void mcpauth__credentials_remove(struct mcpauth__credentials *credentials, const char *issuer)
{
	size_t place = place_of(credentials, issuer);
	if (place < credentials->registration_count) {
		remove_at(credentials, place);
	}
}

static bool has_room(struct mcpauth__credentials *credentials)
{
	if (credentials->registrations == NULL) {
		credentials->registration_count = 0;
		credentials->registrations = calloc(
			MCPAUTH__REGISTRATION_LIMIT, sizeof *credentials->registrations);
	}
	return credentials->registrations != NULL;
}

bool mcpauth__credentials_put(
	struct mcpauth__credentials *credentials, struct mcpauth__registration *registration)
{
	if (!has_room(credentials)) {
		mcpauth__registration_finish(registration);
		return false;
	}
	mcpauth__credentials_remove(credentials, registration->issuer);
	if (credentials->registration_count == MCPAUTH__REGISTRATION_LIMIT) {
		remove_at(credentials, 0);
	}
	credentials->registrations[credentials->registration_count++] = *registration;
	*registration = (struct mcpauth__registration){0};
	return true;
}
