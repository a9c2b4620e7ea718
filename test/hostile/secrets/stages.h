/** @file The stages that come to see tokens, on the server's side. */
#ifndef MCPAUTH_TEST_STAGES_H
#define MCPAUTH_TEST_STAGES_H

#include <mcpauth/chain.h>

/** Bytes of the keys: of the one that subjects are hashed with in the access log, and of
 * the one behind it, which the limit of failures takes for random. */
#define STAGES_KEY_SIZE 32

/**
 * Add all of the library's stages, and a route `/tools` with operations.
 *
 * @param keys  both; borrowed for the call
 * @param log   descriptor that its lines go to
 */
void stages_add(
	struct mcpauth *auth, struct mcpauth_chain *chain, const unsigned char *keys, int log);

#endif
