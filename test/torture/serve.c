/* A scenario's servers: an issuer on loopback, and a protected MHD daemon. */
#include "serve.h"

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
