/* How long a verdict on a token holds: the head of what is remembered of it. */
#ifndef MCPAUTH_TOKEN_VERDICT_H
#define MCPAUTH_TOKEN_VERDICT_H

#include "token/issuer_int.h"

/** The first words of a record in a digest table; the verdict itself follows. */
enum {
	MCPAUTH__VERDICT_UNTIL,      /* as mcpauth__clock_coarse(); first, as the table wants it */
	MCPAUTH__VERDICT_ISSUER,     /* whose keys it depends on; 0: on none */
	MCPAUTH__VERDICT_GENERATION, /* of those keys */
	MCPAUTH__VERDICT_WORDS
};

/** Not if it is too old, nor if newer keys, or none any more, are a reason to look
 * again. The issuer lives: who looks up a trust's token keeps its issuers. */
static inline bool mcpauth__verdict_holds(const uint64_t *record, int64_t now)
{
	const struct mcpauth__issuer *issuer = (const void *)(uintptr_t)
		record[MCPAUTH__VERDICT_ISSUER];
	return now < (int64_t)record[MCPAUTH__VERDICT_UNTIL]
		&& (issuer == NULL
			|| mcpauth__issuer_has_keys_of(
				issuer, record[MCPAUTH__VERDICT_GENERATION], now));
}

#endif
