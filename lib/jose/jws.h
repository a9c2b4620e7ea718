/* Compact JWS (RFC 7515 section 3.1), taken apart strictly. */
#ifndef MCPAUTH_JOSE_JWS_H
#define MCPAUTH_JOSE_JWS_H

#include "base/arena.h"
#include "base/json.h"
#include "jose/algorithm.h"
#include "jose/signed.h"

#include <cjson/cJSON.h>

#define MCPAUTH__TOKEN_LIMIT ((size_t)16 * 1024)

/** What usual claims of this length come to in an arena: their text and tree, and
 * room for whoever takes the arena. */
#define MCPAUTH__JWS_ROOM(length) ((length) + 1 + MCPAUTH__JSON_ROOM(length) + 256)

/** A token taken apart, nothing verified. Starts as {0}. Both trees are to be read
 * only, and all that is not said to be borrowed lies in the arena. */
struct mcpauth__jws {
	cJSON *header;
	cJSON *payload;
	const char *payload_text; /* its JSON text, NUL-terminated */
	size_t payload_length;    /* without the NUL */
	const char *kid;          /* from the header; NULL if there is none */
	const char *type;         /* `typ`, likewise */
	enum mcpauth__algorithm algorithm;
	struct mcpauth__signed content; /* data is borrowed from the token itself */
	struct mcpauth__arena arena;
	/* Without these nobody can make the token anew: the signature, the header's
	 * text. Wiped at the end. */
	unsigned char *secret;
	size_t secret_size;
};

/**
 * Is it meant as a signed JWT, be it one or not: three parts, of which the first begins as
 * an object does in base64?
 */
bool mcpauth__jws_is_meant(const char *token, size_t length);

/**
 * Is it a token by its length and the number of its parts? Costs next to nothing.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_MALFORMED_TOKEN or MCPAUTH_E_ENCRYPTED_TOKEN, as
 *         mcpauth__jws_parse() would
 */
enum mcpauth_code mcpauth__jws_check_shape(
	const char *token, size_t length, struct mcpauth_error *err);

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

/**
 * The steps of mcpauth__jws_parse(), in its order, each a rule that can be held for
 * itself. The first has to be good for the others.
 *
 * @param[out] jws  of the first step; caller releases with mcpauth__jws_finish(), also on
 *                  failure
 * @return as mcpauth__jws_parse()
 */
enum mcpauth_code mcpauth__jws_open(
	const char *token, size_t length, struct mcpauth__jws *jws, struct mcpauth_error *err);
enum mcpauth_code mcpauth__jws_check_critical(
	const struct mcpauth__jws *jws, struct mcpauth_error *err);
enum mcpauth_code mcpauth__jws_read_algorithm(struct mcpauth__jws *jws, struct mcpauth_error *err);
/** `kid` and `typ`, is it signed at all, the payload. */
enum mcpauth_code mcpauth__jws_read_rest(struct mcpauth__jws *jws, struct mcpauth_error *err);

/**
 * The claims of a token that was refused with MCPAUTH_E_ALGORITHM: for who has somebody
 * else say whether it is good.
 *
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__jws_read_payload(struct mcpauth__jws *jws, struct mcpauth_error *err);

/**
 * Claims alone, of a token that is no JWT.
 *
 * @param claims    JSON text; borrowed for the call
 * @param[out] jws  has payload and payload_text only; caller releases with
 *                  mcpauth__jws_finish(), also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__jws_from_claims(
	const char *claims, size_t length, struct mcpauth__jws *jws, struct mcpauth_error *err);

/**
 * Give away the arena, for the payload and its text that lie in it. The signature
 * and the header's text are wiped; `jws` is {0} again.
 *
 * @return caller releases with mcpauth__arena_finish()
 */
struct mcpauth__arena mcpauth__jws_hand_over(struct mcpauth__jws *jws);

void mcpauth__jws_finish(struct mcpauth__jws *jws);

#endif
