/* A protected MHD server and the introspection endpoint that it asks. */
#include "support/opaque_daemon.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIVE "{\"active\":true,\"sub\":\"%s\",\"aud\":\"%s\",\"scope\":\"read\"}"

void opaque_say(const char *token, struct opaque_answer *answer, void *user)
{
	size_t length = strcspn(token, "-");
	const char *subject = token + length + (token[length] == '-' ? 1 : 0);
	char word[16];
	(void)user;
	snprintf(word, sizeof word, "%.*s", (int)length, token);
	if (strcmp(word, "gone") == 0) {
		return;
	}
	snprintf(answer->body, sizeof answer->body, ACTIVE, subject,
		strcmp(word, "elsewhere") == 0 ? "https://else.example.com" : DAEMON_RESOURCE);
	if (strcmp(word, "slow") == 0) {
		answer->delay_ms = OPAQUE_SLOW_MS;
	} else if (strcmp(word, "held") == 0) {
		answer->delay_ms = OPAQUE_HELD;
	} else if (strcmp(word, "broken") == 0) {
		answer->status = 500;
	} else if (strcmp(word, "cut") == 0) {
		answer->status = 0;
	}
}

static enum mcpauth_stage_result count(struct mcpauth_exchange *exchange, void *user)
{
	struct opaque_daemon *it = user;
	(void)exchange;
	atomic_fetch_add(&it->arrived, 1);
	return MCPAUTH_NEXT;
}

static void prepare(struct mcpauth *auth, struct mcpauth_chain *chain, void *user)
{
	struct opaque_daemon *it = user;
	struct mcpauth_stage stage = MCPAUTH_STAGE_INIT;
	struct mcpauth_policy policy = MCPAUTH_POLICY_INIT;
	it->auth = auth;
	stage.on_request = count;
	stage.user = it;
	policy.scopes = "write";
	CHECK_OK(mcpauth_chain_add_stage(chain, MCPAUTH_STAGE_FIRST, &stage, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/write", &policy, &err));
	CHECK_OK(mcpauth_chain_protect(chain, "/mcp", NULL, &err));
	CHECK_OK(mcpauth_set_introspection(auth, DAEMON_ISSUER, &it->config, &err));
}

struct opaque_daemon *opaque_daemon_new(const struct opaque_daemon_config *config)
{
	struct opaque_daemon *it = calloc(1, sizeof *it);
	struct daemon_config daemon = config->daemon;
	assert_non_null(it);
	atomic_init(&it->arrived, 0);
	it->endpoint = opaque_endpoint_new(
		config->answer != NULL ? config->answer : opaque_say, config->user);
	snprintf(it->url, sizeof it->url, "http://127.0.0.1:%u/introspect",
		opaque_endpoint_port(it->endpoint));
	it->config = (struct mcpauth_introspection_config)MCPAUTH_INTROSPECTION_CONFIG_INIT;
	it->config.endpoint = it->url;
	it->config.client_id = "server";
	it->config.client_secret = "hush-hush";
	it->config.cache_seconds = config->cache_seconds;
	it->config.concurrency = config->concurrency;
	/* Nobody listens there: of opaque tokens no keys are asked for. */
	daemon.issuer_port = 1;
	daemon.prepare = prepare;
	daemon.prepare_user = it;
	it->daemon = daemon_new(&daemon);
	return it;
}

void opaque_daemon_free(struct opaque_daemon *it)
{
	daemon_free(it->daemon);
	opaque_endpoint_free(it->endpoint);
	free(it);
}

struct http_client *opaque_daemon_ask(
	const struct opaque_daemon *it, const char *path, const char *token)
{
	struct http_client *client = http_client_new(daemon_port(it->daemon));
	assert_true(http_client_get(client, path, token));
	return client;
}

struct http_response opaque_daemon_get(
	const struct opaque_daemon *it, const char *path, const char *token)
{
	struct http_response response = {0};
	struct http_client *client = opaque_daemon_ask(it, path, token);
	assert_true(http_client_read(client, &response, HTTP_CLIENT_MS));
	http_client_free(client);
	return response;
}
