/* Reads settings files as a server does, and says what is wrong: read_settings FILE... */
#include <mcpauth/auto.h>
#include <mcpauth/mhd.h>

#include <stdio.h>

static bool makes_a_chain(const char *path)
{
	MCPAUTH_AUTO(settings) *settings = NULL;
	struct mcpauth_chain *chain = NULL;
	struct mcpauth_error err;
	enum mcpauth_code code = mcpauth_settings_read(path, &settings, &err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_chain_new_from_settings(settings, NULL, &chain, &err);
	}
	if (code != MCPAUTH_OK) {
		printf("%s: %s\n", path, err.message);
		return false;
	}
	struct mcpauth *auth = mcpauth_chain_auth(chain);
	mcpauth_chain_free(chain);
	mcpauth_free(auth);
	return true;
}

int main(int argc, char **argv)
{
	bool all = argc > 1;
	for (int i = 1; i < argc; i++) {
		all = makes_a_chain(argv[i]) && all;
	}
	return all ? 0 : 1;
}
