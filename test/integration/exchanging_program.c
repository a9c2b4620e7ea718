/*
 * A program that exchanges a caller's token, for tests in other languages:
 *
 *	exchanging_program ISSUER RESOURCE TOKEN ENDPOINT [NAME=VALUE ...]
 *
 * NAME is a field of struct mcpauth_token_exchange_config. Writes the tokens of two
 * exchanges, one a line, for which the endpoint was asked twice; or says why not.
 */
#include <mcpauth/mcpauth.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TURNS 2

static void need(enum mcpauth_code code, const struct mcpauth_error *err)
{
	if (code != MCPAUTH_OK) {
		fprintf(stderr, "%s: %s\n", mcpauth_code_name(code), err->message);
		exit(1);
	}
}

static const char *const methods[] = {
	[MCPAUTH_CLIENT_SECRET_BASIC] = "client_secret_basic",
	[MCPAUTH_CLIENT_SECRET_POST] = "client_secret_post",
	[MCPAUTH_CLIENT_SECRET_NONE] = "none",
	[MCPAUTH_PRIVATE_KEY_JWT] = "private_key_jwt",
	[MCPAUTH_CLIENT_BEARER_TOKEN] = "bearer_token",
};

#define FIELD(name) \
	{ \
#name "=", offsetof(struct mcpauth_token_exchange_config, name) \
	}

static const struct {
	const char *name;
	size_t at;
} fields[] = {
	FIELD(client_id),
	FIELD(client_secret),
	FIELD(audience),
	FIELD(private_key),
	FIELD(key_id),
	FIELD(key_algorithm),
	FIELD(assertion_audience),
	FIELD(bearer_token),
};

static bool take_method(const char *text, struct mcpauth_token_exchange_config *config)
{
	static const char name[] = "authentication=";
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (strncmp(text, name, strlen(name)) == 0
			&& strcmp(text + strlen(name), methods[i]) == 0) {
			config->authentication = (enum mcpauth_client_authentication)i;
			return true;
		}
	}
	return false;
}

static bool take_field(const char *text, struct mcpauth_token_exchange_config *config)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		size_t length = strlen(fields[i].name);
		if (strncmp(text, fields[i].name, length) == 0) {
			const char *value = text + length;
			memcpy((char *)config + fields[i].at, &value, sizeof value);
			return true;
		}
	}
	return take_method(text, config);
}

static struct mcpauth_auth_info *call(
	struct mcpauth *auth, const char *issuer, const char *resource, const char *token)
{
	struct mcpauth_error err;
	struct mcpauth_auth_info *caller;
	struct mcpauth_resource_config config = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.resource = resource;
	need(mcpauth_add_resource(auth, &config, &err), &err);
	need(mcpauth_add_issuer(auth, resource,
		     &(struct mcpauth_issuer_config){
			     .size = sizeof(struct mcpauth_issuer_config),
			     .issuer = issuer,
		     },
		     &err),
		&err);
	need(mcpauth_verify(auth, resource, token, &caller, &err), &err);
	return caller;
}

int main(int count, char **arguments)
{
	struct mcpauth_error err;
	struct mcpauth *auth;
	struct mcpauth_token_exchange *exchange;
	struct mcpauth_token_exchange_config config = MCPAUTH_TOKEN_EXCHANGE_CONFIG_INIT;
	if (count < 5) {
		return 2;
	}
	config.token_endpoint = arguments[4];
	config.cache_entries = MCPAUTH_NONE;
	for (int i = 5; i < count; i++) {
		if (!take_field(arguments[i], &config)) {
			return 2;
		}
	}
	need(mcpauth_new(NULL, &auth, &err), &err);
	struct mcpauth_auth_info *caller = call(auth, arguments[1], arguments[2], arguments[3]);
	need(mcpauth_token_exchange_new(auth, &config, &exchange, &err), &err);
	for (int i = 0; i < TURNS; i++) {
		struct mcpauth_exchanged_token *token;
		need(mcpauth_token_exchange_run(exchange, caller, &token, &err), &err);
		puts(mcpauth_exchanged_token_value(token));
		mcpauth_exchanged_token_free(token);
	}
	mcpauth_token_exchange_free(exchange);
	mcpauth_auth_info_free(caller);
	mcpauth_free(auth);
	return 0;
}
