/* Files that are their owner's alone: read whole, and replaced whole. */
#ifndef MCPAUTH_STORAGE_OWN_FILE_H
#define MCPAUTH_STORAGE_OWN_FILE_H

#include "base/buf.h"

#include <mcpauth/error.h>

#include <stdbool.h>

/**
 * Open a file that nobody else may read or write: regular, the user's, 0600 or less, not
 * by a symbolic link. Waits for nobody.
 *
 * @param flags      of open(); with O_CREAT it is made 0600
 * @param[out] file  caller closes it; -1 on failure, and if it is not there
 * @return MCPAUTH_OK, also if it is not there; MCPAUTH_E_FILE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__own_file_open(
	const char *path, int flags, int *file, struct mcpauth_error *err);

/**
 * Read it.
 *
 * @param limit  bytes that it may have
 * @param text   {0}, and still so if it is not there; caller wipes it
 * @return MCPAUTH_OK, MCPAUTH_E_FILE or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__own_file_read(
	const char *path, size_t limit, struct mcpauth__buf *text, struct mcpauth_error *err);

/**
 * Put a text in its place, at once: whoever reads, and whoever looks after a crash, finds
 * the old one or the new one. Others that replace it have to wait.
 *
 * On its way it is in a file with ".new" behind its name, of which a crash may leave a
 * part; the next one takes it away.
 *
 * @return MCPAUTH_OK; MCPAUTH_E_FILE or MCPAUTH_E_NO_MEMORY: the old one is there still
 */
enum mcpauth_code mcpauth__own_file_replace(
	const char *path, const struct mcpauth__buf *text, struct mcpauth_error *err);

#endif
