/* Texts in the desktop's keyring, one entry for each key. */
#include "client/storage/token_storage_int.h"

#include "base/error_int.h"
#include "base/wipe.h"
#include "base/words.h"
#include "client/storage/file_lock.h"
#include "client/storage/secret_library.h"

#include <stdlib.h>
#include <string.h>

struct keyring {
	struct mcpauth__secret_library library;
	char *application;
	char *lock_path; /* NULL: there is no folder for it */
};

static const SecretSchema schema = {
	.name = "io.modelcontextprotocol.mcpauth",
	.flags = SECRET_SCHEMA_NONE,
	.attributes = {{"application", SECRET_SCHEMA_ATTRIBUTE_STRING},
		{"server", SECRET_SCHEMA_ATTRIBUTE_STRING}},
};

static enum mcpauth_code failed(
	const struct keyring *keyring, GError *error, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE, "the keyring: %.150s",
		error != NULL ? error->message : "no reason was given");
	if (error != NULL) {
		keyring->library.free_error(error);
	}
	return code;
}

/* Nothing comes back as well if it is locked, and whoever was asked did not unlock it:
 * that is no beginning anew. */
static enum mcpauth_code check_absent(
	const struct keyring *keyring, const char *key, struct mcpauth_error *err)
{
	GError *error = NULL;
	GList *found = keyring->library.search(&schema, SECRET_SEARCH_NONE, NULL, &error,
		"application", keyring->application, "server", key, (char *)NULL);
	if (error != NULL) {
		return failed(keyring, error, err);
	}
	if (found == NULL) {
		return MCPAUTH_OK;
	}
	keyring->library.free_list(found, keyring->library.unref);
	return mcpauth__fail(err, MCPAUTH_E_TOKEN_STORAGE, "the keyring: it is locked");
}

static enum mcpauth_code load(
	void *user, const char *key, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	const struct keyring *keyring = user;
	GError *error = NULL;
	char *kept = keyring->library.lookup(&schema, NULL, &error, "application",
		keyring->application, "server", key, (char *)NULL);
	if (error != NULL) {
		return failed(keyring, error, err);
	}
	if (kept == NULL) {
		return check_absent(keyring, key, err);
	}
	bool good = mcpauth__buf_puts(text, kept);
	mcpauth__wipe(kept, strlen(kept));
	keyring->library.free(kept);
	return good ? MCPAUTH_OK : mcpauth__no_memory(err);
}

static enum mcpauth_code clear(
	const struct keyring *keyring, const char *key, struct mcpauth_error *err)
{
	GError *error = NULL;
	(void)keyring->library.clear(&schema, NULL, &error, "application", keyring->application,
		"server", key, (char *)NULL);
	return error != NULL ? failed(keyring, error, err) : MCPAUTH_OK;
}

static enum mcpauth_code save(
	void *user, const char *key, const char *text, struct mcpauth_error *err)
{
	const struct keyring *keyring = user;
	struct mcpauth__buf label = {0};
	GError *error = NULL;
	if (text == NULL) {
		return clear(keyring, key, err);
	}
	if (!mcpauth__buf_printf(&label, "%s: %s", keyring->application, key)) {
		return mcpauth__no_memory(err);
	}
	gboolean good = keyring->library.store(&schema, SECRET_COLLECTION_DEFAULT, label.data, text,
		NULL, &error, "application", keyring->application, "server", key, (char *)NULL);
	mcpauth__buf_finish(&label);
	return good ? MCPAUTH_OK : failed(keyring, error, err);
}

/* The same server's for another application is another entry. */
static enum mcpauth_code lock(void *user, const char *key, int *file, struct mcpauth_error *err)
{
	const struct keyring *keyring = user;
	struct mcpauth__buf name = {0};
	if (!mcpauth__buf_printf(&name, "%s\n%s", keyring->application, key)) {
		return mcpauth__no_memory(err);
	}
	enum mcpauth_code code = mcpauth__file_lock_begin(
		keyring->lock_path, name.data, MCPAUTH__LOCK_WAIT_MS, file, err);
	mcpauth__buf_finish(&name);
	return mcpauth__as_storage_failure(code, err);
}

static void unlock(void *user, const char *key, int file)
{
	(void)user;
	(void)key;
	mcpauth__file_lock_end(file);
}

static void release(void *user)
{
	struct keyring *keyring = user;
	free(keyring->application);
	free(keyring->lock_path);
	free(keyring);
}

/* Where the session's own files are (XDG Base Directory). */
static bool find_lock(char **path)
{
	struct mcpauth__buf text = {0};
	const char *folder = getenv("XDG_RUNTIME_DIR");
	*path = NULL;
	if (folder == NULL || folder[0] != '/') {
		return true;
	}
	mcpauth__buf_printf(&text, "%s/mcpauth-keyring.lock", folder);
	*path = mcpauth__buf_take(&text);
	return *path != NULL;
}

static struct keyring *new_keyring(
	const struct mcpauth__secret_library *library, const char *application)
{
	struct keyring *keyring = calloc(1, sizeof *keyring);
	if (keyring == NULL) {
		return NULL;
	}
	keyring->library = *library;
	keyring->application = mcpauth__strdup(application);
	if (keyring->application == NULL || !find_lock(&keyring->lock_path)) {
		release(keyring);
		return NULL;
	}
	return keyring;
}

enum mcpauth_code mcpauth_token_storage_new_keyring(
	const char *application, struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	struct mcpauth__secret_library library;
	*storage = NULL;
	if (application == NULL || *application == '\0') {
		return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "no application is named");
	}
	enum mcpauth_code code = mcpauth__secret_library_load(&library, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct keyring *keyring = new_keyring(&library, application);
	if (keyring == NULL) {
		return mcpauth__no_memory(err);
	}
	struct mcpauth__keeper keeper = {
		.load = load,
		.save = save,
		.lock = keyring->lock_path != NULL ? lock : NULL,
		.unlock = unlock,
		.release = release,
		.user = keyring,
	};
	code = mcpauth__token_storage_make(&keeper, storage, err);
	if (code != MCPAUTH_OK) {
		release(keyring);
	}
	return code;
}
