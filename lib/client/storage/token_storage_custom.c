/* Texts in a storage of the program's own. */
#include "client/storage/token_storage_int.h"

#include "base/config.h"
#include "base/error_int.h"
#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

static enum mcpauth_code refused(const char *what, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE, "the program's storage: %s", what);
}

static enum mcpauth_code load(
	void *user, const char *key, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	const struct mcpauth_token_storage_config *config = user;
	char *kept = NULL;
	bool good = config->load(key, &kept, config->user);
	enum mcpauth_code code = MCPAUTH_OK;
	if (!good) {
		code = refused("load failed", err);
	} else if (kept != NULL && !mcpauth__buf_puts(text, kept)) {
		code = mcpauth__no_memory(err);
	}
	if (kept != NULL) {
		mcpauth__wipe(kept, strlen(kept));
		free(kept);
	}
	return code;
}

static enum mcpauth_code save(
	void *user, const char *key, const char *text, struct mcpauth_error *err)
{
	const struct mcpauth_token_storage_config *config = user;
	return config->save(key, text, config->user) ? MCPAUTH_OK : refused("save failed", err);
}

static enum mcpauth_code lock(void *user, const char *key, int *file, struct mcpauth_error *err)
{
	const struct mcpauth_token_storage_config *config = user;
	*file = -1;
	return config->lock(key, config->user) ? MCPAUTH_OK : refused("lock failed", err);
}

static void unlock(void *user, const char *key, int file)
{
	const struct mcpauth_token_storage_config *config = user;
	(void)file;
	config->unlock(key, config->user);
}

static void release(void *user)
{
	struct mcpauth_token_storage_config *config = user;
	if (config->release != NULL) {
		config->release(config->user);
	}
	free(config);
}

static enum mcpauth_code check(
	const struct mcpauth_token_storage_config *config, struct mcpauth_error *err)
{
	if (config->load == NULL || config->save == NULL) {
		return mcpauth__fail(
			err, MCPAUTH_E_INVALID_ARGUMENT, "a token storage needs load and save");
	}
	return (config->lock == NULL) == (config->unlock == NULL)
		? MCPAUTH_OK
		: mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT,
			"lock and unlock of a token storage go together");
}

enum mcpauth_code mcpauth_token_storage_new(const struct mcpauth_token_storage_config *config,
	struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	struct mcpauth_token_storage_config read;
	*storage = NULL;
	enum mcpauth_code code = mcpauth__config_read(&read, sizeof read, config, err);
	if (code == MCPAUTH_OK) {
		code = check(&read, err);
	}
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth_token_storage_config *kept = malloc(sizeof *kept);
	if (kept == NULL) {
		return mcpauth__no_memory(err);
	}
	*kept = read;
	struct mcpauth__keeper keeper = {
		.load = load,
		.save = save,
		.lock = read.lock != NULL ? lock : NULL,
		.unlock = unlock,
		.release = release,
		.user = kept,
	};
	code = mcpauth__token_storage_make(&keeper, storage, err);
	if (code != MCPAUTH_OK) {
		free(kept);
	}
	return code;
}
