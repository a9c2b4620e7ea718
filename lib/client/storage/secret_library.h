/* libsecret, loaded when it is wanted: a server that keeps nothing in a desktop's keyring
 * is not to start with a dozen libraries of a desktop's. */
#ifndef MCPAUTH_STORAGE_SECRET_LIBRARY_H
#define MCPAUTH_STORAGE_SECRET_LIBRARY_H

#include <mcpauth/error.h>

#include <libsecret/secret.h>

/** What is called of it and of GLib. */
struct mcpauth__secret_library {
	gchar *(*lookup)(const SecretSchema *, GCancellable *, GError **, ...);
	GList *(*search)(const SecretSchema *, SecretSearchFlags, GCancellable *, GError **, ...);
	gboolean (*store)(const SecretSchema *, const gchar *, const gchar *, const gchar *,
		GCancellable *, GError **, ...);
	gboolean (*clear)(const SecretSchema *, GCancellable *, GError **, ...);
	void (*free_error)(GError *);
	void (*free_list)(GList *, GDestroyNotify);
	void (*unref)(gpointer);
	void (*free)(gpointer);
};

/** Load it, for as long as the process lives: GLib cannot be unloaded.
 * @return MCPAUTH_OK or MCPAUTH_E_UNSUPPORTED */
enum mcpauth_code mcpauth__secret_library_load(
	struct mcpauth__secret_library *library, struct mcpauth_error *err);

#endif
