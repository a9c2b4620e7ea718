/* The stages that the options ask for: CORS, access log, metrics, rate limit. */
#ifndef EXAMPLES_SETUP_STAGES_H
#define EXAMPLES_SETUP_STAGES_H

#include "options.h"

/**
 * Add them to a new chain. Says on stderr what is wrong.
 *
 * @param[out] descriptor  of the file that lines are written to, to be closed after
 *                         mcpauth_chain_free(); 0 if there is none
 */
bool setup_stages_add(
	const struct example_options *options, struct mcpauth_chain *chain, int *descriptor);

/**
 * Say of rules what goes with the stages: who may read the metrics, and which proxies
 * are believed. For each set of rules, also after a reload.
 *
 * @return as the calls of chain.h that it makes
 */
enum mcpauth_code setup_stages_rule(const struct example_options *options,
	struct mcpauth_chain *chain, struct mcpauth_error *err);

#endif
