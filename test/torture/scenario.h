/**
 * @file
 * What the scenarios share: a clock that is moved by hand, tokens good and bad,
 * and the rules by which an outcome is wrong.
 */
#ifndef MCPAUTH_TEST_SCENARIO_H
#define MCPAUTH_TEST_SCENARIO_H

#include "torture.h"

#include <mcpauth/mhd.h>

#define RESOURCE "https://mcp.example.com/mcp"
#define ISSUER "https://issuer.example.com"
#define OTHER_ISSUER "https://other.example.com"

/** Something to try, with this allocation failing: it calls torture_begin() and
 * torture_end(), checks what must hold afterwards, and holds nothing in the end.
 * @return did all of it succeed? */
typedef bool (*scenario_fn)(unsigned long number);

/** Try it once for each allocation, each time in a process of its own.
 * @return for main() */
int scenario_run(scenario_fn attempt);

/** Wrong, unless it holds. */
void need(bool held, const char *what);

/** A call that may lack memory: wrong if it fails without, or for another reason.
 * @return did it succeed? */
bool may_fail(enum mcpauth_code code, const char *what);

/** Clock that scenario_advance() moves on. */
void scenario_clock(int64_t *real, int64_t *monotonic, void *user);
void scenario_advance(void);

/** A token: all its ways to be bad, and the key set that the good ones need. */
struct scenario_token {
	const char *label;
	enum mcpauth_code verdict;
	char *text;
};

enum {
	TOKEN_GOOD,
	TOKEN_RSA,
	TOKEN_EDDSA,
	TOKEN_FORGED,
	TOKEN_EXPIRED,
	TOKEN_AUDIENCE,
	TOKEN_NONE,
	TOKENS
};

/** Made once, before anything fails. Borrowed for ever. */
const struct scenario_token *scenario_tokens(void);
const char *scenario_keys(void);

/** Verify one: a bad one is never accepted, a good one never called bad.
 * @return was it judged? */
bool scenario_verify(struct mcpauth *auth, const struct scenario_token *token);

/** The same where keys are at hand, with what is kept of the last token. */
bool scenario_verify_again(
	struct mcpauth *auth, const struct scenario_token *token, struct mcpauth_last_token *last);

/** All of them, when memory is there again. */
void scenario_verify_all(struct mcpauth *auth);

#endif
