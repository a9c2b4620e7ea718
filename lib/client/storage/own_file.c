/* Keeping secrets in a file: its owner's alone, and never half of it. */
#include "client/storage/own_file.h"

#include "base/error_int.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_MODE 0600
#define OTHERS 0077

static enum mcpauth_code refuse(const char *path, const char *why, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_FILE, "%.100s: %s", mcpauth__file_name(path), why);
}

static enum mcpauth_code check_owner(const char *path, int file, struct mcpauth_error *err)
{
	struct stat about;
	if (fstat(file, &about) != 0) {
		return mcpauth__file_failed(path, errno, err);
	}
	if (!S_ISREG(about.st_mode)) {
		return refuse(path, "no regular file", err);
	}
	if (about.st_uid != geteuid()) {
		return refuse(path, "belongs to somebody else", err);
	}
	return (about.st_mode & OTHERS) == 0
		? MCPAUTH_OK
		: refuse(path, "others may read or write it: its mode has to be 0600", err);
}

/* O_NONBLOCK: to open a FIFO would wait for whoever writes to it. */
static int open_file(const char *path, int flags)
{
	int file;
	do {
		file = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, OWN_MODE);
	} while (file < 0 && errno == EINTR);
	return file;
}

enum mcpauth_code mcpauth__own_file_open(
	const char *path, int flags, int *file, struct mcpauth_error *err)
{
	*file = open_file(path, flags);
	if (*file < 0) {
		if (errno == ENOENT && (flags & O_CREAT) == 0) {
			return MCPAUTH_OK;
		}
		return errno == ELOOP ? refuse(path, "a symbolic link", err)
				      : mcpauth__file_failed(path, errno, err);
	}
	enum mcpauth_code code = check_owner(path, *file, err);
	if (code != MCPAUTH_OK) {
		(void)close(*file);
		*file = -1;
	}
	return code;
}

enum mcpauth_code mcpauth__own_file_read(
	const char *path, size_t limit, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	int file;
	enum mcpauth_code code = mcpauth__own_file_open(path, O_RDONLY, &file, err);
	if (file >= 0) {
		code = mcpauth__file_read_open(path, file, limit, text, err);
		(void)close(file);
	}
	return code;
}

static bool write_whole(int file, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, data, length);
		if (written < 0 && errno != EINTR) {
			return false;
		}
		data += written > 0 ? written : 0;
		length -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

static bool sync_file(int file)
{
	int result;
	do {
		result = fsync(file);
	} while (result != 0 && errno == EINTR);
	return result == 0;
}

/* Only once it lies on the disk it may take the other one's name: else a crash could
 * leave an empty file under it. */
static bool put(const char *path, const struct mcpauth__buf *text)
{
	int file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
	if (file < 0) {
		return false;
	}
	/* The umask may have taken away more. */
	bool good = fchmod(file, OWN_MODE) == 0 && write_whole(file, text->data, text->length)
		&& sync_file(file);
	int number = errno;
	if (close(file) != 0 && good) {
		return false;
	}
	errno = number;
	return good;
}

/* That the new name lasts. It is there already, so nothing is undone if this fails, as it
 * does where folders cannot be synchronised. */
static void sync_folder(const char *path)
{
	size_t length = (size_t)(mcpauth__file_name(path) - path);
	char *folder = malloc(length + 2);
	if (folder == NULL) {
		return;
	}
	memcpy(folder, path, length);
	memcpy(folder + length, ".", 2);
	int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file >= 0) {
		(void)sync_file(file);
		(void)close(file);
	}
	free(folder);
}

enum mcpauth_code mcpauth__own_file_replace(
	const char *path, const struct mcpauth__buf *text, struct mcpauth_error *err)
{
	struct mcpauth__buf fresh = {0};
	enum mcpauth_code code = MCPAUTH_OK;
	if (!mcpauth__buf_printf(&fresh, "%s.new", path)) {
		code = mcpauth__no_memory(err);
		goto out;
	}
	/* What a crash left. */
	(void)unlink(fresh.data);
	if (!put(fresh.data, text) || rename(fresh.data, path) != 0) {
		code = mcpauth__file_failed(path, errno, err);
		(void)unlink(fresh.data);
		goto out;
	}
	sync_folder(path);
out:
	mcpauth__buf_finish(&fresh);
	return code;
}
