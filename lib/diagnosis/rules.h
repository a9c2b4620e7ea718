/* Why is a token refused? Every rule is judged for itself, by verification's functions. */
#ifndef MCPAUTH_DIAGNOSIS_RULES_H
#define MCPAUTH_DIAGNOSIS_RULES_H

#include "token/attempt.h"

#include <mcpauth/diagnosis.h>

#define MCPAUTH__RULE_COUNT (MCPAUTH_RULE_SCOPES + 1)

/** What became of one rule. Starts as one that does not apply. */
struct mcpauth__rule_state {
	enum mcpauth_verdict verdict;
	/* Of an open one: the rule that had to pass before, or itself if a server did not
	 * answer; 0 if it does not apply. */
	enum mcpauth_rule because;
	struct mcpauth_error why; /* its code is the ruling's */
};

/** One token that is looked into. Who asks fills in the first part; the rest starts as {0}. */
struct mcpauth__diagnosis {
	struct mcpauth__verifier verifier;   /* without memory */
	struct mcpauth__presented presented; /* with the progress that follows */
	struct mcpauth__progress progress;
	const char *scopes; /* that are needed; NULL: none */
	bool asks_revoked;  /* the program has a list of revoked tokens */

	struct mcpauth__examination seen; /* the last look of verification itself */
	struct mcpauth__identity *identity;
	enum mcpauth_code code;   /* what verification came to */
	struct mcpauth_error why; /* likewise */

	bool by_keys;                     /* else somebody was asked about the token */
	bool needs_keys;                  /* nobody looked at its signature yet */
	struct mcpauth__jws jws;          /* the token itself, as far as it can be read */
	struct mcpauth__jws claimed;      /* its type and claims, whoever vouches for them */
	struct mcpauth__issuer *issuer;   /* NULL: not known */
	struct mcpauth__claim_rules held; /* against which the claims are held */
	struct mcpauth__identity *granted;
	struct mcpauth__rule_state states[MCPAUTH__RULE_COUNT]; /* by rules */
};

/**
 * Let verification itself judge, once. Again after MCPAUTH_PENDING.
 *
 * @param waiter  as for mcpauth__verifier_check()
 * @return as mcpauth__verifier_check(); with its error in `why`
 */
enum mcpauth_code mcpauth__diagnosis_examine(
	struct mcpauth__diagnosis *diagnosis, struct mcpauth__waiter *waiter);

/**
 * Hold the token against every rule that needs no network.
 *
 * @param code  what mcpauth__diagnosis_examine() came to, or MCPAUTH_E_REVOKED
 * @return false without memory
 */
bool mcpauth__diagnosis_judge(struct mcpauth__diagnosis *diagnosis, enum mcpauth_code code);

/** If it `needs_keys`: ask for them. Again after MCPAUTH_PENDING. */
enum mcpauth_code mcpauth__diagnosis_ask_keys(
	struct mcpauth__diagnosis *diagnosis, struct mcpauth__waiter *waiter);

/** What that came to, in `why`. */
void mcpauth__diagnosis_note_keys(struct mcpauth__diagnosis *diagnosis, enum mcpauth_code code);

/** The next of the needed scopes, from `at` on, that was not granted. NULL if there is none. */
const char *mcpauth__diagnosis_next_missing(
	const struct mcpauth__diagnosis *diagnosis, const char **at, size_t *length);

void mcpauth__diagnosis_finish(struct mcpauth__diagnosis *diagnosis);

#endif
