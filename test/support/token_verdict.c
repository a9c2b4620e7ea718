/* Says what the library makes of tokens, for tests whose peers are not in C: settings
 * as NAME=VALUE arguments, a token per line on stdin, a verdict per line on stdout. */
#define _POSIX_C_SOURCE 200809L

#include <mcpauth/mcpauth.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct setup {
	struct mcpauth_resource_config resource;
	struct mcpauth_issuer_config issuer;
	struct mcpauth_introspection_config introspection;
};

static bool set_text(struct setup *setup, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{"resource", &setup->resource.resource},
		{"issuer", &setup->issuer.issuer},
		{"endpoint", &setup->introspection.endpoint},
		{"client_id", &setup->introspection.client_id},
		{"client_secret", &setup->introspection.client_secret},
		{"client_secret_file", &setup->introspection.client_secret_file},
		{"private_key_file", &setup->introspection.private_key_file},
		{"key_id", &setup->introspection.key_id},
		{"key_algorithm", &setup->introspection.key_algorithm},
		{"assertion_audience", &setup->introspection.assertion_audience},
		{"bearer_token_file", &setup->introspection.bearer_token_file},
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].text = value;
			return true;
		}
	}
	return false;
}

static bool set_way(struct setup *setup, const char *value)
{
	static const char *const ways[] = {
		[MCPAUTH_CLIENT_SECRET_BASIC] = "client_secret_basic",
		[MCPAUTH_CLIENT_SECRET_POST] = "client_secret_post",
		[MCPAUTH_CLIENT_SECRET_NONE] = "none",
		[MCPAUTH_PRIVATE_KEY_JWT] = "private_key_jwt",
		[MCPAUTH_CLIENT_BEARER_TOKEN] = "bearer",
	};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (strcmp(ways[i], value) == 0) {
			setup->introspection.authentication = (enum mcpauth_client_authentication)i;
			return true;
		}
	}
	return false;
}

/* @param argument  is cut at its "=" */
static bool set(struct setup *setup, char *argument)
{
	char *value = strchr(argument, '=');
	if (value == NULL) {
		return false;
	}
	*value++ = '\0';
	if (strcmp(argument, "authentication") == 0) {
		return set_way(setup, value);
	}
	if (strcmp(argument, "require_signed_answers") == 0) {
		setup->introspection.require_signed_answers = true;
		return true;
	}
	if (strcmp(argument, "accept_active_as_audience") == 0) {
		setup->introspection.accept_active_as_audience = true;
		return true;
	}
	return set_text(setup, argument, value);
}

static enum mcpauth_code build(
	const struct setup *setup, struct mcpauth **auth, struct mcpauth_error *err)
{
	const char *resource = setup->resource.resource;
	enum mcpauth_code code = mcpauth_new(NULL, auth, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth_add_resource(*auth, &setup->resource, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_add_issuer(*auth, resource, &setup->issuer, err);
	}
	if (code == MCPAUTH_OK) {
		code = mcpauth_set_introspection(
			*auth, setup->issuer.issuer, &setup->introspection, err);
	}
	return code;
}

/* The code, and the owner or the reason. */
static void judge(struct mcpauth *auth, const char *resource, const char *token)
{
	struct mcpauth_error err = {0};
	struct mcpauth_auth_info *info = NULL;
	enum mcpauth_code code = mcpauth_verify(auth, resource, token, &info, &err);
	printf("%s %s\n", mcpauth_code_name(code),
		code == MCPAUTH_OK ? mcpauth_auth_info_subject(info) : err.message);
	fflush(stdout);
	mcpauth_auth_info_free(info);
}

int main(int argc, char **argv)
{
	struct setup setup = {MCPAUTH_RESOURCE_CONFIG_INIT, MCPAUTH_ISSUER_CONFIG_INIT,
		MCPAUTH_INTROSPECTION_CONFIG_INIT};
	struct mcpauth_error err = {0};
	struct mcpauth *auth = NULL;
	char line[32768];
	for (int i = 1; i < argc; i++) {
		if (!set(&setup, argv[i])) {
			fprintf(stderr, "token_verdict: what is '%s'?\n", argv[i]);
			return 2;
		}
	}
	enum mcpauth_code code = build(&setup, &auth, &err);
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "token_verdict: %s: %s\n", mcpauth_code_name(code), err.message);
	}
	while (code == MCPAUTH_OK && fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		judge(auth, setup.resource.resource, line);
	}
	mcpauth_free(auth);
	return code == MCPAUTH_OK ? 0 : 1;
}
