/* The application with mcpauth in front of it. */
#include "server.h"

#include <mcpauth/mcpauth.h>
#include <mcpauth/mhd.h>

#include <stdio.h>
#include <stdlib.h>

#define STOP_MS 2000

static void must(enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s (%s)\n", err->message, mcpauth_code_name(code));
		exit(2);
	}
}

static struct mcpauth *make_auth(const struct server_options *options)
{
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_error err;
	struct mcpauth *auth;
	config.token_cache_entries = options->cache_entries;
	config.token_cache_seconds = options->no_cache ? MCPAUTH_NONE : 0;
	resource.resource = options->resource;
	resource.resource_name = "notes";
	resource.scopes_supported = "read:notes";
	issuer.issuer = options->issuer;
	issuer.jwks_uri = options->jwks;
	must(mcpauth_new(&config, &auth, &err), &err);
	must(mcpauth_add_resource(auth, &resource, &err), &err);
	must(mcpauth_add_issuer(auth, resource.resource, &issuer, &err), &err);
	return auth;
}

static struct mcpauth_chain *make_chain(
	const struct server_options *options, struct mcpauth *auth, struct MHD_Response *response)
{
	struct mcpauth_chain_config config = MCPAUTH_CHAIN_CONFIG_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	struct mcpauth_error err;
	struct mcpauth_chain *chain;
	config.connection_limit = options->connection_limit;
	policy.scopes = "read:notes";
	must(mcpauth_chain_new(auth, &config, &chain, &err), &err);
	must(mcpauth_chain_protect(chain, "/notes", &policy, &err), &err);
	must(mcpauth_chain_publish(chain, "/open", "GET", &err), &err);
	mcpauth_chain_set_handler(chain, server_handle, response);
	return chain;
}

static void drain(void *chain)
{
	mcpauth_chain_drain(chain, STOP_MS);
}

int main(int argc, char **argv)
{
	struct server_options options;
	server_parse(&options, argc, argv);
	struct MHD_Response *response = server_response();
	struct mcpauth *auth = make_auth(&options);
	struct mcpauth_chain *chain = make_chain(&options, auth, response);
	struct server_daemon how = {
		.flags = MCPAUTH_MHD_FLAGS,
		.handler = mcpauth_mhd_handler,
		.user = chain,
		.options = mcpauth_mhd_options(chain),
		.before_stop = drain,
	};
	int status = server_run(&options, &how);
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	MHD_destroy_response(response);
	return status;
}
