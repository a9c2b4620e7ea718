/* Compact JWS (RFC 7515 section 3.1), taken apart strictly. */
#ifndef MCPAUTH_JOSE_JWS_H
#define MCPAUTH_JOSE_JWS_H

#include "jose/algorithm.h"
#include "jose/signed.h"

#include <cjson/cJSON.h>

#define MCPAUTH__TOKEN_LIMIT (16 * 1024)

/** A token taken apart, nothing verified. Starts as {0}. */
struct mcpauth__jws {
	cJSON *header;
	cJSON *payload;
	const char *payload_text; /* its JSON text, NUL-terminated, the start of `bytes` */
	size_t payload_length;    /* without the NUL */
	const char *kid;          /* borrowed from header; NULL if there is none */
	const char *type;         /* `typ`, likewise */
	enum mcpauth__algorithm algorithm;
	struct mcpauth__signed content; /* data is borrowed from the token itself */
	unsigned char *bytes;           /* text and signature in one block, wiped at the end */
	size_t size;                    /* of that block */
};

/**
 * Take a token apart: three base64url segments, header and payload strict JSON
 * objects, an algorithm that exists, `kid` and `typ` strings if present,
 * neither `crit` nor `b64`. `jwk`, `jku`, `x5u` and `x5c` are never looked at.
 *
 * @param token     borrowed as long as the result lives
 * @param length    bytes
 * @param[out] jws  caller releases with mcpauth__jws_finish(), also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_MALFORMED_TOKEN (also over
 *         MCPAUTH__TOKEN_LIMIT), MCPAUTH_E_ENCRYPTED_TOKEN (five segments),
 *         MCPAUTH_E_ALGORITHM, MCPAUTH_E_CRITICAL_HEADER or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__jws_parse(
	const char *token, size_t length, struct mcpauth__jws *jws, struct mcpauth_error *err);

void mcpauth__jws_finish(struct mcpauth__jws *jws);

#endif
