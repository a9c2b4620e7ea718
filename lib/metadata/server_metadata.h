/* What an authorization server says of itself (RFC 8414 section 2, OpenID Connect Discovery). */
#ifndef MCPAUTH_METADATA_SERVER_METADATA_H
#define MCPAUTH_METADATA_SERVER_METADATA_H

#include <mcpauth/issuer.h>

#include <cjson/cJSON.h>

/** What a program does to documents before they are checked. */
struct mcpauth__transpiler {
	mcpauth_transpile_fn transpile; /* NULL: nothing */
	void *user;
};

/**
 * Let the program change a document.
 *
 * Whatever it leaves behind in the tree is written down and has to be read
 * again: the result is a text like one that was fetched.
 *
 * @param text         strict JSON, an object; borrowed for the call
 * @param[out] result  caller frees with free(); NULL on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_TRANSPILE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_metadata_transpile(const struct mcpauth__transpiler *transpiler,
	const char *text, size_t length, char **result, struct mcpauth_error *err);

/**
 * Write metadata that a program gives as a struct.
 *
 * @param issuer     its member `issuer`
 * @param given      of this version or an older one; borrowed for the call
 * @param[out] text  caller frees with free(); equal for equal structs
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (the size, or a member that `more`
 *         has, too), MCPAUTH_E_INVALID_JSON (`more`) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_metadata_write(const char *issuer,
	const struct mcpauth_server_metadata *given, char **text, struct mcpauth_error *err);

/** A document that was checked. Counted and immutable. */
struct mcpauth__server_metadata;

/**
 * Parse and check a document.
 *
 * @param issuer         what its `issuer` must equal, byte for byte
 * @param text           strict JSON, borrowed for the call
 * @param[out] metadata  caller frees with mcpauth__server_metadata_free()
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_JSON, MCPAUTH_E_INVALID_METADATA,
 *         MCPAUTH_E_ISSUER_MISMATCH, MCPAUTH_E_NO_JWKS_URI or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__server_metadata_parse(const char *issuer, const char *text,
	size_t length, struct mcpauth__server_metadata **metadata, struct mcpauth_error *err);

struct mcpauth__server_metadata *mcpauth__server_metadata_ref(
	struct mcpauth__server_metadata *metadata);

/** NULL is accepted. */
void mcpauth__server_metadata_free(struct mcpauth__server_metadata *metadata);

/** Where the keys are. Borrowed. */
const char *mcpauth__server_metadata_jwks_uri(const struct mcpauth__server_metadata *metadata);

/** All of it as it was parsed, and its members. Borrowed. */
const char *mcpauth__server_metadata_text(const struct mcpauth__server_metadata *metadata);
const cJSON *mcpauth__server_metadata_json(const struct mcpauth__server_metadata *metadata);

#endif
