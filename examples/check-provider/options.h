/* What the command line says. */
#ifndef EXAMPLES_CHECK_PROVIDER_OPTIONS_H
#define EXAMPLES_CHECK_PROVIDER_OPTIONS_H

#include "inspect.h"

/** Strings are the command line's, but for the inspection's scopes. */
struct options {
	struct mcpauth_config config;
	struct mcpauth_issuer_config issuer;
	const char *file; /**< settings: all issuers in there; NULL: the one above */
	bool json;
	struct inspection inspection; /**< without a token: of the issuer alone */
};

/**
 * Read the command line; --help and a mistake end the program.
 *
 * @param[out] options  caller releases it with options_finish()
 */
void options_read(int argc, char **argv, struct options *options);

void options_finish(struct options *options);

#endif
