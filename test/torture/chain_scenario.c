/* Scenario: requests to a protected MHD daemon; one fails, the next one is answered. */
#include "serve.h"

#include "support/http_client.h"

#include <stdio.h>
#include <string.h>

struct server {
	struct loopback *issuer;
	struct mcpauth *auth;
	struct mcpauth_chain *chain;
	struct MHD_Daemon *mhd;
	unsigned port;
};

static enum MHD_Result answer(void *user, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
	void **con_cls)
{
	static char text[] = "hello";
	(void)user, (void)url, (void)method, (void)version, (void)upload_data, (void)con_cls;
	*upload_data_size = 0;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
	if (response == NULL) {
		return MHD_NO;
	}
	enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static void start(struct server *server)
{
	server->issuer = serve_issuer(false);
	server->auth = serve_auth(server->issuer, false);
	need(mcpauth_chain_new(server->auth, NULL, &server->chain, NULL) == MCPAUTH_OK, "chain");
	mcpauth_chain_set_handler(server->chain, answer, NULL);
	server->mhd = MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL,
		NULL, mcpauth_mhd_handler, server->chain, MHD_OPTION_ARRAY,
		mcpauth_mhd_options(server->chain), MHD_OPTION_END);
	need(server->mhd != NULL, "MHD_start_daemon");
	server->port = MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void stop(struct server *server)
{
	need(mcpauth_chain_drain(server->chain, 5000) == 0, "a request hangs");
	MHD_stop_daemon(server->mhd);
	mcpauth_chain_free(server->chain);
	mcpauth_free(server->auth);
	loopback_free(server->issuer);
}

/* @return its status; 0: no answer, the connection was closed */
static unsigned ask(const struct server *server, int token)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(server->port);
	bool said = http_client_get(client, "/mcp", scenario_tokens()[token].text);
	if (said && !http_client_read(client, &response, HTTP_CLIENT_MS)) {
		need(http_client_is_closed(client, 100), "a request is not answered");
	}
	unsigned status = response.status;
	http_response_finish(&response);
	http_client_free(client);
	return status;
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
	start(&server);
	torture_begin(number);
	bool good = try(&server, TOKEN_FORGED);
	good = try(&server, TOKEN_GOOD) && good;
	good = try(&server, TOKEN_GOOD) && good;
	torture_end();
	scenario_advance();
	check(&server);
	stop(&server);
	return good;
}

int main(void)
{
	return scenario_run(attempt);
}
