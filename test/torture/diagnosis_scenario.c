/* Scenario: tokens of every kind are looked into; with an argument, opaque ones that a
 * verifier of the program's own judges. */
#include "scenario.h"

#include "support/rulings.h"

#include <stdio.h>
#include <string.h>

static const struct scenario_token opaque[] = {
	{"good opaque", MCPAUTH_OK, "good"},
	{"refused opaque", MCPAUTH_E_EXPIRED, "refused"},
	{"opaque for another", MCPAUTH_E_AUDIENCE, "elsewhere"},
};

static bool is_opaque;

static void judge(struct mcpauth_inquiry *inquiry, void *user)
{
	static const char claims[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"%s\",\"sub\":\"opaque\","
				     "\"scope\":\"read\",\"exp\":99999999999}";
	char text[256];
	(void)user;
	const char *token = mcpauth_inquiry_token(inquiry);
	if (strcmp(token, "refused") == 0) {
		mcpauth_inquiry_refuse(inquiry, MCPAUTH_E_EXPIRED, "it is over");
		return;
	}
	int length = snprintf(text, sizeof text, claims,
		strcmp(token, "good") == 0 ? RESOURCE : "https://else.example");
	mcpauth_inquiry_accept(inquiry, text, (size_t)length);
}

static struct mcpauth *make(void)
{
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_verifier_config verifier = MCPAUTH_VERIFIER_CONFIG_INIT;
	config.clock = scenario_clock;
	resource.resource = RESOURCE;
	issuer.issuer = ISSUER;
	issuer.jwks = scenario_keys();
	verifier.verify = judge;
	need(mcpauth_new(&config, &auth, NULL) == MCPAUTH_OK, "mcpauth_new");
	need(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK, "mcpauth_add_resource");
	need(mcpauth_add_issuer(auth, RESOURCE, &issuer, NULL) == MCPAUTH_OK, "mcpauth_add_issuer");
	if (is_opaque) {
		need(mcpauth_set_verifier(auth, RESOURCE, &verifier, NULL) == MCPAUTH_OK,
			"mcpauth_set_verifier");
	}
	return auth;
}

/* Nothing is said without memory, and what is said holds together. */
static bool diagnose(struct mcpauth *auth, const struct scenario_token *token)
{
	struct rulings_told told;
	struct mcpauth_error err = {0};
	char text[256];
	enum mcpauth_code code = rulings_ask(auth, RESOURCE, token->text, NULL, &told, &err);
	snprintf(text, sizeof text, "%s token: %s %.100s", token->label, mcpauth_code_name(code),
		err.message);
	need(code == token->verdict || (torture_failed() && code >= 100 && code < 400), text);
	if (code == MCPAUTH_E_NO_MEMORY) {
		need(told.count == 0, "nothing is said without memory");
		return false;
	}
	const char *fault = rulings_fault(&told, code, token->text);
	snprintf(text, sizeof text, "%s token: %s", token->label, fault != NULL ? fault : "");
	need(fault == NULL, text);
	return code == token->verdict;
}

static bool diagnose_all(struct mcpauth *auth)
{
	const struct scenario_token *tokens = is_opaque ? opaque : scenario_tokens();
	size_t count = is_opaque ? sizeof opaque / sizeof *opaque : (size_t)TOKENS;
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		good = diagnose(auth, &tokens[i]) && good;
	}
	return good;
}

static bool attempt(unsigned long number)
{
	struct mcpauth *auth = make();
	torture_begin(number);
	bool good = diagnose_all(auth);
	torture_end();
	/* A signature that was called bad is called so for some seconds. */
	scenario_advance();
	need(diagnose_all(auth), "diagnosed again");
	mcpauth_free(auth);
	return good;
}

int main(int argc, char **argv)
{
	(void)argv;
	is_opaque = argc > 1;
	return scenario_run(attempt);
}
