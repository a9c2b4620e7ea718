/* Bounded tables for clients, login pages, sessions, grants and credentials. */
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define CLIENTS 1000
#define TRANSACTIONS 1000
#define SESSIONS 1000
#define GRANTS 10000
/* Credentials lie in sets chosen by their digest, so none is searched for long. */
#define SETS 1024
#define WAYS 32

struct store {
	struct client *clients[CLIENTS];
	unsigned next_client;
	struct transaction *transactions[TRANSACTIONS];
	unsigned next_transaction;
	struct session *sessions[SESSIONS];
	unsigned next_session;
	struct grant *grants[GRANTS];
	uint64_t last_grant;
	struct credential *credentials[SETS][WAYS];
	uint64_t last_credential;
};

void client_free(struct client *client)
{
	if (client == NULL) {
		return;
	}
	free(client->id);
	free(client->name);
	free(client->scope);
	cJSON_Delete(client->redirect_uris);
	cJSON_Delete(client->extra);
	free(client);
}

void authorization_finish(struct authorization *authorization)
{
	free(authorization->client_id);
	free(authorization->redirect_uri);
	free(authorization->state);
	free(authorization->scope);
	free(authorization->challenge);
	free(authorization->nonce);
	cJSON_Delete(authorization->resources);
	*authorization = (struct authorization){0};
}

void transaction_free(struct transaction *transaction)
{
	if (transaction != NULL) {
		authorization_finish(&transaction->authorization);
		free(transaction);
	}
}

static void session_free(struct session *session)
{
	if (session != NULL) {
		free(session->user);
		free(session);
	}
}

static void grant_free(struct grant *grant)
{
	if (grant != NULL) {
		authorization_finish(&grant->authorization);
		free(grant->user);
		free(grant);
	}
}

static void credential_free(struct credential *credential)
{
	if (credential != NULL) {
		free(credential->scope);
		free(credential->identifier);
		cJSON_Delete(credential->audience);
		free(credential);
	}
}

struct store *store_new(void)
{
	return must(calloc(1, sizeof(struct store)));
}

void store_free(struct store *store)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		client_free(store->clients[i]);
	}
	for (size_t i = 0; i < TRANSACTIONS; i++) {
		transaction_free(store->transactions[i]);
	}
	for (size_t i = 0; i < SESSIONS; i++) {
		session_free(store->sessions[i]);
	}
	for (size_t i = 0; i < GRANTS; i++) {
		grant_free(store->grants[i]);
	}
	for (size_t i = 0; i < (size_t)SETS * WAYS; i++) {
		credential_free(store->credentials[i / WAYS][i % WAYS]);
	}
	free(store);
}

static struct client **client_slot(struct store *store, const char *id)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		if (store->clients[i] != NULL && strcmp(store->clients[i]->id, id) == 0) {
			return &store->clients[i];
		}
	}
	return NULL;
}

void store_add_client(struct store *store, struct client *client)
{
	struct client **slot = client_slot(store, client->id);
	if (slot == NULL) {
		slot = &store->clients[store->next_client++ % CLIENTS];
	}
	client_free(*slot);
	*slot = client;
}

struct client *store_find_client(struct store *store, const char *id)
{
	struct client **slot = client_slot(store, id);
	return slot == NULL ? NULL : *slot;
}

void store_add_transaction(struct store *store, struct transaction *transaction)
{
	unsigned slot = store->next_transaction++ % TRANSACTIONS;
	transaction_free(store->transactions[slot]);
	store->transactions[slot] = transaction;
}

struct transaction *store_take_transaction(struct store *store, const char *id, const char *browser)
{
	uint8_t id_digest[DIGEST_SIZE];
	uint8_t browser_digest[DIGEST_SIZE];
	text_digest(id, strlen(id), id_digest);
	text_digest(browser, strlen(browser), browser_digest);
	for (size_t i = 0; i < TRANSACTIONS; i++) {
		struct transaction *found = store->transactions[i];
		if (found != NULL && text_digest_equal(found->id, id_digest)
			&& text_digest_equal(found->browser, browser_digest)) {
			store->transactions[i] = NULL;
			return found;
		}
	}
	return NULL;
}

/* @param user  NULL: whoever's is first */
static struct session *session_in(const struct store *store, const char *browser, const char *user)
{
	uint8_t digest[DIGEST_SIZE];
	text_digest(browser, strlen(browser), digest);
	for (size_t i = 0; i < SESSIONS; i++) {
		struct session *found = store->sessions[i];
		if (found != NULL && text_digest_equal(found->browser, digest)
			&& (user == NULL || strcmp(found->user, user) == 0)) {
			return found;
		}
	}
	return NULL;
}

const struct session *store_session(struct store *store, const char *browser, const char *user)
{
	struct session *session = session_in(store, browser, user);
	if (session == NULL) {
		session = must(calloc(1, sizeof *session));
		text_secret(session->id);
		text_digest(browser, strlen(browser), session->browser);
		session->user = text_copy(user);
		struct session **slot = &store->sessions[store->next_session++ % SESSIONS];
		session_free(*slot);
		*slot = session;
	}
	return session;
}

const struct session *store_session_of(const struct store *store, const char *browser)
{
	return session_in(store, browser, NULL);
}

const struct session *store_find_session(const struct store *store, const char *id)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		if (store->sessions[i] != NULL && strcmp(store->sessions[i]->id, id) == 0) {
			return store->sessions[i];
		}
	}
	return NULL;
}

void store_end_session(struct store *store, const struct session *session)
{
	for (size_t i = 0; i < GRANTS; i++) {
		const struct grant *grant = store->grants[i];
		if (grant != NULL && strcmp(grant->session, session->id) == 0) {
			store_revoke_grant(store, grant->serial);
		}
	}
	for (size_t i = 0; i < SESSIONS; i++) {
		if (store->sessions[i] == session) {
			session_free(store->sessions[i]);
			store->sessions[i] = NULL;
			return;
		}
	}
}

struct grant *store_add_grant(struct store *store, struct authorization *authorization,
	const char *user, const struct session *session)
{
	struct grant *grant = must(calloc(1, sizeof *grant));
	grant->serial = ++store->last_grant;
	grant->authorization = *authorization;
	grant->user = text_copy(user);
	if (session != NULL) {
		memcpy(grant->session, session->id, sizeof grant->session);
	}
	grant->agreed = time(NULL);
	*authorization = (struct authorization){0};
	struct grant **slot = &store->grants[grant->serial % GRANTS];
	grant_free(*slot);
	*slot = grant;
	return grant;
}

struct grant *store_find_grant(struct store *store, uint64_t serial)
{
	struct grant *grant = store->grants[serial % GRANTS];
	return grant != NULL && grant->serial == serial ? grant : NULL;
}

void store_revoke_grant(struct store *store, uint64_t serial)
{
	struct grant *grant = store_find_grant(store, serial);
	if (grant != NULL) {
		store->grants[serial % GRANTS] = NULL;
		grant_free(grant);
	}
}

static struct credential **set_of(struct store *store, const uint8_t *digest)
{
	return store->credentials[(digest[0] << 8 | digest[1]) % SETS];
}

static struct credential **free_slot(struct credential **set)
{
	struct credential **oldest = &set[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i] == NULL) {
			return &set[i];
		}
		if (set[i]->sequence < (*oldest)->sequence) {
			oldest = &set[i];
		}
	}
	return oldest;
}

struct credential *store_add_credential(struct store *store, const char *secret,
	enum credential_kind kind, uint64_t grant, time_t lifetime)
{
	struct credential *credential = must(calloc(1, sizeof *credential));
	text_digest(secret, strlen(secret), credential->digest);
	credential->kind = kind;
	credential->grant = grant;
	credential->sequence = ++store->last_credential;
	credential->issued = time(NULL);
	credential->expires = credential->issued + lifetime;
	struct credential **slot = free_slot(set_of(store, credential->digest));
	credential_free(*slot);
	*slot = credential;
	return credential;
}

struct credential *store_find_credential(
	struct store *store, const char *secret, enum credential_kind kind)
{
	uint8_t digest[DIGEST_SIZE];
	text_digest(secret, strlen(secret), digest);
	struct credential **set = set_of(store, digest);
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i] != NULL && set[i]->kind == kind
			&& text_digest_equal(set[i]->digest, digest)) {
			return set[i];
		}
	}
	return NULL;
}
