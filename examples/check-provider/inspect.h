/* Looking into one token. */
#ifndef EXAMPLES_CHECK_PROVIDER_INSPECT_H
#define EXAMPLES_CHECK_PROVIDER_INSPECT_H

#include "report.h"

#include <mcpauth/mcpauth.h>

#define INSPECT_AUDIENCES_MAX 16

/** What is asked. All borrowed. */
struct inspection {
	char *token;          /**< where it is: token_read() */
	const char *resource; /**< NULL: the only one of the settings */
	const char *jwks_uri; /**< NULL: as the issuer's metadata says */
	char *scopes;         /**< NULL: none; the program's to free */
	const char *audiences[INSPECT_AUDIENCES_MAX];
	size_t audience_count;
	bool json;
	bool colours;
};

/**
 * Say of each rule whether the token meets it.
 *
 * @param settings  NULL: the issuer alone counts
 * @param issuer    its name NULL: the one that the token names
 */
enum verdict inspect(const struct inspection *inspection, struct mcpauth *auth,
	const struct mcpauth_settings *settings, const struct mcpauth_issuer_config *issuer);

#endif
