/* Scenario: requests to a protected MHD daemon; one fails, the next one is answered. */
#include "serve.h"

#include <stdio.h>

struct server {
	struct loopback *issuer;
	struct served served;
};

static unsigned ask(const struct server *server, int token)
{
	return serve_ask(&server->served, scenario_tokens()[token].text);
}

static bool is_fit(int token, unsigned status)
{
	return status == (scenario_tokens()[token].verdict == MCPAUTH_OK ? 200u : 401u);
}

/* With little memory: no answer, 5xx, or the right one. */
static bool try(const struct server *server, int token)
{
	char text[96];
	unsigned status = ask(server, token);
	snprintf(text, sizeof text, "%s token: status %u", scenario_tokens()[token].label, status);
	need(is_fit(token, status) || status == 0 || status >= 500, text);
	return is_fit(token, status);
}

static void check(const struct server *server)
{
	static const int tokens[] = {TOKEN_GOOD, TOKEN_FORGED, TOKEN_GOOD, TOKEN_AUDIENCE};
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		char text[96];
		unsigned status = ask(server, tokens[i]);
		snprintf(text, sizeof text, "the next request, %s token: status %u",
			scenario_tokens()[tokens[i]].label, status);
		need(is_fit(tokens[i], status), text);
	}
}

static bool attempt(unsigned long number)
{
	struct server server;
	server.issuer = serve_issuer(false);
	serve_daemon(&server.served, serve_auth(server.issuer, false));
	torture_begin(number);
	bool good = try(&server, TOKEN_FORGED);
	good = try(&server, TOKEN_GOOD) && good;
	good = try(&server, TOKEN_GOOD) && good;
	torture_end();
	scenario_advance();
	check(&server);
	serve_stop(&server.served);
	loopback_free(server.issuer);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
