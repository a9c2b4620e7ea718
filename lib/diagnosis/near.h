/* Which value was meant: most that do not match are almost right. */
#ifndef MCPAUTH_DIAGNOSIS_NEAR_H
#define MCPAUTH_DIAGNOSIS_NEAR_H

#include "diagnosis/rules.h"

/** By what a value differs that is almost the one that was meant. */
enum mcpauth__nearness {
	MCPAUTH__NEAR_NOT,    /* by more than one of these */
	MCPAUTH__NEAR_SLASH,  /* one slash at the end more or less */
	MCPAUTH__NEAR_CASE,   /* capital letters */
	MCPAUTH__NEAR_SCHEME, /* http and https */
	MCPAUTH__NEAR_PATH    /* a URL and one below it */
};

enum mcpauth__nearness mcpauth__nearness_of(const char *found, const char *wanted);

/** The nearest of the audiences that are accepted. @param[out] wanted  it */
enum mcpauth__nearness mcpauth__nearest_audience(
	const struct mcpauth__diagnosis *diagnosis, const char **wanted);

/** The nearest of the values of `iss` that are accepted. */
enum mcpauth__nearness mcpauth__nearest_issuer(
	const struct mcpauth__diagnosis *diagnosis, const char **wanted);

#endif
