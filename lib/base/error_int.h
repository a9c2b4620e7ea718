/* Filling a caller's error. */
#ifndef MCPAUTH_BASE_ERROR_INT_H
#define MCPAUTH_BASE_ERROR_INT_H

#include <mcpauth/error.h>

/**
 * Write code and message into `err`, which may be NULL.
 *
 * @return code, so that a function can end with it
 */
enum mcpauth_code mcpauth__fail(struct mcpauth_error *err, enum mcpauth_code code,
	const char *format, ...) MCPAUTH_PRINTF(3, 4);

/** The same with a message as it is: one line of printable ASCII. For what a client
 * may cause at will. */
enum mcpauth_code mcpauth__fail_as(
	struct mcpauth_error *err, enum mcpauth_code code, const char *message);

/** Put what the caller knows before the message: "prefix: message". */
void mcpauth__error_prefix(struct mcpauth_error *err, const char *prefix);

/**
 * Put "?" for whatever is not printable ASCII. A message can quote a document or
 * a request: it must stay one line of a log and not be able to forge a second.
 */
void mcpauth__make_printable(char *text);

/** MCPAUTH_E_NO_MEMORY with its message. */
enum mcpauth_code mcpauth__no_memory(struct mcpauth_error *err);

#endif
