/* Bytes that grow. */
#ifndef MCPAUTH_BASE_BUF_H
#define MCPAUTH_BASE_BUF_H

#include <mcpauth/api.h>

#include <stdbool.h>
#include <stddef.h>

/**
 * Bytes on the heap, always followed by a NUL once there are any. Starts as
 * {0}. A failed append sets `failed` and leaves the rest alone, so that a
 * chain of appends is checked once at its end.
 */
struct mcpauth__buf {
	char *data;
	size_t length;
	size_t capacity;
	bool failed;
};

/** Append bytes. @return false if there is no memory */
bool mcpauth__buf_append(struct mcpauth__buf *buf, const void *data, size_t length);

/** Append a string. @return false if there is no memory */
bool mcpauth__buf_puts(struct mcpauth__buf *buf, const char *text);

/** Append formatted text. @return false if there is no memory */
bool mcpauth__buf_printf(struct mcpauth__buf *buf, const char *format, ...) MCPAUTH_PRINTF(2, 3);

/** Make room for `more` further bytes and a NUL. @return false if there is no memory */
bool mcpauth__buf_reserve(struct mcpauth__buf *buf, size_t more);

/** Hand the bytes over: caller frees with free(). NULL if an append failed. */
char *mcpauth__buf_take(struct mcpauth__buf *buf);

/** Release it; it is {0} again. */
void mcpauth__buf_finish(struct mcpauth__buf *buf);

/** The same for secrets: what it holds is overwritten first. Where it lay before it
 * grew is overwritten in any case. */
void mcpauth__buf_wipe(struct mcpauth__buf *buf);

#endif
