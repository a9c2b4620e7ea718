/* Scenario: requests with opaque tokens to a daemon that asks an endpoint about them; with
 * an argument, one that metadata names and whose answers are signed. */
#include "serve.h"

#include "support/opaque_endpoint.h"
#include "support/test_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT "server"

struct token {
	const char *text;
	unsigned status;
	const char *claims; /* that the endpoint says */
	char answer[1024];  /* as it says them */
};

static struct token tokens[] = {
	{"good", 200, "\"active\":true,\"aud\":\"" RESOURCE "\",\"exp\":99999999999", ""},
	{"gone", 401, "\"active\":false", ""},
	{"elsewhere", 401, "\"active\":true,\"aud\":\"https://else.example\",\"exp\":99999999999",
		""},
};
#define TOKEN_COUNT (sizeof tokens / sizeof *tokens)

static bool is_signed;
static char metadata[512];
static struct loopback_page pages[] = {
	{.path = "/.well-known/oauth-authorization-server", .status = 200, .body = metadata},
	{.path = "/keys", .status = 200},
};

struct server {
	struct loopback *documents;
	struct opaque_endpoint *endpoint;
	struct served served;
};

static void say(const char *text, struct opaque_answer *answer, void *user)
{
	(void)user;
	for (size_t i = 0; i < TOKEN_COUNT; i++) {
		if (strcmp(tokens[i].text, text) == 0) {
			memcpy(answer->body, tokens[i].answer, sizeof tokens[i].answer);
		}
	}
}

static void sign(struct token *token)
{
	int64_t now;
	int64_t monotonic;
	char payload[512];
	scenario_clock(&now, &monotonic, NULL);
	snprintf(payload, sizeof payload,
		"{\"iss\":\"" ISSUER "\",\"aud\":\"" CLIENT
		"\",\"iat\":%lld,\"token_introspection\":{%s}}",
		(long long)now, token->claims);
	char *made = test_key_sign(test_key("ES256", 0),
		"{\"alg\":\"ES256\",\"typ\":\"token-introspection+jwt\",\"kid\":\"ES256\"}",
		payload);
	need(strlen(made) < sizeof token->answer, "a signed answer");
	snprintf(token->answer, sizeof token->answer, "%s", made);
	free(made);
}

/* Before anything fails, and when nothing does any more: a signature is good for a minute. */
static void write_answers(void)
{
	for (size_t i = 0; i < TOKEN_COUNT; i++) {
		if (is_signed) {
			sign(&tokens[i]);
		} else {
			snprintf(tokens[i].answer, sizeof tokens[i].answer, "{%s}",
				tokens[i].claims);
		}
	}
}

static void add_issuer(const struct server *server, struct mcpauth *auth)
{
	char endpoint[64];
	char document[128];
	struct mcpauth_issuer_config issuer = MCPAUTH_ISSUER_CONFIG_INIT;
	struct mcpauth_introspection_config introspection = MCPAUTH_INTROSPECTION_CONFIG_INIT;
	const char *origin = serve_origin(server->documents, false);
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u/introspect",
		opaque_endpoint_port(server->endpoint));
	snprintf(metadata, sizeof metadata,
		"{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"%s/keys\","
		"\"introspection_endpoint\":\"%s\"}",
		origin, endpoint);
	snprintf(document, sizeof document, "%s%s", origin, pages[0].path);
	issuer.issuer = ISSUER;
	issuer.metadata_url = document;
	introspection.endpoint = is_signed ? NULL : endpoint;
	introspection.client_id = CLIENT;
	introspection.client_secret = "secret";
	introspection.require_signed_answers = is_signed;
	need(mcpauth_add_issuer(auth, RESOURCE, &issuer, NULL) == MCPAUTH_OK, "mcpauth_add_issuer");
	need(mcpauth_set_introspection(auth, ISSUER, &introspection, NULL) == MCPAUTH_OK,
		"mcpauth_set_introspection");
}

static void start(struct server *server)
{
	struct mcpauth *auth;
	struct mcpauth_config config = MCPAUTH_CONFIG_INIT;
	struct mcpauth_resource_config resource = MCPAUTH_RESOURCE_CONFIG_INIT;
	config.clock = scenario_clock;
	resource.resource = RESOURCE;
	pages[1].body = scenario_keys();
	write_answers();
	server->documents = loopback_new(pages, sizeof pages / sizeof *pages);
	server->endpoint = opaque_endpoint_new(say, NULL);
	need(mcpauth_new(&config, &auth, NULL) == MCPAUTH_OK, "mcpauth_new");
	need(mcpauth_add_resource(auth, &resource, NULL) == MCPAUTH_OK, "mcpauth_add_resource");
	add_issuer(server, auth);
	serve_daemon(&server->served, auth);
}

static void stop(struct server *server)
{
	serve_stop(&server->served);
	opaque_endpoint_free(server->endpoint);
	loopback_free(server->documents);
}

/* With little memory: no answer, 5xx, or the right one. */
static bool ask(const struct server *server, const struct token *token, const char *when)
{
	char text[96];
	unsigned status = serve_ask(&server->served, token->text);
	bool is_fit = status == token->status;
	snprintf(text, sizeof text, "%s, %s token: status %u", when, token->text, status);
	need(is_fit || (torture_failed() && (status == 0 || status >= 500)), text);
	return is_fit;
}

static bool ask_all(const struct server *server, const char *when)
{
	bool good = true;
	for (size_t i = 0; i < TOKEN_COUNT; i++) {
		good = ask(server, &tokens[i], when) && good;
	}
	return good;
}

static bool attempt(unsigned long number)
{
	struct server server;
	start(&server);
	torture_begin(number);
	bool good = ask_all(&server, "cold");
	good = ask_all(&server, "hot") && good;
	torture_end();
	scenario_advance();
	write_answers();
	need(ask_all(&server, "afterwards"), "the next requests");
	stop(&server);
	return good;
}

int main(int argc, char **argv)
{
	(void)argv;
	is_signed = argc > 1;
	return scenario_run(attempt);
}
