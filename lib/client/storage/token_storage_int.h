/* Token storages from the inside. */
#ifndef MCPAUTH_STORAGE_TOKEN_STORAGE_INT_H
#define MCPAUTH_STORAGE_TOKEN_STORAGE_INT_H

#include "client/storage/credentials.h"

#include <mcpauth/token_storage.h>

/** Bytes of a text under one key, much of which servers choose: a part of what a file holds,
 * so that none of them keeps the others' out. */
#define MCPAUTH__KEPT_TEXT_LIMIT ((size_t)256 * 1024)

/** Milliseconds in which another process has to let go. */
#define MCPAUTH__LOCK_WAIT_MS 30000

/**
 * Where texts are kept. Called from any thread, of each key one call at a time. Codes of
 * failures are MCPAUTH_E_TOKEN_STORAGE and MCPAUTH_E_NO_MEMORY.
 */
struct mcpauth__keeper {
	/** @param text  {0}, and still so if there is none; a secret, wiped by the caller,
	 * also on failure */
	enum mcpauth_code (*load)(
		void *user, const char *key, struct mcpauth__buf *text, struct mcpauth_error *err);
	/** @param text  NULL: remove it */
	enum mcpauth_code (*save)(
		void *user, const char *key, const char *text, struct mcpauth_error *err);
	/** NULL: threads of this process alone take turns. @param[out] file  given to
	 * unlock */
	enum mcpauth_code (*lock)(
		void *user, const char *key, int *file, struct mcpauth_error *err);
	void (*unlock)(void *user, const char *key, int file);
	void (*release)(void *user);
	void *user;
};

/** What went wrong with a file, as a storage's trouble: MCPAUTH_E_TOKEN_STORAGE for all but
 * MCPAUTH_OK and MCPAUTH_E_NO_MEMORY, with the same message. */
enum mcpauth_code mcpauth__as_storage_failure(enum mcpauth_code code, struct mcpauth_error *err);

/** A storage that keeps texts there. @param keeper  copied; its user is taken, but not on
 * failure. @return MCPAUTH_OK or MCPAUTH_E_NO_MEMORY */
enum mcpauth_code mcpauth__token_storage_make(const struct mcpauth__keeper *keeper,
	struct mcpauth_token_storage **storage, struct mcpauth_error *err);

/** mcpauth_token_storage_new_file() that waits so many milliseconds for others. */
enum mcpauth_code mcpauth__token_storage_open_file(const char *path, unsigned wait_ms,
	struct mcpauth_token_storage **storage, struct mcpauth_error *err);

/**
 * Hold a key: nobody else in this process changes it until it is let go, nor in another
 * one if the storage can lock. Who holds it does not ask for it again. Waits as long as
 * another thread holds it; for another process a file waits for MCPAUTH__LOCK_WAIT_MS.
 *
 * @return MCPAUTH_OK; MCPAUTH_E_TOKEN_STORAGE or MCPAUTH_E_NO_MEMORY: then it is not held
 */
enum mcpauth_code mcpauth__token_storage_lock(
	struct mcpauth_token_storage *storage, const char *key, struct mcpauth_error *err);
void mcpauth__token_storage_unlock(struct mcpauth_token_storage *storage, const char *key);

/**
 * Does this thread hold the key, or is it within a call to the keeper for it? Who does may not
 * hold it again: it would wait for itself. Callbacks of a program's are called there.
 */
bool mcpauth__token_storage_is_within(struct mcpauth_token_storage *storage, const char *key);

/**
 * Read what is kept under a key; {0} if nothing is. Held or not: what is read is whole.
 *
 * @param credentials  {0}; caller releases it, also on failure
 * @return MCPAUTH_OK, MCPAUTH_E_TOKEN_STORAGE, MCPAUTH_E_INVALID_ARGUMENT: from within a call
 *         to the keeper; or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__token_storage_load(struct mcpauth_token_storage *storage,
	const char *key, struct mcpauth__credentials *credentials, struct mcpauth_error *err);

/** Keep it; the key goes if there is nothing to keep. Only while the key is held.
 * @return as mcpauth__token_storage_load() */
enum mcpauth_code mcpauth__token_storage_save(struct mcpauth_token_storage *storage,
	const char *key, const struct mcpauth__credentials *credentials, struct mcpauth_error *err);

#endif
