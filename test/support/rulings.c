/* Keeping rulings, and holding them against one another. */
#include "support/rulings.h"

#include <stdio.h>
#include <string.h>

/* So long a piece of a signature is no chance. */
#define SIGNATURE_MIN 40

void rulings_keep(const struct mcpauth_ruling *ruling, void *user)
{
	struct rulings_told *told = user;
	struct told *rule = &told->rules[ruling->rule];
	told->in_order = (told->count == 0 || told->in_order)
		&& (unsigned)ruling->rule == told->count + 1;
	told->count++;
	rule->times++;
	rule->verdict = ruling->verdict;
	rule->code = ruling->code;
	snprintf(rule->found, sizeof rule->found, "%s", ruling->found);
	snprintf(rule->advice, sizeof rule->advice, "%s",
		ruling->advice != NULL ? ruling->advice : "");
}

enum mcpauth_code rulings_ask(struct mcpauth *auth, const char *resource, const char *token,
	const char *scopes, struct rulings_told *told, struct mcpauth_error *err)
{
	struct mcpauth_diagnosis_request request = MCPAUTH_DIAGNOSIS_REQUEST_INIT;
	*told = (struct rulings_told){0};
	request.resource = resource;
	request.token = token;
	request.scopes = scopes;
	return mcpauth_diagnose(auth, &request, rulings_keep, told, err);
}

static bool is_line(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e) {
			return false;
		}
	}
	return true;
}

enum mcpauth_rule rulings_cause(const struct rulings_told *told, enum mcpauth_code outcome)
{
	enum mcpauth_verdict wanted = outcome >= MCPAUTH_E_NO_CREDENTIALS ? MCPAUTH_VERDICT_FAILED
									  : MCPAUTH_VERDICT_OPEN;
	for (unsigned i = 1; i < RULINGS_MAX; i++) {
		if (told->rules[i].verdict == wanted && told->rules[i].code == outcome) {
			return (enum mcpauth_rule)i;
		}
	}
	return 0;
}

static const char *rule_fault(const struct told *rule, const char *token, const char *signature)
{
	if (rule->times != 1) {
		return "a rule is told of once";
	}
	if (rule->verdict == MCPAUTH_VERDICT_PASSED && rule->code != MCPAUTH_OK) {
		return "a rule that passed has no code";
	}
	if (rule->verdict == MCPAUTH_VERDICT_FAILED
		&& (rule->code < MCPAUTH_E_NO_CREDENTIALS || rule->code >= 500)) {
		return "a rule that failed has the code of a refusal";
	}
	if ((rule->verdict == MCPAUTH_VERDICT_FAILED) > (rule->advice[0] != '\0')) {
		return "there is advice for each failure";
	}
	if (rule->found[0] == '\0' || !is_line(rule->found) || !is_line(rule->advice)) {
		return "what is said is a line";
	}
	if (strlen(token) >= SIGNATURE_MIN
		&& (strstr(rule->found, token) != NULL || strstr(rule->advice, token) != NULL)) {
		return "the token is not told";
	}
	return signature != NULL && strlen(signature) > 2 * SIGNATURE_MIN
			&& strstr(rule->found, signature) != NULL
		? "the signature is not told"
		: NULL;
}

static const char *outcome_fault(const struct rulings_told *told, enum mcpauth_code outcome)
{
	unsigned failed = 0;
	unsigned lacking = 0;
	enum mcpauth_code last = MCPAUTH_OK;
	for (unsigned i = 1; i < RULINGS_MAX; i++) {
		const struct told *rule = &told->rules[i];
		failed += rule->verdict == MCPAUTH_VERDICT_FAILED;
		lacking += rule->verdict == MCPAUTH_VERDICT_OPEN && rule->code != MCPAUTH_OK;
		last = rule->verdict == MCPAUTH_VERDICT_FAILED ? rule->code : last;
	}
	if ((outcome == MCPAUTH_OK) != (failed == 0 && lacking == 0)) {
		return "good if and only if all rules are met";
	}
	if (outcome != MCPAUTH_OK && rulings_cause(told, outcome) == 0) {
		return "a rule says the outcome";
	}
	return failed == 1 && outcome >= MCPAUTH_E_NO_CREDENTIALS && outcome != last
		? "a rule that fails alone is the outcome"
		: NULL;
}

const char *rulings_fault(
	const struct rulings_told *told, enum mcpauth_code outcome, const char *token)
{
	const char *dot = strrchr(token, '.');
	const char *fault = NULL;
	if (told->count != RULINGS_MAX - 1 || !told->in_order) {
		return "each rule is told of in its order";
	}
	for (unsigned i = 1; fault == NULL && i < RULINGS_MAX; i++) {
		fault = rule_fault(&told->rules[i], token, dot != NULL ? dot + 1 : NULL);
	}
	return fault != NULL ? fault : outcome_fault(told, outcome);
}
