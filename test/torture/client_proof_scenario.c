/* Scenario: a client proves who it is with a private key, of each kind. */
#include "scenario.h"

#include "jose/jwk.h"
#include "jose/jws.h"
#include "support/test_key.h"
#include "endpoint/client_proof.h"

#include <stdlib.h>
#include <string.h>

#define KEYS 3
#define ASSERTION "&client_assertion="

static const char *const algorithms[KEYS] = {"ES256", "PS256", "EdDSA"};

/* Made before anything fails. */
static struct {
	char *pem;
	struct mcpauth__jwk *verifier;
} keys[KEYS];

static void make_keys(void)
{
	for (size_t i = 0; i < KEYS; i++) {
		const struct test_key *key = test_key(algorithms[i], 0);
		char *text = test_key_jwk(key, NULL, NULL, NULL);
		cJSON *json = cJSON_Parse(text);
		need(mcpauth__jwk_import(json, &keys[i].verifier, NULL) == MCPAUTH_OK, "a key");
		keys[i].pem = test_key_pem(key);
		cJSON_Delete(json);
		free(text);
	}
}

static enum mcpauth_code make_proof(size_t i, struct mcpauth__client_proof **proof)
{
	return mcpauth__client_proof_new(
		&(struct mcpauth__client_identity){
			.authentication = MCPAUTH_PRIVATE_KEY_JWT,
			.id = "server",
			.private_key = keys[i].pem,
			.key_algorithm = algorithms[i],
			.default_audience = ISSUER,
		},
		proof, NULL);
}

/* An assertion that was made is good, whatever failed before. */
static void check(size_t i, const struct mcpauth__buf *form)
{
	struct mcpauth__jws jws;
	const char *assertion = strstr(form->data, ASSERTION);
	need(assertion != NULL, "there is no assertion");
	assertion += strlen(ASSERTION);
	need(mcpauth__jws_parse(assertion, strlen(assertion), &jws, NULL) == MCPAUTH_OK
			&& mcpauth__jwk_verify(keys[i].verifier, jws.algorithm, &jws.content)
				== MCPAUTH_OK,
		"the assertion is not signed well");
	mcpauth__jws_finish(&jws);
}

static bool prove(size_t i, const struct mcpauth__client_proof *proof, bool tortured)
{
	struct mcpauth__buf form = {0};
	enum mcpauth_code code = mcpauth__client_proof_add(proof, 1800000000, &form, NULL);
	bool good = tortured ? may_fail(code, "an assertion") : code == MCPAUTH_OK;
	if (tortured) {
		mcpauth__buf_wipe(&form);
		return good;
	}
	need(good, "the next assertion");
	check(i, &form);
	mcpauth__buf_wipe(&form);
	return true;
}

static bool attempt(unsigned long number)
{
	struct mcpauth__client_proof *proofs[KEYS] = {NULL};
	bool good = true;
	torture_begin(number);
	for (size_t i = 0; i < KEYS; i++) {
		good = may_fail(make_proof(i, &proofs[i]), algorithms[i])
			&& prove(i, proofs[i], true) && good;
	}
	torture_end();
	for (size_t i = 0; i < KEYS; i++) {
		need(proofs[i] != NULL || make_proof(i, &proofs[i]) == MCPAUTH_OK,
			"the next proof");
		prove(i, proofs[i], false);
		mcpauth__client_proof_free(proofs[i]);
	}
	return good;
}

int main(void)
{
	make_keys();
	return scenario_run(attempt);
}
