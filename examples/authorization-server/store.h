/* All the server remembers: clients, open login pages, sessions, grants, credentials.
 * Each kind is bounded, the oldest making room. The caller holds the lock. */
#ifndef AUTHORIZATION_SERVER_STORE_H
#define AUTHORIZATION_SERVER_STORE_H

#include "text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum client_authentication {
	AUTH_NONE,
	AUTH_BASIC,
	AUTH_POST
};

enum grant_type {
	GRANT_CODE = 1,
	GRANT_REFRESH = 2,
	GRANT_CLIENT = 4,
};

struct client {
	char *id;
	char *name;
	char *scope;          /* asked for when a request names none; may be NULL */
	cJSON *redirect_uris; /* strings */
	cJSON *extra;         /* members echoed to who registers; may be NULL */
	unsigned grant_types;
	enum client_authentication authentication;
	uint8_t secret[DIGEST_SIZE];
	time_t expires; /* 0: never; a fetched document is fetched again */
};

/* One request at /authorize, checked. */
struct authorization {
	char *client_id;
	char *redirect_uri;
	bool redirect_uri_given;
	char *state;
	char *scope;
	char *challenge;
	char *nonce;
	cJSON *resources;
};

/* A login page somebody is looking at. */
struct transaction {
	uint8_t id[DIGEST_SIZE];
	uint8_t browser[DIGEST_SIZE];
	struct authorization authorization;
	unsigned attempts;
	time_t expires;
};

/* One user's logins in one browser, until they log out. */
struct session {
	char id[SECRET_SIZE]; /* sid */
	uint8_t browser[DIGEST_SIZE];
	char *user;
};

/* What a user agreed to: the family of all tokens that come from it. */
struct grant {
	uint64_t serial;
	struct authorization authorization;
	char *user;
	char session[SECRET_SIZE]; /* sid; empty for a client that acts for itself */
	time_t agreed;
};

enum credential_kind {
	CREDENTIAL_CODE,
	CREDENTIAL_ACCESS,
	CREDENTIAL_REFRESH,
	CREDENTIAL_IDENTITY
};

/* A code or token that was issued; known by its digest only. */
struct credential {
	uint8_t digest[DIGEST_SIZE];
	enum credential_kind kind;
	bool spent; /* used up or revoked; kept so that reuse is noticed */
	uint64_t grant;
	uint64_t sequence;
	time_t issued;
	time_t expires;
	char *scope;
	char *identifier; /* jti */
	cJSON *audience;
};

struct store;

struct store *store_new(void);
void store_free(struct store *store);

void client_free(struct client *client);
void authorization_finish(struct authorization *authorization);
void transaction_free(struct transaction *transaction);

/** Keep a client, in place of an older one with the same id. @param client taken */
void store_add_client(struct store *store, struct client *client);

/** Borrowed until the next store_add_client(). */
struct client *store_find_client(struct store *store, const char *id);

/** @param transaction  taken */
void store_add_transaction(struct store *store, struct transaction *transaction);

/** Take out what this id names, if this browser opened it; the caller frees. */
struct transaction *store_take_transaction(
	struct store *store, const char *id, const char *browser);

/** The session of a user in a browser, a new one if there is none. Borrowed until the
 * next one is made or ended. */
const struct session *store_session(struct store *store, const char *browser, const char *user);

/** Any session in a browser, or NULL. Borrowed likewise. */
const struct session *store_session_of(const struct store *store, const char *browser);

/** The session with an id, or NULL. Borrowed likewise. */
const struct session *store_find_session(const struct store *store, const char *id);

/** End a session and the grants that came from it. @param session  taken */
void store_end_session(struct store *store, const struct session *session);

/**
 * @param authorization  its contents are taken, and it is left empty
 * @param session        NULL for a client that acts for itself
 * @return borrowed until the next store_add_grant()
 */
struct grant *store_add_grant(struct store *store, struct authorization *authorization,
	const char *user, const struct session *session);

/** NULL once revoked, or pushed out by newer ones. */
struct grant *store_find_grant(struct store *store, uint64_t serial);

/** End a grant, and with it all that came from it. */
void store_revoke_grant(struct store *store, uint64_t serial);

/** Remember a secret that was just made. Borrowed until the next one is added. */
struct credential *store_add_credential(struct store *store, const char *secret,
	enum credential_kind kind, uint64_t grant, time_t lifetime);

/** Found also when spent or expired. */
struct credential *store_find_credential(
	struct store *store, const char *secret, enum credential_kind kind);

#endif
