/* A stranger's client, which needs no libmicrohttpd: it may not ask this server. */
#include <mcpauth/mcpauth.h>

#include <stdio.h>

int main(void)
{
	struct mcpauth_error err = {.code = MCPAUTH_OK};
	struct mcpauth *auth = NULL;
	struct mcpauth_client *client = NULL;
	struct mcpauth_client_config config = MCPAUTH_CLIENT_CONFIG_INIT;
	config.server = "http://mcp.example.com/mcp";
	if (mcpauth_new(NULL, &auth, &err) == MCPAUTH_OK) {
		mcpauth_client_new(auth, &config, &client, &err);
	}
	puts(mcpauth_code_name(err.code));
	mcpauth_client_free(client);
	mcpauth_free(auth);
	return 0;
}
