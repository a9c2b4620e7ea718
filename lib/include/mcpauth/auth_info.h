/**
 * @file
 * Who called: what a verified access token says of its bearer.
 */
#ifndef MCPAUTH_AUTH_INFO_H
#define MCPAUTH_AUTH_INFO_H

#include <mcpauth/api.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** libcjson's node, for those who include <cjson/cJSON.h> and link libcjson
 * themselves (`pkg-config --cflags --libs libcjson`). */
struct cJSON;

/**
 * The claims of a token that was verified. Immutable and counted; any number
 * of threads may read one. What an accessor returns is borrowed from it.
 *
 * NULL stands for nobody, as on public routes: of it every accessor says NULL, 0
 * or false. One that is kept may outlive the exchange and struct mcpauth.
 */
struct mcpauth_auth_info;

/**
 * Room of the caller's for one auth info, so that accepting a token that was
 * verified a moment ago allocates nothing: the `room` of a struct
 * mcpauth_verification_request. Needs no initial value; what is in it is the
 * library's. Neither copied nor moved, nor used for a second one, while an info is
 * in it, which is until mcpauth_auth_info_free().
 */
struct mcpauth_auth_info_room {
	void *parts[4]; /**< the library's */
};

/**
 * Keep it, whatever becomes of the exchange it belongs to: each call wants one
 * mcpauth_auth_info_free(). Any thread.
 *
 * @param info  borrowed for the call
 * @return `info` itself; if it lies in a room, a copy on the heap with a token of
 *         its own. NULL for NULL, and without memory
 */
MCPAUTH_API struct mcpauth_auth_info *mcpauth_auth_info_ref(const struct mcpauth_auth_info *info);

/**
 * Give it back; the last one wipes the token. One in a room leaves the room, once,
 * and the token that it borrowed is its owner's to wipe.
 *
 * @param info  taken; NULL is accepted
 */
MCPAUTH_API void mcpauth_auth_info_free(struct mcpauth_auth_info *info);

/** The access token as it was sent. Not to be passed on to other servers: for them
 * there is token_exchange.h. */
MCPAUTH_API const char *mcpauth_auth_info_token(const struct mcpauth_auth_info *info);

/** `iss`, the configured issuer that signed it. */
MCPAUTH_API const char *mcpauth_auth_info_issuer(const struct mcpauth_auth_info *info);

/** The resource it was accepted for. */
MCPAUTH_API const char *mcpauth_auth_info_resource(const struct mcpauth_auth_info *info);

/** `sub`, or what the issuer's subject_claims name: unique within the issuer; NULL
 * if the token names nobody. */
MCPAUTH_API const char *mcpauth_auth_info_subject(const struct mcpauth_auth_info *info);

/** `client_id`, else `azp`, `cid` or `appid`, or what the issuer's client_claims
 * name; NULL if there is none. */
MCPAUTH_API const char *mcpauth_auth_info_client_id(const struct mcpauth_auth_info *info);

/** `exp` in seconds since 1970. */
MCPAUTH_API int64_t mcpauth_auth_info_expires_at(const struct mcpauth_auth_info *info);

/**
 * The granted scopes one after the other.
 *
 * @param info   borrowed for the call
 * @param index  from 0
 * @return borrowed from `info`; NULL past the last one
 */
MCPAUTH_API const char *mcpauth_auth_info_scope_at(
	const struct mcpauth_auth_info *info, size_t index);

/**
 * The audiences one after the other.
 *
 * @param info   borrowed for the call
 * @param index  from 0
 * @return borrowed from `info`; NULL past the last one
 */
MCPAUTH_API const char *mcpauth_auth_info_audience_at(
	const struct mcpauth_auth_info *info, size_t index);

/**
 * Were these scopes granted, every one? Or does one that was include them
 * (scope_hierarchy.h)?
 *
 * @param info    borrowed for the call
 * @param scopes  separated by blanks (RFC 6749 section 3.3), compared byte for
 *                byte; borrowed for the call
 * @return true if they were. An empty list is granted to anybody but nobody (NULL)
 */
MCPAUTH_API bool mcpauth_auth_info_has_scopes(
	const struct mcpauth_auth_info *info, const char *scopes);

/** All claims, as libcjson's tree, to be read only: look up with
 * cJSON_GetObjectItemCaseSensitive(), which wants libcjson linked. */
MCPAUTH_API const struct cJSON *mcpauth_auth_info_claims(const struct mcpauth_auth_info *info);

/** All claims, as the JSON text that was signed. */
MCPAUTH_API const char *mcpauth_auth_info_claims_json(const struct mcpauth_auth_info *info);

/**
 * A claim that is a string.
 *
 * @param info  borrowed for the call
 * @param name  compared byte for byte; borrowed for the call
 * @return borrowed from `info`; NULL if it is absent or not a string
 */
MCPAUTH_API const char *mcpauth_auth_info_claim_string(
	const struct mcpauth_auth_info *info, const char *name);

#ifdef __cplusplus
}
#endif

#endif
