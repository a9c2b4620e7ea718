/* Scenario: a verifier of the program's own judges opaque tokens. */
#include "scenario.h"

#include <string.h>

static void judge(struct mcpauth_inquiry *inquiry, void *user)
{
	static const char claims[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"" RESOURCE
				     "\",\"sub\":\"opaque\","
				     "\"scope\":\"read write\",\"exp\":99999999999}";
	static const char elsewhere[] = "{\"iss\":\"" ISSUER "\",\"aud\":\"https://else.example\","
					"\"sub\":\"opaque\",\"exp\":99999999999}";
	(void)user;
	const char *token = mcpauth_inquiry_token(inquiry);
	if (strcmp(token, "good") == 0) {
		mcpauth_inquiry_accept(inquiry, claims, sizeof claims - 1);
	} else if (strcmp(token, "elsewhere") == 0) {
		mcpauth_inquiry_accept(inquiry, elsewhere, sizeof elsewhere - 1);
	} else {
		mcpauth_inquiry_refuse(inquiry, MCPAUTH_E_EXPIRED, "it is over");
	}
}

static const struct scenario_token opaque[] = {
	{"good opaque", MCPAUTH_OK, "good"},
	{"refused opaque", MCPAUTH_E_EXPIRED, "refused"},
	{"opaque for another", MCPAUTH_E_AUDIENCE, "elsewhere"},
};

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
	need(mcpauth_set_verifier(auth, RESOURCE, &verifier, NULL) == MCPAUTH_OK, "verifier");
	return auth;
}

static bool verify_all(struct mcpauth *auth)
{
	bool good = true;
	for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++) {
		good = scenario_verify(auth, &opaque[i]) && good;
	}
	return good;
}

static bool attempt(unsigned long number)
{
	struct mcpauth *auth = make();
	torture_begin(number);
	bool good = verify_all(auth);
	good = verify_all(auth) && good;
	torture_end();
	need(verify_all(auth), "verified again");
	mcpauth_free(auth);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
