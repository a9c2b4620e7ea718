/* What a client keeps: who it is to each issuer, and its tokens. One text in a storage. */
#ifndef MCPAUTH_STORAGE_CREDENTIALS_H
#define MCPAUTH_STORAGE_CREDENTIALS_H

#include "base/buf.h"

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Registrations at so many issuers are kept; the oldest goes. */
#define MCPAUTH__REGISTRATION_LIMIT 16

/** Bytes of server_metadata that are kept; a longer one is looked for again. */
#define MCPAUTH__KEPT_METADATA_LIMIT ((size_t)64 * 1024)

/** Who the client is to an issuer. Starts as {0}; strings are its own. */
struct mcpauth__registration {
	char *issuer;
	char *client_id;
	char *client_secret;       /* NULL: none */
	char *authentication;      /* the method's name in metadata; NULL: as the issuer supports */
	char *redirect_uri;        /* what was registered; NULL: not registered by ourselves */
	int64_t secret_expires_at; /* seconds since 1970; 0: never */
};

/** A token and what goes with it. Starts as {0}; strings are its own. */
struct mcpauth__tokens {
	char *issuer; /* whose it is: goes to no other (SEP-2352) */
	char *client_id;
	char *resource; /* byte for byte what was asked for; NULL: nothing */
	char *access_token;
	char *refresh_token; /* NULL: none */
	char *scope;         /* what it has; what was asked for if the issuer did not say */
	char *requested;     /* what was asked for, all that were united; NULL: nothing */
	int64_t issued_at;   /* seconds since 1970 */
	int64_t expires_at;  /* likewise; 0: the issuer did not say */
	bool is_dpop;
};

/** All of it. Starts as {0}. */
struct mcpauth__credentials {
	struct mcpauth__registration *registrations; /* the newest last */
	size_t registration_count;
	struct mcpauth__tokens tokens; /* access_token NULL: none */
	char *server_metadata;         /* the issuer's document, with which tokens can be refreshed
				* without looking for it; NULL: none */
	char *server_metadata_source;  /* its URL */
	char *dpop_key;                /* PEM (PKCS #8); NULL: none was made yet */
};

/**
 * Read what was written before. Members that are unknown are skipped; a text that is
 * damaged is an error, not a beginning anew.
 *
 * @param credentials  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_STORAGE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__credentials_read(const char *text, size_t length,
	struct mcpauth__credentials *credentials, struct mcpauth_error *err);

/** Write it. @param text  {0}; caller wipes it, also on failure. @return MCPAUTH_OK,
 * MCPAUTH_E_TOKEN_STORAGE: a text is no UTF-8; or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__credentials_write(const struct mcpauth__credentials *credentials,
	struct mcpauth__buf *text, struct mcpauth_error *err);

/** Who the client is to an issuer, byte for byte. Borrowed; NULL: unknown. */
const struct mcpauth__registration *mcpauth__credentials_find(
	const struct mcpauth__credentials *credentials, const char *issuer);

/** Put one in, instead of the one for the same issuer. @param registration  with issuer and
 * client_id; taken: {0} afterwards, also on failure. @return false without memory */
bool mcpauth__credentials_put(
	struct mcpauth__credentials *credentials, struct mcpauth__registration *registration);

/** Put other tokens in. @param tokens  moved: {0} afterwards */
void mcpauth__credentials_put_tokens(
	struct mcpauth__credentials *credentials, struct mcpauth__tokens *tokens);

/** Forget who the client is to an issuer. */
void mcpauth__credentials_remove(struct mcpauth__credentials *credentials, const char *issuer);

/** A copy. @param to  {0}; caller finishes it, also on failure. @return false without memory */
bool mcpauth__registration_copy(
	struct mcpauth__registration *to, const struct mcpauth__registration *from);
bool mcpauth__tokens_copy(struct mcpauth__tokens *to, const struct mcpauth__tokens *from);

/** Wipe and release; {0} again. */
void mcpauth__registration_finish(struct mcpauth__registration *registration);
void mcpauth__tokens_finish(struct mcpauth__tokens *tokens);
void mcpauth__credentials_finish(struct mcpauth__credentials *credentials);

#endif
