/* The desktop's keyring, a fake one: what is kept there, what is not there, what is locked. */
#include "client/storage/secret_library.h"
#include "client/storage/token_storage_int.h"

#include "base/error_int.h"
#include "base/words.h"

#include "support/check.h"
#include "support/scarce_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "https://mcp.example/mcp"
#define TEXT "{\"version\":1,\"dpop_key\":\"a\"}"

enum mcpauth_code __wrap_mcpauth__secret_library_load(
	struct mcpauth__secret_library *library, struct mcpauth_error *err);
void __real_mcpauth__wipe(void *data, size_t length);
void __wrap_mcpauth__wipe(void *data, size_t length);

/* How often the text was wiped. */
static unsigned wiped;

void __wrap_mcpauth__wipe(void *data, size_t length)
{
	if (length == strlen(TEXT) && memcmp(data, TEXT, length) == 0) {
		wiped++;
	}
	__real_mcpauth__wipe(data, length);
}

/* A keyring with one entry. */
static struct {
	char label[128];
	char server[128];
	char application[32];
	char text[256];
	bool is_there;
	bool is_locked;
	bool is_missing; /* the library */
	bool fails;
	bool search_fails;
	unsigned asked;
} keyring;

static GError failure = {0, 0,
	"no such \xc3\xbc"
	"ber-service\n"};

static bool is_asked_for(va_list attributes)
{
	keyring.asked++;
	assert_string_equal(va_arg(attributes, const char *), "application");
	bool same = strcmp(va_arg(attributes, const char *), keyring.application) == 0;
	assert_string_equal(va_arg(attributes, const char *), "server");
	same = strcmp(va_arg(attributes, const char *), keyring.server) == 0 && same;
	assert_null(va_arg(attributes, const char *));
	return same && keyring.is_there;
}

static bool fails(GError **error, bool now)
{
	*error = now ? &failure : NULL;
	return now;
}

static gchar *lookup(const SecretSchema *schema, GCancellable *cancellable, GError **error, ...)
{
	va_list attributes;
	(void)schema;
	(void)cancellable;
	va_start(attributes, error);
	bool found = is_asked_for(attributes) && !keyring.is_locked;
	va_end(attributes);
	return fails(error, keyring.fails) || !found ? NULL : mcpauth__strdup(keyring.text);
}

static GList *search(const SecretSchema *schema, SecretSearchFlags flags, GCancellable *cancellable,
	GError **error, ...)
{
	static GList one;
	va_list attributes;
	(void)schema;
	(void)cancellable;
	assert_int_equal(flags, SECRET_SEARCH_NONE);
	va_start(attributes, error);
	bool found = is_asked_for(attributes);
	va_end(attributes);
	return fails(error, keyring.search_fails) || !found ? NULL : &one;
}

static gboolean store(const SecretSchema *schema, const gchar *collection, const gchar *label,
	const gchar *password, GCancellable *cancellable, GError **error, ...)
{
	va_list attributes;
	(void)cancellable;
	assert_string_equal(schema->name, "io.modelcontextprotocol.mcpauth");
	assert_string_equal(schema->attributes[1].name, "server");
	assert_string_equal(collection, SECRET_COLLECTION_DEFAULT);
	if (fails(error, keyring.fails)) {
		return FALSE;
	}
	va_start(attributes, error);
	va_arg(attributes, const char *);
	snprintf(keyring.application, sizeof keyring.application, "%s",
		va_arg(attributes, const char *));
	va_arg(attributes, const char *);
	snprintf(keyring.server, sizeof keyring.server, "%s", va_arg(attributes, const char *));
	va_end(attributes);
	snprintf(keyring.label, sizeof keyring.label, "%s", label);
	snprintf(keyring.text, sizeof keyring.text, "%s", password);
	keyring.is_there = true;
	return TRUE;
}

/* FALSE without an error: there was none. */
static gboolean clear(const SecretSchema *schema, GCancellable *cancellable, GError **error, ...)
{
	va_list attributes;
	(void)schema;
	(void)cancellable;
	va_start(attributes, error);
	bool found = is_asked_for(attributes);
	va_end(attributes);
	if (fails(error, keyring.fails) || !found) {
		return FALSE;
	}
	keyring.is_there = false;
	return TRUE;
}

static void free_error(GError *error)
{
	assert_ptr_equal(error, &failure);
}

static void unref(gpointer object)
{
	(void)object;
}

static void free_list(GList *list, GDestroyNotify notify)
{
	assert_non_null(list);
	assert_true(notify == unref);
}

enum mcpauth_code __wrap_mcpauth__secret_library_load(
	struct mcpauth__secret_library *library, struct mcpauth_error *err)
{
	if (keyring.is_missing) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED, "not there");
	}
	*library = (struct mcpauth__secret_library){
		lookup, search, store, clear, free_error, free_list, unref, free};
	return MCPAUTH_OK;
}

static char folder[4096];
static char lock_file[sizeof folder + 32];

static int start(void **state)
{
	struct mcpauth_token_storage *storage;
	memset(&keyring, 0, sizeof keyring);
	wiped = 0;
	char working[sizeof folder - 32];
	if (getcwd(working, sizeof working) == NULL) {
		return -1;
	}
	snprintf(folder, sizeof folder, "%s/keyring-test-XXXXXX", working);
	if (mkdtemp(folder) == NULL || setenv("XDG_RUNTIME_DIR", folder, 1) != 0) {
		return -1;
	}
	snprintf(lock_file, sizeof lock_file, "%s/mcpauth-keyring.lock", folder);
	enum mcpauth_code code = mcpauth_token_storage_new_keyring("test", &storage, NULL);
	*state = storage;
	return code == MCPAUTH_OK ? 0 : -1;
}

static int stop(void **state)
{
	mcpauth_token_storage_free(*state);
	unlink(lock_file);
	return rmdir(folder);
}

static enum mcpauth_code keep(
	struct mcpauth_token_storage *storage, const char *secret, struct mcpauth_error *err)
{
	struct mcpauth__credentials kept = {.dpop_key = mcpauth__strdup(secret)};
	enum mcpauth_code code = mcpauth__token_storage_lock(storage, KEY, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__token_storage_save(storage, KEY, &kept, err);
		mcpauth__token_storage_unlock(storage, KEY);
	}
	mcpauth__credentials_finish(&kept);
	return code;
}

/* @param secret  NULL: there is none */
static void check_kept(struct mcpauth_token_storage *storage, const char *secret)
{
	struct mcpauth__credentials kept = {0};
	CHECK_OK(mcpauth__token_storage_load(storage, KEY, &kept, &err));
	if (secret == NULL) {
		assert_null(kept.dpop_key);
	} else {
		assert_string_equal(kept.dpop_key, secret);
	}
	mcpauth__credentials_finish(&kept);
}

static void keeps_an_entry_for_each_server(void **state)
{
	check_kept(*state, NULL);
	CHECK_OK(keep(*state, "a", &err));
	assert_string_equal(keyring.label, "test: " KEY);
	assert_string_equal(keyring.application, "test");
	assert_string_equal(keyring.server, KEY);
	assert_string_equal(keyring.text, TEXT);
	check_kept(*state, "a");
	CHECK_OK(keep(*state, NULL, &err));
	assert_false(keyring.is_there);
	check_kept(*state, NULL);
	CHECK_OK(keep(*state, NULL, &err));
}

static void wipes_what_the_keyring_gave(void **state)
{
	CHECK_OK(keep(*state, "a", &err));
	wiped = 0;
	check_kept(*state, "a");
	/* The keyring's, and the storage's. */
	assert_int_equal(wiped, 2);
}

static void takes_no_locked_keyring_for_an_empty_one(void **state)
{
	struct mcpauth__credentials kept = {0};
	struct mcpauth_error err = {0};
	CHECK_OK(keep(*state, "a", &err));
	keyring.is_locked = true;
	assert_int_equal(
		mcpauth__token_storage_load(*state, KEY, &kept, &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_string_equal(err.message, "the keyring: it is locked");
	keyring.is_locked = false;
	check_kept(*state, "a");
}

static void says_what_the_keyring_said(void **state)
{
	struct mcpauth__credentials kept = {0};
	struct mcpauth_error err = {0};
	keyring.fails = true;
	assert_int_equal(
		mcpauth__token_storage_load(*state, KEY, &kept, &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_string_equal(err.message, "the keyring: no such ??ber-service?");
	assert_int_equal(keep(*state, "a", &err), MCPAUTH_E_TOKEN_STORAGE);
	assert_int_equal(keep(*state, NULL, &err), MCPAUTH_E_TOKEN_STORAGE);
	keyring.fails = false;
	keyring.search_fails = true;
	assert_int_equal(
		mcpauth__token_storage_load(*state, KEY, &kept, &err), MCPAUTH_E_TOKEN_STORAGE);
	keyring.search_fails = false;
	CHECK_OK(keep(*state, "a", &err));
}

static void locks_a_file_of_the_sessions(void **state)
{
	struct stat about;
	assert_int_equal(stat(lock_file, &about), -1);
	CHECK_OK(mcpauth__token_storage_lock(*state, KEY, &err));
	assert_int_equal(stat(lock_file, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	mcpauth__token_storage_unlock(*state, KEY);
	assert_int_equal(chmod(lock_file, 0644), 0);
	CHECK_CODE(MCPAUTH_E_TOKEN_STORAGE, mcpauth__token_storage_lock(*state, KEY, &err));
	assert_int_equal(unlink(lock_file), 0);
	CHECK_OK(keep(*state, "a", &err));
}

static void does_without_a_folder_for_locks(void **state)
{
	static const char *const folders[] = {NULL, "", "relative"};
	struct stat about;
	(void)state;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct mcpauth_token_storage *storage;
		assert_int_equal(folders[i] == NULL ? unsetenv("XDG_RUNTIME_DIR")
						    : setenv("XDG_RUNTIME_DIR", folders[i], 1),
			0);
		CHECK_OK(mcpauth_token_storage_new_keyring("test", &storage, &err));
		assert_non_null(storage);
		CHECK_OK(keep(storage, "a", &err));
		check_kept(storage, "a");
		mcpauth_token_storage_free(storage);
		assert_int_equal(stat(lock_file, &about), -1);
	}
}

static void needs_an_application_and_the_library(void **state)
{
	(void)state;
	struct mcpauth_token_storage *storage;
	CHECK_CODE(MCPAUTH_E_INVALID_ARGUMENT,
		mcpauth_token_storage_new_keyring(NULL, &storage, &err));
	CHECK_CODE(
		MCPAUTH_E_INVALID_ARGUMENT, mcpauth_token_storage_new_keyring("", &storage, &err));
	keyring.is_missing = true;
	CHECK_CODE(
		MCPAUTH_E_UNSUPPORTED, mcpauth_token_storage_new_keyring("test", &storage, &err));
	assert_null(storage);
	keyring.is_missing = false;
	CHECK_OK(mcpauth_token_storage_new_keyring("test", &storage, &err));
	mcpauth_token_storage_free(storage);
}

static void is_made_or_not_without_memory(void **state)
{
	(void)state;
	bool failed = true;
	unsigned number = 0;
	while (failed) {
		struct mcpauth_token_storage *storage;
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth_token_storage_new_keyring("test", &storage, NULL);
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		mcpauth_token_storage_free(storage);
	}
	assert_int_equal(number, 5);
}

static void keeps_it_or_not_without_memory(void **state)
{
	struct mcpauth__credentials kept = {.dpop_key = mcpauth__strdup("a")};
	bool failed = true;
	unsigned number = 0;
	assert_non_null(kept.dpop_key);
	while (failed) {
		keyring.is_there = false;
		scarce_memory_begin(++number);
		enum mcpauth_code code = mcpauth__token_storage_lock(*state, KEY, NULL);
		if (code == MCPAUTH_OK) {
			code = mcpauth__token_storage_save(*state, KEY, &kept, NULL);
			mcpauth__token_storage_unlock(*state, KEY);
		}
		failed = scarce_memory_end();
		assert_int_equal(code, failed ? MCPAUTH_E_NO_MEMORY : MCPAUTH_OK);
		assert_true(keyring.is_there == !failed);
	}
	assert_true(number > 3);
	mcpauth__credentials_finish(&kept);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_an_entry_for_each_server),
		TEST(wipes_what_the_keyring_gave),
		TEST(takes_no_locked_keyring_for_an_empty_one),
		TEST(says_what_the_keyring_said),
		TEST(locks_a_file_of_the_sessions),
		TEST(does_without_a_folder_for_locks),
		TEST(needs_an_application_and_the_library),
		TEST(is_made_or_not_without_memory),
		TEST(keeps_it_or_not_without_memory),
	};
	return cmocka_run_group_tests_name("token_storage_keyring", tests, NULL, NULL);
}
