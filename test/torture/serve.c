/* A scenario's servers: an issuer on loopback, and a protected MHD daemon. */
#include "serve.h"

#include "support/http_client.h"

#include <stdio.h>
#include <string.h>

static char metadata[256];
static struct loopback_page pages[] = {
	{.path = "/.well-known/oauth-authorization-server", .status = 200, .body = metadata},
	{.path = "/keys", .status = 200},
	{.path = "/token",
		.status = 200,
		.body = "{\"access_token\":\"exchanged\",\"token_type\":\"Bearer\","
			"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\","
			"\"expires_in\":300}"},
};

struct loopback *serve_issuer(bool tls)
{
	size_t count = sizeof pages / sizeof *pages;
	pages[1].body = scenario_keys();
	struct loopback *issuer = tls ? loopback_new_tls(pages, count) : loopback_new(pages, count);
	snprintf(metadata, sizeof metadata, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"%s/keys\"}",
		serve_origin(issuer, tls));
	return issuer;
}

const char *serve_origin(const struct loopback *issuer, bool tls)
{
	static char origin[64];
	snprintf(origin, sizeof origin, "%s:%u", tls ? "https://localhost" : "http://127.0.0.1",
		loopback_port(issuer));
	return origin;
}

struct mcpauth *serve_auth(const struct loopback *issuer, bool tls)
{
	struct mcpauth *auth;
	char url[128];
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config known = MCPAUTH_ISSUER_CONFIG_INIT;
	snprintf(url, sizeof url, "%s/.well-known/oauth-authorization-server",
		serve_origin(issuer, tls));
	config.clock = scenario_clock;
	config.ca_file = tls ? loopback_ca_file(issuer) : NULL;
	resource.resource = RESOURCE;
	known.issuer = ISSUER;
	known.metadata_url = url;
	need(mcpauth_new(&config, &auth, NULL) == MCPAUTH_OK, "mcpauth_new");
	need(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK, "mcpauth_add_resource");
	need(mcpauth_add_issuer(auth, RESOURCE, &known, NULL) == MCPAUTH_OK, "mcpauth_add_issuer");
	return auth;
}

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

void serve_chain(struct served *served)
{
	served->mhd = MHD_start_daemon(MCPAUTH_MHD_FLAGS | MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL,
		NULL, mcpauth_mhd_handler, served->chain, MHD_OPTION_ARRAY,
		mcpauth_mhd_options(served->chain), MHD_OPTION_END);
	need(served->mhd != NULL, "MHD_start_daemon");
	served->port = MHD_get_daemon_info(served->mhd, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void serve_daemon(struct served *served, struct mcpauth *auth)
{
	served->auth = auth;
	need(mcpauth_chain_new(auth, NULL, &served->chain, NULL) == MCPAUTH_OK, "chain");
	mcpauth_chain_set_handler(served->chain, answer, NULL);
	serve_chain(served);
}

void serve_stop(struct served *served)
{
	need(mcpauth_chain_drain(served->chain, 5000) == 0, "a request hangs");
	MHD_stop_daemon(served->mhd);
	mcpauth_chain_free(served->chain);
	mcpauth_free(served->auth);
}

unsigned serve_ask(const struct served *served, const char *token)
{
	struct http_response response = {0};
	struct http_client *client = http_client_new(served->port);
	bool said = http_client_get(client, "/mcp", token);
	if (said && !http_client_read(client, &response, HTTP_CLIENT_MS)) {
		need(http_client_is_closed(client, 100), "a request is not answered");
	}
	unsigned status = response.status;
	http_response_finish(&response);
	http_client_free(client);
	return status;
}
