/* A token storage: counted, of each key one holder, and records in place of texts. */
#include "client/storage/token_storage_int.h"

#include "base/error_int.h"
#include "client/storage/key_turns.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct mcpauth_token_storage {
	struct mcpauth__keeper keeper;
	struct mcpauth__key_turns holders;
	struct mcpauth__key_turns calls; /* a holder's too: others may read meanwhile */
	atomic_size_t references;
};

/* Who holds a key. */
struct holder {
	struct mcpauth__key_turn turn; /* first: a turn is its holder */
	int file;
	char key[];
};

enum mcpauth_code mcpauth__as_storage_failure(enum mcpauth_code code, struct mcpauth_error *err)
{
	if (code == MCPAUTH_OK || code == MCPAUTH_E_NO_MEMORY) {
		return code;
	}
	if (err != NULL) {
		err->code = MCPAUTH_E_TOKEN_STORAGE;
	}
	return MCPAUTH_E_TOKEN_STORAGE;
}

enum mcpauth_code mcpauth__token_storage_make(const struct mcpauth__keeper *keeper,
	struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	struct mcpauth_token_storage *made = calloc(1, sizeof *made);
	*storage = NULL;
	if (made == NULL) {
		return mcpauth__no_memory(err);
	}
	if (!mcpauth__key_turns_init(&made->holders)) {
		goto out;
	}
	if (!mcpauth__key_turns_init(&made->calls)) {
		mcpauth__key_turns_finish(&made->holders);
		goto out;
	}
	made->keeper = *keeper;
	atomic_init(&made->references, 1);
	*storage = made;
	return MCPAUTH_OK;
out:
	free(made);
	return mcpauth__no_memory(err);
}

struct mcpauth_token_storage *mcpauth_token_storage_ref(struct mcpauth_token_storage *storage)
{
	atomic_fetch_add(&storage->references, 1);
	return storage;
}

void mcpauth_token_storage_free(struct mcpauth_token_storage *storage)
{
	if (storage == NULL || atomic_fetch_sub(&storage->references, 1) > 1) {
		return;
	}
	if (storage->keeper.release != NULL) {
		storage->keeper.release(storage->keeper.user);
	}
	mcpauth__key_turns_finish(&storage->calls);
	mcpauth__key_turns_finish(&storage->holders);
	free(storage);
}

static struct holder *new_holder(const char *key)
{
	size_t size = strlen(key) + 1;
	struct holder *holder = calloc(1, sizeof *holder + size);
	if (holder != NULL) {
		memcpy(holder->key, key, size);
		holder->turn.key = holder->key;
		holder->file = -1;
	}
	return holder;
}

static enum mcpauth_code lock_elsewhere(
	struct mcpauth_token_storage *storage, struct holder *holder, struct mcpauth_error *err)
{
	struct mcpauth__key_turn call = {.key = holder->key};
	if (storage->keeper.lock == NULL) {
		return MCPAUTH_OK;
	}
	mcpauth__key_turns_begin(&storage->calls, &call);
	enum mcpauth_code code = storage->keeper.lock(
		storage->keeper.user, holder->key, &holder->file, err);
	mcpauth__key_turns_end(&storage->calls, &call);
	return code;
}

enum mcpauth_code mcpauth__token_storage_lock(
	struct mcpauth_token_storage *storage, const char *key, struct mcpauth_error *err)
{
	struct holder *holder = new_holder(key);
	if (holder == NULL) {
		return mcpauth__no_memory(err);
	}
	mcpauth__key_turns_begin(&storage->holders, &holder->turn);
	enum mcpauth_code code = lock_elsewhere(storage, holder, err);
	if (code != MCPAUTH_OK) {
		mcpauth__key_turns_end(&storage->holders, &holder->turn);
		free(holder);
	}
	return code;
}

void mcpauth__token_storage_unlock(struct mcpauth_token_storage *storage, const char *key)
{
	struct holder *holder = (struct holder *)(void *)mcpauth__key_turns_find(
		&storage->holders, key);
	struct mcpauth__key_turn call = {.key = holder->key};
	if (storage->keeper.lock != NULL) {
		mcpauth__key_turns_begin(&storage->calls, &call);
		storage->keeper.unlock(storage->keeper.user, holder->key, holder->file);
		mcpauth__key_turns_end(&storage->calls, &call);
	}
	mcpauth__key_turns_end(&storage->holders, &holder->turn);
	free(holder);
}

bool mcpauth__token_storage_is_within(struct mcpauth_token_storage *storage, const char *key)
{
	return mcpauth__key_turns_is_mine(&storage->holders, key)
		|| mcpauth__key_turns_is_mine(&storage->calls, key);
}

static enum mcpauth_code load_text(struct mcpauth_token_storage *storage, const char *key,
	struct mcpauth__buf *text, struct mcpauth_error *err)
{
	struct mcpauth__key_turn call = {.key = key};
	mcpauth__key_turns_begin(&storage->calls, &call);
	enum mcpauth_code code = storage->keeper.load(storage->keeper.user, key, text, err);
	mcpauth__key_turns_end(&storage->calls, &call);
	return code;
}

static enum mcpauth_code save_text(struct mcpauth_token_storage *storage, const char *key,
	const char *text, struct mcpauth_error *err)
{
	struct mcpauth__key_turn call = {.key = key};
	mcpauth__key_turns_begin(&storage->calls, &call);
	enum mcpauth_code code = storage->keeper.save(storage->keeper.user, key, text, err);
	mcpauth__key_turns_end(&storage->calls, &call);
	return code;
}

static enum mcpauth_code too_long(struct mcpauth_error *err)
{
	return mcpauth__fail(
		err, MCPAUTH_E_TOKEN_STORAGE, "what is kept of one server is over 256 KiB");
}

enum mcpauth_code mcpauth__token_storage_load(struct mcpauth_token_storage *storage,
	const char *key, struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	if (mcpauth__key_turns_is_mine(&storage->calls, key)) {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"the client is called from within its storage");
	}
	enum mcpauth_code code = load_text(storage, key, &text, err);
	if (code == MCPAUTH_OK && text.length > MCPAUTH__KEPT_TEXT_LIMIT) {
		code = too_long(err);
	}
	if (code == MCPAUTH_OK && text.data != NULL) {
		code = mcpauth__credentials_read(text.data, text.length, credentials, err);
	}
	mcpauth__buf_wipe(&text);
	return code;
}

static bool are_empty(const struct mcpauth__credentials *credentials)
{
	return credentials->registration_count == 0 && credentials->tokens.access_token == NULL
		&& credentials->server_metadata == NULL && credentials->dpop_key == NULL;
}

enum mcpauth_code mcpauth__token_storage_save(struct mcpauth_token_storage *storage,
	const char *key, const struct mcpauth__credentials *credentials, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	if (are_empty(credentials)) {
		return save_text(storage, key, NULL, err);
	}
	enum mcpauth_code code = mcpauth__credentials_write(credentials, &text, err);
	if (code == MCPAUTH_OK && text.length > MCPAUTH__KEPT_TEXT_LIMIT) {
		code = too_long(err);
	}
	if (code == MCPAUTH_OK) {
		code = save_text(storage, key, text.data, err);
	}
	mcpauth__buf_wipe(&text);
	return code;
}
