/* Texts in a file: all of them in one JSON object, which each save replaces. */
#include "client/storage/token_storage_int.h"

#include "base/error_int.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/words.h"
#include "client/storage/file_lock.h"
#include "client/storage/own_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the file. A text takes up to twice its length there. */
#define LIMIT ((size_t)8 * 1024 * 1024)
#define VERSION 1

/* The lock for replacing the file. No key is empty. */
#define ALL_KEYS ""

struct file {
	char *path;
	char *lock_path;
	unsigned wait_ms;
};

static enum mcpauth_code damaged(
	const struct file *file, const char *what, struct mcpauth_error *err)
{
	return mcpauth__fail(
		err, MCPAUTH_E_TOKEN_STORAGE, "%.100s: %s", mcpauth__file_name(file->path), what);
}

/* What is none of our files must not be replaced by one. */
static enum mcpauth_code check(
	const struct file *file, const cJSON *json, struct mcpauth_error *err)
{
	int64_t version;
	const cJSON *texts = mcpauth__json_member(json, "texts");
	if (!mcpauth__json_seconds(json, "version", &version) || version != VERSION) {
		return damaged(file, "not a file of tokens, or of another version", err);
	}
	const cJSON *each = cJSON_IsObject(texts) ? texts->child : NULL;
	while (each != NULL && cJSON_IsString(each)) {
		each = each->next;
	}
	return cJSON_IsObject(texts) && each == NULL
		? MCPAUTH_OK
		: damaged(file, "damaged: its texts are none", err);
}

static enum mcpauth_code parse(const struct file *file, const struct mcpauth__buf *text,
	cJSON **json, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__json_parse_object(text->data, text->length, json, err);
	if (code == MCPAUTH_E_NO_MEMORY) {
		return code;
	}
	code = code == MCPAUTH_OK ? check(file, *json, err)
				  : damaged(file, "damaged: not one object of strict JSON", err);
	if (code != MCPAUTH_OK) {
		mcpauth__json_delete_wiped(*json);
		*json = NULL;
	}
	return code;
}

/* @param[out] json  NULL: nothing was kept yet; an empty file was made by somebody for us */
static enum mcpauth_code read_file(const struct file *file, cJSON **json, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	*json = NULL;
	enum mcpauth_code code = mcpauth__as_storage_failure(
		mcpauth__own_file_read(file->path, LIMIT, &text, err), err);
	if (code == MCPAUTH_OK && text.length > 0) {
		code = parse(file, &text, json, err);
	}
	mcpauth__buf_wipe(&text);
	return code;
}

static enum mcpauth_code load(
	void *user, const char *key, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	cJSON *json;
	enum mcpauth_code code = read_file(user, &json, err);
	const char *kept = mcpauth__json_string(mcpauth__json_member(json, "texts"), key);
	if (kept != NULL && !mcpauth__buf_puts(text, kept)) {
		code = mcpauth__no_memory(err);
	}
	mcpauth__json_delete_wiped(json);
	return code;
}

static void put_text(struct mcpauth__buf *out, const char *key, const char *text)
{
	bool is_first = out->length > 0 && out->data[out->length - 1] == '{';
	mcpauth__buf_puts(out, is_first ? "\n" : ",\n");
	mcpauth__json_put_string(out, key);
	mcpauth__buf_puts(out, ":");
	mcpauth__json_put_string(out, text);
}

static void put_texts(struct mcpauth__buf *out, const cJSON *old, const char *key, const char *text)
{
	const cJSON *texts = mcpauth__json_member(old, "texts");
	const cJSON *each = texts != NULL ? texts->child : NULL;
	mcpauth__buf_printf(out, "{\"version\":%d,\"texts\":{", VERSION);
	for (; each != NULL; each = each->next) {
		if (strcmp(each->string, key) != 0) {
			put_text(out, each->string, each->valuestring);
		}
	}
	if (text != NULL) {
		put_text(out, key, text);
	}
	mcpauth__buf_puts(out, "\n}}\n");
}

/* What could not be read again is never written. */
static enum mcpauth_code check_written(
	const struct file *file, const struct mcpauth__buf *out, struct mcpauth_error *err)
{
	if (out->failed) {
		return mcpauth__no_memory(err);
	}
	size_t values = mcpauth__json_count(out->data, out->length, MCPAUTH__JSON_DEPTH_LIMIT);
	if (out->length > LIMIT || values > MCPAUTH__JSON_VALUE_LIMIT) {
		return damaged(file, "full: it would be over 8 MiB, or hold too many keys", err);
	}
	return values > 0 ? MCPAUTH_OK : damaged(file, "a key or a text that is no UTF-8", err);
}

static enum mcpauth_code replace(
	const struct file *file, const char *key, const char *text, struct mcpauth_error *err)
{
	struct mcpauth__buf out = {0};
	cJSON *old;
	enum mcpauth_code code = read_file(file, &old, err);
	bool is_there = mcpauth__json_has(mcpauth__json_member(old, "texts"), key);
	if (code != MCPAUTH_OK || (text == NULL && !is_there)) {
		goto out;
	}
	put_texts(&out, old, key, text);
	code = check_written(file, &out, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__as_storage_failure(
			mcpauth__own_file_replace(file->path, &out, err), err);
	}
out:
	mcpauth__buf_wipe(&out);
	mcpauth__json_delete_wiped(old);
	return code;
}

static enum mcpauth_code lock(
	void *user, const char *key, int *descriptor, struct mcpauth_error *err)
{
	const struct file *file = user;
	return mcpauth__as_storage_failure(
		mcpauth__file_lock_begin(file->lock_path, key, file->wait_ms, descriptor, err),
		err);
}

static void unlock(void *user, const char *key, int descriptor)
{
	(void)user;
	(void)key;
	mcpauth__file_lock_end(descriptor);
}

/* Others hold other keys meanwhile, and must not write what they read before. */
static enum mcpauth_code save(
	void *user, const char *key, const char *text, struct mcpauth_error *err)
{
	int descriptor;
	enum mcpauth_code code = lock(user, ALL_KEYS, &descriptor, err);
	if (code == MCPAUTH_OK) {
		code = replace(user, key, text, err);
		mcpauth__file_lock_end(descriptor);
	}
	return code;
}

static void release(void *user)
{
	struct file *file = user;
	free(file->path);
	free(file->lock_path);
	free(file);
}

static enum mcpauth_code no_path(const char *why, struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_INVALID_ARGUMENT, "a token storage's file: %s", why);
}

static bool is_folder(const char *path)
{
	struct stat about;
	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* A program may change its working directory later. */
static bool put_absolute(struct mcpauth__buf *out, const char *path)
{
	char working[PATH_MAX];
	if (path[0] != '/') {
		if (getcwd(working, sizeof working) == NULL) {
			return false;
		}
		mcpauth__buf_puts(out, working);
		mcpauth__buf_puts(out, "/");
	}
	mcpauth__buf_puts(out, path);
	return true;
}

/* The file's path and, while its name is cut off, a look at its folder. */
static enum mcpauth_code find_path(const char *path, char **absolute, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	const char *name = mcpauth__file_name(path);
	*absolute = NULL;
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		return no_path("its path names a folder", err);
	}
	if (!put_absolute(&text, path)) {
		return no_path("the working directory cannot be found", err);
	}
	char *whole = mcpauth__buf_take(&text);
	if (whole == NULL) {
		return mcpauth__no_memory(err);
	}
	char *cut = whole + strlen(whole) - strlen(name);
	*cut = '\0';
	if (!is_folder(whole)) {
		free(whole);
		return no_path("its folder cannot be found", err);
	}
	*cut = *name;
	*absolute = whole;
	return MCPAUTH_OK;
}

static enum mcpauth_code make_file(
	const char *path, unsigned wait_ms, struct file **made, struct mcpauth_error *err)
{
	struct mcpauth__buf lock_path = {0};
	*made = NULL;
	struct file *file = calloc(1, sizeof *file);
	if (file == NULL) {
		return mcpauth__no_memory(err);
	}
	file->wait_ms = wait_ms;
	enum mcpauth_code code = find_path(path, &file->path, err);
	if (code == MCPAUTH_OK) {
		mcpauth__buf_printf(&lock_path, "%s.lock", file->path);
		file->lock_path = mcpauth__buf_take(&lock_path);
		code = file->lock_path != NULL ? MCPAUTH_OK : mcpauth__no_memory(err);
	}
	if (code != MCPAUTH_OK) {
		release(file);
		return code;
	}
	*made = file;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth__token_storage_open_file(const char *path, unsigned wait_ms,
	struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	struct file *file;
	*storage = NULL;
	if (path == NULL) {
		return no_path("none is named", err);
	}
	enum mcpauth_code code = make_file(path, wait_ms, &file, err);
	if (code != MCPAUTH_OK) {
		return code;
	}
	struct mcpauth__keeper keeper = {
		.load = load,
		.save = save,
		.lock = lock,
		.unlock = unlock,
		.release = release,
		.user = file,
	};
	code = mcpauth__token_storage_make(&keeper, storage, err);
	if (code != MCPAUTH_OK) {
		release(file);
	}
	return code;
}

enum mcpauth_code mcpauth_token_storage_new_file(
	const char *path, struct mcpauth_token_storage **storage, struct mcpauth_error *err)
{
	return mcpauth__token_storage_open_file(path, MCPAUTH__LOCK_WAIT_MS, storage, err);
}
