/**
 * @file
 * Two issuers, their keys given by hand, and tokens that were signed with them once
 * and for all: make_known.c made them, and nobody has the private keys any more.
 */
#ifndef MCPAUTH_TEST_KNOWN_H
#define MCPAUTH_TEST_KNOWN_H

#include <mcpauth/mcpauth.h>

#define KNOWN_RESOURCE "https://api.example.com/mcp"
#define KNOWN_A "https://a.example"
#define KNOWN_B "https://b.example/tenant"
/** What the clock always shows. */
#define KNOWN_NOW 1800000000

/** The library with both; each line of its log is checked. Made once, kept for ever. */
struct mcpauth *known_auth(void);

/** A new one, in which `verify` judges and nothing is remembered. Caller frees. */
struct mcpauth *known_auth_with(mcpauth_verifier_fn verify, void *user);

/** Put clock and log into a configuration; nothing is ever fetched. */
void known_configure(struct mcpauth_config *config);

/** Is it one of the four good tokens, byte for byte? */
bool known_is_good(const char *token);

/** Is it one of those that were granted "write", too? */
bool known_may_write(const char *token);

#endif
