/**
 * @file
 * Settings from a JSON file, so that operators change issuers, scopes and routes
 * without a compiler. Members have the names of the structs' fields; what is no
 * text (callbacks, struct mcpauth_server_metadata) is left to calls.
 */
#ifndef MCPAUTH_SETTINGS_H
#define MCPAUTH_SETTINGS_H

#include <mcpauth/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cJSON;

/** A settings file that was read. Immutable. */
struct mcpauth_settings;

/**
 * Read a file: one JSON object, described by the JSON Schema
 * share/mcpauth/settings.schema.json. An unknown or repeated member, one of a
 * wrong type and a syntax error are refused with their line.
 *
 * @param path           the file, at most 1 MiB; borrowed for the call
 * @param[out] settings  caller frees with mcpauth_settings_free(); NULL on failure
 * @param[out] err       optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_FILE, MCPAUTH_E_TOO_LARGE,
 *         MCPAUTH_E_INVALID_SETTINGS or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_settings_read(
	const char *path, struct mcpauth_settings **settings, struct mcpauth_error *err);

/**
 * The same from memory.
 *
 * @param text           need not end with a NUL; borrowed for the call
 * @param length         bytes of it
 * @param[out] settings  as for mcpauth_settings_read()
 * @param[out] err       optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_TOO_LARGE, MCPAUTH_E_INVALID_SETTINGS or
 *         MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_settings_parse(const char *text, size_t length,
	struct mcpauth_settings **settings, struct mcpauth_error *err);

/** Release it. NULL is accepted. */
MCPAUTH_API void mcpauth_settings_free(struct mcpauth_settings *settings);

/**
 * A section of the file, for whoever reads it: the chain its own, a program
 * "application", which may hold anything.
 *
 * @param settings  borrowed for the call
 * @param name      of the member; borrowed for the call
 * @return borrowed from `settings`; NULL if it is not there
 */
MCPAUTH_API const struct cJSON *mcpauth_settings_section(
	const struct mcpauth_settings *settings, const char *name);

/**
 * The line on which a value of the file begins.
 *
 * @param settings  borrowed for the call
 * @param value     one in a section; borrowed for the call
 * @return from 1; 0 if it is not one of this file's
 */
MCPAUTH_API unsigned mcpauth_settings_line(
	const struct mcpauth_settings *settings, const struct cJSON *value);

/** The file's name without its folder, for messages. @return borrowed from
 * `settings`; NULL if they came from memory */
MCPAUTH_API const char *mcpauth_settings_name(const struct mcpauth_settings *settings);

/**
 * Put the section "auth" into a configuration; fields that the file does not
 * name stay as they are.
 *
 * @param settings        its strings are borrowed by `config`: until mcpauth_new()
 * @param[in,out] config  filled in
 * @param[out] err        optional; written only on failure
 * @return MCPAUTH_OK or MCPAUTH_E_INVALID_SETTINGS
 */
MCPAUTH_API enum mcpauth_code mcpauth_settings_apply(const struct mcpauth_settings *settings,
	struct mcpauth_config *config, struct mcpauth_error *err);

/**
 * Add the section "resources": resources with their audiences, recipients,
 * translations, scopes that include others, static tokens and issuers, and how those are
 * asked about tokens; files that hold a secret are read now. mcpauth_set_verifier() and
 * mcpauth_set_implies() may follow; issuers that need `transpile` or `check_claims` are
 * added with mcpauth_add_issuer() instead.
 *
 * @param auth      one without resources, from mcpauth_new() or
 *                  mcpauth_new_successor(); borrowed for the call
 * @param settings  borrowed for the call
 * @param[out] err  optional; written only on failure: then free `auth`
 * @return MCPAUTH_OK, or what the call that a member stands for returned, with
 *         the member's line in the message
 */
MCPAUTH_API enum mcpauth_code mcpauth_configure(
	struct mcpauth *auth, const struct mcpauth_settings *settings, struct mcpauth_error *err);

#ifdef __cplusplus
}
#endif

#endif
