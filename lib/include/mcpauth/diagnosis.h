/**
 * @file
 * Why is a token refused? Every rule that it must meet, each with its verdict, where
 * verification.h stops at the first that it does not.
 *
 * For operators and their tools (`check-provider --token`), not for the path of a
 * request: what is said here holds claims' values, and is not for clients.
 */
#ifndef MCPAUTH_DIAGNOSIS_H
#define MCPAUTH_DIAGNOSIS_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is asked of a token, in the order in which it is told. Numbers are never reused. */
enum mcpauth_rule {
	/** A signed JWT in compact form, of strict base64url and JSON (RFC 7515 section 3.1). */
	MCPAUTH_RULE_FORM = 1,
	/** `iss` is one of the resource's issuers, byte for byte (RFC 7519 section 4.1.1). */
	MCPAUTH_RULE_ISSUER = 2,
	/** `alg` is one that this issuer may use (RFC 8725 section 3.1). */
	MCPAUTH_RULE_ALGORITHM = 3,
	/** Neither `crit` nor `b64` (RFC 7515 section 4.1.11, RFC 7797). */
	MCPAUTH_RULE_CRITICAL_HEADER = 4,
	/** The issuer publishes the key that `kid` names, and it can be had. */
	MCPAUTH_RULE_KEY = 5,
	/** Signed with that key (RFC 7515 section 5.2). */
	MCPAUTH_RULE_SIGNATURE = 6,
	/** An access token, and no other kind of JWT (RFC 9068 section 4, RFC 8725 section
	 * 3.11). */
	MCPAUTH_RULE_TYPE = 7,
	/** `exp` is there and lies ahead, `max_age` has not passed (RFC 7519 section 4.1.4). */
	MCPAUTH_RULE_EXPIRY = 8,
	/** Neither `nbf` nor `iat` lies ahead (RFC 7519 sections 4.1.5 and 4.1.6). */
	MCPAUTH_RULE_NOT_BEFORE = 9,
	/** Meant for this resource (RFC 7519 section 4.1.3, RFC 8707, RFC 9068 section 4). */
	MCPAUTH_RULE_AUDIENCE = 10,
	/** `required_claims` are there, and claims that name somebody are strings. */
	MCPAUTH_RULE_CLAIMS = 11,
	/** Not bound to a key that nobody proved to hold: no `cnf` (RFC 7800). */
	MCPAUTH_RULE_BINDING = 12,
	/** Its issuer's introspection endpoint, a static token's entry, or a verifier of the
	 * program's own says that it is good (RFC 7662), where one of these is to say. */
	MCPAUTH_RULE_ACTIVE = 13,
	/** The program's own checks of claims, and its `revoked`, do not object. */
	MCPAUTH_RULE_PROGRAM = 14,
	/** It has the scopes that were asked about (RFC 6750 section 3.1). */
	MCPAUTH_RULE_SCOPES = 15
};

/** What became of a rule. */
enum mcpauth_verdict {
	MCPAUTH_VERDICT_PASSED = 0,
	MCPAUTH_VERDICT_FAILED = 1,
	/** It could not be looked at, because another one failed or a server did not answer;
	 * or, with the code MCPAUTH_OK, it does not apply. `found` says which. */
	MCPAUTH_VERDICT_OPEN = 2
};

/** One rule and its verdict. All of it is borrowed for the call that hands it over. */
struct mcpauth_ruling {
	enum mcpauth_rule rule;
	enum mcpauth_verdict verdict;
	/** MCPAUTH_OK if it passed or does not apply; else the code with which verification.h
	 * refuses a token that fails this rule alone, or why it could not be told: that of the
	 * rule which failed before, or of the server's failure. */
	enum mcpauth_code code;
	/** One line: what was found, and what was looked for. Values of claims are cut,
	 * and made printable. Never the token, its signature or a secret. */
	const char *found;
	/** One line: what to change, and where: at the provider, in the client, or in the
	 * settings of this server. NULL if there is nothing to change. */
	const char *advice;
};

/**
 * Receives one ruling.
 *
 * @param ruling  borrowed for the call
 * @param user    as given beside the function
 */
typedef void (*mcpauth_ruling_fn)(const struct mcpauth_ruling *ruling, void *user);

/** What is to be diagnosed. Strings are borrowed for the call. */
struct mcpauth_diagnosis_request {
	size_t size;          /**< set by MCPAUTH_DIAGNOSIS_REQUEST_INIT */
	const char *resource; /**< one that was added: where the token is used */
	const char *token;    /**< without the "Bearer " before it */
	const char *scopes;   /**< separated by blanks: all that are needed; NULL: none */
};

/** Fills a struct mcpauth_diagnosis_request with the defaults. */
#define MCPAUTH_DIAGNOSIS_REQUEST_INIT \
	{ \
		.size = sizeof(struct mcpauth_diagnosis_request) \
	}

/**
 * The name of a rule, as programs write it: "form", "issuer", "algorithm",
 * "critical_header", "key", "signature", "type", "expiry", "not_before", "audience",
 * "claims", "binding", "active", "program", "scopes".
 *
 * Any thread.
 *
 * @return a constant; "unknown" for a number that is no rule
 */
MCPAUTH_API const char *mcpauth_rule_name(enum mcpauth_rule rule);

/**
 * Hold a token against every rule, each for itself, and tell of each once.
 *
 * Blocks the calling thread, at most twice the deadline (`deadline_ms`); so not from a
 * callback of the library's. Any number of threads. May fetch keys and ask introspection
 * endpoints and the program's verifier, as a verification does, and counts as one. What is
 * remembered of the token is neither asked nor changed. The program's own checks see a
 * token only if it is good otherwise, as always.
 *
 * The outcome is that of mcpauth_verify() for the same token now, were nothing remembered
 * of it, with scopes besides: it is MCPAUTH_OK if and only if every rule passed or does not
 * apply. Of an unknown issuer's token the rules count that hold for all issuers, or those
 * of the resource's only one.
 *
 * @param auth      borrowed for the call
 * @param request   borrowed for the call
 * @param found     called from within, on this thread, once for each rule in their order;
 *                  not at all if the code is one of the group 1xx
 * @param user      given to found
 * @param[out] err  optional; as mcpauth_verify() writes it
 * @return as mcpauth_verify(), MCPAUTH_E_INSUFFICIENT_SCOPE, or MCPAUTH_E_INVALID_ARGUMENT
 *         if there is no token, or no scopes are in `scopes`
 */
MCPAUTH_API enum mcpauth_code mcpauth_diagnose(struct mcpauth *auth,
	const struct mcpauth_diagnosis_request *request, mcpauth_ruling_fn found, void *user,
	struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
