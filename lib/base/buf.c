/* Bytes that grow by doubling. */
#include "base/buf.h"

#include "base/wipe.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not by realloc(), which leaves a copy of what may be a secret where it was. */
static void move(struct mcpauth__buf *buf, char *data)
{
	if (buf->length > 0) {
		memcpy(data, buf->data, buf->length);
		mcpauth__wipe(buf->data, buf->length);
	}
	data[buf->length] = '\0';
	free(buf->data);
	buf->data = data;
}

bool mcpauth__buf_reserve(struct mcpauth__buf *buf, size_t more)
{
	if (buf->failed || more >= SIZE_MAX / 2 - buf->length) {
		buf->failed = true;
		return false;
	}
	size_t needed = buf->length + more + 1;
	if (needed <= buf->capacity) {
		return true;
	}
	size_t capacity = buf->capacity < 128 ? 128 : buf->capacity;
	while (capacity < needed) {
		capacity *= 2;
	}
	char *data = malloc(capacity);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	move(buf, data);
	buf->capacity = capacity;
	return true;
}

bool mcpauth__buf_append(struct mcpauth__buf *buf, const void *data, size_t length)
{
	if (!mcpauth__buf_reserve(buf, length)) {
		return false;
	}
	if (length > 0) {
		memcpy(buf->data + buf->length, data, length);
	}
	buf->length += length;
	buf->data[buf->length] = '\0';
	return true;
}

bool mcpauth__buf_puts(struct mcpauth__buf *buf, const char *text)
{
	return mcpauth__buf_append(buf, text, strlen(text));
}

bool mcpauth__buf_printf(struct mcpauth__buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !mcpauth__buf_reserve(buf, (size_t)length)) {
		buf->failed = true;
		return false;
	}
	va_start(args, format);
	vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
	va_end(args);
	buf->length += (size_t)length;
	return true;
}

char *mcpauth__buf_take(struct mcpauth__buf *buf)
{
	char *data = NULL;
	if (!buf->failed && mcpauth__buf_reserve(buf, 0)) {
		data = buf->data;
		data[buf->length] = '\0';
		buf->data = NULL;
	}
	mcpauth__buf_finish(buf);
	return data;
}

void mcpauth__buf_finish(struct mcpauth__buf *buf)
{
	free(buf->data);
	*buf = (struct mcpauth__buf){0};
}

void mcpauth__buf_wipe(struct mcpauth__buf *buf)
{
	mcpauth__wipe(buf->data, buf->length);
	mcpauth__buf_finish(buf);
}
