/**
 * @file
 * Opaque tokens: asking the authorization server whose a token is (RFC 7662).
 *
 * Of every token a resource's judges are asked in this order, and the first who
 * knows it decides, also if he refuses it:
 *
 * 1. the resource's static tokens (static_token.h);
 * 2. its own verifier (verifier.h), unless that one is to be the `last`;
 * 3. a signed JWT: the issuer that its `iss` names, by its keys, or by
 *    introspection if that issuer is set to `introspect_jwts`. One of another issuer
 *    is sent to nobody, nor is what begins like one but is malformed;
 * 4. any other token: the issuers with introspection, in the order in which the
 *    resource got them. One that says `active` decides;
 * 5. its own verifier, if it is the `last` and nobody above knew the token.
 *
 * Nobody knew it: MCPAUTH_E_INACTIVE where it was asked about, else why no issuer's
 * keys can tell (MCPAUTH_E_MALFORMED_TOKEN, MCPAUTH_E_UNTRUSTED_ISSUER). One of 4
 * could not be asked: his code (2xx, 3xx), which is answered with 503, unless a later
 * one knew it.
 */
#ifndef MCPAUTH_INTROSPECTION_H
#define MCPAUTH_INTROSPECTION_H

#include <mcpauth/auth.h>
#include <mcpauth/client_authentication.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * An issuer's introspection endpoint, and what this server is there. Strings are
 * copied, secrets wiped when they are released. Files are read by the call, at
 * most 64 KiB, a newline at their end left out.
 *
 * What the endpoint says of an active token is held to the issuer's and the
 * resource's rules as a JWT's claims are, `algorithms` and `strict_type` aside. An
 * absent `iss` is the issuer; an absent `exp` is the end of `cache_seconds` since it
 * was asked (60 if nothing is kept); an absent `aud` is refused, but for
 * `accept_active_as_audience`. A `token_type` may be Bearer or access_token, and a
 * `token_use` that names a refresh token is refused. `iss` may be no other issuer's.
 * An answer may have 128 KiB; over 64 KiB it is believed, but not kept.
 *
 * An answer that is a JWT (RFC 9701) is verified with the issuer's keys: `typ`
 * token-introspection+jwt, `iss` the issuer, `aud` this client_id, `iat` since it was
 * asked.
 *
 * PRIVATE_KEY_JWT signs each question anew, on the thread that verifies: an RSA key
 * takes a millisecond and more there, P-256 and Ed25519 a small part of one.
 */
struct mcpauth_introspection_config {
	size_t size;          /**< set by MCPAUTH_INTROSPECTION_CONFIG_INIT */
	const char *endpoint; /**< https, or http on loopback; NULL: the issuer's metadata
			       * names it, which an issuer with `jwks_uri` or `jwks` does
			       * not have: MCPAUTH_E_INVALID_ARGUMENT */
	enum mcpauth_client_authentication authentication; /**< default: BASIC */
	const char *client_id;                             /**< but for BEARER_TOKEN, needed */
	const char *client_secret;                         /**< for BASIC and POST this, */
	const char *client_secret_file;                    /**< or a file that holds it */
	const char *private_key;      /**< for PRIVATE_KEY_JWT this, a PEM text (PKCS #8), */
	const char *private_key_file; /**< or a file that holds it */
	const char *key_id;           /**< its `kid` at the server; default: none is said */
	/** One of issuer.h's algorithms that fits the key; default RS256, ES256, ES384,
	 * ES512 or EdDSA, by the key. */
	const char *key_algorithm;
	/** `aud` of the JWT; default: the issuer's identifier. */
	const char *assertion_audience;
	const char *bearer_token;      /**< for BEARER_TOKEN this, */
	const char *bearer_token_file; /**< or a file that holds it */

	/** An active token without `aud` is for this resource: right only if the
	 * endpoint says `active` of no token that is meant for another one (RFC 7662
	 * section 4). One with `aud` is held to it all the same. */
	bool accept_active_as_audience;
	/** Ask about this issuer's JWTs too, instead of checking their signatures: a
	 * revoked one is then seen to be. The answer alone counts: what stands in the
	 * JWT itself (`exp`, `aud`, `cnf`, `typ`) is held to the rules only if the
	 * endpoint repeats it. */
	bool introspect_jwts;
	/** Take only answers that are signed (RFC 9701), and ask for them. Needs client_id. */
	bool require_signed_answers;

	/** Seconds an active answer is kept, never past the token's `exp`; default 60, at
	 * most 3600. MCPAUTH_NONE asks each time (once for all who ask at the same time), so that a
	 * daemon without MHD_ALLOW_SUSPEND_RESUME can only answer 503, but for whoever comes
	 * in the very moment in which an answer does. */
	unsigned cache_seconds;
	/** Seconds `active: false` is kept; default 5, at most 60, MCPAUTH_NONE for 0. */
	unsigned inactive_seconds;
	/** Answers kept at most, the oldest makes room; default 4096. */
	unsigned cache_entries;
	/** Questions to the endpoint at the same time; default 48, at most 64, and 56 with
	 * those to all other endpoints. More wait for their turn, until their deadline: no
	 * more in all than the waiting_limit of struct mcpauth_config, also of those whose
	 * askers have gone. */
	unsigned concurrency;
};

/** Fills a struct mcpauth_introspection_config with the defaults. */
#define MCPAUTH_INTROSPECTION_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_introspection_config) \
	}

/**
 * Ask an issuer about tokens that are no JWTs. Nothing is asked yet.
 *
 * A token is asked about once for all who bring it at the same time, with the
 * deadline of their verification, which is shared out equally where several issuers
 * may have to be asked, and known by its SHA-256 afterwards. An
 * endpoint that cannot be asked, or whose answer cannot be used, is a code of the
 * groups 2xx and 3xx, remembered for a second for that token alone.
 *
 * An answer serves all the issuer's resources. The same issuer of a successor
 * (mcpauth_new_successor()) begins without any.
 *
 * One thread, before the first token: then MCPAUTH_E_IN_USE.
 *
 * @param auth      borrowed for the call
 * @param issuer    one that was added; borrowed for the call
 * @param config    copied
 * @param[out] err  optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNKNOWN_ISSUER, MCPAUTH_E_INVALID_URL,
 *         MCPAUTH_E_INVALID_ARGUMENT (also a key that cannot be used),
 *         MCPAUTH_E_DUPLICATE (it has one), MCPAUTH_E_FILE or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_set_introspection(struct mcpauth *auth, const char *issuer,
	const struct mcpauth_introspection_config *config, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
