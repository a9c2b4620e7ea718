/**
 * @file
 * Where the OAuth client keeps registrations and tokens, so that a login outlives the
 * program.
 */
#ifndef MCPAUTH_TOKEN_STORAGE_H
#define MCPAUTH_TOKEN_STORAGE_H

#include <mcpauth/error.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Texts by their keys. Counted; any thread. */
struct mcpauth_token_storage;

/**
 * A storage of the program's own. Called from any thread, of each key one call at a
 * time. A key is the URL of a server; a text is a JSON object of up to 256 KiB, a
 * secret. None of the calls may use a client of this storage. Before a token is refreshed
 * what is there is saved again: the new one could be lost by a storage that takes nothing.
 */
struct mcpauth_token_storage_config {
	size_t size; /**< set by MCPAUTH_TOKEN_STORAGE_CONFIG_INIT */
	/** Needed. @param[out] text  on the heap, wiped and released with free(); NULL if
	 * there is none. @return false: it cannot be read */
	bool (*load)(const char *key, char **text, void *user);
	/** Needed: replace it whole or not at all. NULL removes it. @return false: what was
	 * there is there still */
	bool (*save)(const char *key, const char *text, void *user);
	/** For several processes: wait until nobody else holds the key, hold it, and let
	 * it go. Default: threads of this process alone take turns. @return false: it
	 * cannot be held */
	bool (*lock)(const char *key, void *user);
	void (*unlock)(const char *key, void *user);
	void (*release)(void *user); /**< default: nothing; called with the last free */
	void *user;                  /**< given to each of them */
};

/** Fills a struct mcpauth_token_storage_config with the defaults. */
#define MCPAUTH_TOKEN_STORAGE_CONFIG_INIT \
	{ \
		.size = sizeof(struct mcpauth_token_storage_config) \
	}

/**
 * A storage of the program's own.
 *
 * @param config        borrowed for the call
 * @param[out] storage  caller frees with mcpauth_token_storage_free(); NULL on failure
 * @param[out] err      optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT (lock without unlock, or none of what is
 *         needed) or MCPAUTH_E_NO_MEMORY: then release is not called
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_storage_new(
	const struct mcpauth_token_storage_config *config, struct mcpauth_token_storage **storage,
	struct mcpauth_error *err);

/**
 * Keep texts in memory, wiped with the last free. Several clients may share it.
 *
 * @param[out] storage  caller frees with mcpauth_token_storage_free(); NULL on failure
 * @param[out] err      optional; written only on failure
 * @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_storage_new_memory(
	struct mcpauth_token_storage **storage, struct mcpauth_error *err);

/**
 * Keep texts in one file, which several processes may share.
 *
 * The file is the owner's alone (0600) and replaced whole by each save, so that a crash
 * leaves the old or the new one. A file next to it, with ".lock" behind its name, is
 * locked while tokens are got, of each server by itself, and stays; who does not get the
 * lock in 30 s fails. The file is made by the first save. One that others may read or
 * write, that is not the user's, is over 8 MiB or no regular file, as a symbolic link is
 * not, is not used, nor changed.
 *
 * @param path          copied; its folder must exist. A relative one stays where it is
 * @param[out] storage  caller frees with mcpauth_token_storage_free(); NULL on failure
 * @param[out] err      optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_storage_new_file(
	const char *path, struct mcpauth_token_storage **storage, struct mcpauth_error *err);

/**
 * Keep texts in the desktop's keyring, through libsecret, which is loaded by this call.
 *
 * Reading and keeping may ask the person to unlock it, and wait for that. While tokens are
 * got a file in XDG_RUNTIME_DIR is locked, as for mcpauth_token_storage_new_file(); without
 * that variable processes do not wait for each other, and of two that refresh the same
 * tokens at once one may have to log in again.
 *
 * @param application   copied: whose entries they are
 * @param[out] storage  caller frees with mcpauth_token_storage_free(); NULL on failure
 * @param[out] err      optional; written only on failure
 * @return MCPAUTH_OK, MCPAUTH_E_UNSUPPORTED: the library was built without it, or
 *         libsecret is not installed; MCPAUTH_E_INVALID_ARGUMENT or MCPAUTH_E_NO_MEMORY
 */
MCPAUTH_API enum mcpauth_code mcpauth_token_storage_new_keyring(
	const char *application, struct mcpauth_token_storage **storage, struct mcpauth_error *err);

/** Keep it: each call wants one mcpauth_token_storage_free(). @return `storage` */
MCPAUTH_API struct mcpauth_token_storage *mcpauth_token_storage_ref(
	struct mcpauth_token_storage *storage);

/** Give it back. NULL is accepted. */
MCPAUTH_API void mcpauth_token_storage_free(struct mcpauth_token_storage *storage);

#ifdef __cplusplus
}
#endif

#endif
