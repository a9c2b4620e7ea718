/* Finding libsecret's functions, and those of the GLib that comes with it. */
#include "client/storage/secret_library.h"

#include "base/error_int.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define FILE_NAME "libsecret-1.so.0"

/* @param function  a pointer to a function, of whatever type; as wide as POSIX wants it */
static bool find(void *loaded, const char *name, void *function)
{
	void *found = dlsym(loaded, name);
	memcpy(function, &found, sizeof found);
	return found != NULL;
}

enum mcpauth_code mcpauth__secret_library_load(
	struct mcpauth__secret_library *library, struct mcpauth_error *err)
{
	void *loaded = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);
	if (loaded == NULL || !find(loaded, "secret_password_lookup_sync", &library->lookup)
		|| !find(loaded, "secret_password_search_sync", &library->search)
		|| !find(loaded, "secret_password_store_sync", &library->store)
		|| !find(loaded, "secret_password_clear_sync", &library->clear)
		|| !find(loaded, "g_error_free", &library->free_error)
		|| !find(loaded, "g_list_free_full", &library->free_list)
		|| !find(loaded, "g_object_unref", &library->unref)
		|| !find(loaded, "g_free", &library->free)) {
		return mcpauth__fail(err, MCPAUTH_E_UNSUPPORTED,
			FILE_NAME " is not there, or too old: the keyring needs it");
	}
	return MCPAUTH_OK;
}
