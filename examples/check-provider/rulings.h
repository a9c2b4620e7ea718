/* What became of each rule for a token, as lines or as JSON. */
#ifndef EXAMPLES_CHECK_PROVIDER_RULINGS_H
#define EXAMPLES_CHECK_PROVIDER_RULINGS_H

#include <cjson/cJSON.h>
#include <mcpauth/diagnosis.h>

/** One token's. The first two are the program's; the rest starts as zero. */
struct rulings {
	bool json;    /**< keep them, print nothing */
	bool colours; /**< for a terminal */
	enum mcpauth_code codes[MCPAUTH_RULE_SCOPES + 1];
	enum mcpauth_verdict verdicts[MCPAUTH_RULE_SCOPES + 1];
	cJSON *list;
	bool out_of_memory;
};

/** Take a ruling: a mcpauth_ruling_fn, whose user is the struct rulings. */
void rulings_take(const struct mcpauth_ruling *ruling, void *rulings);

/** Print the last line. */
void rulings_print_outcome(
	const struct rulings *rulings, enum mcpauth_code code, const struct mcpauth_error *err);

/** Add the outcome and the list, which is taken, to an object. @return false without memory */
bool rulings_add_to(struct rulings *rulings, cJSON *json, enum mcpauth_code code,
	const struct mcpauth_error *err);

#endif
