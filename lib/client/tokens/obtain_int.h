/* A token that is being got, and the steps on the way to it. */
#ifndef MCPAUTH_TOKENS_OBTAIN_INT_H
#define MCPAUTH_TOKENS_OBTAIN_INT_H

#include "client/login/listener.h"
#include "client/tokens/tokens.h"
#include "client/registration/registration.h"
#include "client/discovery/resource_metadata.h"
#include "client/discovery/scopes.h"

/** What is known so far. Starts as {0} but for the first three. With the session's turn. */
struct mcpauth__obtaining {
	struct mcpauth__errand *errand;
	struct mcpauth__session *session;
	const struct mcpauth__need *need;
	struct mcpauth__credentials credentials; /* as the storage had them at first */
	struct mcpauth__resource_metadata metadata;
	struct mcpauth__authorization_server server;
	struct mcpauth__registration registration;
	bool is_new_client;                 /* it was got just now, not kept */
	bool was_shown;                     /* a person was asked to log in */
	struct mcpauth__listener *listener; /* NULL: none is needed, or not yet */
	char *scope;                        /* to be asked for; NULL: none */
	struct mcpauth__dpop *dpop;         /* NULL: a plain token is wanted. Borrowed */
	bool needs_dpop;
};

/** Listen for a login's redirect, if there will be one: `listener`. */
enum mcpauth_code mcpauth__obtaining_listen(
	struct mcpauth__obtaining *it, struct mcpauth_error *err);

/** See to it that the client is known to the issuer: `registration`. After it listens: the
 * redirect_uri is part of it. */
enum mcpauth_code mcpauth__obtaining_register(
	struct mcpauth__obtaining *it, struct mcpauth_error *err);

/** Who wants to be known, for registration.h. Borrowed from what is obtained. */
struct mcpauth__applicant mcpauth__obtaining_applicant(const struct mcpauth__obtaining *it);

/** The issuer does not know the client: forget that it was registered. @return can it be
 * registered anew? */
bool mcpauth__obtaining_forget_client(struct mcpauth__obtaining *it);

/** Get the token by the session's grant.
 * @param[out] error  of 64 bytes: `error` of a token endpoint's refusal, else "" */
enum mcpauth_code mcpauth__obtaining_grant(struct mcpauth__obtaining *it,
	struct mcpauth__tokens *tokens, char *error, struct mcpauth_error *err);

#endif
