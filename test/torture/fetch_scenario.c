/* Scenario: metadata and keys are fetched over HTTP, with an argument over TLS. */
#include "serve.h"

static bool tls;

static bool attempt(unsigned long number)
{
	struct loopback *issuer = serve_issuer(tls);
	struct mcpauth *auth = serve_auth(issuer, tls);
	torture_begin(number);
	bool good = scenario_verify(auth, &scenario_tokens()[TOKEN_FORGED]);
	good = scenario_verify(auth, &scenario_tokens()[TOKEN_GOOD]) && good;
	good = mcpauth_prefetch(auth, NULL) == MCPAUTH_OK && good;
	torture_end();
	scenario_advance();
	scenario_verify_all(auth);
	mcpauth_free(auth);
	loopback_free(issuer);
	return good;
}

int main(int argc, char **argv)
{
	(void)argv;
	tls = argc > 1;
	return scenario_run(attempt);
}
