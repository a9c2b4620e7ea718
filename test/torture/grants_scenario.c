/* Scenario: a client gets tokens by each grant, with a key of its own and a nonce. */
#include "scenario.h"

#include "client/grants/grants.h"
#include "support/test_key.h"
#include "support/token_endpoint.h"

#include <stdlib.h>
#include <string.h>

#define BOUND \
	"{\"access_token\":\"a\",\"token_type\":\"DPoP\",\"expires_in\":60," \
	"\"refresh_token\":\"r\",\"scope\":\"s\"}"
#define ID_JAG \
	"{\"access_token\":\"x.y.z\",\"token_type\":\"N_A\"," \
	"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:id-jag\"}"

static const struct token_endpoint_answer answers[] = {
	{400, "{\"error\":\"use_dpop_nonce\"}", "n"},
	{200, BOUND, NULL},
};
static const struct token_endpoint_answer id_jag = {.status = 200, .body = ID_JAG};

static struct mcpauth__authorization_server server = {
	.issuer = ISSUER,
	.source = ISSUER "/metadata",
	.token_endpoint = ISSUER "/token",
	.revocation_endpoint = ISSUER "/revoke",
};

/* Made before anything fails. */
static char *pem;

static enum mcpauth_code make_proof(struct mcpauth__client_proof **proof)
{
	return mcpauth__client_proof_new(
		&(struct mcpauth__client_identity){
			.authentication = MCPAUTH_PRIVATE_KEY_JWT,
			.id = "client",
			.private_key = pem,
			.default_audience = ISSUER,
		},
		proof, NULL);
}

/* Where there is no memory for a nonce, it is asked for in vain. */
static bool is_done(enum mcpauth_code code, const char *error, const char *what)
{
	if (code == MCPAUTH_E_TOKEN_ENDPOINT && strcmp(error, "use_dpop_nonce") == 0) {
		need(torture_failed(), what);
		return false;
	}
	return may_fail(code, what);
}

static bool take(struct mcpauth__tokens *tokens, bool good)
{
	need(!good
			|| (strcmp(tokens->access_token, "a") == 0 && tokens->is_dpop
				&& strcmp(tokens->refresh_token, "r") == 0
				&& strcmp(tokens->issuer, ISSUER) == 0
				&& tokens->expires_at == TOKEN_ENDPOINT_NOW + 60),
		"a token that is not what came");
	mcpauth__tokens_finish(tokens);
	return good;
}

static bool redeem(struct token_endpoint *endpoint, const struct mcpauth__grant_request *request)
{
	static const struct mcpauth__code_grant grant = {"code", "verifier", "http://127.0.0.1/"};
	struct mcpauth__tokens tokens = {0};
	char error[64];
	token_endpoint_script(endpoint, answers, 2);
	return take(&tokens,
		is_done(mcpauth__grant_code(request, &grant, &tokens, error, NULL), error, "code"));
}

static bool refresh(struct token_endpoint *endpoint, const struct mcpauth__grant_request *request)
{
	static struct mcpauth__tokens old = {.refresh_token = "r", .scope = "s"};
	struct mcpauth__tokens tokens = {0};
	char error[64];
	token_endpoint_script(endpoint, answers, 2);
	return take(&tokens,
		is_done(mcpauth__grant_refresh(request, &old, &tokens, error, NULL), error,
			"refresh"));
}

static char *give_id_token(void *user)
{
	return strdup(user);
}

static bool vouch(struct token_endpoint *endpoint, const struct mcpauth__grant_request *request)
{
	struct mcpauth_enterprise_config config = MCPAUTH_ENTERPRISE_CONFIG_INIT;
	struct mcpauth__tokens tokens = {0};
	char *assertion;
	char error[64];
	config.token_endpoint = "https://idp.example.com/token";
	config.client_id = "client";
	config.client_secret = "secret";
	config.id_token = give_id_token;
	config.user = "i.d.t";
	token_endpoint_script(endpoint, &id_jag, 1);
	enum mcpauth_code code = mcpauth__grant_id_jag(request, &config, &assertion, error, NULL);
	need((assertion != NULL) == (code == MCPAUTH_OK), "an assertion, but no success");
	if (code == MCPAUTH_E_LOGIN_REQUIRED) {
		need(torture_failed(), "there was an ID token");
		return false;
	}
	if (!may_fail(code, "ID-JAG")) {
		return false;
	}
	token_endpoint_script(endpoint, answers, 2);
	code = mcpauth__grant_assertion(request, assertion, &tokens, error, NULL);
	free(assertion);
	return take(&tokens, is_done(code, error, "assertion"));
}

static bool revoke(struct token_endpoint *endpoint, const struct mcpauth__grant_request *request)
{
	token_endpoint_script(endpoint, &id_jag, 1);
	return may_fail(mcpauth__token_revoke(request, "r", "refresh_token", NULL), "revoke");
}

static bool use_all(struct token_endpoint *endpoint)
{
	struct mcpauth__client_proof *proof = NULL;
	struct mcpauth__dpop *dpop = NULL;
	bool good = may_fail(make_proof(&proof), "proof")
		&& may_fail(mcpauth__dpop_new(NULL, &dpop, NULL), "DPoP");
	if (good) {
		const struct mcpauth__grant_request request = {
			.asker = &endpoint->asker,
			.server = &server,
			.proof = proof,
			.client_id = "client",
			.dpop = dpop,
			.needs_dpop = true,
			.resource = RESOURCE,
			.scope = "s",
			.now = TOKEN_ENDPOINT_NOW,
		};
		good = redeem(endpoint, &request);
		good = refresh(endpoint, &request) && good;
		good = vouch(endpoint, &request) && good;
		good = revoke(endpoint, &request) && good;
	}
	mcpauth__dpop_free(dpop);
	mcpauth__client_proof_free(proof);
	return good;
}

static bool attempt(unsigned long number)
{
	void *state;
	need(token_endpoint_start(&state) == 0, "a token endpoint");
	torture_begin(number);
	bool good = use_all(state);
	torture_end();
	need(use_all(state), "the next tokens");
	token_endpoint_stop(&state);
	return good;
}

int main(void)
{
	pem = test_key_pem(test_key("ES256", 0));
	return scenario_run(attempt);
}
