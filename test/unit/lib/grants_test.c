/* The grants: what each one asks for, and what is kept of the answer. */
#include "client/grants/grants.h"

#include "support/check.h"
#include "support/token_endpoint.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ISSUER "https://as.example/t"
#define AUDIENCE_PARAMETER "audience=https%3A%2F%2Fas.example%2Ft"
#define RESOURCE "https://api.example/mcp"
#define RESOURCE_PARAMETER "resource=https%3A%2F%2Fapi.example%2Fmcp"
#define IDP_TOKEN "https://idp.example/token"
#define GOOD "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}"
#define WHOLE \
	"{\"access_token\":\"a2\",\"token_type\":\"Bearer\",\"expires_in\":60," \
	"\"refresh_token\":\"r2\",\"scope\":\"less\"}"
#define ID_JAG \
	"{\"access_token\":\"x.y.z\",\"token_type\":\"N_A\"," \
	"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:id-jag\"}"

static const struct token_endpoint_answer good = {.status = 200, .body = GOOD};
static const struct token_endpoint_answer whole = {.status = 200, .body = WHOLE};
static const struct token_endpoint_answer refused = {.status = 400,
	.body = "{\"error\":\"invalid_grant\"}"};

static struct mcpauth__authorization_server server = {
	.issuer = ISSUER,
	.source = "https://as.example/.well-known/oauth-authorization-server/t",
	.token_endpoint = "https://as.example/token",
	.revocation_endpoint = "https://as.example/revoke",
};

static struct mcpauth__tokens old = {
	.issuer = ISSUER,
	.client_id = "me",
	.resource = RESOURCE,
	.access_token = "a1",
	.refresh_token = "r1+",
	.scope = "one two",
	.requested = "one two three",
	.issued_at = 1,
	.expires_at = 2,
};

static const struct mcpauth__code_grant code_grant = {
	.code = "c&1",
	.verifier = "v1",
	.redirect_uri = "http://127.0.0.1:1/callback",
};

/* What all grants have in common here. Caller frees its proof. */
static struct mcpauth__grant_request request_to(struct token_endpoint *endpoint)
{
	struct mcpauth__client_proof *proof;
	CHECK_OK(mcpauth__client_proof_new(
		&(struct mcpauth__client_identity){
			.authentication = MCPAUTH_CLIENT_SECRET_NONE, .id = "me"},
		&proof, &err));
	return (struct mcpauth__grant_request){
		.asker = &endpoint->asker,
		.server = &server,
		.proof = proof,
		.client_id = "me",
		.resource = RESOURCE,
		.scope = "one two",
		.now = TOKEN_ENDPOINT_NOW,
	};
}

static void finish(const struct mcpauth__grant_request *request)
{
	mcpauth__client_proof_free((struct mcpauth__client_proof *)request->proof);
}

enum grant {
	CODE,
	REFRESH,
	CLIENT_CREDENTIALS,
	ASSERTION,
	GRANTS
};

/* Caller finishes the tokens. */
static enum mcpauth_code use(enum grant grant, const struct mcpauth__grant_request *request,
	struct mcpauth__tokens *tokens, char *error, struct mcpauth_error *err)
{
	switch (grant) {
	case CODE:
		return mcpauth__grant_code(request, &code_grant, tokens, error, err);
	case REFRESH:
		return mcpauth__grant_refresh(request, &old, tokens, error, err);
	case CLIENT_CREDENTIALS:
		return mcpauth__grant_client_credentials(request, tokens, error, err);
	default:
		return mcpauth__grant_assertion(request, "x.y.z", tokens, error, err);
	}
}

/* Use it with this answer, and keep what was asked. Caller finishes the tokens. */
static void use_well(struct token_endpoint *endpoint, enum grant grant,
	const struct token_endpoint_answer *answer, struct mcpauth__tokens *tokens)
{
	char error[64] = "left from before";
	struct mcpauth__grant_request request = request_to(endpoint);
	token_endpoint_script(endpoint, answer, 1);
	CHECK_OK(use(grant, &request, tokens, error, &err));
	assert_string_equal(error, "");
	assert_int_equal(endpoint->asked, 1);
	assert_string_equal(endpoint->requests[0].url, server.token_endpoint);
	finish(&request);
}

static void asks_for_what_the_grant_is(void **state)
{
	static const char *const forms[GRANTS] = {
		"grant_type=authorization_code&code=c%261&code_verifier=v1&"
		"redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback&" RESOURCE_PARAMETER
		"&client_id=me",
		"grant_type=refresh_token&refresh_token=r1%2B&" RESOURCE_PARAMETER "&client_id=me",
		"grant_type=client_credentials&" RESOURCE_PARAMETER "&scope=one+two&client_id=me",
		"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=x.y.z&" RESOURCE_PARAMETER
		"&scope=one+two&client_id=me",
	};
	struct token_endpoint *endpoint = *state;
	for (enum grant grant = CODE; grant < GRANTS; grant++) {
		struct mcpauth__tokens tokens = {0};
		use_well(endpoint, grant, &good, &tokens);
		assert_string_equal(endpoint->requests[0].form, forms[grant]);
		mcpauth__tokens_finish(&tokens);
	}
}

static void leaves_out_what_is_not_there(void **state)
{
	static const char *const forms[GRANTS] = {
		[CLIENT_CREDENTIALS] = "grant_type=client_credentials&client_id=me",
		[ASSERTION] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"
			      "assertion=x.y.z&client_id=me",
	};
	struct token_endpoint *endpoint = *state;
	for (enum grant grant = CLIENT_CREDENTIALS; grant < GRANTS; grant++) {
		struct mcpauth__tokens tokens = {0};
		char error[64];
		struct mcpauth__grant_request request = request_to(endpoint);
		request.resource = NULL;
		request.scope = NULL;
		token_endpoint_script(endpoint, &good, 1);
		CHECK_OK(use(grant, &request, &tokens, error, &err));
		assert_string_equal(endpoint->requests[0].form, forms[grant]);
		assert_null(tokens.resource);
		assert_null(tokens.scope);
		assert_null(tokens.requested);
		mcpauth__tokens_finish(&tokens);
		finish(&request);
	}
}

static void keeps_whose_token_it_is(void **state)
{
	for (enum grant grant = CODE; grant < GRANTS; grant++) {
		struct mcpauth__tokens tokens = {0};
		use_well(*state, grant, &whole, &tokens);
		assert_string_equal(tokens.issuer, ISSUER);
		assert_string_equal(tokens.client_id, "me");
		assert_string_equal(tokens.resource, RESOURCE);
		assert_string_equal(tokens.access_token, "a2");
		assert_string_equal(tokens.refresh_token, "r2");
		assert_string_equal(tokens.scope, "less");
		assert_string_equal(
			tokens.requested, grant == REFRESH ? "one two three" : "one two");
		assert_int_equal(tokens.issued_at, TOKEN_ENDPOINT_NOW);
		assert_int_equal(tokens.expires_at, TOKEN_ENDPOINT_NOW + 60);
		assert_false(tokens.is_dpop);
		mcpauth__tokens_finish(&tokens);
	}
}

static void has_what_was_asked_for_if_nothing_is_said(void **state)
{
	for (enum grant grant = CODE; grant < GRANTS; grant++) {
		struct mcpauth__tokens tokens = {0};
		use_well(*state, grant, &good, &tokens);
		assert_string_equal(tokens.scope, "one two");
		assert_int_equal(tokens.expires_at, 0);
		mcpauth__tokens_finish(&tokens);
	}
}

static void keeps_a_refresh_token_that_does_not_come_back(void **state)
{
	for (enum grant grant = CODE; grant < GRANTS; grant++) {
		struct mcpauth__tokens tokens = {0};
		use_well(*state, grant, &good, &tokens);
		if (grant == REFRESH) {
			assert_string_equal(tokens.refresh_token, "r1+");
			assert_ptr_not_equal(tokens.refresh_token, old.refresh_token);
		} else {
			assert_null(tokens.refresh_token);
		}
		mcpauth__tokens_finish(&tokens);
	}
}

static void tells_the_error_of_a_refusal(void **state)
{
	for (enum grant grant = CODE; grant < GRANTS; grant++) {
		struct mcpauth__tokens tokens = {0};
		char error[64] = "";
		struct mcpauth__grant_request request = request_to(*state);
		token_endpoint_script(*state, &refused, 1);
		CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, use(grant, &request, &tokens, error, &err));
		assert_string_equal(error, "invalid_grant");
		assert_null(tokens.access_token);
		mcpauth__tokens_finish(&tokens);
		finish(&request);
	}
}

static void takes_a_plain_token_unless_a_bound_one_is_needed(void **state)
{
	static const struct token_endpoint_answer bound = {
		.status = 200, .body = "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}"};
	struct mcpauth__grant_request request = request_to(*state);
	struct mcpauth__dpop *dpop;
	CHECK_OK(mcpauth__dpop_new(NULL, &dpop, &err));
	request.dpop = dpop;
	for (unsigned i = 0; i < 4; i++) {
		struct mcpauth__tokens tokens = {0};
		char error[64];
		request.needs_dpop = i / 2 == 1;
		token_endpoint_script(*state, i % 2 == 0 ? &bound : &good, 1);
		CHECK_CODE(i < 3 ? MCPAUTH_OK : MCPAUTH_E_TOKEN_ENDPOINT,
			use(CLIENT_CREDENTIALS, &request, &tokens, error, &err));
		assert_int_equal(tokens.is_dpop, i % 2 == 0);
		mcpauth__tokens_finish(&tokens);
	}
	mcpauth__dpop_free(dpop);
	finish(&request);
}

static char *copy_text(void *user)
{
	char *text = user != NULL ? malloc(strlen(user) + 1) : NULL;
	return text != NULL ? strcpy(text, user) : NULL;
}

static struct mcpauth_enterprise_config enterprise_config(void)
{
	struct mcpauth_enterprise_config config = MCPAUTH_ENTERPRISE_CONFIG_INIT;
	config.token_endpoint = IDP_TOKEN;
	config.client_id = "me-there";
	config.client_secret = "hush there";
	config.id_token = copy_text;
	config.user = "i.d.t";
	return config;
}

/* Caller frees the assertion. */
static enum mcpauth_code exchange(struct token_endpoint *endpoint,
	const struct mcpauth_enterprise_config *config, char **assertion, char *error,
	struct mcpauth_error *err)
{
	struct mcpauth__grant_request request = request_to(endpoint);
	*assertion = (char *)"left from before";
	enum mcpauth_code code = mcpauth__grant_id_jag(&request, config, assertion, error, err);
	finish(&request);
	return code;
}

static void exchanges_an_id_token_at_the_identity_provider(void **state)
{
	static const struct token_endpoint_answer answer = {.status = 200, .body = ID_JAG};
	static const char *const parameters[] = {
		"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
		"requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid-jag",
		"subject_token=i.d.t",
		"subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token",
		AUDIENCE_PARAMETER,
		RESOURCE_PARAMETER,
		"scope=one+two",
		"client_id=me-there",
		"client_secret=hush+there",
	};
	struct token_endpoint *endpoint = *state;
	struct mcpauth_enterprise_config config = enterprise_config();
	char *assertion;
	char error[64] = "left from before";
	token_endpoint_script(endpoint, &answer, 1);
	CHECK_OK(exchange(endpoint, &config, &assertion, error, &err));
	assert_string_equal(assertion, "x.y.z");
	assert_string_equal(error, "");
	assert_string_equal(endpoint->requests[0].url, IDP_TOKEN);
	assert_string_equal(endpoint->requests[0].authorization, "");
	for (size_t i = 0; i < COUNT(parameters); i++) {
		CHECK_ROW(parameters[i], token_endpoint_has(&endpoint->requests[0], parameters[i]));
	}
	free(assertion);
}

static void names_itself_there_without_a_secret(void **state)
{
	static const struct token_endpoint_answer answer = {.status = 200, .body = ID_JAG};
	struct token_endpoint *endpoint = *state;
	struct mcpauth_enterprise_config config = enterprise_config();
	char *assertion;
	char error[64];
	config.client_secret = NULL;
	token_endpoint_script(endpoint, &answer, 1);
	CHECK_OK(exchange(endpoint, &config, &assertion, error, &err));
	assert_true(token_endpoint_has(&endpoint->requests[0], "client_id=me-there"));
	assert_null(strstr(endpoint->requests[0].form, "client_secret"));
	free(assertion);
}

static void takes_nothing_but_an_id_jag(void **state)
{
	static const char *const bodies[] = {
		"{\"access_token\":\"x.y.z\",\"token_type\":\"N_A\"}",
		"{\"access_token\":\"x.y.z\",\"token_type\":\"N_A\","
		"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\"}",
		"{\"access_token\":\"x.y.z\",\"token_type\":\"Bearer\","
		"\"issued_token_type\":\"urn:ietf:params:oauth:token-type:id-jag\"}",
	};
	struct mcpauth_enterprise_config config = enterprise_config();
	for (size_t i = 0; i < COUNT(bodies); i++) {
		const struct token_endpoint_answer answer = {.status = 200, .body = bodies[i]};
		char *assertion;
		char error[64];
		token_endpoint_script(*state, &answer, 1);
		CHECK_ROW_CODE(bodies[i], MCPAUTH_E_TOKEN_ENDPOINT,
			exchange(*state, &config, &assertion, error, &err));
		assert_null(assertion);
	}
}

static void tells_why_there_is_no_id_jag(void **state)
{
	struct token_endpoint *endpoint = *state;
	struct mcpauth_enterprise_config config = enterprise_config();
	char *assertion;
	char error[64] = "";
	token_endpoint_script(endpoint, &refused, 1);
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, exchange(endpoint, &config, &assertion, error, &err));
	assert_string_equal(error, "invalid_grant");
	assert_null(assertion);
	config.user = NULL;
	token_endpoint_script(endpoint, &refused, 1);
	CHECK_CODE(MCPAUTH_E_LOGIN_REQUIRED, exchange(endpoint, &config, &assertion, error, &err));
	assert_int_equal(endpoint->asked, 0);
	assert_string_equal(error, "");
	assert_null(assertion);
}

static void revokes_where_that_can_be_done(void **state)
{
	static const struct {
		struct token_endpoint_answer answer;
		enum mcpauth_code want;
	} rows[] = {
		{{200, "", NULL}, MCPAUTH_OK},
		{{204, "", NULL}, MCPAUTH_OK},
		{{400, "{\"error\":\"unsupported_token_type\"}", NULL}, MCPAUTH_E_TOKEN_ENDPOINT},
		{{302, "", NULL}, MCPAUTH_E_HTTP_STATUS},
		{{503, "", NULL}, MCPAUTH_E_HTTP_STATUS},
		{{0, "", NULL}, MCPAUTH_E_UNREACHABLE},
	};
	struct token_endpoint *endpoint = *state;
	struct mcpauth__grant_request request = request_to(endpoint);
	for (size_t i = 0; i < COUNT(rows); i++) {
		token_endpoint_script(endpoint, &rows[i].answer, 1);
		CHECK_CODE(rows[i].want,
			mcpauth__token_revoke(&request, "r 1", "refresh_token", &err));
		assert_string_equal(endpoint->requests[0].url, server.revocation_endpoint);
		assert_string_equal(endpoint->requests[0].form,
			"token=r+1&token_type_hint=refresh_token&client_id=me");
	}
	struct mcpauth__authorization_server without = server;
	without.revocation_endpoint = NULL;
	request.server = &without;
	token_endpoint_script(endpoint, &refused, 1);
	CHECK_OK(mcpauth__token_revoke(&request, "r 1", "refresh_token", &err));
	assert_int_equal(endpoint->asked, 0);
	finish(&request);
}

static void follows_no_document_elsewhere(void **state)
{
	struct token_endpoint *endpoint = *state;
	struct mcpauth__authorization_server inside = server;
	struct mcpauth__grant_request request = request_to(endpoint);
	struct mcpauth__tokens tokens = {0};
	char error[64];
	inside.token_endpoint = "http://127.0.0.1:1/token";
	inside.revocation_endpoint = inside.token_endpoint;
	request.server = &inside;
	token_endpoint_script(endpoint, &good, 1);
	assert_true(use(CODE, &request, &tokens, error, NULL) != MCPAUTH_OK);
	assert_true(mcpauth__token_revoke(&request, "r", "refresh_token", NULL) != MCPAUTH_OK);
	assert_int_equal(endpoint->asked, 0);
	mcpauth__tokens_finish(&tokens);
	finish(&request);
}

#define WITH_ENDPOINT(test) \
	cmocka_unit_test_setup_teardown(test, token_endpoint_start, token_endpoint_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENDPOINT(asks_for_what_the_grant_is),
		WITH_ENDPOINT(leaves_out_what_is_not_there),
		WITH_ENDPOINT(keeps_whose_token_it_is),
		WITH_ENDPOINT(has_what_was_asked_for_if_nothing_is_said),
		WITH_ENDPOINT(keeps_a_refresh_token_that_does_not_come_back),
		WITH_ENDPOINT(tells_the_error_of_a_refusal),
		WITH_ENDPOINT(takes_a_plain_token_unless_a_bound_one_is_needed),
		WITH_ENDPOINT(exchanges_an_id_token_at_the_identity_provider),
		WITH_ENDPOINT(names_itself_there_without_a_secret),
		WITH_ENDPOINT(takes_nothing_but_an_id_jag),
		WITH_ENDPOINT(tells_why_there_is_no_id_jag),
		WITH_ENDPOINT(revokes_where_that_can_be_done),
		WITH_ENDPOINT(follows_no_document_elsewhere),
	};
	return cmocka_run_group_tests_name("grants", tests, NULL, NULL);
}
