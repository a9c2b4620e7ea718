/* What the library adds to a signature's check, per algorithm. */
#include "bare.h"
#include "bench.h"

#include "base/json.h"
#include "jose/jwk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const algorithms[] = {"RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"};
#define ALGORITHMS (sizeof algorithms / sizeof *algorithms)

struct candidate {
	struct subject subject;
	struct subject_tokens tokens;
	struct bare bare;
	struct mcpauth__jwk *jwk;
	enum mcpauth__algorithm algorithm;
};

static void verify_by_jwk(uint64_t times, void *user)
{
	struct candidate *candidate = user;
	for (uint64_t i = 0; i < times; i++) {
		const struct bare_signature *at = bare_next(&candidate->bare);
		struct mcpauth__signed data = {
			at->message.data, at->message.size, at->raw.data, at->raw.size};
		bench_need(mcpauth__jwk_verify(candidate->jwk, candidate->algorithm, &data)
				== MCPAUTH_OK,
			"verifying with a JWK");
	}
}

static void import(struct candidate *candidate)
{
	char *text = test_key_jwk(candidate->subject.key, NULL, NULL, NULL);
	cJSON *json;
	bench_need(mcpauth__json_parse_object(text, strlen(text), &json, NULL) == MCPAUTH_OK
			&& mcpauth__jwk_import(json, &candidate->jwk, NULL) == MCPAUTH_OK,
		"importing a key");
	cJSON_Delete(json);
	free(text);
}

static void start(struct candidate *candidate, const char *algorithm, size_t count)
{
	struct subject_config config = {.algorithm = algorithm};
	subject_start(&candidate->subject, &config);
	subject_tokens_sign(&candidate->tokens, &candidate->subject, NULL, count);
	bare_init(&candidate->bare, &candidate->tokens);
	candidate->algorithm = mcpauth__algorithm_of(algorithm);
	import(candidate);
}

static void stop(struct candidate *candidate)
{
	mcpauth__jwk_free(candidate->jwk);
	bare_finish(&candidate->bare);
	subject_tokens_finish(&candidate->tokens);
	subject_stop(&candidate->subject);
}

static void add_cases(struct bench *bench, struct candidate *candidate)
{
	const char *algorithm = candidate->subject.algorithm;
	char name[64];
	snprintf(name, sizeof name, "%s, gnutls_pubkey_verify_data2", algorithm);
	const struct bench_case *alone = bench_time(bench, name, bare_run, &candidate->bare);
	snprintf(name, sizeof name, "%s, by its JWK", algorithm);
	bench_time(bench, name, verify_by_jwk, candidate)->over = alone;
	snprintf(name, sizeof name, "%s, a token never seen", algorithm);
	struct bench_case *whole = bench_time(bench, name, subject_run_cold, &candidate->tokens);
	whole->over = alone;
	snprintf(name, sizeof name, "%s, what the library adds", algorithm);
	bench_difference(bench, name, whole, alone, 1);
}

int main(int argc, char **argv)
{
	static struct candidate candidates[ALGORITHMS];
	struct bench bench;
	bench_init(&bench, argc, argv);
	for (size_t i = 0; i < ALGORITHMS; i++) {
		start(&candidates[i], algorithms[i], bench.is_quick ? 2 : 512);
		add_cases(&bench, &candidates[i]);
	}
	int status = bench_finish(&bench);
	for (size_t i = 0; i < ALGORITHMS; i++) {
		stop(&candidates[i]);
	}
	return status;
}
