/* Scenario: a caller's token is exchanged for another one, again and again. */
#include "serve.h"

#include <stdio.h>
#include <string.h>

static struct mcpauth_token_exchange *make(struct mcpauth *auth, const char *origin)
{
	char url[128];
	struct mcpauth_token_exchange *exchange = NULL;
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	snprintf(url, sizeof url, "%s/token", origin);
	config.token_endpoint = url;
	config.client_id = "server";
	config.client_secret = "secret";
	config.audience = "https://behind.example";
	may_fail(mcpauth_token_exchange_new(auth, &config, &exchange, NULL), "exchange");
	return exchange;
}

static bool run(struct mcpauth_token_exchange *exchange, const struct mcpauth_auth_info *caller)
{
	struct mcpauth_exchanged_token *token = NULL;
	enum mcpauth_code code = mcpauth_token_exchange_run(exchange, caller, &token, NULL);
	need((token != NULL) == (code == MCPAUTH_OK), "a token, but no success");
	if (token != NULL) {
		need(strcmp(mcpauth_exchanged_token_value(token), "exchanged") == 0, "the token");
	}
	need(code == MCPAUTH_OK || torture_failed(), mcpauth_code_name(code));
	mcpauth_exchanged_token_free(token);
	return code == MCPAUTH_OK;
}

static bool attempt(unsigned long number)
{
	struct loopback *issuer = serve_issuer(false);
	struct mcpauth *auth = serve_auth(issuer, false);
	struct mcpauth_auth_info *caller;
	need(mcpauth_verify(auth, RESOURCE, scenario_tokens()[TOKEN_GOOD].text, &caller, NULL)
			== MCPAUTH_OK,
		"caller");
	torture_begin(number);
	struct mcpauth_token_exchange *exchange = make(auth, serve_origin(issuer, false));
	bool good = exchange != NULL && run(exchange, caller) && run(exchange, caller);
	torture_end();
	if (exchange == NULL) {
		exchange = make(auth, serve_origin(issuer, false));
	}
	scenario_advance();
	/* The first may join a request that is under way, whose time the clock has ended. */
	if (exchange != NULL && !run(exchange, caller)) {
		scenario_advance();
		need(run(exchange, caller), "the next exchange");
	}
	mcpauth_token_exchange_free(exchange);
	mcpauth_auth_info_free(caller);
	mcpauth_free(auth);
	loopback_free(issuer);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
