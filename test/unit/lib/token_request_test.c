/* Asking a token endpoint: what is sent, when it is sent again, what a failure says. */
#include "client/grants/token_request.h"

#include "support/check.h"
#include "support/test_key.h"
#include "support/token_endpoint.h"

#include <stdlib.h>
#include <string.h>

#define ENDPOINT "https://as.example/token?tenant=1"
#define GOOD "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}"
#define BOUND "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}"
#define WANTS_NONCE "{\"error\":\"use_dpop_nonce\"}"

static const struct mcpauth__client_identity basic = {
	.authentication = MCPAUTH_CLIENT_SECRET_BASIC,
	.id = "me",
	.secret = "hush",
};

static const struct mcpauth__client_identity post = {
	.authentication = MCPAUTH_CLIENT_SECRET_POST,
	.id = "me",
	.secret = "hush",
};

/* One request of the endpoint's with this identity. Caller finishes the answer. */
static enum mcpauth_code send_as(struct token_endpoint *endpoint,
	const struct mcpauth__client_identity *client, struct mcpauth__dpop *dpop,
	struct mcpauth__token_answer *answer, struct mcpauth_error *err)
{
	static const struct mcpauth__parameter parameters[] = {
		{"grant_type", "some_grant"},
		{"left_out", NULL},
		{"code", "a&b=c d"},
	};
	struct mcpauth__client_proof *proof;
	CHECK_OK(mcpauth__client_proof_new(client, &proof, &err));
	const struct mcpauth__token_request request = {
		.asker = &endpoint->asker,
		.endpoint = ENDPOINT,
		.learnt_from = "https://as.example/metadata",
		.proof = proof,
		.dpop = dpop,
		.now = TOKEN_ENDPOINT_NOW,
		.parameters = parameters,
		.count = sizeof parameters / sizeof *parameters,
	};
	enum mcpauth_code code = mcpauth__token_request_send(&request, answer, err);
	mcpauth__client_proof_free(proof);
	return code;
}

static enum mcpauth_code try_as(struct token_endpoint *endpoint,
	const struct mcpauth__client_identity *client, struct mcpauth__dpop *dpop,
	struct mcpauth_error *err)
{
	struct mcpauth__token_answer answer = {0};
	enum mcpauth_code code = send_as(endpoint, client, dpop, &answer, err);
	mcpauth__token_answer_finish(&answer);
	return code;
}

static void sends_a_form_and_who_it_is(void **state)
{
	static const struct token_endpoint_answer good = {.status = 200, .body = GOOD};
	struct token_endpoint *endpoint = *state;
	token_endpoint_script(endpoint, &good, 1);
	CHECK_OK(try_as(endpoint, &post, NULL, &err));
	CHECK_OK(try_as(endpoint, &basic, NULL, &err));
	assert_int_equal(endpoint->asked, 2);
	const struct token_endpoint_request *request = endpoint->requests;
	assert_string_equal(request[0].url, ENDPOINT);
	assert_string_equal(request[0].form,
		"grant_type=some_grant&code=a%26b%3Dc+d&client_id=me&client_secret=hush");
	assert_string_equal(request[0].authorization, "");
	assert_string_equal(request[0].dpop, "");
	assert_string_equal(request[1].form, "grant_type=some_grant&code=a%26b%3Dc+d");
	assert_string_equal(request[1].authorization, "Basic bWU6aHVzaA==");
}

static void says_where_and_why_it_was_refused(void **state)
{
	static const struct {
		struct token_endpoint_answer answer;
		enum mcpauth_code want;
		const char *error;
	} rows[] = {
		{{400, "{\"error\":\"invalid_grant\"}", NULL}, MCPAUTH_E_TOKEN_ENDPOINT,
			"invalid_grant"},
		{{401, "{\"error\":\"invalid_client\"}", NULL}, MCPAUTH_E_TOKEN_ENDPOINT,
			"invalid_client"},
		{{404, "not here", NULL}, MCPAUTH_E_TOKEN_ENDPOINT, ""},
		{{200, "{}", NULL}, MCPAUTH_E_TOKEN_ENDPOINT, ""},
		{{200, "hush", NULL}, MCPAUTH_E_INVALID_JSON, ""},
		{{429, "{\"error\":\"invalid_grant\"}", NULL}, MCPAUTH_E_HTTP_STATUS, ""},
		{{503, "", NULL}, MCPAUTH_E_HTTP_STATUS, ""},
		{{302, "", NULL}, MCPAUTH_E_HTTP_STATUS, ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct mcpauth__token_answer answer = {0};
		struct mcpauth_error err = {0};
		token_endpoint_script(*state, &rows[i].answer, 1);
		assert_int_equal(send_as(*state, &post, NULL, &answer, &err), rows[i].want);
		assert_string_equal(answer.error, rows[i].error);
		assert_null(answer.access_token);
		assert_non_null(strstr(err.message, "https://as.example/token"));
		assert_non_null(strstr(err.message, rows[i].error));
		assert_null(strstr(err.message, "hush"));
		assert_null(strstr(err.message, "tenant"));
		mcpauth__token_answer_finish(&answer);
	}
}

static void says_that_nothing_came(void **state)
{
	static const struct token_endpoint_answer nothing = {.body = ""};
	token_endpoint_script(*state, &nothing, 1);
	CHECK_CODE(MCPAUTH_E_UNREACHABLE, try_as(*state, &post, NULL, &err));
}

static struct mcpauth__dpop *new_dpop(void)
{
	struct mcpauth__dpop *dpop;
	CHECK_OK(mcpauth__dpop_new(NULL, &dpop, &err));
	return dpop;
}

static void check_nonce(const struct token_endpoint_request *request, const char *want)
{
	assert_string_not_equal(request->dpop, "");
	char *nonce = token_endpoint_claim(request->dpop, "nonce");
	assert_int_equal(nonce != NULL, want != NULL);
	assert_string_equal(nonce != NULL ? nonce : "", want != NULL ? want : "");
	free(nonce);
}

static void proves_the_key_for_this_endpoint(void **state)
{
	static const struct token_endpoint_answer good = {.status = 200, .body = BOUND};
	struct token_endpoint *endpoint = *state;
	struct mcpauth__dpop *dpop = new_dpop();
	struct mcpauth__token_answer answer = {0};
	token_endpoint_script(endpoint, &good, 1);
	CHECK_OK(send_as(endpoint, &post, dpop, &answer, &err));
	assert_true(answer.is_dpop);
	assert_int_equal(endpoint->asked, 1);
	char *url = token_endpoint_claim(endpoint->requests[0].dpop, "htu");
	char *method = token_endpoint_claim(endpoint->requests[0].dpop, "htm");
	char *token = token_endpoint_claim(endpoint->requests[0].dpop, "ath");
	assert_string_equal(url, "https://as.example/token");
	assert_string_equal(method, "POST");
	assert_null(token);
	free(url);
	free(method);
	mcpauth__token_answer_finish(&answer);
	mcpauth__dpop_free(dpop);
}

static void asks_again_with_the_nonce(void **state)
{
	static const struct token_endpoint_answer answers[] = {
		{400, WANTS_NONCE, "n1"},
		{200, BOUND, "n2"},
		{200, BOUND, NULL},
	};
	struct token_endpoint *endpoint = *state;
	struct mcpauth__dpop *dpop = new_dpop();
	token_endpoint_script(endpoint, answers, 3);
	CHECK_OK(try_as(endpoint, &post, dpop, &err));
	assert_int_equal(endpoint->asked, 2);
	CHECK_OK(try_as(endpoint, &post, dpop, &err));
	assert_int_equal(endpoint->asked, 3);
	check_nonce(&endpoint->requests[0], NULL);
	check_nonce(&endpoint->requests[1], "n1");
	check_nonce(&endpoint->requests[2], "n2");
	assert_string_equal(endpoint->requests[0].form, endpoint->requests[1].form);
	mcpauth__dpop_free(dpop);
}

static void asks_again_once_alone(void **state)
{
	static const struct token_endpoint_answer answers[] = {
		{400, WANTS_NONCE, "n1"},
		{400, WANTS_NONCE, "n2"},
		{200, BOUND, NULL},
	};
	struct token_endpoint *endpoint = *state;
	struct mcpauth__dpop *dpop = new_dpop();
	struct mcpauth__token_answer answer = {0};
	token_endpoint_script(endpoint, answers, 3);
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, send_as(endpoint, &post, dpop, &answer, &err));
	assert_string_equal(answer.error, "use_dpop_nonce");
	assert_int_equal(endpoint->asked, 2);
	mcpauth__token_answer_finish(&answer);
	mcpauth__dpop_free(dpop);
}

static void asks_again_for_nothing_else(void **state)
{
	static const struct token_endpoint_answer answers[] = {
		{400, WANTS_NONCE, NULL},
		{400, "{\"error\":\"invalid_grant\"}", "n1"},
		{503, WANTS_NONCE, "n2"},
	};
	struct token_endpoint *endpoint = *state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct mcpauth__dpop *dpop = new_dpop();
		token_endpoint_script(endpoint, &answers[i], 1);
		CHECK_CODE(i < 2 ? MCPAUTH_E_TOKEN_ENDPOINT : MCPAUTH_E_HTTP_STATUS,
			try_as(endpoint, &post, dpop, &err));
		assert_int_equal(endpoint->asked, 1);
		mcpauth__dpop_free(dpop);
	}
	static const struct token_endpoint_answer wants = {400, WANTS_NONCE, "n1"};
	token_endpoint_script(endpoint, &wants, 1);
	CHECK_CODE(MCPAUTH_E_TOKEN_ENDPOINT, try_as(endpoint, &post, NULL, &err));
	assert_int_equal(endpoint->asked, 1);
}

static void signs_a_new_assertion_each_time(void **state)
{
	static const struct token_endpoint_answer answers[] = {
		{400, WANTS_NONCE, "n1"},
		{200, BOUND, NULL},
	};
	struct token_endpoint *endpoint = *state;
	struct mcpauth__dpop *dpop = new_dpop();
	char *pem = test_key_pem(test_key("ES256", 0));
	const struct mcpauth__client_identity client = {
		.authentication = MCPAUTH_PRIVATE_KEY_JWT,
		.id = "me",
		.private_key = pem,
		.default_audience = "https://as.example",
	};
	token_endpoint_script(endpoint, answers, 2);
	CHECK_OK(try_as(endpoint, &client, dpop, &err));
	assert_int_equal(endpoint->asked, 2);
	char *first = strstr(endpoint->requests[0].form, "client_assertion=");
	char *second = strstr(endpoint->requests[1].form, "client_assertion=");
	assert_non_null(first);
	assert_non_null(second);
	first = token_endpoint_claim(first, "jti");
	second = token_endpoint_claim(second, "jti");
	assert_non_null(first);
	assert_non_null(second);
	assert_string_not_equal(first, second);
	free(first);
	free(second);
	free(pem);
	mcpauth__dpop_free(dpop);
}

#define WITH_ENDPOINT(test) \
	cmocka_unit_test_setup_teardown(test, token_endpoint_start, token_endpoint_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ENDPOINT(sends_a_form_and_who_it_is),
		WITH_ENDPOINT(says_where_and_why_it_was_refused),
		WITH_ENDPOINT(says_that_nothing_came),
		WITH_ENDPOINT(proves_the_key_for_this_endpoint),
		WITH_ENDPOINT(asks_again_with_the_nonce),
		WITH_ENDPOINT(asks_again_once_alone),
		WITH_ENDPOINT(asks_again_for_nothing_else),
		WITH_ENDPOINT(signs_a_new_assertion_each_time),
	};
	return cmocka_run_group_tests_name("token_request", tests, NULL, NULL);
}
