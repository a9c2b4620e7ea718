/* Locks between processes, many of them in one file. */
#ifndef MCPAUTH_STORAGE_FILE_LOCK_H
#define MCPAUTH_STORAGE_FILE_LOCK_H

#include <mcpauth/error.h>

/**
 * Lock a name in a file, against other processes and other threads. Names do not wait for
 * each other. A process that ends lets go.
 *
 * The file is made if it is not there, 0600, and stays empty; only its owner may use it.
 *
 * @param name       any text
 * @param wait_ms    milliseconds in which whoever holds it has to let go
 * @param[out] file  for mcpauth__file_lock_end(); -1 on failure
 * @return MCPAUTH_OK, MCPAUTH_E_FILE, also if nobody let go in time; or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__file_lock_begin(
	const char *path, const char *name, unsigned wait_ms, int *file, struct mcpauth_error *err);

/** Let go. */
void mcpauth__file_lock_end(int file);

#endif
