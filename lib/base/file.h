/* Reading small files that a program's configuration names. */
#ifndef MCPAUTH_BASE_FILE_H
#define MCPAUTH_BASE_FILE_H

#include "base/buf.h"

#include <mcpauth/error.h>

/** The part of a path behind its folders. Borrowed from the path. */
const char *mcpauth__file_name(const char *path);

/** MCPAUTH_E_FILE with the file's name, its folders left out, and the text of an errno;
 * MCPAUTH_E_NO_MEMORY for ENOMEM. */
enum mcpauth_code mcpauth__file_failed(const char *path, int number, struct mcpauth_error *err);

/**
 * Read a whole regular file. Waits for nobody: a FIFO or a device is refused.
 *
 * @param limit  bytes that it may have
 * @param text   {0}; caller releases it, with mcpauth__buf_wipe() if it may be a secret.
 *               On failure {0} again
 * @return MCPAUTH_OK, MCPAUTH_E_FILE (also over the limit) or MCPAUTH_E_NO_MEMORY
 */
enum mcpauth_code mcpauth__file_read(
	const char *path, size_t limit, struct mcpauth__buf *text, struct mcpauth_error *err);

/** The same for a file that is open already, and stays so. @param path  for messages.
 * On failure the caller wipes the text */
enum mcpauth_code mcpauth__file_read_open(const char *path, int file, size_t limit,
	struct mcpauth__buf *text, struct mcpauth_error *err);

/** The same for a file that holds one secret: a newline at its end (LF or CRLF) is left
 * out, and a NUL, which would cut it short, is MCPAUTH_E_FILE. */
enum mcpauth_code mcpauth__file_read_secret(
	const char *path, size_t limit, struct mcpauth__buf *text, struct mcpauth_error *err);

#endif
