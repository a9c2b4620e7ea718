/* Asking a token endpoint for a token, whatever the grant. */
#ifndef MCPAUTH_GRANTS_TOKEN_REQUEST_H
#define MCPAUTH_GRANTS_TOKEN_REQUEST_H

#include "client/ask.h"
#include "client/dpop.h"
#include "endpoint/client_proof.h"

/** Bytes of an access or refresh token that are taken. */
#define MCPAUTH__ISSUED_TOKEN_LIMIT ((size_t)64 * 1024)

/** One parameter; NULL value: left out. Borrowed. */
struct mcpauth__parameter {
	const char *name;
	const char *value;
};

/** What is asked, and by whom. Borrowed. */
struct mcpauth__token_request {
	const struct mcpauth__asker *asker;
	const char *endpoint;
	const char *learnt_from; /* as for mcpauth__ask_post() */
	const struct mcpauth__client_proof *proof;
	struct mcpauth__dpop *dpop;                  /* NULL: a plain token */
	int64_t now;                                 /* seconds since 1970 */
	const struct mcpauth__parameter *parameters; /* grant_type first */
	size_t count;
	const char *token_type; /* what `token_type` must be, without regard to case: "Bearer",
				 * "DPoP", "N_A"; NULL: Bearer, or with dpop either */
};

/** A token endpoint's answer (RFC 6749 section 5). Starts as {0}; secrets. */
struct mcpauth__token_answer {
	char *access_token;
	char *refresh_token;     /* NULL: none */
	char *scope;             /* NULL: not said */
	char *issued_token_type; /* likewise (RFC 8693 section 2.2.1) */
	bool is_dpop;
	int64_t lifetime; /* seconds; MCPAUTH__LIFETIME_NONE: not said */
	char error[64];   /* `error` of a refusal, if it is one that may be told
			   * (mcpauth__endpoint_is_error()); else "" */
};

#define MCPAUTH__LIFETIME_NONE (-1)

/**
 * Ask, once more with the nonce if the endpoint wants one (RFC 9449 section 8).
 *
 * @param answer  {0}; caller releases it, also on failure: `error` may be there
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_ENDPOINT: it refused or made no sense;
 *         MCPAUTH_E_INVALID_JSON, a code of the group 2xx, MCPAUTH_E_SYSTEM or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__token_request_send(const struct mcpauth__token_request *request,
	struct mcpauth__token_answer *answer, struct mcpauth_error *err);

/**
 * Ask once, and do not read the answer. A nonce that comes with it is remembered.
 *
 * @param[out] answer  caller finishes it, also on failure
 * @return MCPAUTH_OK: it was asked, see there what came of it; MCPAUTH_E_SYSTEM or
 *         MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__token_request_post(const struct mcpauth__token_request *request,
	struct mcpauth__fetched *answer, struct mcpauth_error *err);

/** What it came to, as mcpauth__endpoint_check(); MCPAUTH_E_TOKEN_ENDPOINT: refused. */
enum mcpauth_code mcpauth__token_request_check(
	const struct mcpauth__fetched *answer, struct mcpauth_error *err);

/** Read an answer's body: of 200, or of a 4xx. @param[out] answer  caller releases it, also
 * on failure. @return as mcpauth__token_request_send() */
enum mcpauth_code mcpauth__token_answer_read(const struct mcpauth__token_request *request,
	unsigned status, const struct mcpauth__buf *body, struct mcpauth__token_answer *answer,
	struct mcpauth_error *err);

/** Wipe and release it; it is {0} again. */
void mcpauth__token_answer_finish(struct mcpauth__token_answer *answer);

#endif
