/**
 * @file
 * A token endpoint without a network: answers one after the other through the library's
 * seam, and keeps what it was asked. One thread asks.
 */
#ifndef MCPAUTH_TEST_TOKEN_ENDPOINT_H
#define MCPAUTH_TEST_TOKEN_ENDPOINT_H

#include "client/ask.h"

#define TOKEN_ENDPOINT_NOW ((int64_t)1800000000)
#define TOKEN_ENDPOINT_REQUESTS_MAX 4

/** One answer; status 0: none comes. */
struct token_endpoint_answer {
	unsigned status;
	const char *body;
	const char *nonce; /* NULL: no DPoP-Nonce */
};

/** What it was asked; "": it was not there. */
struct token_endpoint_request {
	char url[256];
	char form[8192];
	char authorization[256];
	char dpop[2048];
};

struct token_endpoint {
	struct mcpauth__asker asker;
	struct mcpauth__worker *worker;
	/* Set by the test; the last one again, when all were given. */
	const struct token_endpoint_answer *answers;
	size_t answer_count;
	unsigned asked;
	struct token_endpoint_request requests[TOKEN_ENDPOINT_REQUESTS_MAX];
	struct mcpauth__clock clock;
	struct mcpauth__log log;
};

/** A test's setup and teardown: makes and releases one. */
int token_endpoint_start(void **state);
int token_endpoint_stop(void **state);

/** Answer like this from now on. @param answers  borrowed */
void token_endpoint_script(
	struct token_endpoint *endpoint, const struct token_endpoint_answer *answers, size_t count);

/** Is a parameter in a form with just this value, which is encoded? */
bool token_endpoint_has(const struct token_endpoint_request *request, const char *parameter);

/** A member of the claims of a JWT that holds a string. @return caller frees with free();
 * NULL if it is not there */
char *token_endpoint_claim(const char *jwt, const char *name);

#endif
