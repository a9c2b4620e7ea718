/* Showing why a token is refused. */
#include "rulings.h"

#include <stdio.h>

static void print(const struct rulings *rulings, const struct mcpauth_ruling *ruling)
{
	static const struct {
		const char *mark;
		const char *colour;
	} looks[] = {
		[MCPAUTH_VERDICT_PASSED] = {"ok  ", "\033[32m"},
		[MCPAUTH_VERDICT_FAILED] = {"FAIL", "\033[31m"},
		[MCPAUTH_VERDICT_OPEN] = {"open", "\033[33m"},
	};
	printf("%s%s%s  %s: %s\n", rulings->colours ? looks[ruling->verdict].colour : "",
		looks[ruling->verdict].mark, rulings->colours ? "\033[0m" : "",
		mcpauth_rule_name(ruling->rule), ruling->found);
	if (ruling->advice != NULL) {
		printf("      to do: %s\n", ruling->advice);
	}
}

static bool add(struct rulings *rulings, const struct mcpauth_ruling *ruling)
{
	static const char *const verdicts[] = {"passed", "failed", "open"};
	if (rulings->list == NULL) {
		rulings->list = cJSON_CreateArray();
	}
	cJSON *json = cJSON_CreateObject();
	bool good = cJSON_AddStringToObject(json, "rule", mcpauth_rule_name(ruling->rule)) != NULL
		&& cJSON_AddStringToObject(json, "verdict", verdicts[ruling->verdict]) != NULL
		&& cJSON_AddStringToObject(json, "code", mcpauth_code_name(ruling->code)) != NULL
		&& cJSON_AddStringToObject(json, "found", ruling->found) != NULL
		&& (ruling->advice == NULL
			|| cJSON_AddStringToObject(json, "advice", ruling->advice) != NULL)
		&& cJSON_AddItemToArray(rulings->list, json);
	if (!good) {
		cJSON_Delete(json);
	}
	return good;
}

void rulings_take(const struct mcpauth_ruling *ruling, void *user)
{
	struct rulings *rulings = user;
	rulings->codes[ruling->rule] = ruling->code;
	rulings->verdicts[ruling->rule] = ruling->verdict;
	if (!rulings->json) {
		print(rulings, ruling);
	} else if (!add(rulings, ruling)) {
		rulings->out_of_memory = true;
	}
}

/* The rule that verification stopped at: of those with its code the one that failed, or
 * that a server left without an answer. NULL if it said nothing of the token. */
static const char *cause_of(const struct rulings *rulings, enum mcpauth_code code)
{
	enum mcpauth_verdict wanted = code >= MCPAUTH_E_NO_CREDENTIALS ? MCPAUTH_VERDICT_FAILED
								       : MCPAUTH_VERDICT_OPEN;
	for (unsigned i = MCPAUTH_RULE_FORM; code != MCPAUTH_OK && i <= MCPAUTH_RULE_SCOPES; i++) {
		if (rulings->codes[i] == code && rulings->verdicts[i] == wanted) {
			return mcpauth_rule_name((enum mcpauth_rule)i);
		}
	}
	return NULL;
}

void rulings_print_outcome(
	const struct rulings *rulings, enum mcpauth_code code, const struct mcpauth_error *err)
{
	const char *cause = cause_of(rulings, code);
	if (code == MCPAUTH_OK) {
		puts("good: every rule is met");
		return;
	}
	printf("%s%s%s: %s (%s)\n", code >= MCPAUTH_E_NO_CREDENTIALS ? "refused" : "could not tell",
		cause != NULL ? ", because of " : "", cause != NULL ? cause : "", err->message,
		mcpauth_code_name(code));
}

static bool add_outcome(const struct rulings *rulings, cJSON *json, enum mcpauth_code code,
	const struct mcpauth_error *err)
{
	const char *cause = cause_of(rulings, code);
	bool told = code == MCPAUTH_OK || code >= MCPAUTH_E_NO_CREDENTIALS;
	if ((told ? cJSON_AddBoolToObject(json, "good", code == MCPAUTH_OK)
		  : cJSON_AddNullToObject(json, "good"))
			== NULL
		|| cJSON_AddStringToObject(json, "code", mcpauth_code_name(code)) == NULL) {
		return false;
	}
	return code == MCPAUTH_OK
		|| (cJSON_AddStringToObject(json, "message", err->message) != NULL
			&& (cause == NULL
				|| cJSON_AddStringToObject(json, "cause", cause) != NULL));
}

bool rulings_add_to(struct rulings *rulings, cJSON *json, enum mcpauth_code code,
	const struct mcpauth_error *err)
{
	cJSON *list = rulings->list != NULL ? rulings->list : cJSON_CreateArray();
	rulings->list = NULL;
	bool good = add_outcome(rulings, json, code, err);
	if (!cJSON_AddItemToObject(json, "rules", list)) {
		cJSON_Delete(list);
		good = false;
	}
	return good && !rulings->out_of_memory;
}
