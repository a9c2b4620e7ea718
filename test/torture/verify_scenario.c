/* Scenario: tokens of every kind, by keys at hand, first cold and then hot, then each as
 * its connection's last one. */
#include "scenario.h"

static struct mcpauth *make(void)
{
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	config.clock = scenario_clock;
	resource.resource = RESOURCE;
	issuer.issuer = ISSUER;
	issuer.jwks = scenario_keys();
	need(mcpauth_new(&config, &auth, NULL) == MCPAUTH_OK, "mcpauth_new");
	need(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK, "mcpauth_add_resource");
	need(mcpauth_add_issuer(auth, RESOURCE, &issuer, NULL) == MCPAUTH_OK, "mcpauth_add_issuer");
	return auth;
}

/* The third time it is known again. */
static bool verify_thrice(struct mcpauth *auth, const struct scenario_token *token)
{
	bool good = true;
	struct mcpauth_last_token last = {0};
	for (int i = 0; i < 3; i++) {
		good = scenario_verify_again(auth, token, &last) && good;
	}
	return good;
}

static bool attempt(unsigned long number)
{
	bool good = true;
	struct mcpauth *auth = make();
	torture_begin(number);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < TOKENS; i++) {
			good = scenario_verify(auth, &scenario_tokens()[i]) && good;
		}
	}
	for (int i = 0; i < TOKENS; i++) {
		good = verify_thrice(auth, &scenario_tokens()[i]) && good;
	}
	torture_end();
	/* A signature that was called bad is called so for some seconds. */
	scenario_advance();
	scenario_verify_all(auth);
	mcpauth_free(auth);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
