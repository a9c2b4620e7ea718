/* Prints what a real server's /metrics says after some requests. */
#include "support/daemon.h"
#include "support/http_client.h"
#include "support/loopback.h"

#include <mcpauth/metrics.h>

#include <stdio.h>
#include <stdlib.h>

static void need(bool held, const char *what)
{
	if (!held) {
		fprintf(stderr, "%s\n", what);
		exit(1);
	}
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	(void)auth;
	(void)user;
	need(mcpauth_chain_publish(chain, "/metrics", NULL, NULL) == MCPAUTH_OK
			&& mcpauth_chain_add_metrics(chain, NULL, NULL) == MCPAUTH_OK,
		"adding metrics");
}

static void ask(struct http_client *client, struct http_response *response, const char *path,
	const char *token)
{
	need(http_client_get(client, path, token)
			&& http_client_read(client, response, HTTP_CLIENT_MS),
		"asking");
}

int main(void)
{
	const struct loopback_page page = {.path = "/keys", .status = 200, .body = daemon_keys()};
	struct loopback *issuer = loopback_new(&page, 1);
	struct daemon_config config = {
		.issuer_port = loopback_port(issuer),
		.prepare = prepare,
	};
	struct daemon *daemon = daemon_new(&config);
	struct http_client *client = http_client_new(daemon_port(daemon));
	struct http_response response = {0};
	char *token = daemon_token("alice");
	ask(client, &response, "/mcp", token);
	ask(client, &response, "/mcp", NULL);
	ask(client, &response, "/metrics", NULL);
	need(response.status == 200, "/metrics");
	fputs(response.body, stdout);
	free(token);
	http_response_finish(&response);
	http_client_free(client);
	daemon_free(daemon);
	loopback_free(issuer);
	return 0;
}
