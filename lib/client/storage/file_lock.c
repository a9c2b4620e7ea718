/* Locking one byte of a file for each name, by a lock that belongs to who opened it. */
/* F_OFD_SETLK: in POSIX since 2024, and in the C library's headers for those who ask. */
#define _GNU_SOURCE
#include "client/storage/file_lock.h"

#include "base/clock.h"
#include "base/error_int.h"
#include "base/file.h"
#include "base/hash.h"
#include "client/storage/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Between two tries; the longest keeps a core free for who has it. */
#define PAUSE_MIN_NS 200000L
#define PAUSE_MAX_NS 10000000L

/* A byte of its own for each name, far beyond what any file has: no room is taken.
 * @return false without memory for the hash */
static bool place_of(const char *name, off_t *place)
{
	unsigned char digest[MCPAUTH__SHA256_SIZE];
	uint64_t number = 0;
	if (!mcpauth__sha256(name, strlen(name), digest)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(off_t); i++) {
		number = number << 8 | digest[i];
	}
	/* No negative one, and room behind it. */
	*place = (off_t)(number >> 2);
	return true;
}

static enum mcpauth_code held(const char *path, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_FILE, "%.100s: another one holds the lock for too long",
		mcpauth__file_name(path));
}

static bool is_over(int64_t deadline)
{
	return mcpauth__clock_microseconds() >= deadline;
}

/* A traditional lock would be gone as soon as this process closes the file elsewhere, and
 * would not keep out its own threads. */
static enum mcpauth_code lock_byte(
	const char *path, int file, off_t place, int64_t deadline, struct mcpauth_error *err)
{
	struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};
	struct timespec pause = {.tv_nsec = PAUSE_MIN_NS};
	while (fcntl(file, F_OFD_SETLK, &byte) != 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
			return mcpauth__file_failed(path, errno, err);
		}
		if (is_over(deadline)) {
			return held(path, err);
		}
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec < PAUSE_MAX_NS ? pause.tv_nsec * 2 : PAUSE_MAX_NS;
	}
	return MCPAUTH_OK;
}

/* Whoever took the file away meanwhile left the next one to lock another. */
static bool is_still_there(const char *path, int file)
{
	struct stat mine;
	struct stat there;
	return fstat(file, &mine) == 0 && lstat(path, &there) == 0 && mine.st_ino == there.st_ino
		&& mine.st_dev == there.st_dev;
}

enum mcpauth_code mcpauth__file_lock_begin(
	const char *path, const char *name, unsigned wait_ms, int *file, struct mcpauth_error *err)
{
	int64_t deadline = mcpauth__clock_microseconds() + (int64_t)wait_ms * 1000;
	enum mcpauth_code code = MCPAUTH_OK;
	off_t place;
	bool good = false;
	*file = -1;
	if (!place_of(name, &place)) {
		return mcpauth__no_memory(err);
	}
	while (code == MCPAUTH_OK && !good) {
		code = mcpauth__own_file_open(path, O_RDWR | O_CREAT, file, err);
		if (code == MCPAUTH_OK) {
			code = lock_byte(path, *file, place, deadline, err);
		}
		good = code == MCPAUTH_OK && is_still_there(path, *file);
		if (!good) {
			mcpauth__file_lock_end(*file);
			*file = -1;
		}
		if (!good && code == MCPAUTH_OK && is_over(deadline)) {
			code = held(path, err);
		}
	}
	return code;
}

/* Others may have got the descriptor by a fork: to close this one is not enough. */
void mcpauth__file_lock_end(int file)
{
	struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	if (file >= 0) {
		(void)fcntl(file, F_OFD_SETLK, &all);
		(void)close(file);
	}
}
