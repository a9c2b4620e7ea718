/**
 * @file
 * Project Wycheproof's vectors, told apart into what the library's own
 * verification is asked and what it should answer.
 */
#ifndef MCPAUTH_TEST_WYCHEPROOF_H
#define MCPAUTH_TEST_WYCHEPROOF_H

#include <cjson/cJSON.h>

#include <stdbool.h>

struct vector_file {
	const char *name; /* without _test.json */
	const char *alg;  /* of raw vectors: the JWS algorithm that their keys and hashes make */
	/* Does the library say that this vector's token or signature is good? */
	bool (*accepts)(const struct vector_file *file, const cJSON *group, const cJSON *test);
};

/** A compact JWS (or JWE) with the group's key, or its set of keys. */
bool wycheproof_accepts_token(
	const struct vector_file *file, const cJSON *group, const cJSON *test);

/** The same; the key's own `alg` is taken out first. */
bool wycheproof_accepts_without_alg(
	const struct vector_file *file, const cJSON *group, const cJSON *test);

/** A message and a signature in hexadecimal digits. */
bool wycheproof_accepts_raw(const struct vector_file *file, const cJSON *group, const cJSON *test);

#endif
