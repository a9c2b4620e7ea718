/* Scenario: a settings file is read, a chain made of it, and the chain reloaded. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

static const char file[] = "settings.json";

static void write_file(void)
{
	FILE *stream = fopen(file, "w");
	need(stream != NULL, file);
	fprintf(stream,
		"{\"auth\":{\"clock_tolerance\":30},"
		"\"resources\":[{\"resource\":\"" RESOURCE
		"\",\"scopes_supported\":[\"read\",\"write\"],"
		"\"implied_scopes\":{\"write\":[\"read\",\"notes:*\"]},"
		"\"static_tokens\":[{\"token\":\"t\",\"claims\":{\"scope\":\"read\"}}],"
		"\"issuers\":[{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"" ISSUER "/keys\","
		"\"introspection\":{\"endpoint\":\"" ISSUER "/introspect\","
		"\"client_id\":\"us\",\"client_secret\":\"secret\"}},"
		"{\"issuer\":\"" OTHER_ISSUER "\",\"jwks_uri\":\"" OTHER_ISSUER "/keys\"}]}],"
		"\"routes\":[{\"path\":\"/mcp\",\"scopes\":[\"read\"],\"operations\":["
		"{\"name\":\"get-*\"},{\"name\":\"create\",\"any_scopes\":[\"write\"]}]}],"
		"\"allowed_hosts\":[\"inside:80\"],"
		"\"allowed_origins\":[\"https://*.example.org\"],"
		"\"trusted_proxies\":[\"10.0.0.0/8\"],"
		"\"cors\":{\"headers\":[\"X-Own\"]},\"rate_limit\":{\"entries\":1024},"
		"\"access_log\":{},\"metrics\":{}}");
	fclose(stream);
}

static bool read_file(struct mcpauth_settings **settings)
{
	struct mcpauth_error err = {0};
	enum mcpauth_code code = mcpauth_settings_read(file, settings, &err);
	need(code != MCPAUTH_E_INVALID_SETTINGS, err.message);
	/* A file that cannot be opened, since the C library had no memory for it. */
	return code == MCPAUTH_E_FILE && torture_failed() ? false : may_fail(code, "reading");
}

static bool attempt(unsigned long number)
{
	struct mcpauth_settings *settings = NULL;
	struct mcpauth_chain *chain = NULL;
	torture_begin(number);
	bool good = read_file(&settings)
		&& may_fail(mcpauth_chain_new_from_settings(settings, NULL, &chain, NULL), "making")
		&& may_fail(mcpauth_chain_reload(chain, settings, NULL), "reloading");
	torture_end();
	if (chain != NULL) {
		need(mcpauth_chain_reload(chain, settings, NULL) == MCPAUTH_OK, "reloading again");
	}
	mcpauth_settings_free(settings);
	mcpauth_chain_free(chain);
	return good;
}

int main(void)
{
	write_file();
	return scenario_run(attempt);
}
