/* Reading a file that a configuration names: whole, bounded, and never waiting. */
#include "base/file.h"

#include "base/error_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)4096)

const char *mcpauth__file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

enum mcpauth_code mcpauth__file_failed(const char *path, int number, struct mcpauth_error *err)
{
	char reason[96];
	if (number == ENOMEM) {
		return mcpauth__no_memory(err);
	}
	if (strerror_r(number, reason, sizeof reason) != 0) {
		snprintf(reason, sizeof reason, "error %d", number);
	}
	return mcpauth__fail(err, MCPAUTH_E_FILE, "%.100s: %s", mcpauth__file_name(path), reason);
}

static enum mcpauth_code refuse(const char *path, const char *why, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_FILE, "%.100s: %s", mcpauth__file_name(path), why);
}

/* O_NONBLOCK: to open a FIFO would wait for whoever writes to it. */
static enum mcpauth_code open_regular(const char *path, int *file, struct mcpauth_error *err)
{
	struct stat about;
	do {
		*file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	} while (*file < 0 && errno == EINTR);
	if (*file < 0 || fstat(*file, &about) != 0) {
		return mcpauth__file_failed(path, errno, err);
	}
	return S_ISREG(about.st_mode) ? MCPAUTH_OK : refuse(path, "no regular file", err);
}

/* Its length is not believed: it may grow meanwhile, or have none, as under /proc. */
enum mcpauth_code mcpauth__file_read_open(const char *path, int file, size_t limit,
	struct mcpauth__buf *text, struct mcpauth_error *err)
{
	for (;;) {
		if (!mcpauth__buf_reserve(text, CHUNK)) {
			return mcpauth__no_memory(err);
		}
		ssize_t got = read(file, text->data + text->length, CHUNK);
		if (got < 0 && errno != EINTR) {
			return mcpauth__file_failed(path, errno, err);
		}
		if (got == 0) {
			text->data[text->length] = '\0';
			return MCPAUTH_OK;
		}
		text->length += got > 0 ? (size_t)got : 0;
		if (text->length > limit) {
			return mcpauth__fail(err, MCPAUTH_E_FILE, "%.100s: more than %zu bytes",
				mcpauth__file_name(path), limit);
		}
	}
}

enum mcpauth_code mcpauth__file_read(
	const char *path, size_t limit, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	int file;
	enum mcpauth_code code = open_regular(path, &file, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__file_read_open(path, file, limit, text, err);
	}
	if (file >= 0) {
		(void)close(file);
	}
	if (code != MCPAUTH_OK) {
		mcpauth__buf_wipe(text);
	}
	return code;
}

static void drop_newline(struct mcpauth__buf *text)
{
	if (text->length > 0 && text->data[text->length - 1] == '\n') {
		text->length--;
		if (text->length > 0 && text->data[text->length - 1] == '\r') {
			text->length--;
		}
	}
	text->data[text->length] = '\0';
}

enum mcpauth_code mcpauth__file_read_secret(
	const char *path, size_t limit, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__file_read(path, limit, text, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	if (memchr(text->data, '\0', text->length) != NULL) {
		mcpauth__buf_wipe(text);
		return refuse(path, "there is a NUL in it", err);
	}
	drop_newline(text);
	return MCPAUTH_OK;
}
