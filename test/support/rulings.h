/**
 * @file
 * What a diagnosis said of a token, and what must hold of any.
 */
#ifndef MCPAUTH_TEST_RULINGS_H
#define MCPAUTH_TEST_RULINGS_H

#include <mcpauth/diagnosis.h>

#define RULINGS_MAX (MCPAUTH_RULE_SCOPES + 1)

struct told {
	unsigned times;
	enum mcpauth_verdict verdict;
	enum mcpauth_code code;
	char found[1100];
	char advice[1100]; /* "" if there was none */
};

/** Starts as {0}. */
struct rulings_told {
	struct told rules[RULINGS_MAX];
	unsigned count;
	bool in_order;
};

/** Keep one: a mcpauth_ruling_fn, whose user is the struct rulings_told. */
void rulings_keep(const struct mcpauth_ruling *ruling, void *told);

/** Diagnose a token of which all is kept. @param scopes  NULL: none */
enum mcpauth_code rulings_ask(struct mcpauth *auth, const char *resource, const char *token,
	const char *scopes, struct rulings_told *told, struct mcpauth_error *err);

/** The first rule that explains an outcome; 0 if none does. */
enum mcpauth_rule rulings_cause(const struct rulings_told *told, enum mcpauth_code outcome);

/**
 * Does it hold together? Each rule once and in order; a code where there must be one; good
 * if and only if nothing failed or stayed open for want of an answer; else a rule says the
 * outcome; of a single failure that is its code; lines of printable ASCII, advice for each
 * failure; and neither the token nor its signature in any of them.
 *
 * @return NULL, or what does not
 */
const char *rulings_fault(
	const struct rulings_told *told, enum mcpauth_code outcome, const char *token);

#endif
