/* Reading a settings file: nothing in it may be unknown, repeated or of a wrong type. */
#include "settings/settings_int.h"

#include "base/buf.h"
#include "base/error_int.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_place.h"
#include "base/wipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT ((size_t)1024 * 1024)
#define CHUNK 16384u

static enum mcpauth_code too_large(struct mcpauth_error *err)
{
	return mcpauth__fail(err, MCPAUTH_E_TOO_LARGE, "settings of more than 1 MiB");
}

static unsigned line_of(const struct mcpauth_settings *settings, const cJSON *value, bool its_name)
{
	struct mcpauth__json_place place;
	if (!mcpauth__json_locate(settings->text, settings->tree, value, &place)) {
		return 0;
	}
	return mcpauth__json_line(settings->text, its_name ? place.name : place.value);
}

enum mcpauth_code mcpauth__settings_at(const struct mcpauth_settings *settings, const cJSON *value,
	enum mcpauth_code code, struct mcpauth_error *err)
{
	return mcpauth__settings_blame(
		err, code, settings->name, mcpauth_settings_line(settings, value));
}

enum mcpauth_code mcpauth__settings_read_section(const struct mcpauth_settings *settings,
	struct mcpauth__settings_filling *filling, const cJSON *object, struct mcpauth_error *err)
{
	enum mcpauth_code code = mcpauth__settings_fill(filling, object, err);
	return code == MCPAUTH_OK ? code
				  : mcpauth__settings_blame(err, code, settings->name,
					  line_of(settings, filling->at, filling->at_name));
}

static enum mcpauth_code parse_text(
	struct mcpauth_settings *settings, size_t length, struct mcpauth_error *err)
{
	size_t fault;
	enum mcpauth_code code = mcpauth__json_parse_located(
		settings->text, length, &settings->tree, &fault, err);
	if (code == MCPAUTH_E_INVALID_JSON) {
		if (err != NULL) {
			err->code = MCPAUTH_E_INVALID_SETTINGS;
		}
		return mcpauth__settings_blame(err, MCPAUTH_E_INVALID_SETTINGS, settings->name,
			mcpauth__json_line(settings->text, fault));
	}
	return code;
}

static enum mcpauth_code parse(const char *text, size_t length, const char *name,
	struct mcpauth_settings **settings, struct mcpauth_error *err)
{
	struct mcpauth__settings_filling filling = {.members = mcpauth__settings_file};
	struct mcpauth_settings *made = calloc(1, sizeof *made);
	enum mcpauth_code code = MCPAUTH_E_NO_MEMORY;
	if (made != NULL) {
		made->text = malloc(length + 1);
		made->name = mcpauth__strdup(name);
	}
	if (made == NULL || made->text == NULL || (name != NULL && made->name == NULL)) {
		mcpauth__no_memory(err);
		goto out;
	}
	if (length > 0) {
		memcpy(made->text, text, length);
	}
	made->text[length] = '\0';
	code = parse_text(made, length, err);
	if (code == MCPAUTH_OK) {
		code = mcpauth__settings_read_section(made, &filling, made->tree, err);
	}
out:
	if (code != MCPAUTH_OK) {
		mcpauth_settings_free(made);
		return code;
	}
	*settings = made;
	return MCPAUTH_OK;
}

enum mcpauth_code mcpauth_settings_parse(const char *text, size_t length,
	struct mcpauth_settings **settings, struct mcpauth_error *err)
{
	*settings = NULL;
	return length > SIZE_LIMIT ? too_large(err) : parse(text, length, NULL, settings, err);
}

/* A little beyond the limit, so that the caller sees that it is. */
static enum mcpauth_code read_all(
	FILE *file, const char *path, struct mcpauth__buf *text, struct mcpauth_error *err)
{
	while (text->length <= SIZE_LIMIT) {
		if (!mcpauth__buf_reserve(text, CHUNK)) {
			return mcpauth__no_memory(err);
		}
		size_t got = fread(text->data + text->length, 1, CHUNK, file);
		text->length += got;
		if (got < CHUNK) {
			break;
		}
	}
	return ferror(file) ? mcpauth__file_failed(path, errno, err) : MCPAUTH_OK;
}

enum mcpauth_code mcpauth_settings_read(
	const char *path, struct mcpauth_settings **settings, struct mcpauth_error *err)
{
	struct mcpauth__buf text = {0};
	*settings = NULL;
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		return mcpauth__file_failed(path, errno, err);
	}
	enum mcpauth_code code = read_all(file, path, &text, err);
	if (code == MCPAUTH_OK) {
		code = text.length > SIZE_LIMIT
			? too_large(err)
			: parse(text.data, text.length, mcpauth__file_name(path), settings, err);
	}
	mcpauth__buf_wipe(&text);
	(void)fclose(file);
	return code;
}

void mcpauth_settings_free(struct mcpauth_settings *settings)
{
	if (settings == NULL) {
		return;
	}
	/* A proxy's password may be in it, or what the program keeps under "application". */
	mcpauth__json_delete_wiped(settings->tree);
	if (settings->text != NULL) {
		mcpauth__wipe(settings->text, strlen(settings->text));
	}
	free(settings->text);
	free(settings->name);
	free(settings);
}

const cJSON *mcpauth_settings_section(const struct mcpauth_settings *settings, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(settings->tree, name);
}

unsigned mcpauth_settings_line(const struct mcpauth_settings *settings, const cJSON *value)
{
	return line_of(settings, value, false);
}

const char *mcpauth_settings_name(const struct mcpauth_settings *settings)
{
	return settings->name;
}

enum mcpauth_code mcpauth_settings_apply(const struct mcpauth_settings *settings,
	struct mcpauth_config *config, struct mcpauth_error *err)
{
	struct mcpauth__settings_filling filling = {
		.members = mcpauth__settings_auth,
		.to = config,
		.size = config->size,
	};
	const cJSON *section = mcpauth_settings_section(settings, "auth");
	return section == NULL ? MCPAUTH_OK
			       : mcpauth__settings_read_section(settings, &filling, section, err);
}
